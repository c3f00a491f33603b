package search

import (
	"bytes"
	"slices"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// plan is what a search does with records of one form that have the same set of values: the results for names
// and literal texts are known, and what is left are values, which are judged where they are in the record. It
// gives the same result as a walk through their JSON.
type plan struct {
	form     binxml.Form
	present  uint64
	steps    []step
	varying  []int // the steps whose value may differ from record to record
	outcomes [fewOutcomes]outcome
	last     *outcome // that of the record before, with its matches
	found    Found
	ids      []int32 // of the sets of the varying steps
}

// step is a name or a value to be examined, in the order of a walk.
type step struct {
	field Field
	place int    // of the value, among those of the form; none if it is always the same
	raw   []byte // the value if it is always the same, as it is in JSON; nil for none
	spans []Span // what is in it, or in the name
	found *set   // what is in the value of the current record, unless it is always the same

	matches, n int // of the current record, in the steps before: matches, and patterns in them

	kept   []byte // a value seen before, and what is in it
	typ    binxml.Type
	set    *set
	repeat int // how often it was seen again, minus how often it was not
}

// none is the place of a value that is not a value of the form.
const none = -1

// set is a set of patterns that are in a name or a value. Equal sets are stored once.
type set struct {
	id    int32
	found []Span // in the order of the patterns; without their positions
}

// outcome is what matches in records of a plan whose values contain the same patterns.
type outcome struct {
	ids   []int32 // nil before the first
	kind  *Kind   // nil until it is needed a second time
	lacks bool    // a pattern is nowhere in the record
}

// plans are the plans of a Matcher.
type plans struct {
	of    map[binxml.Form]*formPlans
	steps int
}

type formPlans struct{ list []*plan }

const (
	// fewPlans is how many combinations of values of a form have a plan; other records are walked.
	fewPlans = 16
	// fewOutcomes is how many outcomes a plan keeps.
	fewOutcomes = 128
	// seldom is how often a value must differ from that of the record before until it is no longer compared.
	seldom = 32
	// maxKept bounds the value that is kept for a step, in bytes.
	maxKept = 512
)

// plan returns the plan for a record, nil if it has none. It makes one when a form is seen for the second time.
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
		x := step{field: n.value, place: none}
		if name {
			x.field, x.spans = n.name, n.found
		}
		if from < to {
			i := slices.IndexFunc(places, func(x binxml.Place) bool { return x.From == from && x.To == to })
			if i >= 0 {
				x.place = places[i].Value
				x.field.of, x.field.place = m, x.place
			} else {
				x.raw = bytes.Clone(unquoted(line[from:to]))
			}
		}
		p.steps = append(p.steps, x)
	})
	for i := range p.steps {
		if x := &p.steps[i]; !x.always() {
			x.found = m.empty()
		} else if !x.field.Name {
			x.spans = slices.Clone(m.inValue(x.raw))
		}
	}
	p.steps = slices.DeleteFunc(p.steps, func(x step) bool { return x.always() && len(x.spans) == 0 })
	for i := range p.steps {
		if !p.steps[i].always() {
			p.varying = append(p.varying, i)
		}
	}
	p.ids = make([]int32, len(p.varying))
	return p
}

// unquoted returns what is between quotes, or a number or boolean; nil for null.
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
func (m *Matcher) inValue(raw []byte) []Span {
	if raw == nil || !m.q.sift.find(&m.marks, raw) && len(m.q.loose) == 0 {
		return nil
	}
	m.walk.every = len(m.marks.any) > 0 || len(m.q.loose) > 0
	return m.inRaw(&m.walk, raw, 0, m.marks.list)
}

// follow returns where the current record matches.
func (m *Matcher) follow(p *plan) Found {
	first := len(p.steps) // of those in which something differs from the record before
	if p.last == nil || p.found.More {
		first = 0
	}
	for _, i := range p.varying {
		x := &p.steps[i]
		if found := m.again(p, x); found != x.found {
			x.found, first = found, min(first, i)
		}
	}
	if p.last == nil || first < len(p.steps) {
		p.collect(first)
		p.last = m.outcome(p)
	} else if p.last.kind == nil {
		p.last.kind = m.kinds.of(p.found.Matches)
	}
	if p.last.lacks {
		return Found{}
	}
	p.found.Kind = p.last.kind
	return p.found
}

