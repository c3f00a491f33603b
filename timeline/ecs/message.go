package ecs

import (
	"strings"
	"unicode/utf8"

	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/notation"
)

// What an event says in words. Its mapping has one sentence, the title, which names
// who did what to what, and how the message goes on behind it. Both are templates:
//
//	{field|other|'words'}   the first that has a value, else the words
//	{@Name}                 raw Data
//	{~field}                in a title only what a path ends in, of a URL the host
//	{-field}                without the stream that marks where a file came from
//	{!field}                nothing, but there must be a value
//	{^field}                the same, and the value must be derived, not the record's
//	{a\b}                   domain and name; the domain may be missing
//	{a:b}                   address and port; the port may be missing
//	[one|two|three]         the first of which every value is there; none if there is none
//	[?field=x,y?one|two]    one only where the field's first value is x or y
//
// Outside of brackets a value needs words for where it is missing.

const (
	// maxMessageValue and maxTitleValue are where a long value is cut, in characters;
	// the values themselves are never cut.
	maxMessageValue, maxTitleValue = 1024, 80
	// maxTitle is where a title is cut, in characters.
	maxTitle = 240
	// maxQuoted bounds the values of one field that a sentence names.
	maxQuoted = 32
)

// usualMessage is the room that most messages need, in bytes.
const usualMessage = 256

// sentence is a parsed template.
type sentence []messagePart

// messagePart is text, or fields (any may serve), or choices.
type messagePart struct {
	text    string
	fields  []messageField
	words   string // where no field has a value
	choices []messageChoice
}

// messageChoice is a part of a sentence that may serve.
type messageChoice struct {
	when  messageField // with values: it serves only where this has one of them
	is    []string
	parts sentence
}

// messageField is a field, or one with another beside it.
type messageField struct {
	field Field
	data  string // name of a Data, where field is 0
	short bool   // by its end, in titles
	file  bool   // without the mark of its zone
	mute  bool   // not told
	guess bool   // nor is there a value unless it is derived
	with  byte   // \ or :, between this and the other; 0: there is none
	other *messageField
}

// fieldByName is the static table by name.
var fieldByName = func() map[string]Field {
	m := make(map[string]Field, numFields)
	for f := noField + 1; f < numFields; f++ {
		m[fieldTable[f].name] = f
	}
	return m
}()

// appendFields appends the fields that a sentence may ask for, some more than once.
func (s sentence) appendFields(dst []Field) []Field {
	add := func(f *messageField) {
		for ; f != nil; f = f.other {
			if f.field != noField {
				dst = append(dst, f.field)
			}
		}
	}
	for i := range s {
		for j := range s[i].fields {
			add(&s[i].fields[j])
		}
		for j := range s[i].choices {
			add(&s[i].choices[j].when)
			dst = s[i].choices[j].parts.appendFields(dst)
		}
	}
	return dst
}

// parseSentence parses a template of the tables; a mistake there is a bug and panics.
func parseSentence(s string) sentence {
	parts, rest := parseParts(s, false)
	if rest != "" {
		panic("ecs: bad sentence: " + s)
	}
	return parts
}

// parseParts parses up to the end of a choice, which rest begins with, or of the text.
func parseParts(s string, within bool) (parts sentence, rest string) {
	for s != "" {
		switch s[0] {
		case '{':
			names, after, ok := strings.Cut(s[1:], "}")
			if !ok {
				panic("ecs: { without } in a sentence")
			}
			p := parseNames(names)
			if !within && p.words == "" {
				panic("ecs: no words for a missing {" + names + "}")
			}
			parts, s = append(parts, p), after
		case '[':
			var choices []messageChoice
			choices, s = parseChoices(s[1:])
			parts = append(parts, messagePart{choices: choices})
		case ']', '|':
			if !within {
				panic("ecs: ] or | without [ in a sentence")
			}
			return parts, s
		default:
			end := strings.IndexAny(s, "{[]|")
			if end < 0 {
				end = len(s)
			}
			parts, s = append(parts, messagePart{text: s[:end]}), s[end:]
		}
	}
	return parts, ""
}

// parseChoices parses what stands in brackets and returns what follows them.
func parseChoices(s string) (choices []messageChoice, rest string) {
	for {
		var c messageChoice
		if after, ok := strings.CutPrefix(s, "?"); ok {
			condition, then, ok := strings.Cut(after, "?")
			name, values, ok2 := strings.Cut(condition, "=")
			if !ok || !ok2 {
				panic("ecs: bad condition in a sentence: " + s)
			}
			c.when, c.is, s = parseField(name), strings.Split(values, ","), then
		}
		c.parts, s = parseParts(s, true)
		choices = append(choices, c)
		switch {
		case strings.HasPrefix(s, "|"):
			s = s[1:]
		case strings.HasPrefix(s, "]"):
			return choices, s[1:]
		default:
			panic("ecs: [ without ] in a sentence")
		}
	}
}

