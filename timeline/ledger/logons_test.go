package ledger

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// TestLogonsAreThoseOfTheHistory puts logons, copies among them, in order in both ways.
func TestLogonsAreThoseOfTheHistory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "CORP\\anna", "0x3e7", "10.0.0.1", "S-1-5-18", "\u202e"})
		plain, packed := &History{}, &Logons{}
		for range rapid.IntRange(0, 20).Draw(t, "n") {
			few := func() uint64 { return uint64(rapid.IntRange(0, 2).Draw(t, "few")) }
			l := &Logon{Fact: Fact{Ref: evtx.Ref{File: int32(few()), Offset: int64(few()), EventRecordID: few(),
				Carved: few() == 0}, At: evtx.Filetime(few()), Computer: text.Draw(t, "computer"), Content: few()},
				Role: ecs.Role(few()), PID: int64(few())}
			for _, p := range l.texts() {
				*p = text.Draw(t, "text")
			}
			plain.Logons = append(plain.Logons, l)
			packed.Add(l)
		}
		plain.Order()
		packed.Order()
		var got []*Logon
		for l := range packed.All() {
			x := *l
			got = append(got, &x)
		}
		if packed.Len() != len(got) || len(got) != len(plain.Logons) {
			t.Fatalf("%d and %d logons, not %d", packed.Len(), len(got), len(plain.Logons))
		}
		for i := range got { // of copies in one place, either
			if a, b := got[i], plain.Logons[i]; a.compare(&b.Fact) != 0 || a.Ref != b.Ref {
				t.Fatalf("%d: %+v, not %+v", i, a, b)
			}
		}
	})
	one := &Logon{Fact: Fact{At: 1, Computer: "ws", Stretch: 2, Unsure: true}, User: "u", Linked: "l", Program: "p",
		PID: 4}
	var packed Logons
	packed.Add(one)
	for l := range packed.All() {
		if d := cmp.Diff(one, l, cmp.AllowUnexported(Fact{}, Logon{})); d != "" {
			t.Error(d)
		}
	}
}
