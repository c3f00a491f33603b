package evtx_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"hunt/evtx"
)

// rawImage puts pieces between rubbish, at offsets that are aligned to nothing.
func rawImage(seed uint64, pieces ...[]byte) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var out []byte
	rubbish := func() {
		n := 1 + rnd.IntN(200_000)
		for range n {
			out = append(out, byte(rnd.Uint32()))
		}
	}
	for _, p := range pieces {
		rubbish()
		out = append(out, p...)
	}
	rubbish()
	return out
}

// liveChunk returns a chunk of 50 records with the hashes of what they say.
func liveChunk(t *testing.T) (chunk []byte, hashes map[uint64]bool) {
	t.Helper()
	chunk, _, _ = sysmonChunk(t)
	hashes = make(map[uint64]bool)
	for r := range (&evtx.Decoder{}).Records(chunk, evtx.Ref{}, nil) {
		hashes[r.ContentHash()] = true
	}
	if len(hashes) != 50 {
		t.Fatalf("%d records in the chunk, want 50", len(hashes))
	}
	return chunk, hashes
}

func TestRawCarvingFindsChunksAnywhereOnce(t *testing.T) {
	chunk, want := liveChunk(t)
	img := rawImage(1, chunk, chunk) // the second copy says nothing new
	d := &evtx.Decoder{}
	got := map[uint64]bool{}
	for r := range d.CarveRaw(bytes.NewReader(img), int64(len(img)), 0, nil) {
		if !r.Ref.Carved || r.Ref.Chunk != -1 {
			t.Errorf("record %d: %+v is not marked as carved outside any slot", r.Ref.HeaderRecordID, r.Ref)
		}
		if !bytes.Equal(img[r.Ref.Offset:][:len(r.Raw())], r.Raw()) {
			t.Errorf("record %d does not stand at 0x%x", r.Ref.HeaderRecordID, r.Ref.Offset)
		}
		if got[r.ContentHash()] {
			t.Errorf("record %d came twice", r.Ref.HeaderRecordID)
		}
		got[r.ContentHash()] = true
	}
	for h := range want {
		if !got[h] {
			t.Errorf("a live record of the chunk was not found (%d of %d were)", len(got), len(want))
			break
		}
	}
	if d.Stats.Duplicate < len(want) {
		t.Errorf("%d duplicates, want %d or more", d.Stats.Duplicate, len(want))
	}
}

func TestRawCarvingDecodesRecordsWithoutTheirChunkHeader(t *testing.T) {
	chunk, want := liveChunk(t)
	img := rawImage(2, chunk[512:])
	d := &evtx.Decoder{}
	found := 0
	for r := range d.CarveRaw(bytes.NewReader(img), int64(len(img)), 0, nil) {
		if want[r.ContentHash()] {
			found++
			if r.Borrowed {
				t.Errorf("record %d: borrowed, while its template stands where its chunk must have been",
					r.Ref.HeaderRecordID)
			}
		}
	}
	if found != len(want) {
		t.Errorf("%d of %d records found", found, len(want))
	}
}

func TestRawCarvingBorrowsFromTheRestOfTheCase(t *testing.T) {
	chunk, want := liveChunk(t)
	var last []byte // a record that does not carry its template
	for r := range (&evtx.Decoder{}).Records(chunk, evtx.Ref{}, nil) {
		last = bytes.Clone(r.Raw())
	}
	img := rawImage(3, last)
	d := &evtx.Decoder{}
	for r := range d.CarveRaw(bytes.NewReader(img), int64(len(img)), 0, nil) {
		t.Errorf("record %d decoded with a template from nowhere", r.Ref.HeaderRecordID)
	}
	if d.Stats.Lost != 1 {
		t.Errorf("lost %d records, want 1", d.Stats.Lost)
	}
	d.Learn(chunk) // now the case knows the template
	n := 0
	for r := range d.CarveRaw(bytes.NewReader(img), int64(len(img)), 0, nil) {
		n++
		if !r.Borrowed || !want[r.ContentHash()] {
			t.Errorf("record %d: borrowed %v, content known %v", r.Ref.HeaderRecordID, r.Borrowed,
				want[r.ContentHash()])
		}
	}
	if n != 1 {
		t.Errorf("%d records, want 1", n)
	}
}
