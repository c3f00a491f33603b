package eql

import (
	"fmt"
	"testing"
)

// manyValues is an event whose every field has n values.
type manyValues struct{ n int }

func (e *manyValues) Values(f FieldID, dst []Value) []Value {
	for i := range e.n {
		dst = append(dst, StringValue(fmt.Sprint(f, "-", i)))
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
	results := 0
	for range 2 {
		m.Push(Item{Event: &manyValues{100}, Stages: []int{0, 1}}, func(Match) { results++ })
	}
	if results != maxTuples {
		t.Errorf("%d results, want %d: one for each key tuple up to the limit", results, maxTuples)
	}
}

func TestCombinationsOfManyValuedFieldsAreBounded(t *testing.T) {
	s := newSchema("a", "b", "c", "d")
	p, err := CompileCondition(`concat(a, b, c, d) == "none"`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet([]*Program{p})
	plan := set.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
	// 1000 values in four fields are 10^12 combinations.
	if hits := set.NewEvaluator().Eval(plan, &manyValues{1000}, nil); len(hits) != 0 {
		t.Errorf("hits %v", hits)
	}
}

func TestAnEvaluatorForgetsAHugeEvent(t *testing.T) {
	s := newSchema("a")
	p, err := CompileCondition(`a : "X*"`, s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet([]*Program{p})
	plan := set.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
	v := set.NewEvaluator()
	v.Eval(plan, &manyValues{maxKeptCells * 4}, nil)
	v.Eval(plan, &manyValues{1}, nil)
	if c := cap(v.slots[0].cells); c > maxKeptCells {
		t.Errorf("room for %d values is kept after an event with many", c)
	}
}
