package sequence

import (
	"cmp"
	"math"
	"slices"

	"hunt/limit"
	"hunt/rules/predicate"
)

// Item is an event passed to a matcher. Time is only used to measure maxspan; the order of Push is the total order.
// Stages are the stages that the event satisfies (Truth True) according to Eval, and those Dependent stages that it
// may satisfy (Truth Maybe): the matcher itself evaluates their whole condition, with the events bound before.
//
// A matcher keeps the Event of an item until no sequence can need it, so it must not change. After Push, a matcher
// reads only the fields that Referred names.
type Item struct {
	Event  predicate.Event
	Time   int64 // nanoseconds since 1970
	Stages []int
}

// Match is one result: Events[i] belongs to Stages()[i] without until; a missing event is a zero Item.
type Match struct {
	Events []Item
	Keys   []predicate.Value
}

// Matcher runs one program over one ordered stream of events. It belongs to one goroutine and takes O(keys x stages)
// memory; with missing events also O(their hits within maxspan).
//
// Results are emitted in the order of their last event, then of their first; head and tail are applied to that order.
type Matcher struct {
	p         *Program
	positives []int // stages that are neither missing nor until
	now       int64 // number of the event, counted from 1
	keys      map[string]*keyState
	sweepAt   int // number of keys at which expired ones are dropped
	tuples    tuples
	direct    predicate.Direct // for dependent stages
	done      []*completion    // of the current event
	waiting   []*completion    // results in order, the first of which is undecided
	samples   map[string]*sampleState
	pipes     pipeline

	// Bitten, if set, is called for each bound that applies, with the event.
	Bitten func(b limit.Bound, it Item)
}

// keyState holds the sequences in progress for one key tuple.
type keyState struct {
	pending  []*partial // by stage
	*absence            // nil if nothing has to be absent
}

// absence is what the missing terms of a program need for one key tuple.
type absence struct {
	missing [][]int64 // by stage: times of the events that a missing term matched
	waiting []*completion
	waitAt  int // number of waiting at which decided ones are dropped
}

// partial is the newest event of a sequence in progress; prev leads to the first. If the next stage refers to this
// one, older leads to the other sequences that wait for the same stage.
type partial struct {
	event predicate.Event
	at    int64 // its time
	stage int
	now   int64
	first *partial
	prev  *partial
	older *partial
}

// maxOlder bounds the sequences that wait together for one dependent stage of one key: a rule that refers to an
// earlier event by a field, rather than by a join key, sees no further back than this (BoundWaiting).
const maxOlder = 256

// item returns the event as it was pushed, without its stages.
func (e *partial) item() Item { return Item{Event: e.event, Time: e.at} }

// NewMatcher returns a matcher.
func (p *Program) NewMatcher() *Matcher {
	m := &Matcher{p: p, keys: map[string]*keyState{}, sweepAt: minSweep, pipes: newPipeline(p.pipes)}
	for i := range p.results() {
		if !p.terms[i].Missing {
			m.positives = append(m.positives, i)
		}
	}
	if p.form == Sample {
		m.samples = map[string]*sampleState{}
	}
	return m
}

// Push processes the next event of the order and passes completed matches to emit.
func (m *Matcher) Push(it Item, emit func(Match)) {
	m.now++
	switch m.p.form {
	case EventQuery:
		if len(it.Stages) > 0 {
			m.pipes.push(Match{Events: []Item{it}}, emit)
		}
	case Sample:
		m.pushSample(it)
	case Sequence:
		m.pushSequence(it, emit)
	}
}

// Close ends the stream (trailing missing events, samples, tail) and emits the rest.
func (m *Matcher) Close(emit func(Match)) {
	for _, c := range m.waiting {
		if c.state != rejected {
			m.pipes.push(c.match(m.p), emit)
		}
	}
	m.waiting = nil
	if m.p.form == Sample {
		m.closeSamples(emit)
	}
	m.pipes.close(emit)
}

// pushSequence tries the stages from last to first, so that an event may serve several stages but never two of one
// sequence; then `until`.
func (m *Matcher) pushSequence(it Item, emit func(Match)) {
	stages := it.Stages
	if !slices.IsSorted(stages) {
		stages = slices.Sorted(slices.Values(stages))
	}
	until := -1
	for i := len(stages) - 1; i >= 0; i-- {
		j := stages[i]
		switch s := &m.p.terms[j]; {
		case s.Until:
			until = j
		case s.Missing:
			m.missingEvent(j, it)
		default:
			m.stage(j, it)
		}
	}
	if until >= 0 {
		m.until(until, it)
	}
	m.finish(it.Time, emit)
	if len(m.keys) > m.sweepAt {
		m.sweep(it.Time)
	}
}

// stage tries an event at a positive stage, for each of its key tuples.
func (m *Matcher) stage(j int, it Item) {
	s := &m.p.terms[j]
	at, _ := slices.BinarySearch(m.positives, j)
	first, last := at == 0, at == len(m.positives)-1
	for m.tuples.begin(it.Event, s.Keys); m.tuples.next(); {
		state := m.keys[string(m.tuples.text)]
		e := &partial{event: it.Event, at: it.Time, stage: j, now: m.now}
		if first {
			if state == nil {
				state = m.newKey(string(m.tuples.text))
			}
			e.first = e
		} else {
			if state == nil {
				continue
			}
			prev := m.take(&state.pending[m.positives[at-1]], s, it)
			if prev == nil {
				continue
			}
			e.first, e.prev = prev.first, prev
		}
		switch {
		case last:
			m.complete(e, state, string(m.tuples.text))
		case m.p.terms[m.positives[at+1]].Dependent:
			e.older = state.pending[j]
			state.pending[j] = e
			m.forget(e)
		default:
			state.pending[j] = e
		}
	}
	m.keysCut(it)
}

