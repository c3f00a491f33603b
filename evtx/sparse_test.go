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
	for step := 1; step < 9; step++ {
		var offsets []uint16
		var want []string
		for i := step / 2; i < len(all); i += step {
			offsets, want = append(offsets, all[i]), append(want, texts[i])
		}
		sparse, ok := (&Decoder{}).Sparse(chunk, at, offsets)
		if !ok {
			t.Fatalf("every %dth record: the chunk is stored whole", step)
		}
		got, have := read(sparse)
		if !slices.Equal(got, offsets) || !slices.Equal(have, want) {
			t.Errorf("every %dth record: %d of %d are the same", step, len(have), len(want))
		}
		zeros := 0
		for _, b := range sparse {
			if b == 0 {
				zeros++
			}
		}
		if step == 8 && zeros < ChunkSize/2 {
			t.Errorf("%d bytes are zero", zeros)
		}
	}
	if _, ok := (&Decoder{}).Sparse(chunk, at, []uint16{all[3] + 8}); ok {
		t.Error("a record that is none is found")
	}
	circle := slices.Clone(chunk)
	copy(circle[nameTable:], []byte{0, 2, 0, 0})
	copy(circle[512:], []byte{0, 2, 0, 0})
	(&Decoder{}).Sparse(circle, at, all[:1]) // ends
}
