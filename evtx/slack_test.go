package evtx_test

import (
	"bufio"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"hunt/evtx"
)

type slackRow struct{ live, complete, ofLive, repeated, unique, withTemplate int }

func slackRows(t testing.TB, dir string) map[string]slackRow {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "slack.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := make(map[string]slackRow)
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		c := strings.Split(sc.Text(), "\t")
		if len(c) != 7 || c[0] == "file" {
			continue
		}
		var n [6]int
		for i := range n {
			if n[i], err = strconv.Atoi(c[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		out[c[0]] = slackRow{n[0], n[1], n[2], n[3], n[4], n[5]}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// learnedStock returns the definitions of the whole corpus.
func learnedStock(t testing.TB, dir string) *evtx.Stock {
	t.Helper()
	d := &evtx.Decoder{}
	for _, cf := range corpusFiles(t, dir) {
		f, err := evtx.Open(filepath.Join(dir, cf.Path))
		if err != nil {
			t.Fatal(err)
		}
		for s, err := range f.Slots() {
			if err != nil {
				t.Fatal(err)
			}
			d.Learn(s.Data)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return d.Stock
}

// slackDifferences names the files in which hunt meets another number of complete older
// records than slack.tsv has, by how many, and why.
var slackDifferences = map[string]int{
	// 31 of them stand in the live area of chunk 7, behind a zero-filled gap: hunt has them as live.
	badMagic: -31,
	// Two more stand in the live areas of chunks 0 and 13, where a torn write brought them in.
	"real/evtx-rs/samples/2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx": 2,
}

func TestCarvingFindsTheOlderRecordsOfTheCorpus(t *testing.T) {
	dir := corpusDir(t)
	rows := slackRows(t, dir)
	stock := learnedStock(t, dir)
	var all evtx.CarveStats
	for _, cf := range corpusFiles(t, dir) {
		f, err := evtx.Open(filepath.Join(dir, cf.Path))
		if err != nil {
			t.Fatal(err)
		}
		d := &evtx.Decoder{Stock: stock, Carve: true, Partial: true}
		n := 0
		for r := range f.Records(d, nil) {
			if !r.Ref.Carved {
				continue
			}
			n++
			if r.Provider() == "" || r.Computer() == "" || r.TimeCreated() == 0 {
				t.Errorf("%s: carved record %d at 0x%x: provider %q, computer %q, created %v", cf.Path,
					r.Ref.HeaderRecordID, r.Ref.Offset, r.Provider(), r.Computer(), r.TimeCreated())
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		if got, want := d.Stats.Found(), rows[cf.Path].complete+slackDifferences[cf.Path]; got != want {
			t.Errorf("%s: %d complete records in slack, want %d", cf.Path, got, want)
		}
		if got, want := n, d.Stats.Full+d.Stats.Borrowed+d.Stats.Partial; got != want {
			t.Errorf("%s: %d records yielded, %d counted", cf.Path, got, want)
		}
		all.Add(d.Stats)
	}
	// Measured, and checked against other decoders by sample; a change needs a reason.
	want := evtx.CarveStats{Full: 210, Borrowed: 1710, Partial: 4728, Lost: 2624, Duplicate: 511}
	if all != want {
		t.Errorf("carved %+v, want %+v", all, want)
	}
}

func TestCarvingIsTheSameInAnyOrder(t *testing.T) {
	dir := corpusDir(t)
	stock := learnedStock(t, dir)
	carve := func(reverse bool) map[evtx.Ref]uint64 {
		out := make(map[evtx.Ref]uint64)
		files := corpusFiles(t, dir)
		d := &evtx.Decoder{Stock: stock}
		for i := range files {
			j := i
			if reverse {
				j = len(files) - 1 - i
			}
			f, err := evtx.Open(filepath.Join(dir, files[j].Path))
			if err != nil {
				t.Fatal(err)
			}
			for s, err := range f.Slots() {
				if err != nil {
					t.Fatal(err)
				}
				s.At.File = int32(j)
				for r := range d.Carved(s.Data, s.At) {
					out[r.Ref] = r.ContentHash()
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	forth, back := carve(false), carve(true)
	if len(forth) == 0 || !maps.Equal(forth, back) {
		t.Errorf("%d records carved forwards, %d backwards, or other content", len(forth), len(back))
	}
}
