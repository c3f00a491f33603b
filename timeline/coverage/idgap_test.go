package coverage

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// chunkOf is a chunk that holds records of these ids, in order, each written at its id.
func chunkOf(ids []uint64) *ledger.Chunk {
	first, last := ids[0], ids[len(ids)-1]
	c := &ledger.Chunk{Channel: "Security", N: len(ids), MinID: first, MaxID: last, Odd: &ledger.Oddities{},
		First: evtx.Filetime(first), Last: evtx.Filetime(last)} // #nosec G115 -- small
	for i, id := range ids[1:] {
		if ids[i]+1 < id {
			c.Odd.Holes = append(c.Odd.Holes, ledger.Hole{After: ids[i], Before: id,
				From: evtx.Filetime(ids[i]), To: evtx.Filetime(id)}) // #nosec G115 -- small
		}
	}
	return c
}

// The ids that no chunk and no copy of one holds are the gaps, whatever lies in which.
func TestMissingIDsAreGapsWithinChunksAndBetweenThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans []*ledger.Chunk
		there := map[uint64]bool{}
		for range rapid.IntRange(1, 4).Draw(t, "chunks") {
			begin := rapid.Uint64Range(1, 40).Draw(t, "begin")
			lacks := rapid.SliceOfN(rapid.Uint64Range(1, 11), 0, mostGaps).Draw(t, "lacks")
			var ids []uint64
			for id := begin; id < begin+13; id++ {
				if !slices.Contains(lacks, id-begin) {
					ids, there[id] = append(ids, id), true
				}
			}
			spans = append(spans, chunkOf(ids))
		}
		sorted := slices.Sorted(maps.Keys(there))
		slices.SortStableFunc(spans, func(a, b *ledger.Chunk) int { return int(a.MinID) - int(b.MinID) }) // #nosec G115
		want := map[uint64]bool{}
		for id := sorted[0]; id < sorted[len(sorted)-1]; id++ {
			want[id] = !there[id]
		}
		maps.DeleteFunc(want, func(_ uint64, missing bool) bool { return !missing })
		got := map[uint64]bool{}
		for _, g := range gapsOfIDs("Security", spans, false) {
			if g.To-g.From != evtx.Filetime(g.Missing)+1 { // #nosec G115 -- small
				t.Fatalf("%d ids from %d to %d", g.Missing, g.From, g.To)
			}
			for id := g.From + 1; id < g.To; id++ {
				got[uint64(id)] = true // #nosec G115 -- positive
			}
		}
		if !maps.Equal(got, want) {
			t.Fatalf("missing %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	})
}

// An export with a filter leaves holes everywhere.
func TestAChunkOfManyHolesIsOneGap(t *testing.T) {
	gaps := gapsOfIDs("Security", []*ledger.Chunk{chunkOf([]uint64{1, 3, 5, 7, 9, 11, 12, 15})}, false)
	want := Gap{Channel: "Security", From: 1, To: 15, Kind: GapMissing, Missing: 7,
		Detail: "an excerpt: 7 of the record ids 1 to 15 are not in the evidence"}
	if len(gaps) != 1 || gaps[0] != want {
		t.Errorf("got  %+v\nwant %+v", gaps, want)
	}
}
