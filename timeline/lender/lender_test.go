package lender

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/timeline/evidence"
)

// Each input holds two logs. The one lends the other its definitions, and nothing to another input.
func TestAnInputLendsToItselfAlone(t *testing.T) {
	dir := t.TempDir()
	var inputs []evidence.Input
	for _, name := range []string{"a", "b"} {
		events := make([]evtxtest.Event, 3)
		for i := range events {
			events[i] = evtxtest.Event{Provider: "P", Channel: "C", Computer: name, EventID: 1,
				Time: evtxtest.VectorTime, Data: []evtxtest.Pair{evtxtest.Str("of "+name, "x")}}
		}
		whole := evtxtest.File(events...)
		remains := bytes.Clone(whole)
		const first = evtx.FileHeaderSize + 512
		clear(remains[first+38 : first+62]) // where the first record's definition of System is, its GUID and size
		for file, raw := range map[string][]byte{"remains.evtx": remains, "whole.evtx": whole} {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name, file), raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		inputs = append(inputs, evidence.Input{Path: filepath.Join(dir, name), Name: name})
	}
	col, err := evidence.Collect(t.Context(), evidence.Placed(inputs), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = col.Close() }()
	l := Lender{Files: col.Files}
	stocks := map[string]*evtx.Stock{}
	for _, f := range col.Files {
		s, err := l.Stock(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if before := stocks[f.Input]; before != nil && before != s {
			t.Errorf("%s: learnt again", f.Path)
		}
		stocks[f.Input] = s
	}
	recovered := func(f *evidence.File, s *evtx.Stock) (n int) {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		d := evtx.Decoder{Stock: s}
		for r := range d.Carved(raw[evtx.FileHeaderSize:], evtx.Ref{}) {
			if r.Borrowed {
				n++
			}
		}
		return n
	}
	all := Lender{Files: slices.DeleteFunc(slices.Clone(col.Files), func(f *evidence.File) bool {
		return f.Input == "a" && filepath.Base(f.Path) == "whole.evtx"
	}), All: true}
	for _, f := range col.Files {
		if filepath.Base(f.Path) != "remains.evtx" {
			continue
		}
		s, err := all.Stock(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := recovered(f, s), map[string]int{"a": 0, "b": 2}[f.Input]; got != want {
			t.Errorf("%s with what all lend but %s: %d records, want %d", f.Path, "a/whole.evtx", got, want)
		}
		for input, s := range stocks {
			want := 0
			if input == f.Input {
				want = 2 // all but the first, whose own body was hit
			}
			if got := recovered(f, s); got != want {
				t.Errorf("%s with what %s lends: %d records, want %d", f.Path, input, got, want)
			}
		}
	}
}

// An input with more definitions than are lent is told of, once.
func TestDefinitionsBeyondTheBoundAreTold(t *testing.T) {
	dir := t.TempDir()
	for file, slots := range map[string]int{"few.evtx": 2, "many.evtx": 25} {
		log := evtxtest.FileHeader(slots, 1, 0)
		for i := range slots {
			log = append(log, slotOfDefinitions(i)...)
		}
		if err := os.WriteFile(filepath.Join(dir, file), log, 0o600); err != nil {
			t.Fatal(err)
		}
		col, err := evidence.Collect(t.Context(), evidence.Inputs(filepath.Join(dir, file)), evidence.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = col.Close() }()
		l := Lender{Files: col.Files, Limits: &limit.Tally{}}
		for range 2 {
			s, err := l.Stock(t.Context(), col.Files[0])
			if err != nil || len(s.Definitions()) < 3000 {
				t.Fatalf("%s: %v, %d definitions", file, err, len(s.Definitions()))
			}
		}
		bites := l.Limits.Bites()
		if told := len(bites) == 1 && bites[0].ID == evtx.BoundStock.ID && bites[0].Count == 1; told != (slots == 25) ||
			!told && len(bites) > 0 {
			t.Errorf("%s: told %v", file, bites)
		}
	}
}

// slotOfDefinitions is a slot that is full of small definitions, which no other slot has.
func slotOfDefinitions(slot int) []byte {
	le := binary.LittleEndian
	b := make([]byte, 512)
	const name = 512 // "a": the next of its hash, the hash, its length, the text
	b = append(b, 0, 0, 0, 0, 'a', 0, 1, 0, 'a', 0, 0, 0)
	for id := uint32(slot) << 16; len(b) < evtx.ChunkSize-64; id++ { // #nosec G115 -- a small number
		b = le.AppendUint32(le.AppendUint32(b, 0), id)
		b = append(b, make([]byte, 12)...)
		tokens := le.AppendUint32([]byte{0x0f, 1, 1, 0, 0x01, 0xff, 0xff, 0, 0, 0, 0}, name)
		tokens = append(tokens, 0x03, 0x00)
		b = append(le.AppendUint32(b, uint32(len(tokens))), tokens...) // #nosec G115 -- the same
	}
	return append(b, make([]byte, evtx.ChunkSize-len(b))...)
}
