package evtx

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

// TestASparseChunkHasTheWantedRecords takes every third record of a chunk whose records share definitions and names,
// and reads the same of it; of a chunk whose records are not what their headers say, nothing is left out.
func TestASparseChunkHasTheWantedRecords(t *testing.T) {
	var events []evtxtest.Event
	for i := range 60 {
		events = append(events, evtxtest.Event{Provider: fmt.Sprint("Vendor", i%4), Channel: "Security",
			Computer: "WS1", EventID: uint16(i % 5),
			Time: time.Date(2026, 3, 12, 9, i, 0, 0, time.UTC),
			Data: []evtxtest.Pair{evtxtest.Str(fmt.Sprint("Name", i%7), fmt.Sprint(i))}})
	}
	chunk := evtxtest.File(events...)[FileHeaderSize:][:ChunkSize]
	at := Ref{Chunk: 0, Offset: FileHeaderSize}
	read := func(data []byte) (offsets []uint16, texts []string) {
		d := Decoder{}
		for r := range d.Records(data, at, nil) {
			offsets = append(offsets, uint16(r.Ref.Offset-at.Offset))
			texts = append(texts, string(r.AppendJSON(nil)))
		}
		return offsets, texts
	}
	all, texts := read(chunk)
	if len(all) < 30 {
		t.Fatalf("%d records", len(all))
	}
	hashes := map[uint16]uint64{}
	for r := range (&Decoder{}).Records(chunk, at, nil) {
		hashes[uint16(r.Ref.Offset-at.Offset)] = r.ContentHash()
	}
	cutter := NewCutter(&Decoder{})
	for step := 1; step < 9; step++ {
		var wanted []WantedRecord
		var offsets []uint16
		var want []string
		for i := step / 2; i < len(all); i += step {
			w := WantedRecord{Offset: all[i]}
			if step%2 == 0 { // else nobody knows it
				w.Hash = hashes[all[i]]
			}
			wanted, offsets, want = append(wanted, w), append(offsets, all[i]), append(want, texts[i])
		}
		cut, ok := cutter.Cut(chunk, at, wanted)
		if !ok {
			t.Fatalf("every %dth record: the chunk is stored whole", step)
		}
		for _, r := range cut.Records {
			if r.Computer != "WS1" {
				t.Errorf("a record is of %q", r.Computer)
			}
		}
		sparse, kept := make([]byte, ChunkSize), 0
		spans := slices.Clone(cut.Frame)
		for _, r := range cut.Records {
			spans = append(spans, r.Span)
		}
		for _, s := range Joined(spans) {
			kept += copy(sparse[s.From:s.To], chunk[s.From:s.To])
		}
		got, have := read(sparse)
		if !slices.Equal(got, offsets) || !slices.Equal(have, want) {
			t.Errorf("every %dth record: %d of %d are the same", step, len(have), len(want))
		}
		if step == 8 && kept > ChunkSize/2 {
			t.Errorf("%d bytes are kept", kept)
		}
		if some := cut.Records[:1]; !cutter.Reads(chunk, at, cut, some) {
			t.Error("one record alone cannot be read")
		}
	}
	if _, ok := cutter.Cut(chunk, at, []WantedRecord{{Offset: all[3] + 8}}); ok {
		t.Error("a record that is none is found")
	}
	if _, ok := cutter.Cut(chunk, at, []WantedRecord{{Offset: all[3], Hash: hashes[all[4]]}}); ok {
		t.Error("a record that says something else than when it was scanned is kept")
	}
	circle := slices.Clone(chunk)
	copy(circle[nameTable:], []byte{0, 2, 0, 0})
	copy(circle[512:], []byte{0, 2, 0, 0})
	cutter.Cut(circle, at, []WantedRecord{{Offset: all[0]}}) // ends
}
