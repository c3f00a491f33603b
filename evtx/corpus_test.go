package evtx_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
)

// corpusDir returns the directory of real logs, and skips the test where there is none.
func corpusDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			if root == filepath.Dir(root) {
				t.Fatal("no go.mod above the test")
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "expected.json")); err != nil {
		t.Skipf("SKIPPED, NOT PASSED: no corpus of real logs at %s; set HUNT_CORPUS", dir)
	}
	return dir
}

type corpusFile struct {
	Path    string `json:"path"`
	Decoded int    `json:"records_decoded"`
}

func corpusFiles(t testing.TB, dir string) []corpusFile {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var e struct{ Files []corpusFile }
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	if len(e.Files) == 0 {
		t.Fatal("expected.json names no files")
	}
	return e.Files
}

// expectedRecord is a line of records.jsonl.gz.
type expectedRecord struct {
	Data     map[string]string `json:"data"`
	Provider *string           `json:"provider"`
	EID      uint32            `json:"eid"`
	Ver      string            `json:"ver"`
	T        string            `json:"t"`
	RID      uint64            `json:"rid"`
	EPID     string            `json:"epid"`
	Chan     string            `json:"chan"`
	Comp     string            `json:"comp"`
	FT       uint64            `json:"ft"`
	HRID     uint64            `json:"hrid"`
	File     string            `json:"file"`
}

func corpusRecords(t testing.TB, dir string) map[string][]expectedRecord {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "records.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]expectedRecord)
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var r expectedRecord
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		out[r.File] = append(out[r.File], r)
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// dataOf returns a record's fields under the names that the expectation uses: unnamed
// ones are Data#n or Binary#n by position.
func dataOf(r *evtx.Record) map[string]string {
	out := make(map[string]string)
	i := 0
	for f := range r.Fields() {
		name := f.Name
		if name == "" {
			name = fmt.Sprintf("Data#%d", i)
		}
		out[name] = f.Text()
		i++
	}
	return out
}

func TestCorpusRecordsEqualAnIndependentDecoders(t *testing.T) {
	dir := corpusDir(t)
	want := corpusRecords(t, dir)
	total := 0
	diffs := map[string]int{}
	d := &evtx.Decoder{}
	for _, cf := range corpusFiles(t, dir) {
		f, err := evtx.Open(filepath.Join(dir, cf.Path))
		if err != nil {
			t.Errorf("%s: %v", cf.Path, err)
			continue
		}
		n := 0
		w := want[cf.Path]
		var damage []string
		for r := range f.Records(d, func(x evtx.Damage) { damage = append(damage, x.Kind.String()+": "+x.Detail) }) {
			if n < len(w) {
				for _, diff := range compare(r, &w[n]) {
					k, _, _ := strings.Cut(diff, ":")
					diffs[k]++
					if diffs[k] <= 5 {
						t.Errorf("%s record %d: %s", cf.Path, r.Ref.HeaderRecordID, diff)
					}
				}
			}
			n++
		}
		total += n
		if n != cf.Decoded {
			t.Errorf("%s: %d records, want %d\n%s", cf.Path, n, cf.Decoded, strings.Join(damage, "\n"))
		}
		f.Close()
	}
	t.Log(total, diffs)
}

func compare(r *evtx.Record, w *expectedRecord) (diffs []string) {
	eq := func(name string, got, want any) {
		if got != want {
			diffs = append(diffs, fmt.Sprintf("%s: %v, want %v", name, got, want))
		}
	}
	provider := ""
	if w.Provider != nil {
		provider = *w.Provider
	}
	eq("provider", r.Provider(), provider)
	eq("eid", r.EventID(), w.EID)
	eq("ver", strconv.Itoa(int(r.Version())), w.Ver)
	eq("rid", r.EventRecordID(), w.RID)
	eq("chan", r.Channel(), w.Chan)
	eq("comp", r.Computer(), w.Comp)
	eq("hrid", r.Ref.HeaderRecordID, w.HRID)
	eq("ft", uint64(r.Written), w.FT)
	eq("epid", strconv.Itoa(int(r.ProcessID())), w.EPID)
	if wt, err := time.Parse(time.RFC3339Nano, w.T); err == nil {
		eq("t", r.TimeCreated(), evtx.FiletimeOf(wt))
	}
	got := dataOf(r)
	keys := map[string]bool{}
	for k := range got {
		keys[k] = true
	}
	for k := range w.Data {
		keys[k] = true
	}
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		g, gok := got[k]
		x, xok := w.Data[k]
		if gok != xok || g != x {
			diffs = append(diffs, fmt.Sprintf("data: %s: %q (%v), want %q (%v)", k, g, gok, x, xok))
		}
	}
	return diffs
}
