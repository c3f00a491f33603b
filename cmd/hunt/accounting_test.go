package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// bytesSay works out what a log's accounting has to hold, from its bytes alone and nothing of hunt's: what is wrong
// with headers, checksums and slots, as "kind chunk offset", and how many records stand in chunks whose chain of
// sizes is whole.
func bytesSay(raw []byte) (facts []string, records int, whole bool) {
	const header, slot = 4096, 65536
	le := binary.LittleEndian
	say := func(kind string, chunk, offset int) {
		facts = append(facts, fmt.Sprintf("%s %d 0x%x", kind, chunk, offset))
	}
	whole = true
	if le.Uint32(raw[120:])&1 != 0 {
		say("dirty", -1, 0)
	}
	if crc32.ChecksumIEEE(raw[:120]) != le.Uint32(raw[124:]) {
		say("file-header", -1, 0)
	}
	chunks, last := 0, uint64(0)
	for i := 0; header+i*slot < len(raw); i++ {
		at := header + i*slot
		c := raw[at:min(at+slot, len(raw))]
		switch {
		case len(bytes.Trim(c, "\x00")) == 0:
			say("empty-chunk", i, at)
			continue
		case string(c[:8]) != "ElfChnk\x00":
			say("chunk-header", i, at)
			whole = false
			continue
		}
		chunks++
		sum := crc32.NewIEEE()
		sum.Write(c[:120])
		sum.Write(c[128:512])
		if sum.Sum32() != le.Uint32(c[124:]) {
			say("chunk-crc", i, at)
		}
		free := int(le.Uint32(c[48:]))
		if crc32.ChecksumIEEE(c[512:free]) != le.Uint32(c[52:]) {
			say("chunk-crc", i, at+512)
		}
		for pos := 512; pos < free; {
			size := int(le.Uint32(c[pos+4:]))
			if string(c[pos:pos+4]) != "**\x00\x00" || size < 28 || pos+size > free ||
				int(le.Uint32(c[pos+size-4:])) != size {
				whole = false
				break
			}
			records++
			last = max(last, le.Uint64(c[pos+8:]))
			pos += size
		}
	}
	if int(le.Uint16(raw[42:])) != chunks {
		say("file-header", -1, 0)
	}
	if next := le.Uint64(raw[24:]); next <= last || whole && next != last+1 {
		say("file-header", -1, 0)
	}
	return facts, records, whole
}

// What the report says of each file, and how many records it read, is what the bytes say.
func TestTheAccountingOfTheCorpusIsWhatItsBytesSay(t *testing.T) {
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = "../../../shared/corpus"
	}
	dir = filepath.Join(dir, "real")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED, NOT PASSED: no corpus of real logs at %s; set HUNT_CORPUS", dir)
	}
	out := filepath.Join(t.TempDir(), "r.json")
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"hunt", "--evtx", dir, "--report", out}, &stdout, &stderr); code !=
		exit.Incomplete {
		t.Fatalf("exit code %d, want %d: there are damaged logs: %s", code, exit.Incomplete, stderr.String())
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	type counts struct{ Read, Kept, Filtered, Duplicate, Damaged, Carved int }
	var r struct {
		Evidence []struct {
			Path  string
			Dirty bool
		}
		Accounting struct {
			Files []struct {
				File string
				counts
				Carving struct{ Full, Borrowed, Partial, Lost, Duplicate int }
			}
			Records counts
			Damage  []struct {
				File, Kind, Detail string
				Chunk              int
				Offset             int64
				Loses              bool `json:"loses_records"`
			}
		}
	}
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	said, losses := map[string][]string{}, map[string]int{}
	for _, d := range r.Accounting.Damage {
		if d.Loses {
			losses[d.File]++
		}
		switch d.Kind {
		case "dirty", "file-header", "empty-chunk", "chunk-crc", "chunk-header":
			said[d.File] = append(said[d.File], fmt.Sprintf("%s %d 0x%x", d.Kind, d.Chunk, d.Offset))
		}
	}
	dirty := map[string]bool{}
	for _, e := range r.Evidence {
		dirty[e.Path] = e.Dirty
	}
	var total counts
	facts := map[string]int{}
	for _, f := range r.Accounting.Files {
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.File)))
		if err != nil {
			t.Fatal(err)
		}
		want, records, whole := bytesSay(raw)
		got := said[f.File]
		if !whole { // the last record's id may be one that a walk by sizes does not come to
			unique := func(list []string) []string { slices.Sort(list); return slices.Compact(list) }
			want, got = unique(want), unique(got)
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("%s: the report says %s, the bytes %s", f.File, got, want)
		}
		for _, w := range want {
			facts[w[:strings.IndexByte(w, ' ')]]++
		}
		if dirty[f.File] != slices.Contains(want, "dirty -1 0x0") {
			t.Errorf("%s: the inventory's dirty flag is %v", f.File, dirty[f.File])
		}
		switch {
		case whole && (f.Read != records || f.Damaged != 0):
			t.Errorf("%s: %d records read, %d damaged, want all of %d", f.File, f.Read, f.Damaged, records)
		case !whole && (f.Read < records || f.Damaged == 0):
			t.Errorf("%s: %d records read, %d damaged; %d stand before the damage", f.File, f.Read, f.Damaged, records)
		}
		if f.Read != f.Kept+f.Filtered+f.Duplicate {
			t.Errorf("%s: %d read, but %d kept, %d filtered, %d duplicate", f.File, f.Read, f.Kept, f.Filtered,
				f.Duplicate)
		}
		if f.Damaged != losses[f.File] {
			t.Errorf("%s: %d damaged, but %d entries that lose records", f.File, f.Damaged, losses[f.File])
		}
		// Records whose payload is lost are counted as partial, and are no events.
		if c := f.Carving; f.Carved+c.Duplicate != c.Full+c.Borrowed {
			t.Errorf("%s: %d carved, but %+v", f.File, f.Carved, c)
		}
		total.Read += f.Read
		total.Kept += f.Kept
		total.Filtered += f.Filtered
		total.Duplicate += f.Duplicate
		total.Damaged += f.Damaged
		total.Carved += f.Carved
	}
	if total != r.Accounting.Records {
		t.Errorf("the files add up to %+v, the report says %+v", total, r.Accounting.Records)
	}
	for _, kind := range []string{"dirty", "file-header", "empty-chunk", "chunk-crc", "chunk-header"} {
		if facts[kind] == 0 {
			t.Errorf("no log of the corpus is there to show %s", kind)
		}
	}
}
