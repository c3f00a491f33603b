package sequence

import (
	"slices"

	"hunt/rules/predicate"
)

// sampleState holds the candidates of one key tuple: for each filter its first events. As many
// as there are filters are enough: if every filter with more events than that is served last,
// one of its events is still free.
type sampleState struct {
	keys       []predicate.Value
	candidates [][]sampleItem
}

type sampleItem struct {
	item Item
	now  int64
}

func (m *Matcher) pushSample(it Item) {
	for _, j := range it.Stages {
		for m.tuples.begin(it.Event, m.p.terms[j].Keys); m.tuples.next(); {
			s := m.samples[string(m.tuples.text)]
			if s == nil {
				text := string(m.tuples.text)
				s = &sampleState{keys: decodeKeys(text), candidates: make([][]sampleItem, len(m.p.terms))}
				m.samples[text] = s
			}
			if len(s.candidates[j]) < len(m.p.terms) {
				s.candidates[j] = append(s.candidates[j], sampleItem{item: it, now: m.now})
			}
		}
		m.keysCut(it)
	}
}

// closeSamples emits one combination of distinct events for each key tuple, ordered by key.
func (m *Matcher) closeSamples(emit func(Match)) {
	var states []*sampleState
	for _, s := range m.samples {
		states = append(states, s)
	}
	slices.SortFunc(states, func(a, b *sampleState) int { return compareKeys(a.keys, b.keys) })
	for _, s := range states {
		if events := s.combine(); events != nil {
			m.pipes.push(Match{Events: events, Keys: s.keys}, emit)
		}
	}
	m.samples = nil
}

// maxOrderedSample is the number of filters up to which the combination is the first in the
// order of the events; with more filters it is an arbitrary one.
const maxOrderedSample = 16

// combine gives every filter an event of its own; it returns nil if that is impossible. The
// first filter gets the earliest event with which the others can still be served, then the
// second, and so on.
func (s *sampleState) combine() []Item {
	n := len(s.candidates)
	chosen := make([]sampleItem, n)
	used := map[int64]bool{}
	if !s.assign(0, used, chosen) {
		return nil
	}
	if n <= maxOrderedSample {
		rest := make([]sampleItem, n)
		for i := range n {
			for _, c := range s.candidates[i] {
				if used[c.now] {
					continue
				}
				used[c.now] = true
				if s.assign(i+1, used, rest) {
					chosen[i] = c
					break
				}
				delete(used, c.now)
			}
		}
	}
	events := make([]Item, n)
	for i := range chosen {
		events[i] = chosen[i].item
	}
	return events
}

// assign serves the filters from the given one on with unused events. It is bipartite matching
// with augmenting paths, because trying all combinations is exponential in the number of
// filters.
func (s *sampleState) assign(from int, used map[int64]bool, chosen []sampleItem) bool {
	owner := map[int64]int{} // event -> filter
	var serve func(filter int, tried map[int64]bool) bool
	serve = func(filter int, tried map[int64]bool) bool {
		for _, c := range s.candidates[filter] {
			if used[c.now] || tried[c.now] {
				continue
			}
			tried[c.now] = true
			if other, taken := owner[c.now]; taken && !serve(other, tried) {
				continue
			}
			owner[c.now] = filter
			chosen[filter] = c
			return true
		}
		return false
	}
	for i := from; i < len(s.candidates); i++ {
		if !serve(i, map[int64]bool{}) {
			return false
		}
	}
	return true
}
