package search

import (
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/evtx/binxml"
)

// Match is a pattern in a field of a record.
type Match struct {
	Pattern int    // index among those of the query
	Field   string // path below Event, such as EventData.CommandLine; items of a list are numbered from 1
	Name    bool   // the pattern stands in the last part of Field, not in the value
	Value   string // of the field, cut around the match where it is long; "" of a name that has no value of its own
}

// Matcher tells which records match a query. It belongs to one goroutine.
type Matcher struct {
	q *Query

	verdicts map[*binxml.Template]bool
	names    map[string][]int32 // the patterns that stand in a name
	scratch  []byte
	folded   []byte
	walk     walker
	found    []span
	matches  []Match
	barren   map[string]bool // texts in which no regular expression of q.loose matches
	more     bool            // matches beyond maxMatches
	seen     []bool
}

// NewMatcher returns a Matcher.
func (q *Query) NewMatcher() *Matcher {
	m := &Matcher{q: q, verdicts: map[*binxml.Template]bool{}, names: map[string][]int32{}}
	if q.AllWords {
		m.seen = make([]bool, len(q.Patterns))
	}
	return m
}

const (
	// maxVerdicts bounds the shapes and the names that a Matcher remembers something of; crafted logs
	// have any number.
	maxVerdicts = 8192
	// maxBarrens bounds the texts of a Matcher's barren, maxBarren their length in bytes.
	maxBarrens, maxBarren = 16_384, 256
	// maxMatches bounds the matches that are shown of a record.
	maxMatches = 1000
)

// span is where a pattern stands in a text.
type span struct {
	pattern  int32
	from, to int
}

// may reports whether a record can match. It looks at the bytes of the record, and at what is not in
// them as text.
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

// Match returns where a record matches, in the order of its fields, nil if it does not. The result is
// valid until the next call. more says that there are matches beyond the first maxMatches.
func (m *Matcher) Match(r *evtx.Record) (matches []Match, more bool) {
	if !m.may(r) {
		return nil, false
	}
	m.matches, m.more = m.matches[:0], false
	clear(m.seen)
	m.scratch = r.AppendJSON(m.scratch[:0])
	m.walk.record(m.scratch, m)
	if slices.Contains(m.seen, false) {
		return nil, false
	}
	return m.matches, m.more
}

// add notes that patterns stand in a field.
func (m *Matcher) add(w *walker, found []span, name bool, value []byte) {
	if len(found) == 0 {
		return
	}
	path := w.field()
	if !m.q.wants(path) {
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
		from, to := f.from, f.to
		if name {
			from, to = 0, 0
		}
		m.matches = append(m.matches,
			Match{Pattern: int(f.pattern), Field: path, Name: name, Value: excerpt(value, from, to)})
	}
}

// inName returns the patterns that stand in a name.
func (m *Matcher) inName(name []byte) []int32 {
	found, known := m.names[string(name)]
	if known {
		return found
	}
	for _, f := range m.inText(name) {
		found = append(found, f.pattern)
	}
	if len(m.names) >= maxVerdicts {
		clear(m.names)
	}
	m.names[strings.Clone(string(name))] = found
	return found
}

// inText returns the patterns that stand in a text, in their order, each once.
func (m *Matcher) inText(text []byte) []span {
	q := m.q
	m.found = m.found[:0]
	m.folded = appendFold(m.folded[:0], text)
	for _, i := range q.short {
		m.literal(i, text)
	}
	if q.long != nil {
		q.long.in(m.folded, func(k int32) { m.literal(q.longs[k], text) })
	}
	if len(q.loose) > 0 && !m.barren[string(text)] {
		m.try(text)
	}
	if len(m.found) > 1 {
		slices.SortStableFunc(m.found, func(a, b span) int { return int(a.pattern - b.pattern) })
	}
	return m.found
}

// try tries the regular expressions that need no literal, and remembers short texts in which none
// matches: most values of a log come again and again.
func (m *Matcher) try(text []byte) {
	before := len(m.found)
	for _, p := range m.q.loose {
		m.pattern(p, text)
	}
	if len(m.found) > before || len(text) > maxBarren {
		return
	}
	if m.barren == nil || len(m.barren) >= maxBarrens {
		m.barren = make(map[string]bool)
	}
	m.barren[string(text)] = true
}

// literal notes the patterns that need a literal, if it stands in the text.
func (m *Matcher) literal(i int32, text []byte) {
	l := m.q.literals[i]
	from, to := l.find(text, m.folded)
	if from < 0 {
		return
	}
	for _, p := range m.q.of[i] {
		switch {
		case m.q.regexes[p] != nil:
			m.pattern(p, text)
		case !m.noted(p):
			m.found = append(m.found, span{p, from, to})
		}
	}
}

// pattern notes a regular expression, if it matches.
func (m *Matcher) pattern(p int32, text []byte) {
	if m.noted(p) {
		return
	}
	if at := m.q.regexes[p].FindIndex(text); at != nil {
		m.found = append(m.found, span{p, at[0], at[1]})
	}
}

func (m *Matcher) noted(p int32) bool {
	return slices.ContainsFunc(m.found, func(s span) bool { return s.pattern == p })
}
