package ecs

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// counted are the keys that a Schema of a small bound counts, after it met keys in this order.
func counted(keys []classKey) []classKey {
	s := NewSchema()
	s.roster.most = 50
	for _, k := range keys {
		s.class(k)
	}
	return slices.SortedFunc(maps.Keys(s.roster.byKey), func(a, b classKey) int { return cmpKeys(a, b) })
}

func cmpKeys(a, b classKey) int {
	return slices.Compare(
		[]string{a.channel, a.provider, fmt.Sprint(a.id)},
		[]string{b.channel, b.provider, fmt.Sprint(b.id)},
	)
}

func TestWhichClassesAreCountedDoesNotDependOnTheirOrder(t *testing.T) {
	var keys []classKey
	for i := range 400 {
		keys = append(keys, classKey{fmt.Sprintf("Channel-%d", i%37), fmt.Sprintf("Provider-%d", i), uint32(i)})
	}
	known := []classKey{
		{"Security", "Microsoft-Windows-Security-Auditing", 4688},
		{"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon", 1},
	}
	keys = append(keys, known...)
	want := counted(keys)
	if len(want) != 50 {
		t.Fatalf("%d classes are counted", len(want))
	}
	for _, k := range known {
		if !slices.Contains(want, k) {
			t.Errorf("%v is not counted, although hunt knows it", k)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		if got := counted(keys); !slices.Equal(got, want) {
			t.Fatalf("another order counts other classes:\n%v\n%v", got, want)
		}
	}
}

func TestAClassThatIsNotCountedKnowsItsNames(t *testing.T) {
	s := NewSchema()
	s.roster.most = 1
	a, b := s.Class("A", "P", 1), s.Class("B", "P", 1)
	if !s.Overflows() || (a.Counted() == a) == (b.Counted() == b) {
		t.Fatalf("one of two classes is counted: %v %v", a.Counted() == a, b.Counted() == b)
	}
	for _, c := range []*Class{a, b} {
		if vs, ok := c.Static(WinlogChannel); !ok || len(vs) != 1 || vs[0].Str != c.Channel {
			t.Errorf("%s: channel %v", c.Channel, vs)
		}
		if again := s.Class(c.Channel, "P", 1); !again.Same(c) {
			t.Errorf("%s is not the same class when it comes again", c.Channel)
		}
	}
	if a.Same(b) {
		t.Error("two channels are one class")
	}
	if none := s.Class("", "", 0); none.Counted() != none {
		t.Error("a record without channel, provider and id is counted as the nameless class")
	}
}

func TestARenewedSchemaCountsAsANewOne(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	s := NewSchema()
	s.roster.most = 50
	for round := range 30 {
		var keys []classKey
		for range 20 + r.IntN(60) {
			n := r.IntN(200)
			keys = append(keys, classKey{fmt.Sprintf("Channel-%d", n%7), fmt.Sprintf("Provider-%d", n), uint32(n)})
		}
		fresh := NewSchema()
		fresh.roster.most = 50
		s.Renew()
		for _, k := range keys {
			if a, b := s.class(k).Counted().key(), fresh.class(k).Counted().key(); a != b {
				t.Fatalf("round %d: %v is counted as %v, with a new schema as %v", round, k, a, b)
			}
		}
		for _, k := range keys {
			if a, b := s.class(k), fresh.class(k); a.out.Load() != b.out.Load() || a.key() != b.key() {
				t.Fatalf("round %d: %v: counted %t, with a new schema %t", round, k, !a.out.Load(), !b.out.Load())
			}
		}
		if s.Overflows() != fresh.Overflows() {
			t.Fatalf("round %d: overflows %t, a new schema %t", round, s.Overflows(), fresh.Overflows())
		}
	}
}
