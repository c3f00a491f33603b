package search

import (
	"bytes"
	"slices"
	"unsafe"

	"hunt/automaton"
	"hunt/evtx"
	"hunt/evtx/binxml"
)

// Match is a pattern in a field of a record.
type Match struct {
	Pattern int    // index among those of the query
	Field   string // path below Event, such as EventData.CommandLine; items of a list are numbered from 1
	FieldID int32  // differs for the fields of a record
	Name    bool   // the pattern is in the last part of Field, not in the value
	// JSON is the value as it is in a string of JSON; empty of a name that has no value of its own. From and To say
	// where in the value the pattern stands; 0 where it does not matter for AppendValue.
	JSON     []byte
	From, To int

	of    *Matcher // nil, or which Matcher reads JSON, From and To from its record when they are asked for
	place int
}

// own has the match hold its value itself.
func (m *Match) own() {
	if m.of == nil {
		m.JSON = bytes.Clone(m.JSON)
		return
	}
	m.JSON = bytes.Clone(m.of.shown(m.place))
	if !m.Name && len(m.JSON) > maxExcerpt {
		f := m.of.where(int32(m.Pattern), m.JSON) // #nosec G115 -- below maxPatterns
		m.From, m.To = f.from, f.to
	}
	m.of = nil
}

// AppendValue appends the value of the field, cut around the match where it is long.
func (m *Match) AppendValue(dst []byte) []byte {
	n := len(dst)
	raw := m.JSON
	if m.of != nil {
		raw = m.of.shown(m.place)
	}
	if dst = appendPlain(dst, raw); len(dst)-n <= maxExcerpt {
		return dst
	}
	long := *m
	long.own()
	return appendExcerpt(dst[:n], bytes.Clone(dst[n:]), long.From, long.To)
}

// Matcher tells which records match a query. It belongs to one goroutine.
type Matcher struct {
	q *Query

	verdicts map[*binxml.Template]bool
	age      int // of these, and of plans
	automata automaton.Set
	scratch  []byte
	folded   []byte
	ascii    bool // of the text that is folded
	fold     bool // the text at hand is not folded yet
	walk     walker
	plans    plans
	sets     sets
	kinds    kinds
	record   *evtx.Record // that is matched, and its form
	form     binxml.Form
	value    []byte // of the record, in JSON
	marks    marks
	ofName   marks
	tried    stamps // literals, in a text
	found    []span
	matches  []Match
	more     bool // matches beyond maxMatches
	dense    bool // the record that was walked through before has many matches
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
	// maxVerdicts bounds the shapes and the names that a Matcher remembers something of; crafted logs
	// have any number.
	maxVerdicts = 8192
	// maxNodes bounds the fields of a record that are found again in the next one.
	maxNodes = 4 * maxVerdicts
	// maxMatches bounds the matches that are shown of a record.
	maxMatches = 1000
)

// dense is how many matches of a record make it likely that the next one has as many.
const dense = 6

// span is where a pattern is in a text.
type span struct {
	pattern  int32
	from, to int
}

// may reports whether a record can match. It checks the bytes of the record, and the values that are not stored as
// text.
func (m *Matcher) may(r *evtx.Record) bool {
	q := m.q
	switch {
	case q.decode, m.verdict(r), q.inBytes(r.Raw()):
		return true
	case q.numbered && r.Arrays():
		return true
	case q.kinds == 0:
		return false
	}
	m.scratch = r.AppendComputed(m.scratch[:0], q.kinds)
	var in bool
	in, m.folded = q.inLines(m.scratch, m.folded)
	return in
}

// verdict reports whether all records of this shape have to be decoded: a name or a literal text of
// their definitions has a literal of the query in it, or a text is put together of several pieces.
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

// forget forgets what is known of shapes that the decoder has forgotten.
func (m *Matcher) forget(r *evtx.Record) {
	if t := r.Template(); t != nil && t.Age() > m.age {
		m.age = t.Age()
		clear(m.verdicts)
		m.plans = plans{}
	}
}