// outcome computes where the current record matches.
func (m *Matcher) outcome(p *plan) *outcome {
	hash := uint64(0)
	for j, i := range p.varying {
		id := p.steps[i].found.id
		p.ids[j] = id
		hash = (hash ^ uint64(uint32(id))) * spread // #nosec G115 -- of a hash
	}
	o := &p.outcomes[hash>>32%fewOutcomes]
	if o.ids != nil && slices.Equal(o.ids, p.ids) {
		if o.kind == nil {
			o.kind = m.kinds.of(p.found.Matches)
		}
		return o
	}
	o.ids, o.kind, o.lacks = append(o.ids[:0], p.ids...), nil, false
	if m.seen != nil {
		clear(m.seen)
		for i := range p.steps {
			for _, f := range p.steps[i].patterns() { // beyond maxMatches, too
				m.seen[f.Pattern] = true
			}
		}
		o.lacks = slices.Contains(m.seen, false)
	}
	return o
}

// collect gathers what matches in the current record. The results of the steps before first are those of the
// last record.
func (p *plan) collect(first int) {
	f := Found{Matches: p.found.Matches[:0]}
	if first > 0 {
		f.Matches, f.N = p.found.Matches[:p.steps[first].matches], p.steps[first].n
	}
	for i := first; i < len(p.steps); i++ {
		x := &p.steps[i]
		x.matches, x.n = len(f.Matches), f.N
		patterns := x.patterns()
		if len(patterns) == 0 {
			continue
		}
		if free := maxMatches - f.N; len(patterns) > free {
			f.More = true
			if patterns = patterns[:free]; free == 0 {
				continue
			}
		}
		f.N += len(patterns)
		f.Matches = append(f.Matches, Match{&x.field, patterns, x.raw})
	}
	p.found = f
}

// always reports whether a step has the same result in all records of the plan.
func (x *step) always() bool { return x.field.Name || x.place == none }

// patterns returns what is in a step of the record at hand.
func (x *step) patterns() []Span {
	if x.always() {
		return x.spans
	}
	return x.found.found
}

// where returns where in a value a pattern that it contains stands.
func (m *Matcher) where(pattern int32, raw []byte) Span {
	for _, f := range m.inValue(raw) {
		if f.Pattern == pattern {
			return f
		}
	}
	return Span{Pattern: pattern}
}

// shown returns a value of the current record, as it is in JSON. It is valid until the next call.
func (m *Matcher) shown(place int) []byte {
	m.value = m.record.AppendFormValue(m.value[:0], m.form, place)
	return unquoted(m.value)
}

// again returns what is in the value of a step, which is often that of the record before.
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

// sets are the sets of a Matcher.
type sets struct {
	none   *set
	next   int32
	by     map[string]*set
	key    []byte
	masks  [fewMasks]maskSet
	inMask []Span
}

// maskSet is the set for the literals that a quick has found.
type maskSet struct {
	mask uint64
	set  *set
}

// fewMasks is how many of these sets are cached.
const fewMasks = 256

// setOf returns the set of the patterns that were found.
func (m *Matcher) setOf(found []Span) *set {
	s := &m.sets
	if len(found) == 0 && s.none != nil {
		return s.none
	}
	s.key = s.key[:0]
	for _, f := range found {
		s.key = append(s.key, byte(f.Pattern), byte(f.Pattern>>8), byte(f.Pattern>>16))
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
		out.found = append(out.found, Span{Pattern: f.Pattern})
	}
	s.by[string(s.key)] = out
	return out
}

// setOfMask returns the set of the patterns whose literals a quick has found.
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
					m.sets.inMask = append(m.sets.inMask, Span{Pattern: p})
				}
			}
		}
		slices.SortFunc(m.sets.inMask, func(a, b Span) int { return int(a.Pattern - b.Pattern) })
		*at = maskSet{found, m.setOf(m.sets.inMask)}
	}
	return at.set
}
