package search

import (
	"bytes"
	"slices"

	"hunt/evtx/binxml"
)

// plan is what a search does with records of one form that have the same values: what the names and
// the literal texts say is known, and what is left are values at known places. It gives the result of a
// walk through their JSON.
type plan struct {
	values []int64 // which ones a record has
	steps  []step

	matches []Match // of the record before
	kind    *Kind   // of matches
}

// step is a name or a value that is looked at, in the order of a walk.
type step struct {
	node  *node
	name  bool   // the name is meant, which has a pattern in it
	place int    // of the value, among those of the record; none if it is always the same
	raw   []byte // the value that is always the same, as it stands in JSON; nil for none
	found []span // what stands in that, in the name, or in last

	last   []byte // the value of the record before
	repeat int    // how often it was the same, less how often it was not
}

// none is the place of a value that is no value of the record.
const none = -1

// plans are those of a Matcher.
type plans struct {
	of    map[binxml.Form]*formPlans
	steps int
}

type formPlans struct{ list []*plan }

const (
	// fewPlans is how many combinations of values a form has a plan for; other records are walked through.
	fewPlans = 16
	// seldom is how often a value differs from that of the record before until it is compared no more.
	seldom = 32
)

// plan returns the plan for the record whose JSON is in m.scratch, nil if it has none. It makes one when
// a form is met the second time.
func (m *Matcher) plan(form binxml.Form, places []binxml.Place) *plan {
	f := m.plans.of[form]
	if f == nil {
		if m.plans.of == nil || len(m.plans.of) >= maxVerdicts {
			m.plans = plans{of: map[binxml.Form]*formPlans{}}
		}
		m.plans.of[form] = &formPlans{}
		return nil
	}
	for _, p := range f.list {
		if p.fits(places) {
			return p
		}
	}
	if len(f.list) >= fewPlans {
		return nil
	}
	p := m.newPlan(places)
	f.list = append(f.list, p)
	if m.plans.steps += len(p.steps); m.plans.steps > maxNodes {
		m.plans = plans{}
	}
	return p
}

func (p *plan) fits(places []binxml.Place) bool {
	if len(p.values) != len(places) {
		return false
	}
	for i := range places {
		if p.values[i] != places[i].Value {
			return false
		}
	}
	return true
}

// newPlan makes the plan for the record whose JSON is in m.scratch.
func (m *Matcher) newPlan(places []binxml.Place) *plan {
	p := &plan{}
	for _, x := range places {
		p.values = append(p.values, x.Value)
	}
	m.walk.learn(m.scratch, m, func(n *node, name bool, from, to int) {
		if !m.wants(n) {
			return
		}
		x := step{node: n, name: name, place: none}
		if name {
			x.found = n.found
		}
		if from < to {
			x.place = slices.IndexFunc(places, func(x binxml.Place) bool { return x.From == from && x.To == to })
			if x.place < 0 {
				x.place, x.raw = none, bytes.Clone(unquoted(m.scratch[from:to]))
			}
		}
		p.steps = append(p.steps, x)
	})
	for i := range p.steps {
		if x := &p.steps[i]; !x.name && x.place == none {
			x.found = slices.Clone(m.inValue(x.raw))
		}
	}
	p.steps = slices.DeleteFunc(p.steps, func(x step) bool { return !x.name && x.place == none && len(x.found) == 0 })
	return p
}

// unquoted returns what stands between quotes, or a number or a truth value; nil for null.
func unquoted(value []byte) []byte {
	switch value[0] {
	case '"':
		return value[1 : len(value)-1]
	case 'n':
		return nil
	}
	return value
}

// inValue returns the patterns that stand in a value, which is given as it stands in JSON.
func (m *Matcher) inValue(raw []byte) []span {
	if raw == nil || !m.q.sift.find(&m.marks, raw) && len(m.q.loose) == 0 {
		return nil
	}
	m.walk.every = len(m.marks.any) > 0 || len(m.q.loose) > 0
	return m.inRaw(&m.walk, raw, 0, m.marks.list)
}

// follow returns what matches in the record whose JSON is in m.scratch. What matches in the record before
// is mostly the same, but for the values.
func (m *Matcher) follow(p *plan, places []binxml.Place) []Match {
	n, same := 0, p.kind != nil
	for i := range p.steps {
		x := &p.steps[i]
		raw, found := x.raw, x.found
		if x.place != none {
			at := places[x.place]
			raw = unquoted(m.scratch[at.From:at.To])
			if !x.name {
				found = m.again(x, raw)
			}
		}
		for _, f := range found {
			if m.seen != nil {
				m.seen[f.pattern] = true
			}
			if n == maxMatches {
				m.more = true
				continue // --all-words asks for the patterns of all matches
			}
			if n < len(p.matches) && p.matches[n].kind() == (kindMatch{x.node.id, f.pattern, x.name}) {
				was := &p.matches[n]
				was.JSON, was.From, was.To = raw, f.from, f.to
			} else {
				p.matches = append(p.matches[:n], matchOf(x.node, f, x.name, raw))
				same = false
			}
			n++
		}
	}
	if !same || n < len(p.matches) {
		p.matches = p.matches[:n]
		p.kind = m.kinds.of(p.matches)
	}
	return p.matches
}

// again is inValue for a value that often is that of the record before.
func (m *Matcher) again(x *step, raw []byte) []span {
	if x.repeat < -seldom || len(raw) > maxExcerpt || raw == nil {
		return m.inValue(raw)
	}
	if x.last != nil && string(x.last) == string(raw) {
		x.repeat = min(x.repeat+1, seldom)
		return x.found
	}
	x.repeat--
	found := m.inValue(raw)
	x.last, x.found = append(x.last[:0], raw...), append(x.found[:0], found...)
	if x.last == nil {
		x.last = []byte{}
	}
	return found
}