// Match returns where a record matches, in the order of its fields, nil if it does not. The result is valid until
// the next call, except for its kind. more says that there are matches beyond the first maxMatches.
func (m *Matcher) Match(r *evtx.Record) (matches []Match, kind *Kind, more bool) {
	m.forget(r)
	if !m.may(r) {
		return nil, nil, false
	}
	if form, present, ok := r.Form(); ok {
		m.record, m.form = r, form
		if p := m.plan(r, form, present); p != nil {
			o := m.follow(p)
			if len(o.matches) == 0 || o.lacks {
				return nil, nil, false
			}
			return o.matches, o.kind, o.more
		}
	}
	m.scratch, m.matches, m.more = r.AppendJSON(m.scratch[:0]), m.matches[:0], false
	clear(m.seen)
	switch {
	case m.dense && m.q.quick != nil:
		m.walk.all(m.scratch, m)
		m.dense = len(m.matches) >= dense
	case m.q.sift.find(&m.marks, m.scratch) || len(m.q.loose) > 0:
		m.walk.record(m.scratch, m)
		m.dense = len(m.matches) >= dense
	}
	if len(m.matches) == 0 || slices.Contains(m.seen, false) {
		return nil, nil, false
	}
	return m.matches, m.kinds.of(m.matches), m.more
}

// add notes that patterns are in the value of a field, or in its name.
func (m *Matcher) add(n *node, found []span, name bool, raw []byte) {
	if len(found) == 0 || !m.wants(n) {
		return
	}
	for _, f := range found {
		if m.seen != nil {
			m.seen[f.pattern] = true
		}
		if len(m.matches) >= maxMatches {
			m.more = true
			continue
		}
		m.matches = append(m.matches, matchOf(n, f, name, raw))
	}
}

func matchOf(n *node, f span, name bool, raw []byte) Match {
	return Match{Pattern: int(f.pattern), Field: n.path, FieldID: n.id, Name: name, JSON: raw, From: f.from, To: f.to}
}

// walked returns the patterns that are in a value, which is given as it is in JSON and often is that of the record
// before.
func (m *Matcher) walked(n *node, raw []byte) []span {
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
func (m *Matcher) aside(raw []byte) []span {
	every := m.walk.every
	defer func() { m.walk.every = every }()
	return m.inValue(raw)
}

// wants is that of the query, remembered.
func (m *Matcher) wants(n *node) bool {
	if n.wanted == unknown {
		n.wanted = no
		if m.q.wants(n.path) {
			n.wanted = yes
		}
	}
	return n.wanted == yes
}

// inName returns the patterns that are in a name, which is given as it is in JSON.
func (m *Matcher) inName(key []byte) (found []span) {
	if !m.q.sift.find(&m.ofName, key) && len(m.q.loose) == 0 {
		return nil
	}
	for _, f := range m.inText(appendPlain(nil, key), m.ofName.list, m.ofName.any) {
		found = append(found, span{pattern: f.pattern})
	}
	return found
}

// inRaw returns the patterns that are in a text of which what is in JSON is given. at are the marks in it, from its
// beginning.
func (m *Matcher) inRaw(w *walker, raw []byte, start int, at []mark) []span {
	if w.every || m.q.regular {
		return m.inText(w.plain(raw), at, m.marks.any)
	}
	m.found = m.found[:0]
	m.tried.next()
	for _, x := range at {
		l := m.q.literals[x.literal]
		from := x.at - start
		if l.loose || len(raw) > maxExcerpt || nearEscape(raw, from) {
			return m.inText(w.plain(raw), at, m.marks.any)
		}
		if m.tried.add(x.literal) { // it is there as it is
			m.note(x.literal, 0, 0)
		}
	}
	m.order()
	return m.found
}

// nearEscape reports whether an escape may reach to raw[at:].
func nearEscape(raw []byte, at int) bool {
	return bytes.IndexByte(raw[max(at-len(`\u000`), 0):at], '\\') >= 0
}

// inText returns the patterns that are in a text, in their order, each once. at are the places in it at which
// literals may stand, and others are those that may stand anywhere. The result is valid until the next call.
func (m *Matcher) inText(text []byte, at []mark, others []int32) []span {
	if len(at) == 0 && len(others) == 0 && len(text) < m.q.leastLoose {
		return nil
	}
	m.found = m.found[:0]
	m.fold = true
	m.tried.next()
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
	if !m.tried.add(i) {
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
			m.found = append(m.found, span{p, from, to})
		}
	}
}

// order puts what was found in the order of the patterns.
func (m *Matcher) order() {
	if len(m.found) > 1 {
		slices.SortStableFunc(m.found, func(a, b span) int { return int(a.pattern - b.pattern) })
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
		m.found = append(m.found, span{pattern: p})
		return
	}
	if at := re.FindIndex(text); at != nil {
		m.found = append(m.found, span{p, at[0], at[1]})
	}
}

func (m *Matcher) noted(p int32) bool {
	return slices.ContainsFunc(m.found, func(s span) bool { return s.pattern == p })
}
