package evtx_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"hunt/evtx"
)

func TestRecordsOutsideChunksAreCarvedWhereverTheirChunkBegan(t *testing.T) {
	t.Parallel()
	whole := chunksOf(t)
	const head, chunk = evtx.FileHeaderSize, evtx.ChunkSize
	junk := func(n int) []byte { return bytes.Repeat([]byte("junk"), (n+3)/4)[:n] }
	first, second, third := whole[:head+chunk], whole[head+chunk:][:chunk], whole[head+2*chunk:]
	rest := second[512:40_960] // records without their chunk's header
	for _, c := range []struct {
		name string
		file []byte
		live []uint64 // first and last id
		more []uint64 // of the carved ones
	}{
		{"behind the chunk before", slices.Concat(first, rest, junk(24_576+512), third),
			[]uint64{1, 20, 41, 60}, []uint64{21, 40}},
		{"at no sector", slices.Concat(first, junk(100), rest, junk(25_088-100), third),
			[]uint64{1, 20, 41, 60}, []uint64{21, 40}},
		{"in the middle of a slot", slices.Concat(first, junk(20_004), rest, junk(2_004), third[:0]),
			[]uint64{1, 20}, []uint64{21, 40}},
		{"at a sector, and the next chunk behind it", slices.Concat(first, junk(512*7), rest, third),
			[]uint64{1, 20, 41, 60}, []uint64{21, 40}},
		{"before the first chunk of a file without a header",
			slices.Concat(junk(300), rest, junk(212), third), []uint64{41, 60}, []uint64{21, 40}},
		{"and nothing else", slices.Concat(junk(300), rest), nil, []uint64{21, 40}},
		{"and nothing else, far in", slices.Concat(junk(3*chunk+777), rest), nil, []uint64{21, 40}},
	} {
		f, err := evtx.NewFile(bytes.NewReader(c.file), int64(len(c.file)), 0)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var live, carved []uint64
		var refs []evtx.Ref
		var raw [][]byte
		d := &evtx.Decoder{Carve: true}
		for r := range f.Records(d, nil) {
			if !r.Ref.Carved {
				live = append(live, r.Ref.HeaderRecordID)
				continue
			}
			carved = append(carved, r.Ref.HeaderRecordID)
			refs, raw = append(refs, r.Ref), append(raw, bytes.Clone(r.Raw()))
			if r.Borrowed {
				t.Errorf("%s: record %d: borrowed, while its template stands where its chunk was", c.name,
					r.Ref.HeaderRecordID)
			}
		}
		slices.Sort(live)
		slices.Sort(carved)
		if want := between(c.live); !slices.Equal(live, want) {
			t.Errorf("%s: live records %v, want %v", c.name, live, want)
		}
		if want := between(c.more); !slices.Equal(carved, want) {
			t.Errorf("%s: carved records %v, want %v; %+v", c.name, carved, want, d.Stats)
		}
		for i, ref := range refs {
			r, err := f.RecordAt(&evtx.Decoder{}, ref)
			if err != nil || r.Ref != ref || !bytes.Equal(r.Raw(), raw[i]) ||
				!bytes.Equal(c.file[ref.Offset:][:len(raw[i])], raw[i]) {
				t.Errorf("%s: record %d read again: %v", c.name, ref.HeaderRecordID, err)
			}
		}
	}
}

// between returns the numbers of ranges, each told by its first and last.
func between(ends []uint64) (out []uint64) {
	for ; len(ends) > 1; ends = ends[2:] {
		for n := ends[0]; n <= ends[1]; n++ {
			out = append(out, n)
		}
	}
	return out
}

func TestADecoderForgetsTheStrayChunkOfTheSlotBefore(t *testing.T) {
	t.Parallel()
	whole := chunksOf(t)
	rest := whole[evtx.FileHeaderSize+512:][:20_000]
	var inherits []byte // a record that does not carry its template
	for r := range (&evtx.Decoder{}).Records(whole[evtx.FileHeaderSize:][:evtx.ChunkSize], evtx.Ref{}, nil) {
		inherits = bytes.Clone(r.Raw())
	}
	d := &evtx.Decoder{Carve: true}
	n := 0
	for range d.Records(rest, evtx.Ref{Chunk: -2}, nil) {
		n++
	}
	if n != 20 {
		t.Fatalf("%d records, want 20", n)
	}
	for r := range d.Records(slices.Concat(make([]byte, 6000), []byte("junk"), inherits),
		evtx.Ref{Chunk: -3, Offset: 512}, nil) {
		t.Errorf("record %d decoded with a template that is not there", r.Ref.HeaderRecordID)
	}
}

func TestOfAChunkAcrossTwoSlotsOneRecordIsLeftOut(t *testing.T) {
	t.Parallel()
	whole := chunksOf(t)
	const head, chunk = evtx.FileHeaderSize, evtx.ChunkSize
	rest := whole[head+chunk+512:][:chunk-512]
	var pos []int // of the records in rest
	for r := range (&evtx.Decoder{}).Records(whole[head+chunk:][:chunk], evtx.Ref{}, nil) {
		pos = append(pos, int(r.Ref.Offset)-512)
	}
	// The slots begin with the file; the border is within the tenth record.
	file := slices.Concat(bytes.Repeat([]byte{'x'}, chunk-pos[9]-77), rest)
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.DeleteFunc(between([]uint64{21, 40}), func(n uint64) bool { return n == 30 })
	for range 2 { // in the second turn the cache knows all
		var got []uint64
		for r := range f.Records(&evtx.Decoder{Carve: true}, nil) {
			got = append(got, r.Ref.HeaderRecordID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("records %v, want %v", got, want)
		}
	}
	raw := 0
	for range (&evtx.Decoder{}).CarveRaw(bytes.NewReader(file), int64(len(file)), 0, nil) {
		raw++
	}
	if raw != 20 {
		t.Errorf("raw carving finds %d records, want 20", raw)
	}
}

func TestCarvedRecordsOfBrokenRemainsAreReadAgainAlike(t *testing.T) {
	t.Parallel()
	whole := chunksOf(t)
	const head, chunk = evtx.FileHeaderSize, evtx.ChunkSize
	rnd := rand.New(rand.NewPCG(7, 1))
	strayed := 0
	for range 60 {
		rest := whole[head+chunk+512*rnd.IntN(4):][:8192]
		file := slices.Concat(make([]byte, rnd.IntN(70_000)), rest, make([]byte, rnd.IntN(300)),
			whole[head+2*chunk+512:][:9000], make([]byte, rnd.IntN(60_000)), whole[head+rnd.IntN(2000):][:9000])
		for range rnd.IntN(40) {
			file[rnd.IntN(len(file))] = byte(rnd.Uint32())
		}
		f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
		if err != nil {
			continue
		}
		d := &evtx.Decoder{Carve: true}
		hashes := map[evtx.Ref]uint64{}
		for r := range f.Records(d, nil) {
			if _, twice := hashes[r.Ref]; twice {
				t.Errorf("%+v came twice", r.Ref)
			}
			if hashes[r.Ref] = r.ContentHash(); r.Strayed {
				strayed++
			}
		}
		for ref, hash := range hashes {
			again := &evtx.Decoder{Stock: d.Stock}
			if r, err := f.RecordAt(again, ref); err != nil || r.Ref != ref || r.ContentHash() != hash {
				t.Errorf("%+v read again: %v", ref, err)
			}
		}
	}
	if strayed < 100 {
		t.Errorf("%d records of chunks that began elsewhere, want 100 or more", strayed)
	}
}