// keysCut reports that key tuples were left out.
func (m *Matcher) keysCut(it Item) {
	if m.tuples.cut() {
		m.bite(BoundTuples, it)
	}
}

// take removes and returns the sequence that an event at stage s continues, nil if there is none. There is only one,
// the newest, unless the stage is dependent: then it is the newest for which the condition is true and maxspan allows
// it.
func (m *Matcher) take(pending **partial, s *Term, it Item) *partial {
	if !s.Dependent {
		prev := *pending
		if prev == nil || prev.now >= m.now {
			return nil
		}
		*pending = nil // consumed, even if it turns out to be out of time
		if m.late(prev, it) {
			return nil
		}
		return prev
	}
	for at := pending; *at != nil; at = &(*at).older {
		prev := *at
		if prev.now < m.now && !m.late(prev, it) && m.holds(s.Condition, prev, it) {
			*at, prev.older = prev.older, nil
			return prev
		}
	}
	return nil
}

// late reports whether an event is too late to continue a sequence.
func (m *Matcher) late(e *partial, it Item) bool {
	return m.p.maxSpan > 0 && elapsed(e.first.at, it.Time) > m.p.maxSpan
}

// elapsed returns the time from one event to a later one, saturating: times can be centuries apart, more nanoseconds
// than int64 can hold.
func elapsed(from, to int64) int64 {
	if d := to - from; d >= 0 || to < from {
		return d
	}
	return math.MaxInt64
}

// after returns a time after another by a span, saturating.
func after(from, span int64) int64 {
	if t := from + span; t >= from {
		return t
	}
	return math.MaxInt64
}

// forget drops what waits next to e and is out of time or beyond maxOlder.
func (m *Matcher) forget(e *partial) {
	n := 0
	for at := &e.older; *at != nil; n++ {
		if m.late(*at, e.item()) {
			*at = (*at).older
			n--
			continue
		}
		if n >= maxOlder {
			m.bite(BoundWaiting, (*at).item())
			*at = nil
			return
		}
		at = &(*at).older
	}
}

func (m *Matcher) newKey(text string) *keyState {
	s := &keyState{pending: make([]*partial, len(m.p.terms))}
	if m.p.hasMissing() {
		s.absence = &absence{missing: make([][]int64, len(m.p.terms))}
	}
	m.keys[text] = s
	return s
}

// holds evaluates the condition of a dependent stage with the events bound before it.
func (m *Matcher) holds(cond *predicate.Condition, bound *partial, it Item) bool {
	t := m.direct.Eval(cond, func(s predicate.Slot, dst []predicate.Value) []predicate.Value {
		ev := it.Event
		if s.Stage != predicate.ThisEvent {
			ev = nil
			for b := bound; b != nil; b = b.prev {
				if b.stage == s.Stage {
					ev = b.event
				}
			}
		}
		if ev == nil {
			return dst
		}
		return ev.Values(s.Field, dst)
	})
	if t == predicate.Maybe && m.direct.Cut() {
		m.bite(predicate.BoundCombinations, it)
	}
	return t == predicate.True
}

// until drops the sequences in progress with the event's keys.
func (m *Matcher) until(j int, it Item) {
	for m.tuples.begin(it.Event, m.p.terms[j].Keys); m.tuples.next(); {
		if s := m.keys[string(m.tuples.text)]; s != nil {
			clear(s.pending)
		}
	}
	m.keysCut(it)
}

// minSweep is the number of keys below which expired ones are not looked for.
const minSweep = 1024

// sweep drops keys that hold nothing that can still become a result.
func (m *Matcher) sweep(now int64) {
	for k, s := range m.keys {
		if !s.alive(now, m.p.maxSpan) {
			delete(m.keys, k)
		}
	}
	m.sweepAt = max(minSweep, 2*len(m.keys))
}

func (s *keyState) alive(now, maxSpan int64) bool {
	for _, p := range s.pending {
		for ; p != nil; p = p.older {
			if maxSpan == 0 || elapsed(p.first.at, now) <= maxSpan {
				return true
			}
		}
	}
	if s.absence == nil {
		return false
	}
	for _, ts := range s.missing {
		if len(ts) > 0 && elapsed(ts[len(ts)-1], now) <= maxSpan {
			return true
		}
	}
	for _, c := range s.waiting {
		if c.state == undecided && c.deadline >= now {
			return true
		}
	}
	return false
}

// Partials calls f for each sequence that still waits for its next stage, in the order of their first events, with the
// events matched so far (the others are zero Items) and the stage for which it waits.
func (m *Matcher) Partials(f func(match Match, next int)) {
	type open struct {
		p    *partial
		keys string
	}
	var all []open
	for k, s := range m.keys {
		for _, p := range s.pending {
			for ; p != nil; p = p.older {
				all = append(all, open{p, k})
			}
		}
	}
	slices.SortFunc(all, func(a, b open) int {
		return cmp.Or(cmp.Compare(a.p.first.now, b.p.first.now), cmp.Compare(a.p.now, b.p.now),
			cmp.Compare(a.keys, b.keys))
	})
	for _, o := range all {
		at, _ := slices.BinarySearch(m.positives, o.p.stage)
		f(o.p.match(m.p, o.keys), m.positives[at+1])
	}
}

// match makes a Match from the events up to p.
func (e *partial) match(p *Program, keys string) Match {
	out := Match{Events: make([]Item, p.results()), Keys: decodeKeys(keys)}
	for b := e; b != nil; b = b.prev {
		out.Events[b.stage] = b.item()
	}
	return out
}
