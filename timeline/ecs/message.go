package ecs

import (
	"strings"
)

// maxMessageValue is where a long value is cut in a message; the values
// themselves are never cut.
const maxMessageValue = 1024

// messageTemplate is the parsed form of a mapping's message.
//
//	{field|other}   the first of these that has a value; {@Name} is raw Data
//	[ by {field}]   left out as a whole where a field in it is missing
type messageTemplate struct {
	parts []messagePart
}

// messagePart is text, or fields (any may serve), or an optional group.
type messagePart struct {
	text   string
	fields []messageField
	group  []messagePart
}

type messageField struct {
	field Field
	data  string // name of a Data, where field is 0
}

// fieldByName is the static table by name.
var fieldByName = func() map[string]Field {
	m := make(map[string]Field, numFields)
	for f := noField + 1; f < numFields; f++ {
		m[fieldTable[f].name] = f
	}
	return m
}()

// parseMessage parses a template of the tables; a mistake there is a bug and panics.
func parseMessage(s string) *messageTemplate {
	parts, rest := parseMessageParts(s, false)
	if rest != "" {
		panic("ecs: bad message template: " + s)
	}
	return &messageTemplate{parts}
}

func parseMessageParts(s string, grouped bool) (parts []messagePart, rest string) {
	for s != "" {
		switch s[0] {
		case '{':
			names, after, ok := strings.Cut(s[1:], "}")
			if !ok {
				panic("ecs: open { in message template")
			}
			var p messagePart
			for _, name := range strings.Split(names, "|") {
				if data, ok := strings.CutPrefix(name, "@"); ok {
					p.fields = append(p.fields, messageField{data: data})
					continue
				}
				f, ok := fieldByName[name]
				if !ok {
					panic("ecs: unknown field in message template: " + name)
				}
				p.fields = append(p.fields, messageField{field: f})
			}
			parts, s = append(parts, p), after
		case '[':
			group, after := parseMessageParts(s[1:], true)
			parts, s = append(parts, messagePart{group: group}), after
		case ']':
			if !grouped {
				panic("ecs: ] without [ in message template")
			}
			return parts, s[1:]
		default:
			end := strings.IndexAny(s, "{[]")
			if end < 0 {
				end = len(s)
			}
			parts, s = append(parts, messagePart{text: s[:end]}), s[end:]
		}
	}
	return parts, ""
}

// Message returns one line that a person can read: "powershell.exe started by
// chrome.exe (alice): powershell -enc …". Events without a mapping name
// provider, id and their first fields. The text is raw log text on one line:
// escape it where it is shown.
func (e *Event) Message() string {
	var b strings.Builder
	if t := e.Class.def.message; t != nil {
		e.writeParts(&b, t.parts)
	} else {
		e.writeFields(&b)
	}
	if e.Shifted() {
		b.WriteString(" [values shifted: ")
		for i, v := range e.AppendShifted(nil) {
			if i > 0 {
				b.WriteString(", ")
			}
			writeLine(&b, v.Str)
		}
		b.WriteByte(']')
	}
	return b.String()
}

// writeParts writes template parts; ok is false if a field among them is missing.
func (e *Event) writeParts(b *strings.Builder, parts []messagePart) (ok bool) {
	ok = true
	for _, p := range parts {
		switch {
		case p.group != nil:
			var group strings.Builder
			if e.writeParts(&group, p.group) {
				b.WriteString(group.String())
			}
		case p.fields != nil:
			if !e.writeField(b, p.fields) {
				b.WriteByte('?')
				ok = false
			}
		default:
			b.WriteString(p.text)
		}
	}
	return ok
}

// writeField writes the first field that has a value.
func (e *Event) writeField(b *strings.Builder, fields []messageField) bool {
	var few [4]Value
	for _, f := range fields {
		if f.field == noField {
			if text, ok := e.textAt(e.Class.def.dataIndex(e.Record, f.data)); ok {
				writeLine(b, string(text))
				return true
			}
			continue
		}
		values := e.Values(f.field, few[:0])
		if len(values) == 0 || values[0].Kind == KindPending {
			continue
		}
		for i, v := range values {
			if i > 0 {
				b.WriteString(", ")
			}
			writeLine(b, string(v.AppendText(nil)))
		}
		return true
	}
	return false
}

// writeFields writes what an unknown event says: provider, id, first fields.
func (e *Event) writeFields(b *strings.Builder) {
	const maxFields = 6
	var few [1]Value
	for _, f := range [...]Field{WinlogProviderName, EventCode} {
		for _, v := range e.Values(f, few[:0]) {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			writeLine(b, v.Str)
		}
	}
	separator, n := ": ", 0
	for f := range e.Record.Fields() {
		if text := f.Text(); !saysNothing([]byte(text)) {
			b.WriteString(separator)
			if f.Name != "" {
				b.WriteString(f.Name)
				b.WriteByte('=')
			}
			writeLine(b, text)
			separator = ", "
			if n++; n == maxFields {
				break
			}
		}
	}
}

// writeLine writes a value on one line: runs of blanks and line ends become one
// blank, and what is longer than maxMessageValue is cut with an ellipsis.
func writeLine(b *strings.Builder, s string) {
	blank, n := false, 0
	for _, c := range s {
		if c == '\r' || c == '\n' || c == '\t' || c == ' ' {
			blank = n > 0
			continue
		}
		if n >= maxMessageValue {
			b.WriteString(" …")
			return
		}
		if blank {
			b.WriteByte(' ')
			blank = false
		}
		b.WriteRune(c)
		n++
	}
}
