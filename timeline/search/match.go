package search

import (
	"bytes"
	"slices"
	"strings"
)

// Found is where a record matches; it does not match if there are no Matches.
type Found struct {
	Matches []Match // in the order of the record's fields
	N       int     // patterns in all Matches
	More    bool    // there are patterns beyond the first maxMatches
	Kind    *Kind   // nil if unknown
}

// Field is the value of a field, or its name, in any number of records.
type Field struct {
	Path string // below Event, such as EventData.CommandLine; items of a list are numbered from 1
	ID   int32  // unique among the fields of a record
	Name bool   // the last part of Path is meant, not the value
	// Rank says how little a match says about its record: least in a value of the payload, more in one of System,
	// most in a name.
	Rank int8

	of    *Matcher // nil, or the Matcher that reads the value from its record on demand
	place int
}

func newField(path string, id int32, name bool) Field {
	f := Field{Path: path, ID: id, Name: name}
	if !strings.HasPrefix(path, "EventData.") && !strings.HasPrefix(path, "UserData.") {
		f.Rank++
	}
	if name || strings.HasSuffix(path, "xmlns") {
		f.Rank += 2
	}
	return f
}

// Span is a pattern in a text.
type Span struct {
	Pattern  int32 // index among those of the query
	from, to int   // where it stands; 0 if AppendValue does not need it
}

// Match is a field of a record, and the patterns that are in it.
type Match struct {
	*Field
	Patterns []Span // in their order
	// JSON is the value as it is in a JSON string; empty for a name that has no value of its own. It is not set
	// if the Matcher reads the value on demand.
	JSON []byte
}

// own makes the match hold its value itself.
func (m *Match) own() {
	m.Patterns = slices.Clone(m.Patterns)
	if m.of == nil {
		m.JSON = bytes.Clone(m.JSON)
		return
	}
	m.JSON = bytes.Clone(m.of.shown(m.place))
	for i := range m.Patterns {
		m.Patterns[i] = m.at(i, m.JSON)
	}
	f := *m.Field
	f.of = nil
	m.Field = &f
}

// at returns where one of the patterns stands in the value, which is given as it is in JSON.
func (m *Match) at(i int, raw []byte) Span {
	if m.of == nil || m.Name || len(raw) <= maxExcerpt {
		return m.Patterns[i]
	}
	return m.of.where(m.Patterns[i].Pattern, raw)
}

// AppendValue appends the value of the field; a long one is cut around one of the patterns.
func (m *Match) AppendValue(dst []byte, pattern int) []byte {
	n := len(dst)
	raw := m.JSON
	if m.of != nil {
		raw = m.of.shown(m.place)
	}
	if dst = appendPlain(dst, raw); len(dst)-n <= maxExcerpt {
		return dst
	}
	at := m.at(pattern, bytes.Clone(raw))
	return appendExcerpt(dst[:n], bytes.Clone(dst[n:]), at.from, at.to)
}
