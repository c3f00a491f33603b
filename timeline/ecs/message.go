package ecs

import (
	"slices"
	"strings"

	"hunt/timeline/ecs/code"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ecs/sentence"
)

// What an event says in words. Its mapping has one sentence for the title, which says who did what to what, and
// one for how the message continues after it.

const (
	// maxMessageValue and maxTitleValue are where a long value is cut, in characters;
	// the values themselves are never cut.
	maxMessageValue, maxTitleValue = 1024, 80
	// maxTitle is where a title is cut, in characters.
	maxTitle = 240
	// maxQuoted bounds the values of one field that a sentence names; an ellipsis stands for the others.
	maxQuoted = 32
)

// usualMessage is the room that most messages need, in bytes.
const usualMessage = 256

// fieldByName is the static field table, by name.
var fieldByName = func() map[string]Field {
	m := make(map[string]Field, numFields)
	for f := noField + 1; f < numFields; f++ {
		m[fieldTable[f].name] = f
	}
	return m
}()

// parseSentence parses a template of the tables.
var parseSentence = sentence.Resolver(func(name string) int32 { return int32(fieldByName[name]) }).Parse

// saidBy returns the fields that sentences may refer to, some more than once.
func saidBy(sentences ...sentence.Sentence) (said []Field) {
	for _, s := range sentences {
		for _, f := range s.AppendFields(nil) {
			said = append(said, Field(f))
		}
	}
	return said
}

// Title returns the sentence that says who did what to what: "chrome.exe started
// powershell.exe". What the record does not name is called unknown. It has at most
// maxTitle characters and is raw log text on one line: escape it where it is shown.
func (e *Event) Title() string {
	title, _ := e.Told()
	return title
}

// Told returns the title and what it was made of. For an event without a mapping, the whole title counts as what
// it names.
func (e *Event) Told() (title string, of sentence.Trace) {
	t := e.teller()
	t.title, t.Trace = true, &of
	told := string(t.tell())
	t.Trace = nil
	if e.Class.def.title == nil {
		of.Named = []sentence.Span{{To: len(told)}}
	}
	return of.Ellipsis(told, maxTitle), of
}

// Message returns the title at length, with whole paths, and what else a person reads
// of such an event: "chrome.exe started powershell.exe (CORP\alice): powershell -enc …".
// Events without a mapping name provider, id and their first fields. The text is raw log
// text on one line: escape it where it is shown.
func (e *Event) Message() string { return string(e.teller().tell()) }

// AppendMessage appends the message.
func (e *Event) AppendMessage(dst []byte) []byte { return append(dst, e.teller().tell()...) }

// Words says what the events of a class report, without the values of a single event: "a process started a
// program". It is "" for a class without a mapping.
func (c *Class) Words() string {
	if c.def.title == nil {
		return ""
	}
	return c.def.title.Words()
}

// message returns Message as a value, which is pending while a value that it needs is.
func (e *Event) message() scalar.Value {
	t := e.teller()
	if told := t.tell(); !t.pending {
		return scalar.String(string(told))
	}
	return scalar.Value{Kind: scalar.KindPending}
}

// Quoted appends the fields whose values Message looks at, in its order, some more than once: those that it quotes
// and those that decide its wording. Raw Data are not among them.
func (e *Event) Quoted(dst []Field) []Field {
	t := e.teller()
	t.noting, t.read = true, dst
	t.tell()
	dst, t.read = t.read, nil
	return dst
}

// QuotesDerived reports whether the message uses a value that enrichment has set.
func (e *Event) QuotesDerived() bool {
	if !slices.ContainsFunc(e.set, func(a assignment) bool {
		return len(a.values) > 0 &&
			slices.Contains(e.Class.def.says, a.field)
	}) {
		return false
	}
	var few [16]Field
	return slices.ContainsFunc(e.Quoted(few[:0]), e.Derived)
}

// teller puts an event into words.
type teller struct {
	event   *Event
	title   bool
	noting  bool    // whether to note which fields it looks at
	read    []Field // those fields
	pending bool    // a value that it looked at is not known yet

	// Memory that is reused for the next event.
	sentence.Teller
	told []byte
	vals []scalar.Value
}

// teller returns the teller of the event: the workspace's, or one of a clone's own.
func (e *Event) teller() *teller {
	if e.work == nil {
		return &teller{event: e, told: make([]byte, 0, usualMessage)}
	}
	t := &e.work.teller
	if cap(t.told) > maxTexts {
		t.told = nil
	}
	t.event, t.title, t.noting, t.read, t.pending = e, false, false, nil, false
	return t
}

