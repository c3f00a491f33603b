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
	if _, _, known := lists.Possible(0); known {
		t.Error("0 stands for hits")
	}
	maybe := append(slices.Clone(sure), Hit{Program: 401, Truth: Maybe})
	n := lists.Numbers().Of(maybe)
	if hits, certain, known := lists.Possible(n); !known || certain || !slices.Equal(hits, maybe) {
		t.Errorf("number %d stands for %v, certain %v", n, hits, certain)
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
				if got, sure, _ := lists.Possible(n); !sure || !slices.Equal(got, want) || numbers.Of(want) != n {
					t.Errorf("number %d stands for %v, want %v", n, got, want)
				}
			}
		})
	}
	wg.Wait()
	if n := len(lists.lists); n != 202 {
		t.Errorf("%d lists have numbers, want 201", n-1)
	}
}

func TestListsBeyondTheBoundHaveNoNumber(t *testing.T) {
	lists := NewHitLists()
	lists.lists = make([]hitList, maxHitLists+1)
	if n := lists.Numbers().Of([]Hit{{Truth: True}}); n != 0 {
		t.Errorf("list %d is numbered", n)
	}
}
