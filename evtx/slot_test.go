package evtx_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

func TestPlacesOfSlotsAreOneNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		offset int64
		number int32
	}{{4096, 0}, {4096 + 65536, 1}, {0, -2}, {512, -3}, {4608, -11}, {65536, -130}, {1 << 39, -2 - 1<<30},
		{1, -4 - 1<<30}, {4097, -4 - 1<<30 - 4096}, {1<<30 - 9, 6 - 1<<31}} {
		if n, at := evtx.SlotNumber(c.offset), evtx.SlotOffset(c.number); n != c.number || at != c.offset {
			t.Errorf("offset %d: number %d, want %d; its offset %d", c.offset, n, c.number, at)
		}
	}
}

// chunks is a log of three chunks with twenty records each.
func chunksOf(t *testing.T) []byte {
	t.Helper()
	var l evtxtest.Log
	for i := range 60 {
		if i%20 == 0 {
			l.Break()
		}
		l.Add(evtxtest.Event{Provider: "P", Channel: "C", Computer: "h", EventID: 1,
			Time: evtxtest.VectorTime, Data: []evtxtest.Pair{evtxtest.Str("A", fmt.Sprint(i))}})
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestChunksAreFoundWhereverTheyStand(t *testing.T) {
	t.Parallel()
	whole := chunksOf(t)
	const head, chunk = evtx.FileHeaderSize, evtx.ChunkSize
	junk := func(n int) []byte { return bytes.Repeat([]byte("junk"), n/4) }
	zero := func(f []byte, from, to int) []byte {
		f = bytes.Clone(f)
		clear(f[from:to])
		return f
	}
	all := func(of ...int) (ids []uint64) {
		for _, c := range of {
			for i := range 20 {
				ids = append(ids, uint64(20*c+i+1))
			}
		}
		return ids
	}
	// A chunk with a sound header in the last record of another, where no chunk may be taken for one.
	inner := bytes.Clone(whole[:head+chunk])
	copy(inner[head+60_416:], whole[head+chunk:][:4096])
	for _, c := range []struct {
		name string
		file []byte
		live []uint64
	}{
		{"whole", whole, all(0, 1, 2)},
		{"without a header", whole[head:], all(0, 1, 2)},
		{"header zeroed", zero(whole, 0, head), all(0, 1, 2)},
		{"header and first chunk zeroed", zero(whole, 0, head+chunk), all(1, 2)},
		{"header zeroed, first chunk's header too: its records are still there", zero(whole, 0, head+512),
			all(0, 1, 2)},
		{"a sector before it", slices.Concat(junk(512), whole), all(0, 1, 2)},
		{"bytes before it", slices.Concat(junk(1001), whole), all(0, 1, 2)},
		{"bytes before it, and no header", slices.Concat(junk(7), whole[head:]), all(0, 1, 2)},
		{"bytes put in before the second chunk", slices.Concat(whole[:head+chunk], junk(333), whole[head+chunk:]),
			all(0, 1, 2)},
		{"bytes put in before the second and the last chunk", slices.Concat(whole[:head+chunk], junk(3),
			whole[head+chunk:head+2*chunk], junk(70_001), whole[head+2*chunk:]), all(0, 1, 2)},
		{"the last chunk's header begins at the end of a slot", slices.Concat(whole[:head+chunk], junk(chunk-100),
			whole[head+2*chunk:]), all(0, 2)},
		{"and its magic goes on behind it", slices.Concat(whole[:head+chunk], junk(chunk-3),
			whole[head+2*chunk:]), all(0, 2)},
		{"bytes of the second chunk's end are gone", slices.Concat(whole[:head+2*chunk-777], whole[head+2*chunk:]),
			all(0, 1, 2)},
		{"a million bytes before it", slices.Concat(junk(1<<20), whole), all(0, 1, 2)},
		{"a sector put in before the second chunk", slices.Concat(whole[:head+chunk], junk(512),
			whole[head+chunk:]), all(0, 1, 2)},
		{"a sector put in before the last chunk", slices.Concat(whole[:head+2*chunk], junk(512),
			whole[head+2*chunk:]), all(0, 1, 2)},
		{"the unused end of the second chunk is gone", slices.Concat(whole[:head+2*chunk-4096],
			whole[head+2*chunk:]), all(0, 1, 2)},
		{"the second chunk's header and some of it are gone",
			slices.Concat(whole[:head+chunk], whole[head+chunk+40_960:]), all(0, 2)},
		{"a chunk inside the last chunk's slack", inner, all(0)},
	} {
		f, err := evtx.NewFile(bytes.NewReader(c.file), int64(len(c.file)), 0)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var live []uint64
		var refs []evtx.Ref
		for r := range f.Records(&evtx.Decoder{}, nil) {
			live = append(live, r.Ref.HeaderRecordID)
			refs = append(refs, r.Ref)
		}
		slices.Sort(live)
		if !slices.Equal(live, c.live) {
			t.Errorf("%s: live records %v, want %v", c.name, live, c.live)
		}
		for _, ref := range refs {
			if binary.LittleEndian.Uint64(c.file[ref.Offset+8:]) != ref.HeaderRecordID {
				t.Errorf("%s: record %d is not at its offset", c.name, ref.HeaderRecordID)
			}
			if r, err := f.RecordAt(&evtx.Decoder{}, ref); err != nil || r.Ref != ref {
				t.Errorf("%s: record %d read again: %v", c.name, ref.HeaderRecordID, err)
			}
		}
	}
	for name, file := range map[string][]byte{"text": junk(1 << 20), "empty": nil,
		"a chunk header without a sound checksum": slices.Concat(junk(100), zero(whole[head:head+600], 40, 44))} {
		if _, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0); !errors.Is(err, evtx.ErrNotEVTX) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
