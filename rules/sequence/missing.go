package sequence

import (
	"cmp"
	"slices"
)

// completion is a sequence whose positive events are all present. Missing events may still prevent it: those before
// and between are known when it completes, a trailing one only later.
type completion struct {
	last     *partial
	keys     string
	state    decision
	base     int64 // a trailing missing event at most maxspan after base prevents the sequence
	deadline int64 // base + maxspan
}

type decision uint8

const (
	undecided decision = iota
	accepted
	rejected
)

func (c *completion) match(p *Program) Match { return c.last.match(p, c.keys) }

// complete judges a sequence whose positive events are all present.
func (m *Matcher) complete(e *partial, state *keyState, keys string) {
	c := &completion{last: e, keys: keys, state: accepted}
	if m.p.hasMissing() {
		c.state = m.judge(c, state)
		if c.state == rejected {
			return
		}
		if c.state == undecided {
			state.wait(c, e.at)
		}
	}
	m.done = append(m.done, c)
}

// minWaiting is the number of completed sequences of one key below which decided ones are not looked for.
const minWaiting = 16

// wait keeps a completed sequence that a later event can still prevent. Decided ones are dropped whenever their
// number has doubled, so that each costs a bounded number of steps.
func (s *keyState) wait(c *completion, now int64) {
	if len(s.waiting) >= max(s.waitAt, minWaiting) {
		s.waiting = slices.DeleteFunc(s.waiting, func(w *completion) bool {
			return w.state != undecided || w.deadline < now
		})
		s.waitAt = 2 * len(s.waiting)
	}
	s.waiting = append(s.waiting, c)
}

func (p *Program) hasMissing() bool {
	for i := range p.terms {
		if p.terms[i].Missing {
			return true
		}
	}
	return false
}

// judge applies the missing terms to a sequence. One between two events prevents it if it matched strictly between
// their times. Let L be the latest match of the leading terms before the first event, T the earliest of the
// trailing ones after the last. The sequence is accepted if there is neither; if there are leading terms and no L,
// or trailing terms and no T; or if T-L, or last-L, or T-first, whichever applies, is longer than maxspan.
func (m *Matcher) judge(c *completion, state *keyState) decision {
	firstStage, lastStage := m.positives[0], m.positives[len(m.positives)-1]
	next := c.last
	for b := c.last.prev; b != nil; b = b.prev {
		for j := b.stage + 1; j < next.stage; j++ {
			if anyBetween(state.missing[j], b.at, next.at) {
				return rejected
			}
		}
		next = b
	}
	first, last := c.last.first.at, c.last.at
	leading, trailing := firstStage > 0, lastStage < m.p.results()-1
	c.base = first
	if leading {
		before, found := int64(0), false
		for j := range firstStage {
			if t, ok := latestBefore(state.missing[j], first); ok && (!found || t > before) {
				before, found = t, true
			}
		}
		if !found {
			return accepted
		}
		if !trailing {
			if elapsed(before, last) > m.p.maxSpan {
				return accepted
			}
			return rejected
		}
		c.base = before
	}
	if !trailing {
		return accepted
	}
	if c.deadline = after(c.base, m.p.maxSpan); c.deadline <= last {
		return accepted // anything after the last event is too far away
	}
	return undecided
}

// missingEvent notes that an event matches a missing term.
func (m *Matcher) missingEvent(j int, it Item) {
	trailing := j > m.positives[len(m.positives)-1]
	for m.tuples.begin(it.Event, m.p.terms[j].Keys); m.tuples.next(); {
		state := m.keys[string(m.tuples.text)]
		if trailing {
			if state != nil {
				state.trailing(it.Time, m.p.maxSpan)
			}
			continue
		}
		if state == nil {
			state = m.newKey(string(m.tuples.text))
		}
		// Only matches within maxspan can prevent a sequence that is still to complete.
		ts := state.missing[j]
		n, _ := slices.BinarySearchFunc(ts, it.Time, func(t, now int64) int {
			if elapsed(t, now) > m.p.maxSpan {
				return -1
			}
			return 1
		})
		if n > len(ts)/2 {
			ts = append(ts[:0], ts[n:]...)
		}
		state.missing[j] = append(ts, it.Time)
	}
	m.keysCut(it)
}

// trailing decides the completed sequences that ended before a trailing missing event.
func (s *keyState) trailing(t, maxSpan int64) {
	s.waiting = slices.DeleteFunc(s.waiting, func(c *completion) bool {
		if c.state != undecided {
			return true
		}
		if t <= c.last.at {
			return false
		}
		c.state = accepted
		if elapsed(c.base, t) <= maxSpan {
			c.state = rejected
		}
		return true
	})
}

// anyBetween reports whether a time lies strictly between from and to.
func anyBetween(ts []int64, from, to int64) bool {
	i, _ := slices.BinarySearch(ts, from+1)
	return i < len(ts) && ts[i] < to
}

// latestBefore returns the latest time strictly before t.
func latestBefore(ts []int64, t int64) (int64, bool) {
	i, _ := slices.BinarySearch(ts, t)
	if i == 0 {
		return 0, false
	}
	return ts[i-1], true
}

// finish appends what the current event completed to the waiting results, and emits all that are decided.
func (m *Matcher) finish(now int64, emit func(Match)) {
	if len(m.done) > 0 {
		slices.SortStableFunc(m.done, func(a, b *completion) int {
			return cmp.Compare(a.last.first.now, b.last.first.now)
		})
		m.waiting = append(m.waiting, m.done...)
		clear(m.done)
		m.done = m.done[:0]
	}
	n := 0
	for ; n < len(m.waiting); n++ {
		c := m.waiting[n]
		if c.state == undecided && now <= c.deadline {
			break
		}
		if c.state != rejected {
			c.state = accepted
			m.pipes.push(c.match(m.p), emit)
		}
		m.waiting[n] = nil
	}
	if n > 0 {
		m.waiting = m.waiting[n:]
	}
}