func parseNames(names string) (p messagePart) {
	for name := range strings.SplitSeq(names, "|") {
		if words, ok := strings.CutPrefix(name, "'"); ok {
			p.words = strings.TrimSuffix(words, "'")
			continue
		}
		p.fields = append(p.fields, parseField(name))
	}
	return p
}

func parseField(name string) (f messageField) {
	if i := strings.IndexAny(name, `\:`); i >= 0 {
		f, other := parseField(name[:i]), parseField(name[i+1:])
		f.with, f.other = name[i], &other
		return f
	}
	if name, f.guess = strings.CutPrefix(name, "^"); !f.guess {
		name, f.mute = strings.CutPrefix(name, "!")
	}
	name, f.file = strings.CutPrefix(name, "-")
	name, f.short = strings.CutPrefix(name, "~")
	if data, ok := strings.CutPrefix(name, "@"); ok {
		f.data = data
		return f
	}
	if f.field = fieldByName[name]; f.field == noField {
		panic("ecs: unknown field in a sentence: " + name)
	}
	return f
}

// Title returns the sentence that says who did what to what: "chrome.exe started
// powershell.exe". What the record does not name is called unknown. It has at most
// maxTitle characters and is raw log text on one line: escape it where it is shown.
func (e *Event) Title() string {
	t := teller{event: e, title: true}
	t.tell()
	return ellipsis(string(t.told), maxTitle)
}

// Message returns the title at length, with whole paths, and what else a person reads
// of such an event: "chrome.exe started powershell.exe (CORP\alice): powershell -enc …".
// Events without a mapping name provider, id and their first fields. The text is raw log
// text on one line: escape it where it is shown.
func (e *Event) Message() string {
	t := teller{event: e}
	t.tell()
	return string(t.told)
}

// message is Message as a value: pending while a value that it looks at is.
func (e *Event) message() Value {
	t := teller{event: e}
	if t.tell(); t.pending {
		return Value{Kind: KindPending}
	}
	return String(string(t.told))
}

// Quoted appends the fields whose values Message looks at, in its order, some more than
// once: those it quotes and those that decide how it speaks. Raw Data are not among them.
func (e *Event) Quoted(dst []Field) []Field {
	t := teller{event: e, noting: true, read: dst}
	t.tell()
	return t.read
}

// teller puts a sentence of an event into words.
type teller struct {
	event   *Event
	title   bool
	told    []byte
	noting  bool    // which fields it looks at
	read    []Field // these
	pending bool    // a value that it looked at is not known yet

	// Room for the values of a field and of the one beside it.
	vals         []Value
	own, another []string
}

func (t *teller) tell() {
	d := t.event.Class.def
	t.told = make([]byte, 0, usualMessage)
	if d.title == nil {
		t.unmapped()
	} else {
		t.parts(d.title)
		if !t.title {
			t.parts(d.more)
		}
	}
	if t.event.Shifted() {
		t.shifted()
	}
}

// shifted says that values stand under the names of others, and in a message which.
func (t *teller) shifted() {
	t.told = append(t.told, " [values shifted"...)
	if !t.title {
		separator := ": "
		for _, v := range t.event.AppendShifted(nil) {
			t.told = append(t.told, separator...)
			t.told = appendLine(t.told, v.Str, maxMessageValue)
			separator = ", "
		}
	}
	t.told = append(t.told, ']')
}

// parts tells template parts; ok is false if a value among them is missing.
func (t *teller) parts(parts sentence) (ok bool) {
	ok = true
	for i := range parts {
		switch p := &parts[i]; {
		case p.choices != nil:
			t.choose(p.choices)
		case p.fields != nil:
			if t.fields(p.fields) {
				continue
			}
			ok = ok && p.words != ""
			t.told = append(t.told, p.words...)
		default:
			t.told = append(t.told, p.text...)
		}
	}
	return ok
}

// choose tells the first choice that may serve.
func (t *teller) choose(choices []messageChoice) {
	before := len(t.told)
	for i := range choices {
		c := &choices[i]
		if c.is != nil && !t.holds(c) {
			continue
		}
		if t.parts(c.parts) {
			return
		}
		t.told = t.told[:before]
	}
}

// holds reports whether the condition of a choice is true.
func (t *teller) holds(c *messageChoice) bool {
	t.own = t.values(&c.when, t.own[:0])
	first := t.own
	for _, is := range c.is {
		if len(first) > 0 && strings.EqualFold(first[0], is) {
			return true
		}
	}
	return false
}

// fields tells the first field that has a value.
func (t *teller) fields(fields []messageField) bool {
	for i := range fields {
		if t.field(&fields[i]) {
			return true
		}
	}
	return false
}

