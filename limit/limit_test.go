package limit_test

import (
	"slices"
	"sync"
	"testing"

	"hunt/limit"
)

var (
	cut   = limit.Bound{ID: "b-cut", Text: "text is cut", Loses: true}
	short = limit.Bound{ID: "a-short", Text: "a list ends"}
)

func TestBitesAreCountedAndTheFirstPlaceIsTheLeast(t *testing.T) {
	t.Parallel()
	var tally limit.Tally
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			tally.Bite(cut, limit.At(int32(1+i%3), int64(4096+i/3)))
			tally.Bite(short, limit.In("rule"))
		})
	}
	all.Wait()
	want := []limit.Bite{
		{Bound: short, Count: 100, First: limit.In("rule")},
		{Bound: cut, Count: 100, First: limit.At(1, 4096)},
	}
	if got := tally.Bites(); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTalliesAddUpInAnyOrder(t *testing.T) {
	t.Parallel()
	parts := [][]limit.Bite{
		{{Bound: cut, Count: 2, First: limit.At(2, 0)}},
		{{Bound: cut, Count: 3, First: limit.At(1, 9)}, {Bound: short, Count: 1, First: limit.In("")}},
		{{Bound: cut, Count: 1, First: limit.At(1, 8)}},
	}
	var a, b limit.Tally
	for _, p := range parts {
		a.Add(p)
	}
	slices.Reverse(parts)
	for _, p := range parts {
		b.Add(p)
	}
	if got := a.Bites(); !slices.Equal(got, b.Bites()) || got[1].Count != 6 || got[1].First != limit.At(1, 8) {
		t.Errorf("%+v, in the other order %+v", got, b.Bites())
	}
}

func TestOnlyBoundsThatLoseMakeARunIncomplete(t *testing.T) {
	t.Parallel()
	var tally *limit.Tally
	tally.Bite(cut, limit.In("")) // counts nothing, and is no crash
	if tally.Bites() != nil {
		t.Error("a nil tally has counted")
	}
	tally = &limit.Tally{}
	tally.Bite(short, limit.In(""))
	if limit.Loses(tally.Bites()) {
		t.Error("a bound that loses nothing makes the run incomplete")
	}
	if tally.Bite(cut, limit.In("")); !limit.Loses(tally.Bites()) {
		t.Error("a bound that loses evidence does not make the run incomplete")
	}
	if tally.Reset(); len(tally.Bites()) != 0 {
		t.Error("Reset forgot nothing")
	}
}
