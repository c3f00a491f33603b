package search

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// walker goes through the JSON of a record, which hunt wrote, from member to member.
type walker struct {
	line  []byte
	pos   int
	at    *node
	text  []byte // of a string with escapes
	m     *Matcher
	each  func(field, value string)              // instead of m
	note  func(n *node, name bool, from, to int) // instead of looking at values; of a walk that learns
	marks []mark                                 // behind pos
	every bool                                   // each value is looked at, not only those with marks
	quick bool                                   // by the query's quick

	root  node
	nodes int32
}

// node is a field as far as records have been walked through: what is known of it is found again for
// the next record, which nearly always has the same members in the same order.
type node struct {
	key    string // as it is in JSON, or itemKey and the number of an item
	value  Field
	name   Field
	wanted verdict
	found  []Span // the patterns that are in its name
	below  []*node
	by     map[string]*node // below, by key
	next   int              // of below: what is expected

	kept   []byte // the value that was met last, as it is in JSON, and what is in it
	set    *set
	repeat int   // how often it was met again, less how often it was not
	of     *node // that it is below; nil for the root
}

// verdict is a yes or a no that is worked out once.
type verdict int8

const (
	unknown verdict = iota
	yes
	no
)

// Fields yields the values in the JSON of a record, in order, with their fields as Match names them.
func Fields(line []byte, yield func(field, value string)) {
	w := walker{line: line, each: yield, every: true}
	w.at = &w.root
	w.value()
}

// record goes through the JSON of a record and adds what matches to m.
func (w *walker) record(line []byte, m *Matcher) {
	w.begin(line, m)
	w.marks, w.every = m.marks.list, len(m.marks.any) > 0 || len(m.q.loose) > 0
	w.value()
}

// all goes through the JSON of a record without marks: where patterns are in most values, a look at each value
// costs less than marks.
func (w *walker) all(line []byte, m *Matcher) {
	w.begin(line, m)
	w.marks, w.every, w.quick = nil, true, true
	w.value()
	w.quick = false
}

// begin begins a walk. If the fields are too many, all are forgotten, and what is known of them.
func (w *walker) begin(line []byte, m *Matcher) {
	if w.nodes >= maxVerdicts {
		w.root, w.nodes = node{}, 0
		m.plans, m.kinds = plans{}, kinds{}
	}
	w.line, w.pos, w.at, w.m = line, 0, &w.root, m
}

// learn goes through the JSON of a record, and tells what a walk looks at: each value that stands by itself
// and where, quotes included; each name in which a pattern stands, with the value, if it has one of its own.
func (w *walker) learn(line []byte, m *Matcher, note func(n *node, name bool, from, to int)) {
	w.begin(line, m)
	w.marks, w.every, w.note = nil, true, note
	w.value()
	w.note = nil
}

// child returns the field below one that has that key.
func (w *walker) child(n *node, key []byte) *node {
	if n.next < len(n.below) && n.below[n.next].key == string(key) {
		n.next++
		return n.below[n.next-1]
	}
	c := n.by[string(key)]
	if c == nil {
		c = w.grow(n, string(key))
	} else if i := slices.Index(n.below[:min(len(n.below), fewBelow)], c); i >= 0 {
		n.next = i + 1
	}
	return c
}

// fewBelow is how many fields below one are checked for what to expect next.
const fewBelow = 64

// grow adds a field below another.
func (w *walker) grow(n *node, key string) *node {
	c := &node{key: key, of: n}
	path := string(appendPlain(nil, []byte(key)))
	switch {
	case strings.HasPrefix(key, itemKey):
		path = n.value.Path + "[" + key[len(itemKey):] + "]"
	case n.of != nil && (n.of.of != nil || n.key != "Event"):
		path = n.value.Path + "." + path
	}
	c.value, c.name = newField(path, w.nodes, false), newField(path, w.nodes, true)
	w.nodes++
	if w.m != nil && !strings.HasPrefix(key, itemKey) {
		c.found = w.m.inName([]byte(key))
	}
	if w.nodes > maxNodes {
		return c
	}
	if n.by == nil {
		n.by = map[string]*node{}
	}
	n.by[key], n.below = c, append(n.below, c)
	n.next = len(n.below)
	return c
}

// itemKey begins the key of a list's item, and is in no key of JSON.
const itemKey = "\x00"

// over reports whether nothing that follows needs to be looked at.
func (w *walker) over() bool { return !w.every && len(w.marks) == 0 }

