package evtxtest_test

import (
	"bytes"
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

func TestHuntReadsEveryVector(t *testing.T) {
	t.Parallel()
	vectors := evtxtest.Vectors()
	file, placed, err := evtxtest.VectorLog()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for r := range f.Records(&evtx.Decoder{}, func(d evtx.Damage) {
		t.Errorf("damage reported of a sound log: %+v", d)
	}) {
		v := vectors[i]
		t.Run(v.Name, func(t *testing.T) {
			if r.EventRecordID() != uint64(v.Event) || r.EventID() != uint32(v.Event) ||
				r.Ref.Offset != placed[i].Offset {
				t.Fatalf(
					"record %d, event %d at %d; want record %d at %d",
					r.EventRecordID(),
					r.EventID(),
					r.Ref.Offset,
					v.Event,
					placed[i].Offset,
				)
			}
			if r.Channel() != "Vectors/Operational" || r.Provider() != "Example-Vectors" ||
				r.TimeCreated() != evtx.FiletimeOf(evtxtest.VectorTime) {
				t.Errorf("System: %s %s %s", r.Channel(), r.Provider(), r.TimeCreated())
			}
			var got []evtxtest.Want
			for f := range r.Fields() {
				got = append(got, evtxtest.Want{Name: f.Name, Text: f.Text()})
			}
			same := slices.EqualFunc(
				got,
				v.Want,
				func(g, w evtxtest.Want) bool { return g.Name == w.Name && g.Text == w.Text },
			)
			if v.Loose {
				same = len(got) >= 2 && got[0] == v.Want[0] && got[len(got)-1] == v.Want[len(v.Want)-1]
			}
			if !same {
				t.Errorf("fields %+v, want %+v", got, v.Want)
			}
		})
		i++
	}
	if i != len(vectors) {
		t.Errorf("%d records read, want %d", i, len(vectors))
	}
}
