package ledger

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// TestLogonsAreThoseOfTheHistory puts logons, copies among them, in order in both ways: in memory, and in a temporary
// file as soon as there is one or there are a few.
func TestLogonsAreThoseOfTheHistory(t *testing.T) {
	t.Run("memory", func(t *testing.T) { sameAsHistory(t, nil) })
	for _, memory := range []int64{1, 600} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			sameAsHistory(t, &Room{Memory: memory, Dir: t.TempDir(), Fail: func(err error) { t.Error(err) }})
		})
	}
}

func sameAsHistory(t *testing.T, room *Room) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "CORP\\anna", "0x3e7", "10.0.0.1", "S-1-5-18", "\u202e"})
		plain, packed := &History{}, NewLogons(room)
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
		if len(got) != len(plain.Logons) {
			t.Fatalf("%d logons, not %d", len(got), len(plain.Logons))
		}
		for i := range got { // of copies in one place, either
			if a, b := got[i], plain.Logons[i]; a.compare(&b.Fact) != 0 || a.Ref != b.Ref {
				t.Fatalf("%d: %+v, not %+v", i, a, b)
			}
		}
	})
	one := &Logon{Fact: Fact{At: 1, Computer: "ws", Stretch: 2, Unsure: true}, User: "u", Linked: "l", Program: "p",
		PID: 4}
	packed := NewLogons(room)
	packed.Add(one)
	if room != nil {
		packed.putAway()
	}
	for l := range packed.All() {
		if d := cmp.Diff(one, l, cmp.AllowUnexported(Fact{}, Logon{})); d != "" {
			t.Error(d)
		}
	}
}

// TestLogonsInAFileAreThoseInMemory compares what is asked of logons after they are in order.
func TestLogonsInAFileAreThoseInMemory(t *testing.T) {
	room := &Room{Memory: 4 << 10, Dir: t.TempDir(), Fail: func(err error) { t.Error(err) }}
	plain, away := NewLogons(nil), NewLogons(room)
	for i := range 3000 {
		l := &Logon{Fact: Fact{Ref: evtx.Ref{File: 1, Chunk: -1, Offset: int64(i), EventRecordID: uint64(i)},
			At: evtx.Filetime(i * 7919 % 3001), Computer: "ws", Content: uint64(i)}, User: fmt.Sprint("user", i%700),
			PID: -int64(i), Role: ecs.RoleFailedLogon}
		plain.Add(l)
		away.Add(l)
	}
	plain.Order()
	away.Order()
	if plain.Held() != 3000 || away.Held() != 0 {
		t.Fatalf("%d and %d in memory", plain.Held(), away.Held())
	}
	same := func(what string, a, b *Logons) {
		t.Helper()
		all := func(l *Logons) (out []Logon) {
			for x := range l.All() {
				out = append(out, *x)
			}
			return out
		}
		if d := cmp.Diff(all(a), all(b), cmp.AllowUnexported(Fact{}, Logon{})); d != "" {
			t.Error(what, d)
		}
	}
	same("ordered", &plain, &away)
	stretch := func(ref evtx.Ref, at evtx.Filetime) (int, bool) { return int(ref.Offset % 3), at%5 == 0 }
	plain.Stretches(stretch)
	away.Stretches(stretch)
	same("in stretches", &plain, &away)
	a, b := plain.Accounts(), away.Accounts()
	same("accounts", &a, &b)
	var times, others []evtx.Filetime
	for at := range plain.Times() {
		times = append(times, at)
	}
	for at := range away.Times() {
		others = append(others, at)
	}
	if !slices.Equal(times, others) {
		t.Error("times differ")
	}
}
