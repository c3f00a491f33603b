package search

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"hunt/stamp"
)

// sift finds where in the JSON of a record that hunt wrote literals may stand. It may report wrong places, but
// misses none: what it finds is compared again with the value.
type sift struct {
	single []sought // looked for one by one
	many   []*tier  // the others, all in one pass per tier
	parts  [][]byte // by literal: what is looked for of those of many
	wild   []int32  // literals that have to be searched for in each name and value
}

// sought is a part of a literal as it is in JSON.
type sought struct {
	text    []byte
	exact   bool // case counts
	literal int32
}

// newSift returns a sift for literals.
func newSift(literals []*literal) *sift {
	s := &sift{}
	var parts []snippet
	long := 0
	for _, l := range literals {
		if len(l.folded) >= leastPart {
			long++
		}
	}
	if long > fewLiterals {
		s.parts = make([][]byte, len(literals))
	}
	for i, l := range literals {
		i := int32(i) // #nosec G115 -- below maxPatterns * maxRequired
		l.loose = strings.ContainsFunc(l.text, control)
		if text := plainRun(l.folded); s.parts != nil && len(text) >= leastPart {
			s.parts[i] = text
			parts = append(parts, snippet{i, 0, text})
			continue
		}
		s.addSingle(i, l)
	}
	var single []int32
	s.many, single = newTiers(parts)
	for _, i := range single {
		s.parts[i] = nil
		s.addSingle(i, literals[i])
	}
	for i, text := range s.parts {
		if l := literals[i]; text != nil {
			l.loose = l.exact || len(text) < len(l.folded)
		}
	}
	return s
}

// addSingle adds a literal that is searched for on its own.
func (s *sift) addSingle(i int32, l *literal) {
	switch text := jsonRun(string(l.folded)); {
	case len(text) == 0:
		s.wild = append(s.wild, i)
	case l.exact:
		s.single = append(s.single, sought{jsonRun(l.text), true, i})
	default:
		s.single = append(s.single, sought{text, false, i})
	}
}

// plainRun returns the longest part of a text that is unescaped in JSON.
func plainRun(text []byte) (best []byte) {
	start := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && !control(rune(text[i])) && text[i] != '"' && text[i] != '\\' {
			continue
		}
		if i-start > len(best) {
			best = text[start:i]
		}
		start = i + 1
	}
	return best
}

// in reports whether a text that is not JSON may have any of the literals; it is also given folded.
func (s *sift) in(literals []*literal, text, folded []byte) bool {
	for _, x := range s.single {
		if literals[x.literal].in(text, folded) {
			return true
		}
	}
	for _, i := range s.wild {
		if literals[i].in(text, folded) {
			return true
		}
	}
	return s.among(folded, func(int32, int) bool { return true })
}

// among calls found for each literal of many that may be in a folded text, with its place, until found returns
// true.
func (s *sift) among(folded []byte, found func(literal int32, at int) bool) bool {
	for _, t := range s.many {
		if t.scan(folded, func(e *entry, key int) bool {
			text, from := s.parts[e.text], key-int(e.at)
			return from >= 0 && from+len(text) <= len(folded) &&
				string(folded[from:from+len(text)]) == string(text) && found(e.text, from)
		}) {
			return true
		}
	}
	return false
}

// control reports whether JSON has several forms of a character.
func control(r rune) bool { return r < ' ' || r == 0x7f }

// jsonRun returns the longest part of a text without control characters, as it is in a JSON string: control
// characters have several forms there.
func jsonRun(text string) (best []byte) {
	var run []byte
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || control(rune(text[i])):
			if len(run) > len(best) {
				best = run
			}
			run = nil
		case text[i] == '"' || text[i] == '\\':
			run = append(run, '\\', text[i])
		default:
			run = append(run, text[i])
		}
	}
	return best
}

// maxMarks bounds the places that are kept for a record. If there are more, and in text that is not ASCII, each
// name and value is compared with all literals that are anywhere in the record.
const maxMarks = 4096

// mark is a place in the JSON of a record at which a literal may stand.
type mark struct {
	at      int
	literal int32
}

// marks are what a sift finds in a record.
type marks struct {
	list  []mark    // by place; empty if any is set
	any   []int32   // literals that may be in each name and value
	loose bool      // places are not known
	was   stamp.Set // of any

	folded []byte
}

// find looks through the JSON of a record, and reports whether there is anything to compare.
func (s *sift) find(m *marks, line []byte) bool {
	m.list, m.any, m.loose = m.list[:0], append(m.any[:0], s.wild...), false
	m.was.Empty()
	var ascii bool
	if m.folded, ascii = appendASCIIFold(m.folded[:0], line); !ascii {
		m.folded, m.loose = appendFold(m.folded[:0], line), true
	}
	for i := range s.single {
		x := &s.single[i]
		text := m.folded
		if x.exact {
			text = line
		}
		for at := 0; ; at++ {
			i := bytes.Index(text[at:], x.text)
			if i < 0 {
				break
			}
			at += i
			if m.add(at, x.literal); m.loose {
				break
			}
		}
	}
	s.among(m.folded, func(literal int32, at int) bool {
		m.add(at, literal)
		return false
	})
	if len(s.single) > 1 || len(s.many) > 0 {
		slices.SortFunc(m.list, func(a, b mark) int { return cmp.Compare(a.at, b.at) })
	}
	return len(m.list) > 0 || len(m.any) > 0
}

// add notes a place.
func (m *marks) add(at int, literal int32) {
	if m.loose {
		if m.was.Add(int(literal)) {
			m.any = append(m.any, literal)
		}
		return
	}
	if len(m.list) < maxMarks {
		m.list = append(m.list, mark{at, literal})
		return
	}
	m.loose = true
	for _, x := range m.list {
		m.add(0, x.literal)
	}
	m.list = m.list[:0]
	m.add(0, literal)
}
