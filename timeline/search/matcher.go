package search

import (
	"bytes"
	"slices"
	"unsafe"

	"hunt/automaton"
	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/stamp"
)

// Matcher decides which records match a query. It belongs to one goroutine.
type Matcher struct {
	q *Query

	verdicts map[*binxml.Template]bool
	age      int // of these, and of plans
	automata automaton.Set
	scratch  []byte
	folded   []byte
	ascii    bool // of the text that is folded
	fold     bool // the current text is not folded yet
	walk     walker
	plans    plans
	sets     sets
	kinds    kinds
	record   *evtx.Record // the current record, and its form
	form     binxml.Form
	value    []byte // of the record, in JSON
	marks    marks
	ofName   marks
	tried    stamp.Set // literals that were tried in a text
	found    []Span
	matches  []Match
	spans    []Span // of matches
	more     bool   // there are spans beyond maxMatches
	dense    bool   // the record that was walked before has many matches
	seen     []bool
}

// NewMatcher returns a Matcher.
func (q *Query) NewMatcher() *Matcher {
	m := &Matcher{q: q, verdicts: map[*binxml.Template]bool{}}
	if q.AllWords {
		m.seen = make([]bool, len(q.Patterns))
	}
	return m
}

const (
	// maxVerdicts bounds the shapes and the names for which a Matcher keeps results; crafted logs have any number.
	maxVerdicts = 8192
	// maxNodes bounds the fields of a record that are kept for the next one.
	maxNodes = 4 * maxVerdicts
	// maxMatches bounds the matches that are shown for a record.
	maxMatches = 1000
)

// dense is the number of matches of a record from which the next one is likely to have as many.
const dense = 6

// may reports whether a record can match. It checks the bytes of the record, and the values that are not stored as
// text.
func (m *Matcher) may(r *evtx.Record) bool {
	q := m.q
	switch {
	case q.decode, m.verdict(r), q.inBytes(r.Raw()):
		return true
	case q.numbered && r.Repetitions() >= max(q.leastNumber, 1):
		return true
	case q.kinds == 0:
		return false
	}
	m.scratch = r.AppendComputed(m.scratch[:0], q.kinds)
	var in bool
	in, m.folded = q.inLines(m.scratch, m.folded)
	return in
}

// verdict reports whether all records of this shape have to be decoded: a name or a literal text of their
// definitions contains a literal of the query, or a text is composed of several pieces.
func (m *Matcher) verdict(r *evtx.Record) bool {
	shape := r.Template()
	v, known := m.verdicts[shape]
	if known {
		return v
	}
	if v = r.Pieced() || m.q.numbered && r.Namesakes(); !v {
		m.scratch = r.AppendLiterals(m.scratch[:0])
		v, m.folded = m.q.inLines(m.scratch, m.folded)
	}
	if len(m.verdicts) >= maxVerdicts {
		clear(m.verdicts)
	}
	m.verdicts[shape] = v
	return v
}

// forget drops the results for shapes that the decoder has dropped.
func (m *Matcher) forget(r *evtx.Record) {
	if t := r.Template(); t != nil && t.Age() > m.age {
		m.age = t.Age()
		clear(m.verdicts)
		m.plans = plans{}
	}
}

// Match returns where a record matches. The result is valid until the next call, except for its kind.
func (m *Matcher) Match(r *evtx.Record) Found {
	m.forget(r)
	if !m.may(r) {
		return Found{}
	}
	if form, present, ok := r.Form(); ok {
		m.record, m.form = r, form
		if p := m.plan(r, form, present); p != nil {
			return m.follow(p)
		}
	}
	m.scratch, m.matches, m.spans, m.more = r.AppendJSON(m.scratch[:0]), m.matches[:0], m.spans[:0], false
	clear(m.seen)
	switch {
	case m.dense && m.q.quick != nil:
		m.walk.all(m.scratch, m)
		m.dense = len(m.spans) >= dense
	case m.q.sift.find(&m.marks, m.scratch) || len(m.q.loose) > 0:
		m.walk.record(m.scratch, m)
		m.dense = len(m.spans) >= dense
	}
	if len(m.matches) == 0 || slices.Contains(m.seen, false) {
		return Found{}
	}
	return Found{m.matches, len(m.spans), m.more, m.kinds.of(m.matches)}
}

// add notes that patterns are in the value of a field, or in its name.
func (m *Matcher) add(n *node, found []Span, name bool, raw []byte) {
	if len(found) == 0 || !m.wants(n) {
		return
	}
	for _, f := range found {
		if m.seen != nil {
			m.seen[f.Pattern] = true
		}
	}
	if free := maxMatches - len(m.spans); len(found) > free {
		m.more = true
		if found = found[:free]; free == 0 {
			return
		}
	}
	of := &n.value
	if name {
		of = &n.name
	}
	from := len(m.spans)
	m.spans = append(m.spans, found...)
	m.matches = append(m.matches, Match{Field: of, Patterns: m.spans[from:], JSON: raw})
}

