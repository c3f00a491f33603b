package predicate

import (
	"encoding/binary"
	"slices"
	"sync"
)

// HitLists assigns numbers to lists of hits, so that a number can represent the hits of an event that is read again.
// It is shared by goroutines, each of which uses HitNumbers of its own.
type HitLists struct {
	mu      sync.RWMutex
	numbers map[string]uint32
	lists   []hitList // by number; the list of 0 is unknown
}

type hitList struct {
	hits []Hit
	sure bool // the hits do not depend on anything outside the event
}

const (
	// maxHitLists bounds the lists that have numbers. Real evidence has a few thousand.
	maxHitLists = 1 << 16
	// maxListedHits bounds the hits of a list with a number.
	maxListedHits = 64
)

// NewHitLists returns an empty HitLists.
func NewHitLists() *HitLists {
	return &HitLists{numbers: map[string]uint32{}, lists: make([]hitList, 1)}
}

// Possible returns the hits for a number; those that are Maybe need not be hits. sure says that none is Maybe. known
// is false for 0.
func (l *HitLists) Possible(n uint32) (hits []Hit, sure, known bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.lists[n].hits, l.lists[n].sure, n > 0
}

// HitNumbers assigns numbers to lists for one goroutine.
type HitNumbers struct {
	lists *HitLists
	known map[string]uint32
	key   []byte
}

// Numbers returns HitNumbers for one goroutine.
func (l *HitLists) Numbers() *HitNumbers { return &HitNumbers{lists: l, known: map[string]uint32{}} }

// Of returns the number of a list of hits. It is 0 if there are too many lists or hits; the event must then be
// evaluated again.
func (n *HitNumbers) Of(hits []Hit) uint32 {
	if len(hits) == 0 || len(hits) > maxListedHits {
		return 0
	}
	n.key = n.key[:0]
	for _, h := range hits {
		n.key = binary.AppendUvarint(n.key, uint64(h.Program)) // #nosec G115 -- not negative
		n.key = binary.AppendUvarint(n.key, uint64(h.Stage))   // #nosec G115 -- not negative
		state := byte(h.Truth)
		if h.Decoded {
			state |= 0x80
		}
		n.key = append(n.key, state)
	}
	if number, ok := n.known[string(n.key)]; ok {
		return number
	}
	number := n.lists.number(n.key, hits)
	if number > 0 {
		n.known[string(n.key)] = number
	}
	return number
}

func (l *HitLists) number(key []byte, hits []Hit) uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	number, ok := l.numbers[string(key)]
	if !ok && len(l.lists) <= maxHitLists {
		number = uint32(len(l.lists)) // #nosec G115 -- bounded above
		l.numbers[string(key)] = number
		l.lists = append(l.lists, hitList{slices.Clone(hits),
			!slices.ContainsFunc(hits, func(h Hit) bool { return h.Truth != True })})
	}
	return number
}