// tell returns the title or the message. The bytes belong to the teller and are valid until its next call.
func (t *teller) tell() []byte {
	d := t.event.Class.def
	t.told = t.told[:0]
	if d.title == nil {
		t.unmapped()
	} else {
		t.told = t.Append(t.told, d.title, t)
		if !t.title {
			t.told = t.Append(t.told, d.more, t)
		}
	}
	if t.event.Shifted() {
		t.shifted()
	}
	return t.told
}

// shifted says that values are under the names of other fields, and in a message which.
func (t *teller) shifted() {
	t.told = append(t.told, " [values shifted"...)
	if !t.title {
		separator := ": "
		for _, v := range t.event.AppendShifted(nil) {
			t.told = append(t.told, separator...)
			t.told = sentence.AppendLine(t.told, v.Str, maxMessageValue)
			separator = ", "
		}
	}
	t.told = append(t.told, ']')
}

// Derived reports whether a field has values that enrichment gave it.
func (t *teller) Derived(field int32) bool { return t.event.Derived(Field(field)) }

// Texts appends the texts of a value, none if it is missing or not known yet.
func (t *teller) Texts(v *sentence.Value, out []string) []string {
	e := t.event
	if v.Field == 0 {
		if text, ok := e.textAt(e.Class.def.dataIndex(e.Record, v.Data)); ok {
			if text := string(text); names(text) {
				out = append(out, text)
			}
		}
		return out
	}
	if t.noting {
		t.read = append(t.read, Field(v.Field))
	}
	t.vals = e.Values(Field(v.Field), t.vals[:0])
	for _, v := range t.vals {
		if v.Kind == scalar.KindPending {
			t.pending = true
			return out
		}
		text := v.Str
		if v.Kind != scalar.KindString {
			text = string(v.AppendText(nil))
		}
		switch {
		case !names(text):
		case len(out) < maxQuoted:
			out = append(out, text)
		case len(out) == maxQuoted:
			out = append(out, "…")
		}
	}
	return out
}

// names reports whether a value names anything: failed logons carry the SID of nobody, and Sysmon uses these words
// for what it could not find out.
func names(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && text != "S-1-0-0" && text != "?" && text != "<unknown process>"
}

// AppendText appends one text of a value in the form that the sentence needs.
func (t *teller) AppendText(dst []byte, v *sentence.Value, text string) []byte {
	limit := maxMessageValue
	if v.Field == 0 && strings.HasPrefix(text, "%%") { // a code of Windows' message tables
		if words, ok := code.Audit.Text([]byte(text)); ok {
			text = words
		}
	}
	if n := len(text) - len(zoneMark); v.File && n > 0 && strings.EqualFold(text[n:], zoneMark) {
		text = text[:n]
	}
	if t.title {
		limit = maxTitleValue
		if v.Short {
			text = shortOf(Field(v.Field), text)
		}
	}
	return sentence.AppendLine(dst, text, limit)
}

// unmapped describes an event without a mapping: provider, id, first fields, an ellipsis for the others.
func (t *teller) unmapped() {
	const maxFields = 6
	e, limit := t.event, maxMessageValue
	if t.title {
		limit = maxTitleValue
	}
	var few [1]scalar.Value
	for _, f := range [...]Field{WinlogProviderName, EventCode} {
		for _, v := range e.Values(f, few[:0]) {
			if len(t.told) > 0 {
				t.told = append(t.told, ' ')
			}
			t.told = sentence.AppendLine(t.told, v.Str, limit)
		}
	}
	separator, n := ": ", 0
	for f := range e.Record.Fields() {
		if text := f.Text(); !notation.SaysNothing([]byte(text)) {
			t.told = append(t.told, separator...)
			if n++; n > maxFields {
				t.told = append(t.told, "…"...)
				break
			}
			if f.Name != "" {
				t.told = sentence.AppendLine(t.told, f.Name, limit)
				t.told = append(t.told, '=')
			}
			t.told = sentence.AppendLine(t.told, text, limit)
			separator = ", "
		}
	}
}

// zoneMark is the stream that says where a file came from.
const zoneMark = ":Zone.Identifier"

// shortOf returns what distinguishes a value where there is little room: the end of a path, the last keys of a
// registry path, the host of a URL.
func shortOf(f Field, text string) string {
	switch f {
	case HuntZoneHostURL, URLFull:
		if host := notation.URLHost(text); host != "" {
			return host
		}
		return text
	case RegistryPath:
		return notation.RegistryTail(text)
	}
	text = strings.TrimRight(text, `"\ `)
	return text[strings.LastIndexAny(text, `\/`)+1:]
}