// walked returns the patterns in a value, which is given as it is in JSON and is often the same as in the record
// before.
func (m *Matcher) walked(n *node, raw []byte) []Span {
	if len(raw) > maxExcerpt {
		return m.aside(raw)
	}
	compare := n.repeat >= -seldom
	if compare && n.set != nil && string(n.kept) == string(raw) {
		n.repeat = min(n.repeat+1, seldom)
		return n.set.found
	}
	var s *set
	if found, ok := m.q.quick.narrow(raw); ok {
		s = m.setOfMask(found)
	} else {
		s = m.setOf(m.aside(raw))
	}
	if compare {
		n.repeat--
		n.kept, n.set = append(n.kept[:0], raw...), s
	}
	return s.found
}

// aside is inValue in the middle of a walk.
func (m *Matcher) aside(raw []byte) []Span {
	every := m.walk.every
	defer func() { m.walk.every = every }()
	return m.inValue(raw)
}

// wants reports whether the query searches a field, and caches the answer in its node.
func (m *Matcher) wants(n *node) bool {
	if n.wanted == unknown {
		n.wanted = no
		if m.q.wants(n.value.Path) {
			n.wanted = yes
		}
	}
	return n.wanted == yes
}

// inName returns the patterns in a name, which is given as it is in JSON.
func (m *Matcher) inName(key []byte) (found []Span) {
	if !m.q.sift.find(&m.ofName, key) && len(m.q.loose) == 0 {
		return nil
	}
	for _, f := range m.inText(appendPlain(nil, key), m.ofName.list, m.ofName.any) {
		found = append(found, Span{Pattern: f.Pattern})
	}
	return found
}

// inRaw returns the patterns in a text, which is given as it is in JSON. at are the marks in it, from its
// beginning.
func (m *Matcher) inRaw(w *walker, raw []byte, start int, at []mark) []Span {
	if w.every || m.q.regular {
		return m.inText(w.plain(raw), at, m.marks.any)
	}
	m.found = m.found[:0]
	m.tried.Empty()
	for _, x := range at {
		l := m.q.literals[x.literal]
		from := x.at - start
		if l.loose || len(raw) > maxExcerpt || nearEscape(raw, from) {
			return m.inText(w.plain(raw), at, m.marks.any)
		}
		if m.tried.Add(int(x.literal)) { // it is there unescaped
			m.note(x.literal, 0, 0)
		}
	}
	m.order()
	return m.found
}

// nearEscape reports whether an escape may extend to raw[at:].
func nearEscape(raw []byte, at int) bool {
	return bytes.IndexByte(raw[max(at-len(`\u000`), 0):at], '\\') >= 0
}

// inText returns the patterns in a text, in order and without duplicates. at are the places in it at which literals
// may stand, and others are those that may stand anywhere. The result is valid until the next call.
func (m *Matcher) inText(text []byte, at []mark, others []int32) []Span {
	if len(at) == 0 && len(others) == 0 && len(text) < m.q.leastLoose {
		return nil
	}
	m.found = m.found[:0]
	m.fold = true
	m.tried.Empty()
	for _, x := range at {
		m.literal(x.literal, text)
	}
	for _, i := range others {
		m.literal(i, text)
	}
	for _, p := range m.q.loose {
		m.pattern(p, text)
	}
	m.order()
	return m.found
}

// literal notes the patterns that need a literal, if it is in the text.
func (m *Matcher) literal(i int32, text []byte) {
	if !m.tried.Add(int(i)) {
		return
	}
	plain := false
	for _, p := range m.q.of[i] {
		if m.q.regexes[p] != nil {
			m.pattern(p, text)
		} else {
			plain = true
		}
	}
	if !plain {
		return
	}
	if m.fold {
		m.fold = false
		if m.folded, m.ascii = appendASCIIFold(m.folded[:0], text); !m.ascii {
			m.folded = appendFold(m.folded[:0], text)
		}
	}
	if from, to := m.q.literals[i].find(text, m.folded, m.ascii); from >= 0 {
		m.note(i, from, to)
	}
}

// note notes the texts that are a literal.
func (m *Matcher) note(i int32, from, to int) {
	for _, p := range m.q.of[i] {
		if m.q.regexes[p] == nil && !m.noted(p) {
			m.found = append(m.found, Span{p, from, to})
		}
	}
}

// order sorts the results by pattern.
func (m *Matcher) order() {
	if len(m.found) > 1 {
		slices.SortStableFunc(m.found, func(a, b Span) int { return int(a.Pattern - b.Pattern) })
	}
}

// pattern notes a regular expression, if it matches.
func (m *Matcher) pattern(p int32, text []byte) {
	re := m.q.regexes[p]
	if m.noted(p) || len(text) < m.q.least[p] ||
		!m.automata.Match(re, unsafe.String(unsafe.SliceData(text), len(text))) {
		return
	}
	if len(text) <= maxExcerpt { // shown whole, wherever the match is
		m.found = append(m.found, Span{Pattern: p})
		return
	}
	if at := re.FindIndex(text); at != nil {
		m.found = append(m.found, Span{p, at[0], at[1]})
	}
}

func (m *Matcher) noted(p int32) bool {
	return slices.ContainsFunc(m.found, func(s Span) bool { return s.Pattern == p })
}
