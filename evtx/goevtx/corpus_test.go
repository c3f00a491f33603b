package goevtx_test

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx/goevtx"
)

// corpus returns the directory of real logs, or skips the test.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	if _, err := os.Stat(filepath.Join(dir, "records.jsonl.gz")); err != nil {
		t.Skipf("SKIPPED: no corpus of real logs: set HUNT_CORPUS (%v)", err)
	}
	return dir
}

// row is one record as an independent decoder read it.
type row struct {
	Data     map[string]any
	Provider string
	Chan     string
	Comp     string
	File     string
	Eid      uint32
	Rid      uint64
	Hrid     uint64
	Ft       uint64
	T        string
}

func (r row) view(t *testing.T) goevtx.View {
	at, err := time.Parse(time.RFC3339Nano, r.T)
	if err != nil {
		t.Fatalf("%s record %d: %v", r.File, r.Rid, err)
	}
	v := goevtx.View{EventRecordID: r.Rid, EventID: r.Eid, Provider: r.Provider, Channel: r.Chan, Computer: r.Comp,
		TimeCreated: uint64(at.Unix()*10_000_000 + int64(at.Nanosecond())/100 + 116_444_736_000_000_000)}
	names := make([]string, 0, len(r.Data))
	for name := range r.Data {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return position(a) - position(b) })
	for _, name := range names {
		text, _ := r.Data[name].(string)
		f := goevtx.Field{Name: name, Text: text}
		if base, _, unnamed := strings.Cut(name, "#"); unnamed && (base == "Data" || base == "Binary") {
			f.Name, f.Items = "", []string{text}
		}
		if text == "true" || text == "false" {
			f.Type = 0x0d
		}
		v.Data = append(v.Data, f)
	}
	return v
}

// position returns the number after the # of an unnamed item.
func position(name string) int {
	_, digits, _ := strings.Cut(name, "#")
	n, _ := strconv.Atoi(digits)
	return n
}

// glued drops what stands between the items of an array: the other decoder joins
// them with line feeds and keeps empty ones, so that its list cannot be told apart again.
func glued(s string) string {
	return strings.NewReplacer("\n", "", ", ", "").Replace(s)
}

type recordKey struct{ id, written uint64 }

// TestOnRealLogsEveryDifferenceIsANamedDefect reads the 291 real files and
// compares with another decoder's reading of them. What golang-evtx gets wrong
// there is what Defects says, and nothing else.
func TestOnRealLogsEveryDifferenceIsANamedDefect(t *testing.T) {
	t.Parallel()
	dir := corpus(t)
	f, err := os.Open(filepath.Join(dir, "records.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<24)
	var file string
	var records map[recordKey]*goevtx.Record
	var failed map[recordKey]error
	compared, excused, defects := 0, 0, map[goevtx.Defect]int{}
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		if r.File != file {
			file = r.File
			records, failed = readAll(t, filepath.Join(dir, file))
		}
		key := recordKey{r.Hrid, r.Ft}
		if err := failed[key]; err != nil {
			if goevtx.Excuse(err) == "" {
				t.Errorf("%s record %d: %v", r.File, r.Rid, err)
			}
			excused++
			continue
		}
		if records[key] == nil {
			t.Errorf("%s record %d: not read", r.File, r.Rid)
			continue
		}
		compared++
		for _, d := range goevtx.Compare(r.view(t), records[key]) {
			if d.Defect == "" && d.Field == "Data" && glued(d.Ours) == glued(d.Theirs) {
				continue
			}
			if defects[d.Defect]++; d.Defect == "" {
				t.Errorf("%s record %d: %s: %.200q, golang-evtx says %.200q", r.File, r.Rid, d.Field,
					d.Ours, d.Theirs)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d records compared, %d refused by golang-evtx for a known reason, differences by defect: %v",
		compared, excused, defects)
	if compared < 14_000 {
		t.Errorf("only %d records were compared", compared)
	}
}

// readAll walks a file's records by their sizes and reads each through the fence.
func readAll(t *testing.T, name string) (records map[recordKey]*goevtx.Record, failed map[recordKey]error) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	records, failed = map[recordKey]*goevtx.Record{}, map[recordKey]error{}
	for at := 4096; at+512 < len(b); at += 65536 {
		c := b[at:min(at+65536, len(b))]
		if string(c[:8]) != "ElfChnk\x00" {
			continue
		}
		for o := 512; o+24 < min(len(c), int(le.Uint32(c[48:]))); {
			size := int(le.Uint32(c[o+4:]))
			if string(c[o:o+4]) != "**\x00\x00" || size < 28 {
				break
			}
			key := recordKey{le.Uint64(c[o+8:]), le.Uint64(c[o+16:])}
			if records[key], err = goevtx.ReadRecord(c, int64(o)); err != nil {
				failed[key] = err
			}
			o += size
		}
	}
	return records, failed
}
