package eql

import (
	"fmt"
	"testing"

	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// manyValues is an event whose every field has n values.
type manyValues struct{ n int }

func (e *manyValues) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	for i := range e.n {
		dst = append(dst, predicate.StringValue(fmt.Sprint(f, "-", i)))
	}
	return dst
}

func TestKeyTuplesOfOneEventAreBounded(t *testing.T) {
	s := newSchema("event.category", "k", "l", "m")
	p, err := Compile(`sequence by k, l, m [any where true] [any where true]`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := p.NewMatcher()
	results, bites := 0, 0
	m.Bitten = func(b limit.Bound, it sequence.Item) {
		if bites++; b.ID != sequence.BoundTuples.ID || it.Event == nil {
			t.Errorf("bound %q on %v", b.ID, it.Event)
		}
	}
	for range 2 {
		m.Push(sequence.Item{Event: &manyValues{100}, Stages: []int{0, 1}}, func(sequence.Match) { results++ })
	}
	if results != 4096 || bites == 0 {
		t.Errorf("%d results, want %d: one for each key tuple up to the limit; it is told of %d times", results,
			4096, bites)
	}
	bites = 0
	// 4,096 tuples are not too many
	m.Push(sequence.Item{Event: &manyValues{16}, Stages: []int{0, 1}}, func(sequence.Match) {})
	if bites != 0 {
		t.Error("a limit that does not bite is told of")
	}
}

func TestSequencesThatAreForgottenAreTold(t *testing.T) {
	s := newSchema("event.category", "k")
	p, err := Compile(`sequence with maxspan=1m [any where k : "x*"] as e1 [any where k == e1.k]`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		between int64 // the time between two events
		want    int
	}{{"in time", 1e6, 44}, {"too late to go on", 30e9, 0}} {
		m := p.NewMatcher()
		bites := 0
		m.Bitten = func(b limit.Bound, it sequence.Item) {
			if bites++; b.ID != sequence.BoundWaiting.ID || it.Event == nil {
				t.Errorf("%s: bound %q on %v", c.name, b.ID, it.Event)
			}
		}
		for i := range int64(256 + 45) {
			m.Push(sequence.Item{Event: s.event(t, fmt.Sprint("k=x", i)), Time: i * c.between, Stages: []int{0, 1}},
				func(sequence.Match) {})
		}
		if bites != c.want {
			t.Errorf("%s: told of %d times, want %d", c.name, bites, c.want)
		}
	}
}

func TestCombinationsOfManyValuedFieldsAreBounded(t *testing.T) {
	s := newSchema("a", "b", "c", "d")
	p, err := CompileCondition(`concat(a, b, c, d) == "none"`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := predicate.NewSet([]predicate.Program{p.Conditions()})
	plan := set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
	v := set.NewEvaluator()
	// 1000 values in four fields are 10^12 combinations. What was not tried is not known, whether it is negated or not.
	if hits := v.Eval(plan, &manyValues{1000}, nil); len(hits) != 1 || hits[0].Truth != predicate.Maybe || !v.Cut() {
		t.Errorf("hits %v, cut %v", hits, v.Cut())
	}
	if hits := v.Eval(plan, &manyValues{16}, nil); len(hits) != 0 || v.Cut() { // 65,536 are not too many
		t.Errorf("of all combinations: hits %v, cut %v", hits, v.Cut())
	}
}
