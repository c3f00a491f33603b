package predicate

import (
	"slices"
	"sync"
	"testing"
)

func TestANumberStandsForHitsThatTheEventAloneDecides(t *testing.T) {
	lists := NewHitLists()
	sure := []Hit{{Program: 3, Stage: 1, Truth: True}, {Program: 400, Truth: True}}
	for name, hits := range map[string][]Hit{
		"none":                   nil,
		"one that may be":        {{Program: 3, Truth: True}, {Program: 5, Truth: Maybe}},
		"more than are numbered": make([]Hit, maxListedHits+1),
	} {
		for i := range hits {
			if hits[i].Truth == False {
				hits[i].Truth = True
			}
		}
		if n := lists.Numbers().Of(hits); n != 0 {
			t.Errorf("%s: has number %d", name, n)
		}
	}
	if _, ok := lists.List(0); ok {
		t.Error("0 stands for hits")
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			numbers := lists.Numbers()
			for program := range 200 {
				own := append(slices.Clone(sure), Hit{Program: 500 + program, Truth: True})
				n := numbers.Of(own)
				want := slices.Clone(own)
				own[0].Program = 9 // the caller goes on using it
				if got, ok := lists.List(n); !ok || !slices.Equal(got, want) || numbers.Of(want) != n {
					t.Errorf("number %d stands for %v, want %v", n, got, want)
				}
			}
		})
	}
	wg.Wait()
	if n := len(lists.lists); n != 201 {
		t.Errorf("%d lists have numbers, want 200", n-1)
	}
}

func TestListsBeyondTheBoundHaveNoNumber(t *testing.T) {
	lists := NewHitLists()
	lists.lists = make([][]Hit, maxHitLists+1)
	if n := lists.Numbers().Of([]Hit{{Truth: True}}); n != 0 {
		t.Errorf("list %d is numbered", n)
	}
}
