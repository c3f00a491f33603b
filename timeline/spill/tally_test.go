package spill

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type tallied struct{ count, most uint64 }

var talliedForm = Sum[tallied]{
	Size: 16,
	Put: func(b []byte, v *tallied) {
		binary.LittleEndian.PutUint64(b, v.count)
		binary.LittleEndian.PutUint64(b[8:], v.most)
	},
	Get: func(b []byte, v *tallied) {
		v.count, v.most = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	},
	Add: func(into *tallied, v tallied) { into.count += v.count; into.most = max(into.most, v.most) },
}

func TestATallyIsThatOfAMapWhateverItsMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	want := map[string]tallied{}
	var keys []string
	for i := range 40_000 {
		key := fmt.Sprintf("account-%d\x00%d", r.IntN(9_000), i%3)
		if i%1000 == 0 {
			key = ""
		}
		keys = append(keys, key)
		v := want[key]
		want[key] = tallied{v.count + 1, max(v.most, uint64(i))}
	}
	for _, memory := range []int64{1, 5_000, 100_000, 1 << 30} {
		tally := NewTally(talliedForm, memory, t.TempDir())
		n := len(keys)
		switch memory {
		case 1: // each key is a run of its own
			n = 3_000
			clear(want)
			for i, key := range keys[:n] {
				v := want[key]
				want[key] = tallied{v.count + 1, max(v.most, uint64(i))}
			}
		case 5_000:
			n = len(keys)
			for i, key := range keys[3_000:] {
				v := want[key]
				want[key] = tallied{v.count + 1, max(v.most, uint64(i+3_000))}
			}
		}
		for i, key := range keys[:n] {
			if err := tally.Add(key, tallied{1, uint64(i)}); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // it may be asked again
			got := map[string]tallied{}
			var order []string
			for e, err := range tally.All() {
				if err != nil {
					t.Fatal(err)
				}
				got[e.Key] = e.Value
				order = append(order, e.Key)
			}
			if d := cmp.Diff(want, got, cmp.AllowUnexported(tallied{})); d != "" {
				t.Fatalf("memory %d: %s", memory, d[:min(len(d), 2000)])
			}
			if !slices.Equal(order, slices.Sorted(maps.Keys(want))) {
				t.Errorf("memory %d: keys are out of order or come twice", memory)
			}
		}
		if spilled := tally.file != nil; spilled != (memory < 1<<30) {
			t.Errorf("memory %d: spilled is %v", memory, spilled)
		}
		if err := tally.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestATallyTellsOfATemporaryFileThatFails(t *testing.T) {
	tally := NewTally(talliedForm, 1, "/nonexistent/place")
	if err := tally.Add("a", tallied{1, 1}); err == nil {
		t.Error("no error")
	}
}
