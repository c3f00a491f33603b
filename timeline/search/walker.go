package search

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// walker goes through the JSON of a record, which hunt wrote, from member to member.
type walker struct {
	line []byte
	pos  int
	path []step
	text []byte // of a string with escapes
	m    *Matcher
	each func(field, value string) // instead of m

	buf   []byte
	known map[string]string // paths, each as one string
}

// Fields yields the values in the JSON of a record, in order, with their fields as Match names them.
func Fields(line []byte, yield func(field, value string)) {
	w := walker{line: line, each: yield}
	w.value()
}

// step is a part of a path: a member or, where key is nil, the number of an item.
type step struct {
	key  []byte
	item int
}

// record goes through the JSON of a record and adds what matches to m.
func (w *walker) record(line []byte, m *Matcher) {
	w.line, w.pos, w.path, w.m = line, 0, w.path[:0], m
	w.value()
}

// value goes through the value at pos. It returns its text if it is one of its own.
func (w *walker) value() (text []byte) {
	switch w.line[w.pos] {
	case '{':
		w.object()
		return nil
	case '[':
		w.list()
		return nil
	case '"':
		text = w.string()
	default:
		from := w.pos
		for w.pos < len(w.line) && w.line[w.pos] != ',' && w.line[w.pos] != '}' && w.line[w.pos] != ']' {
			w.pos++
		}
		if text = w.line[from:w.pos]; text[0] == 'n' { // null is no text
			return nil
		}
	}
	if w.each != nil {
		w.each(w.field(), string(text))
		return text
	}
	w.m.add(w, w.m.inText(text), false, text)
	return text
}

func (w *walker) object() {
	w.pos++ // {
	for w.line[w.pos] != '}' {
		if w.line[w.pos] == ',' {
			w.pos++
		}
		key := w.string()
		w.pos++                            // :
		if len(key) > 0 && key[0] == '#' { // #attributes, #text
			w.value()
			continue
		}
		var found []int32
		if w.m != nil {
			found = w.m.inName(key)
		}
		if len(w.text) > 0 && len(key) > 0 && &key[0] == &w.text[0] {
			key = bytes.Clone(key)
		}
		w.path = append(w.path, step{key: key})
		if text := w.value(); len(found) > 0 {
			spans := w.m.found[:0]
			for _, p := range found {
				spans = append(spans, span{pattern: p})
			}
			w.m.found = spans
			w.m.add(w, spans, true, text)
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.pos++
}

func (w *walker) list() {
	w.pos++ // [
	for n := 1; w.line[w.pos] != ']'; n++ {
		if w.line[w.pos] == ',' {
			w.pos++
		}
		w.path = append(w.path, step{item: n})
		w.value()
		w.path = w.path[:len(w.path)-1]
	}
	w.pos++
}

// string reads the string at pos. Its text is valid until the next one is read.
func (w *walker) string() []byte {
	w.pos++ // "
	rest := w.line[w.pos:]
	end := bytes.IndexByte(rest, '"')
	if slash := bytes.IndexByte(rest[:end], '\\'); slash < 0 {
		w.pos += end + 1
		return rest[:end]
	}
	w.text = w.text[:0]
	for {
		i := bytes.IndexAny(rest, `"\`)
		w.text = append(w.text, rest[:i]...)
		if rest[i] == '"' {
			w.pos = len(w.line) - len(rest) + i + 1
			return w.text
		}
		rest = w.escape(rest[i+1:])
	}
}

// escape appends what an escape stands for, whose backslash was read, and returns what follows it.
func (w *walker) escape(rest []byte) []byte {
	switch c := rest[0]; c {
	case 'n':
		w.text = append(w.text, '\n')
	case 'r':
		w.text = append(w.text, '\r')
	case 't':
		w.text = append(w.text, '\t')
	case 'u':
		r := hexRune(rest[1:])
		rest = rest[5:]
		if utf16.IsSurrogate(r) && bytes.HasPrefix(rest, []byte(`\u`)) {
			if whole := utf16.DecodeRune(r, hexRune(rest[2:])); whole != utf8.RuneError {
				r, rest = whole, rest[6:]
			}
		}
		w.text = utf8.AppendRune(w.text, r)
		return rest
	default:
		w.text = append(w.text, c)
	}
	return rest[1:]
}

func hexRune(b []byte) rune {
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// field is the path of the value that the walker is at, without the root.
func (w *walker) field() string {
	b := w.buf[:0]
	for i, s := range w.path {
		switch {
		case s.key == nil:
			b = append(strconv.AppendInt(append(b, '['), int64(s.item), 10), ']')
		case i == 0 && len(w.path) > 1 && string(s.key) == "Event":
		default:
			if len(b) > 0 {
				b = append(b, '.')
			}
			b = append(b, s.key...)
		}
	}
	w.buf = b
	if known, ok := w.known[string(b)]; ok {
		return known
	}
	if w.known == nil || len(w.known) >= maxVerdicts {
		w.known = map[string]string{}
	}
	name := string(b)
	w.known[name] = name
	return name
}

const (
	// maxExcerpt bounds the value that is shown of a match, in bytes, unless the match itself is longer.
	maxExcerpt = 240
	// maxShown bounds it in any case.
	maxShown = 2000
	// before is how much of it stands before the match.
	before = 60
)

// excerpt returns a text as it is or, if it is long, what is around text[from:to], with … for what is
// left out.
func excerpt(text []byte, from, to int) string {
	if len(text) <= maxExcerpt {
		return string(text)
	}
	start := max(min(from-before, len(text)-maxExcerpt), 0)
	end := min(max(start+maxExcerpt, to), start+maxShown, len(text))
	for start > 0 && !utf8.RuneStart(text[start]) {
		start--
	}
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	out := string(text[start:end])
	if start > 0 {
		out = "…" + out
	}
	if end < len(text) {
		out += "…"
	}
	return out
}
