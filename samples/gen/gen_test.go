package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/evtx/evtxtest/libevtx"
	"hunt/evtx/goevtx"
	"hunt/samples"
)

// made is the tree that the generator makes now.
var made = sync.OnceValues(generate)

func current(t *testing.T) *tree {
	t.Helper()
	tr, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestTheCommittedSamplesAreWhatTheGeneratorWrites(t *testing.T) {
	t.Parallel()
	tr := current(t)
	committed := map[string]bool{}
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && (filepath.Ext(name) == ".evtx" || name == samples.ExpectFile) {
			committed[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range tr.files {
		got, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
		switch {
		case err != nil:
			t.Error(err)
		case !bytes.Equal(got, want):
			t.Errorf("%s differs from what the generator writes: run go generate ./samples", name)
		}
		delete(committed, name)
	}
	for name := range committed {
		t.Errorf("%s is not made by the generator", name)
	}
}

func TestTwoRunsWriteTheSameBytes(t *testing.T) {
	t.Parallel()
	again, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	if !maps.EqualFunc(current(t).files, again.files, bytes.Equal) {
		t.Error("a second run differs from the first")
	}
}

func TestTheSamplesStaySmall(t *testing.T) {
	t.Parallel()
	total := 0
	for _, b := range current(t).files {
		total += len(b)
	}
	if total > 6_000_000 {
		t.Errorf("the samples have %d bytes in all", total)
	}
}

func TestTheExpectationsAreAboutRecordsThatExist(t *testing.T) {
	t.Parallel()
	tr := current(t)
	exists := map[samples.Record]bool{}
	for name, events := range tr.planted {
		for _, e := range events {
			exists[samples.Record{File: name, EventRecordID: e.record, EventID: e.EventID}] = true
		}
	}
	loaded, err := samples.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range loaded.Cases {
		for _, m := range c.Matches {
			if !slices.Contains(c.Hosts, m.Host) {
				t.Errorf("%s: %s matches on %s, which is no host of the case", c.Path, m.Rule, m.Host)
			}
			for _, s := range m.Stages {
				if len(s.Records) == 0 {
					t.Errorf("%s: %s: %q has no record", c.Path, m.Rule, s.What)
				}
				for _, r := range s.Records {
					if !exists[r] {
						t.Errorf("%s: %s: %q: there is no record %+v", c.Path, m.Rule, s.What, r)
					}
				}
			}
		}
	}
}

// spelling is how a reader writes a value, where it does not write it as Windows does.
type spelling func(evtxtest.Value) string

func asLibevtx(v evtxtest.Value) string {
	le := binary.LittleEndian
	switch v.Type {
	case evtxtest.TypeHex64:
		return fmt.Sprintf("0x%016x", le.Uint64(v.Data))
	case evtxtest.TypeHex32:
		return fmt.Sprintf("0x%08x", le.Uint32(v.Data))
	}
	// Of a surrogate pair libevtx 20181227 makes a character 0x3ff too low.
	return strings.Map(func(r rune) rune {
		if r > 0xffff {
			return r - 0x3ff
		}
		return r
	}, v.Text())
}

// fields returns the payload that an event was planted with, item by item.
func fields(e *event, spell spelling) []libevtx.Field {
	var out []libevtx.Field
	pairs := e.Data
	if e.UserData != nil {
		pairs = e.UserData.Fields
	}
	for _, p := range pairs {
		name := p.Name
		if p.Element != "" {
			name = p.Element
		}
		out = append(out, libevtx.Field{Name: name, Text: spell(p.Value)})
	}
	return out
}

// stops says how many of a file's records libevtx 20181227 returns where that is not
// all of them: it ends a chunk, or the file, at what it cannot read.
var stops = map[string]string{
	"damaged/gaps":      "stops at the rubbish between two records and skips the rest of the chunk",
	"damaged/truncated": "does not read a chunk that is cut short",
}

func TestLibevtxReadsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	libevtx.Require(t)
	tr := current(t)
	for _, c := range tr.expect.Cases {
		for _, f := range c.Files {
			got, want := libevtx.Read(t, tr.files[f.Path]), tr.planted[f.Path]
			if why := stops[c.Path]; why != "" {
				if len(got) >= len(want) {
					t.Errorf("%s: libevtx %s no more: %d of %d records", f.Path, why, len(got), len(want))
				}
				byID := map[string]libevtx.Record{}
				for _, r := range got {
					byID[r.EventRecordID] = r
				}
				for _, e := range want {
					if r, ok := byID[fmt.Sprint(e.record)]; ok {
						compareLibevtx(t, f.Path, r, e)
					}
				}
				continue
			}
			if len(got) != len(want) {
				t.Errorf("%s: libevtx reads %d records, want %d", f.Path, len(got), len(want))
				continue
			}
			for i, e := range want {
				compareLibevtx(t, f.Path, got[i], e)
			}
		}
	}
}

func compareLibevtx(t *testing.T, file string, got libevtx.Record, e *event) {
	t.Helper()
	want := libevtx.Record{EventRecordID: fmt.Sprint(e.record), EventID: fmt.Sprint(e.EventID),
		Provider: e.Provider, Channel: e.Channel,
		Computer: e.Computer, SystemTime: e.Time.UTC().Truncate(100 * time.Nanosecond).
				Format("2006-01-02T15:04:05.000000000Z"), Data: fields(e, asLibevtx)}
	if g, w := fmt.Sprintf("%q", got), fmt.Sprintf("%q", want); g != w {
		at := 0
		for at < min(len(g), len(w)) && g[at] == w[at] {
			at++
		}
		from := max(0, at-60)
		t.Errorf("%s record %d: libevtx differs at …%.160s, want …%.160s", file, e.record, g[from:], w[from:])
	}
}

func TestGolangEvtxReadsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	tr := current(t)
	for _, f := range filesOf(tr) {
		file, at := tr.files[f.Path], offsets(tr.files[f.Path])
		for _, e := range tr.planted[f.Path] {
			where, ok := at[e.record]
			if !ok {
				t.Errorf("%s record %d: not found by its header", f.Path, e.record)
				continue
			}
			rec, err := goevtx.ReadRecord(evtxtest.Chunk(file, where/65536), int64(where%65536))
			if err != nil {
				t.Errorf("%s record %d: %v", f.Path, e.record, err)
				continue
			}
			for _, d := range goevtx.Compare(view(e), rec) {
				switch d.Defect {
				case goevtx.GUIDWithoutBraces, goevtx.HexPadded, goevtx.ProviderLost, goevtx.EmptyItemsLost:
				default:
					t.Errorf("%s record %d: %+v", f.Path, e.record, d)
				}
			}
		}
	}
}

func filesOf(tr *tree) []samples.File {
	var out []samples.File
	for _, c := range tr.expect.Cases {
		out = append(out, c.Files...)
	}
	return out
}

// offsets finds record headers by their magic and sizes, wherever they are, by header record
// id; offsets count from the first chunk. Of two with one id the first is kept.
func offsets(file []byte) map[uint64]int {
	out := map[uint64]int{}
	le := binary.LittleEndian
	for at := 4096; at+28 <= len(file); at += 8 {
		if string(file[at:at+4]) != "**\x00\x00" {
			continue
		}
		size := int(le.Uint32(file[at+4:]))
		id := le.Uint64(file[at+8:])
		if _, known := out[id]; !known && size >= 28 && at+size <= len(file) &&
			int(le.Uint32(file[at+size-4:])) == size {
			out[id] = at - 4096
		}
	}
	return out
}

func view(e *event) goevtx.View {
	v := goevtx.View{EventRecordID: e.record, EventID: uint32(e.EventID), Provider: e.Provider,
		Channel: e.Channel, Computer: e.Computer,
		TimeCreated: uint64(e.Time.UnixNano()/100 + 116_444_736_000_000_000)}
	pairs := e.Data
	if e.UserData != nil {
		pairs = e.UserData.Fields
	}
	for _, p := range pairs {
		v.Data = append(v.Data, goevtx.Field{Name: p.Name, Text: p.Value.Text(), Items: p.Value.Items(),
			Type: uint8(p.Value.Type)})
	}
	return v
}

func TestBenignTwinsExpectNoFinding(t *testing.T) {
	t.Parallel()
	for _, c := range current(t).expect.Cases {
		benign := strings.HasSuffix(c.Path, "/benign") || strings.HasPrefix(c.Path, "known-good/")
		attack := strings.HasSuffix(c.Path, "/attack")
		findings := 0
		for _, m := range c.Matches {
			if m.Status == samples.Finding {
				findings++
			}
		}
		if benign && findings > 0 || attack && findings == 0 {
			t.Errorf("%s: %d findings expected", c.Path, findings)
		}
	}
}