func (t *teller) field(f *messageField) bool {
	t.own = t.values(f, t.own[:0])
	texts := t.own
	if f.mute || f.guess {
		return len(texts) > 0 && (f.mute || t.event.Derived(f.field))
	}
	if f.with == 0 {
		for i, text := range texts {
			if i > 0 {
				t.told = append(t.told, ", "...)
			}
			t.value(f, text)
		}
		return len(texts) > 0
	}
	t.another = t.values(f.other, t.another[:0])
	others := t.another
	switch {
	case f.with == '\\' && len(others) > 0: // a name, whose domain may be missing
		if len(texts) > 0 {
			t.value(f, texts[0])
			t.told = append(t.told, '\\')
		}
		t.value(f.other, others[0])
		return true
	case f.with == ':' && len(texts) > 0: // an address, whose port may be missing
		if len(others) == 0 {
			t.value(f, texts[0])
			return true
		}
		if strings.Contains(texts[0], ":") { // IPv6
			texts[0] = "[" + texts[0] + "]"
		}
		t.value(f, texts[0])
		t.told = append(t.told, ':')
		t.value(f.other, others[0])
		return true
	}
	return false
}

// values appends the texts of a field, none if it is missing or not known yet.
func (t *teller) values(f *messageField, out []string) []string {
	e := t.event
	if f.field == noField {
		if text, ok := e.textAt(e.Class.def.dataIndex(e.Record, f.data)); ok {
			if text := string(text); names(text) {
				out = append(out, text)
			}
		}
		return out
	}
	if t.noting {
		t.read = append(t.read, f.field)
	}
	t.vals = e.Values(f.field, t.vals[:0])
	for _, v := range t.vals {
		if v.Kind == KindPending {
			t.pending = true
			return out
		}
		text := v.Str
		if v.Kind != KindString {
			text = string(v.AppendText(nil))
		}
		if names(text) && len(out) < maxQuoted {
			out = append(out, text)
		}
	}
	return out
}

// names reports whether a value names anything: failed logons carry the SID of nobody,
// and Sysmon says by these words what it could not tell.
func names(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && text != "S-1-0-0" && text != "?" && text != "<unknown process>"
}

// value writes one value as the sentence wants it.
func (t *teller) value(f *messageField, text string) {
	limit := maxMessageValue
	if f.field == noField && strings.HasPrefix(text, "%%") { // a code of Windows' message tables
		if words, ok := code.Audit.Text([]byte(text)); ok {
			text = words
		}
	}
	if n := len(text) - len(zoneMark); f.file && n > 0 && strings.EqualFold(text[n:], zoneMark) {
		text = text[:n]
	}
	if t.title {
		limit = maxTitleValue
		if f.short {
			text = shortOf(f.field, text)
		}
	}
	t.told = appendLine(t.told, text, limit)
}

// unmapped tells an event without a mapping: provider, id, first fields.
func (t *teller) unmapped() {
	const maxFields = 6
	e, limit := t.event, maxMessageValue
	if t.title {
		limit = maxTitleValue
	}
	var few [1]Value
	for _, f := range [...]Field{WinlogProviderName, EventCode} {
		for _, v := range e.Values(f, few[:0]) {
			if len(t.told) > 0 {
				t.told = append(t.told, ' ')
			}
			t.told = appendLine(t.told, v.Str, limit)
		}
	}
	separator, n := ": ", 0
	for f := range e.Record.Fields() {
		if text := f.Text(); !notation.SaysNothing([]byte(text)) {
			t.told = append(t.told, separator...)
			if f.Name != "" {
				t.told = appendLine(t.told, f.Name, limit)
				t.told = append(t.told, '=')
			}
			t.told = appendLine(t.told, text, limit)
			separator = ", "
			if n++; n == maxFields {
				break
			}
		}
	}
}

// zoneMark is the stream that says where a file came from.
const zoneMark = ":Zone.Identifier"

// shortOf is what tells a value apart where there is little room: what a path ends in,
// the last keys of a registry path, the host of a URL.
func shortOf(f Field, text string) string {
	switch f {
	case HuntZoneHostURL, URLFull:
		if host := hostOfURL(text); host != "" {
			return host
		}
		return text
	case RegistryPath:
		at := len(text)
		for range registryTail {
			if at = strings.LastIndexByte(text[:at], '\\'); at <= 0 {
				return text
			}
		}
		return "…" + text[at:]
	}
	text = strings.TrimRight(text, `"\ `)
	return text[strings.LastIndexAny(text, `\/`)+1:]
}

// registryTail is how many components of a registry path a title has: a key below Run,
// or the value of a service, is told by its last three.
const registryTail = 3

// hostOfURL returns the host of a URL, "" if it has none.
func hostOfURL(s string) string {
	_, rest, ok := strings.Cut(s, "://")
	if !ok {
		return ""
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	return rest[strings.LastIndexByte(rest, '@')+1:]
}

// appendLine appends a value on one line: runs of blanks and line ends become one
// blank, and what is longer than limit is cut with an ellipsis.
func appendLine(dst []byte, s string, limit int) []byte {
	blank, n := false, 0
	for _, c := range s {
		if c == '\r' || c == '\n' || c == '\t' || c == ' ' {
			blank = n > 0
			continue
		}
		if n >= limit {
			return append(dst, " …"...)
		}
		if blank {
			dst = append(dst, ' ')
			blank = false
		}
		dst = utf8.AppendRune(dst, c)
		n++
	}
	return dst
}

// ellipsis cuts s to n characters.
func ellipsis(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
