package search

import (
	"bytes"
	"slices"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// plan is what a search does with records of one form that have the same values: what the names and the literal
// texts say is known, and what is left are values, which are judged where they are in the record. It gives the
// result of a walk through their JSON.
type plan struct {
	form     binxml.Form
	present  uint64
	steps    []step
	matches  []Match // by step: what matches in it, except for the pattern
	varying  []int   // the steps whose value may differ from record to record
	outcomes [fewOutcomes]*outcome
	last     *outcome // of the record before
	ids      []int32  // of the sets of the varying steps
}

// step is a name or a value that is looked at, in the order of a walk.
type step struct {
	node  *node
	name  bool   // the name is meant, which has a pattern in it
	place int    // of the value, among those of the form; none if it is always the same
	raw   []byte // the value that is always the same, as it is in JSON; nil for none
	found *set   // what is in the name or the value of the record at hand

	kept   []byte // a value that was met, and what is in it
	typ    binxml.Type
	set    *set
	repeat int // how often it was met again, less how often it was not
}

// none is the place of a value that is not a value of the form.
const none = -1

// set is a set of patterns that are in a name or a value. Equal sets are stored once.
type set struct {
	id    int32
	found []span // in the order of the patterns; without where they are
}

// outcome is what matches in records of a plan in whose values the same patterns stand.
type outcome struct {
	ids     []int32
	matches []Match
	kind    *Kind // nil until it is met again
	more    bool
	lacks   bool // a pattern stands nowhere in the record
}

// plans are those of a Matcher.
type plans struct {
	of      map[binxml.Form]*formPlans
	steps   int
	matches int // of outcomes
}

type formPlans struct{ list []*plan }

const (
	// fewPlans is how many combinations of values a form has a plan for; other records are walked through.
	fewPlans = 16
	// fewOutcomes is how many outcomes a plan remembers.
	fewOutcomes = 64
	// seldom is how often a value differs from that of the record before until it is compared no more.
	seldom = 32
	// maxKept bounds the value that is remembered of a step, in bytes.
	maxKept = 512
)

// plan returns the plan for a record, nil if it has none. It makes one when a form is met the second time.
func (m *Matcher) plan(r *evtx.Record, form binxml.Form, present uint64) *plan {
	f := m.plans.of[form]
	if f == nil {
		if m.plans.of == nil || len(m.plans.of) >= maxVerdicts {
			m.plans = plans{of: map[binxml.Form]*formPlans{}}
		}
		m.plans.of[form] = &formPlans{}
		return nil
	}
	for _, p := range f.list {
		if p.present == present {
			return p
		}
	}
	if len(f.list) >= fewPlans {
		return nil
	}
	p := m.newPlan(r)
	p.form, p.present = form, present
	f.list = append(f.list, p)
	if m.plans.steps += len(p.steps); m.plans.steps > maxNodes {
		m.plans = plans{}
	}
	return p
}

// newPlan makes the plan for a record that has a form.
func (m *Matcher) newPlan(r *evtx.Record) *plan {
	p := &plan{}
	line, places := r.AppendJSONPlaces(m.scratch[:0])
	m.scratch = line
	m.walk.learn(line, m, func(n *node, name bool, from, to int) {
		if !m.wants(n) {
			return
		}
		x := step{node: n, name: name, place: none, found: m.empty()}
		if name {
			x.found = m.setOf(n.found)
		}
		if from < to {
			i := slices.IndexFunc(places, func(x binxml.Place) bool { return x.From == from && x.To == to })
			if i >= 0 {
				x.place = places[i].Value
			} else {
				x.raw = bytes.Clone(unquoted(line[from:to]))
			}
		}
		p.steps = append(p.steps, x)
	})
	for i := range p.steps {
		if x := &p.steps[i]; !x.name && x.place == none {
			x.found = m.setOf(m.inValue(x.raw))
		}
	}
	p.steps = slices.DeleteFunc(p.steps, func(x step) bool {
		return !x.name && x.place == none && len(x.found.found) == 0
	})
	for i := range p.steps {
		x := &p.steps[i]
		if !x.name && x.place != none {
			p.varying = append(p.varying, i)
		}
		match := matchOf(x.node, span{}, x.name, x.raw)
		if x.place != none {
			match.of, match.place = m, x.place
		}
		p.matches = append(p.matches, match)
	}
	p.ids = make([]int32, len(p.varying))
	return p
}

// unquoted returns what is between quotes, or a number or a truth value; nil for null.
func unquoted(value []byte) []byte {
	switch value[0] {
	case '"':
		return value[1 : len(value)-1]
	case 'n':
		return nil
	}
	return value
}

// inValue returns the patterns that are in a value, which is given as it is in JSON.
func (m *Matcher) inValue(raw []byte) []span {
	if raw == nil || !m.q.sift.find(&m.marks, raw) && len(m.q.loose) == 0 {
		return nil
	}
	m.walk.every = len(m.marks.any) > 0 || len(m.q.loose) > 0
	return m.inRaw(&m.walk, raw, 0, m.marks.list)
}

// follow returns what matches in the record at hand.
func (m *Matcher) follow(p *plan) *outcome {
	same := p.last != nil
	for _, i := range p.varying {
		x := &p.steps[i]
		if found := m.again(p, x); found != x.found {
			x.found, same = found, false
		}
	}
	if same {
		return p.last.again(m)
	}
	hash := uint64(0)
	for j, i := range p.varying {
		id := p.steps[i].found.id
		p.ids[j] = id
		hash = (hash ^ uint64(uint32(id))) * spread // #nosec G115 -- of a hash
	}
	at := &p.outcomes[hash>>32%fewOutcomes]
	if *at == nil {
		*at = &outcome{}
	} else if slices.Equal((*at).ids, p.ids) {
		p.last = *at
		return p.last.again(m)
	}
	m.outcome(p, *at)
	p.last = *at
	if m.plans.matches > maxHeld { // of crafted logs; this outcome stays valid
		m.plans = plans{}
	}
	return *at
}

// again returns an outcome that is met again.
func (o *outcome) again(m *Matcher) *outcome {
	if o.kind == nil {
		o.kind = m.kinds.of(o.matches)
	}
	return o
}

// maxHeld bounds the matches that are remembered of all plans.
const maxHeld = 1 << 17

// outcome works out what matches in the record at hand.
func (m *Matcher) outcome(p *plan, o *outcome) {
	m.plans.matches -= len(o.matches)
	o.ids, o.matches, o.more = append(o.ids[:0], p.ids...), o.matches[:0], false
	clear(m.seen)
	for i := range p.steps {
		x := &p.steps[i]
		for _, f := range x.found.found {
			if m.seen != nil {
				m.seen[f.pattern] = true
			}
			if len(o.matches) >= maxMatches {
				o.more = true
				continue // --all-words asks for the patterns of all matches
			}
			o.matches = append(o.matches, p.matches[i])
			last := &o.matches[len(o.matches)-1]
			last.Pattern = int(f.pattern)
			if x.place == none && !x.name && len(x.raw) > maxExcerpt {
				at := m.where(f.pattern, x.raw)
				last.From, last.To = at.from, at.to
			}
		}
	}
	o.lacks = slices.Contains(m.seen, false)
	o.kind = nil
	m.plans.matches += len(o.matches)
}

// where returns where in a value a pattern stands that it has.
func (m *Matcher) where(pattern int32, raw []byte) span {
	for _, f := range m.inValue(raw) {
		if f.pattern == pattern {
			return f
		}
	}
	return span{pattern: pattern}
}

// shown returns a value of the record at hand, as it is in JSON. It is valid until the next call.
func (m *Matcher) shown(place int) []byte {
	m.value = m.record.AppendFormValue(m.value[:0], m.form, place)
	return unquoted(m.value)
}

// again returns what is in the value of a step, which often is that of the record before.
func (m *Matcher) again(p *plan, x *step) *set {
	v := m.record.FormValue(p.form, x.place)
	if len(v.Data) == 0 {
		return m.empty()
	}
	if m.q.quick != nil {
		if kinds := v.Kinds(); kinds != 0 && kinds&m.q.shown == 0 {
			return m.empty()
		}
	}
	if x.repeat < -seldom || len(v.Data) > maxKept {
		return m.judge(x, v)
	}
	if x.set != nil && x.typ == v.Type && string(x.kept) == string(v.Data) {
		x.repeat = min(x.repeat+1, seldom)
		return x.set
	}
	x.repeat--
	x.set = m.judge(x, v)
	x.kept, x.typ = append(x.kept[:0], v.Data...), v.Type
	return x.set
}

// judge returns what is in a value of the record at hand.
func (m *Matcher) judge(x *step, v binxml.Value) *set {
	if q := m.q.quick; q != nil {
		if v.Type == binxml.TypeString {
			if found, ok := q.wide(v.Data); ok {
				return m.setOfMask(found)
			}
		} else if found, ok := q.narrow(m.shown(x.place)); ok {
			return m.setOfMask(found)
		}
	}
	return m.setOf(m.inValue(m.shown(x.place)))
}

// empty returns the set of no patterns.
func (m *Matcher) empty() *set {
	if m.sets.none == nil {
		m.sets.none = m.setOf(nil)
	}
	return m.sets.none
}

// sets are those of a Matcher.
type sets struct {
	none   *set
	next   int32
	by     map[string]*set
	key    []byte
	masks  [fewMasks]maskSet
	inMask []span
}

// maskSet is the set of what a quick has found.
type maskSet struct {
	mask uint64
	set  *set
}

// fewMasks is how many sets of what a quick has found are at hand.
const fewMasks = 256

// setOf returns the set of the patterns that were found.
func (m *Matcher) setOf(found []span) *set {
	s := &m.sets
	if len(found) == 0 && s.none != nil {
		return s.none
	}
	s.key = s.key[:0]
	for _, f := range found {
		s.key = append(s.key, byte(f.pattern), byte(f.pattern>>8), byte(f.pattern>>16))
	}
	if known := s.by[string(s.key)]; known != nil {
		return known
	}
	if s.by == nil || len(s.by) >= maxVerdicts {
		s.by = map[string]*set{}
	}
	out := &set{id: s.next}
	s.next++
	for _, f := range found {
		out.found = append(out.found, span{pattern: f.pattern})
	}
	s.by[string(s.key)] = out
	return out
}

// setOfMask returns the set of the patterns of which a quick has found the literals.
func (m *Matcher) setOfMask(found uint64) *set {
	if found == 0 {
		return m.empty()
	}
	at := &m.sets.masks[found*spread>>56]
	if at.mask != found {
		m.sets.inMask = m.sets.inMask[:0]
		for i, of := range m.q.of {
			if found>>i&1 != 0 {
				for _, p := range of {
					m.sets.inMask = append(m.sets.inMask, span{pattern: p})
				}
			}
		}
		slices.SortFunc(m.sets.inMask, func(a, b span) int { return int(a.pattern - b.pattern) })
		*at = maskSet{found, m.setOf(m.sets.inMask)}
	}
	return at.set
}
