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

// dataOf returns a record's fields as the expectation has them: unnamed Data are Data#n and
// Binary is Binary#n by position, an array is its items that are not empty, a line each.
func dataOf(r *evtx.Record) map[string]string {
	out := make(map[string]string)
	for i := range r.Template().NumFields() {
		f := r.DataAt(i)
		name := f.Name
		switch name {
		case "":
			name = fmt.Sprintf("Data#%d", i)
		case "Binary":
			name = fmt.Sprintf("Binary#%d", i)
		}
		text := f.Text()
		if v, ok := f.Value(); ok && v.Type.IsArray() && v.Len() > 1 {
			var lines []string
			for j := range v.Len() {
				if s := v.Item(j).String(); s != "" {
					lines = append(lines, s)
				}
			}
			text = strings.Join(lines, "\n")
		}
		out[name] = text
	}
	return out
}

// recordKey tells the records of a file apart.
type recordKey struct {
	file        string
	id, written uint64
}

const badMagic = "real/evtx-rs/samples/sample_with_a_bad_chunk_magic.evtx"

// knownDifferences names every record in which hunt differs from the expectation, and why:
// the bytes say so.
var knownDifferences = func() map[string]string {
	m := map[string]string{
		"missing real/evtx-rs/samples/2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx " +
			"6335011": "the page at 0xc000 of chunk 0 holds another chunk's bytes (torn write in a shadow copy): " +
			"the record's size is 480, its copy is text of something else, the values' sizes add up to 230536 " +
			"bytes. The expectation has an event without provider or id for it",
		"missing " + badMagic + " 46741": "half-written: the page at 0x3000 is zero-filled, the size copy with " +
			"it. The expectation has an event without provider or id for it",
		"missing " + badMagic + " 47640": "half-written: the page at 0x3000 is zero-filled; 96 of the record's " +
			"504 bytes and its size copy are lost",
		"missing " + badMagic + " 45933": "half-written: the record runs into a zero-filled page, its size copy " +
			"with it",
		"data real/EVTX-to-MITRE-Attack/TA0007-Discovery/T1135.xxx-Network Share " +
			"Discovery/ID5140-5145-Bloodhound-SharpHound enumeration via SMB.evtx 1": "SubscriptionId under " +
			"UserData is there, empty; " +
			"the expectation leaves it out",
	}
	for id := 47675; id <= 47705; id++ {
		m[fmt.Sprintf("extra %s %d", badMagic,
			id)] = "behind a zero-filled gap of chunk 7, but in the live area, whole, and within the ids 47628 to " +
			"47705 of the chunk's header: live records"
	}
	return m
}()

func TestCorpusRecordsEqualAnIndependentDecoders(t *testing.T) {
	dir := corpusDir(t)
	want := make(map[recordKey][]*expectedRecord)
	for file, list := range corpusRecords(t, dir) {
		for i := range list {
			k := recordKey{file, list[i].HRID, list[i].FT}
			want[k] = append(want[k], &list[i])
		}
	}
	met := make(map[string]bool)
	differ := func(key, detail string) {
		if knownDifferences[key] == "" {
			t.Errorf("%s: %s", key, detail)
		}
		met[key] = true
	}
	equal := 0
	d := &evtx.Decoder{}
	for _, cf := range corpusFiles(t, dir) {
		f, err := evtx.Open(filepath.Join(dir, cf.Path))
		if err != nil {
			t.Errorf("%s: %v", cf.Path, err)
			continue
		}
		for r := range f.Records(d, nil) {
			id := fmt.Sprintf("%s %d", cf.Path, r.Ref.HeaderRecordID)
			k := recordKey{cf.Path, r.Ref.HeaderRecordID, uint64(r.Written)}
			w := want[k]
			if len(w) == 0 {
				differ("extra "+id, "hunt alone has it")
				continue
			}
			want[k] = w[1:]
			diffs := compare(r, w[0])
			if len(diffs) == 0 {
				equal++
			}
			for _, diff := range diffs {
				differ("data "+id, diff)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	for k, w := range want {
		if len(w) > 0 {
			differ(fmt.Sprintf("missing %s %d", k.file, k.id), "the expectation alone has it")
		}
	}
	for key := range knownDifferences {
		if !met[key] {
			t.Errorf("known difference no longer met: %s", key)
		}
	}
	if want := 14_778 - 4 - 1; equal != want {
		t.Errorf("%d records equal, want %d", equal, want)
	}
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
	if w.Ver != "" { // template-less records need not have these
		eq("version", strconv.Itoa(int(r.Version())), w.Ver)
		eq("process id", strconv.Itoa(int(r.ProcessID())), w.EPID)
	}
	eq("rid", r.EventRecordID(), w.RID)
	eq("chan", r.Channel(), w.Chan)
	eq("comp", r.Computer(), w.Comp)
	eq("hrid", r.Ref.HeaderRecordID, w.HRID)
	eq("ft", uint64(r.Written), w.FT)
	if created, err := time.Parse(time.RFC3339Nano, w.T); err != nil {
		diffs = append(diffs, err.Error())
	} else {
		eq("time", r.TimeCreated(), evtx.FiletimeOf(created))
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
		if strings.HasSuffix(x, "00Z") && len(x) == len(g)+2 {
			x = x[:len(x)-3] + "Z" // nine digits of a time that has seven
		}
		if gok != xok || g != x {
			diffs = append(diffs, fmt.Sprintf("data: %s: %q (%v), want %q (%v)", k, g, gok, x, xok))
		}
	}
	return diffs
}