// value goes through the value at pos. It returns its text, as it is in JSON, if it is one of its own.
func (w *walker) value() (raw []byte) {
	begin := w.pos
	switch w.line[begin] {
	case '{':
		w.object()
		return nil
	case '[':
		w.list()
		return nil
	case '"':
		raw = w.string()
	default:
		from := w.pos
		for w.pos < len(w.line) && w.line[w.pos] != ',' && w.line[w.pos] != '}' && w.line[w.pos] != ']' {
			w.pos++
		}
		if raw = w.line[from:w.pos]; raw[0] == 'n' && w.note == nil { // null is no text
			return nil
		}
	}
	if w.note != nil {
		w.note(w.at, false, begin, w.pos)
		return w.line[begin:w.pos]
	}
	if w.quick {
		w.m.add(w.at, w.m.walked(w.at, raw), false, raw)
		return raw
	}
	at, look := w.marked(w.pos-len(raw)-1, w.pos) // a string's last quote is behind raw
	switch {
	case w.each != nil:
		w.each(w.at.value.Path, string(w.plain(raw)))
	case look:
		start := w.pos - len(raw)
		if w.line[w.pos-1] == '"' {
			start--
		}
		w.m.add(w.at, w.m.inRaw(w, raw, start, at), false, raw)
	}
	return raw
}

// marked returns the marks from one place to another, and whether what is there is to be looked at. Marks before it
// are passed over.
func (w *walker) marked(from, to int) (at []mark, look bool) {
	for len(w.marks) > 0 && w.marks[0].at < from {
		w.marks = w.marks[1:]
	}
	n := 0
	for n < len(w.marks) && w.marks[n].at < to {
		n++
	}
	at, w.marks = w.marks[:n], w.marks[n:]
	return at, n > 0 || w.every
}

func (w *walker) object() {
	w.pos++ // {
	of := w.at
	of.next = 0
	for w.line[w.pos] != '}' && !w.over() {
		if w.line[w.pos] == ',' {
			w.pos++
		}
		key := w.string()
		w.pos++                            // :
		if len(key) > 0 && key[0] == '#' { // #attributes, #text
			next := of.next
			w.value()
			of.next += next
			continue
		}
		w.at = w.child(of, key)
		raw := w.value()
		switch {
		case w.m == nil || len(w.at.found) == 0:
		case w.note != nil:
			w.note(w.at, true, w.pos-len(raw), w.pos)
		default:
			w.m.add(w.at, w.at.found, true, raw)
		}
		w.at = of
	}
	w.pos++
}

func (w *walker) list() {
	w.pos++ // [
	of := w.at
	of.next = 0
	var key [24]byte
	for n := 1; w.line[w.pos] != ']' && !w.over(); n++ {
		if w.line[w.pos] == ',' {
			w.pos++
		}
		w.at = w.child(of, strconv.AppendInt(append(key[:0], itemKey...), int64(n), 10))
		w.value()
		w.at = of
	}
	w.pos++
}

// string passes over the string at pos, and returns what is between its quotes.
func (w *walker) string() []byte {
	from := w.pos + 1
	for at := from; ; at++ {
		at += bytes.IndexByte(w.line[at:], '"')
		slashes := at
		for w.line[slashes-1] == '\\' {
			slashes--
		}
		if (at-slashes)%2 == 0 {
			w.pos = at + 1
			return w.line[from:at]
		}
	}
}

// plain returns what is in JSON without escapes. It is valid until the next call.
func (w *walker) plain(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	w.text = appendPlain(w.text[:0], raw)
	return w.text
}

// appendPlain appends what is in JSON without escapes.
func appendPlain(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		dst, raw = appendEscape(dst, raw[i+1:])
	}
}

// appendEscape appends what an escape stands for, whose backslash was read, and returns what follows it.
func appendEscape(dst, rest []byte) (_, behind []byte) {
	switch c := rest[0]; c {
	case 'n':
		dst = append(dst, '\n')
	case 'r':
		dst = append(dst, '\r')
	case 't':
		dst = append(dst, '\t')
	case 'u':
		r := hexRune(rest[1:])
		rest = rest[5:]
		if utf16.IsSurrogate(r) && bytes.HasPrefix(rest, []byte(`\u`)) {
			if whole := utf16.DecodeRune(r, hexRune(rest[2:])); whole != utf8.RuneError {
				r, rest = whole, rest[6:]
			}
		}
		return utf8.AppendRune(dst, r), rest
	default:
		dst = append(dst, c)
	}
	return dst, rest[1:]
}

func hexRune(b []byte) rune {
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

const (
	// maxExcerpt bounds the value that is shown of a match, in bytes, unless the match itself is longer.
	maxExcerpt = 240
	// maxShown bounds it in any case.
	maxShown = 2000
	// before is how much of it is before the match.
	before = 60
)

// appendExcerpt appends a text as it is or, if it is long, what is around text[from:to], with … for what
// is left out.
func appendExcerpt(dst, text []byte, from, to int) []byte {
	if len(text) <= maxExcerpt {
		return append(dst, text...)
	}
	start := max(min(from-before, len(text)-maxExcerpt), 0)
	end := min(max(start+maxExcerpt, to), start+maxShown, len(text))
	for start > 0 && !utf8.RuneStart(text[start]) {
		start--
	}
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	if start > 0 {
		dst = append(dst, "…"...)
	}
	dst = append(dst, text[start:end]...)
	if end < len(text) {
		dst = append(dst, "…"...)
	}
	return dst
}
