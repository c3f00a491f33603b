package ecs

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"hunt/mark"
	"hunt/timeline/ecs/notation"
)

// documentField is one leaf of a document: its place and its values.
type documentField struct {
	name   string // dotted
	leaf   string // last segment; of Data the whole name, which may hold dots
	values []Value
}

// derivedPrefixes are the static fields that are hunt's inference rather than
// what the record says or Elastic's mapping makes of it.
var derivedPrefixes = [...]string{"data_stream.", "dll.", "host.os.", "hunt."}

// AppendJSON appends the event as one nested ECS document (keys sorted, arrays where there are many
// values). winlog.event_data and winlog.user_data hold all Data that have a value as raw text,
// including those that ECS fields were made of, so that nothing is lost; "hunt":{"derived":[names]}
// lists the fields that are inference. Values that are still pending are left out.
func (e *Event) AppendJSON(dst []byte) []byte {
	fields := e.documentFields()
	var open []string // objects that are open, outermost first
	dst = append(dst, '{')
	first := true
	for _, f := range fields {
		objects := strings.Split(strings.TrimSuffix(f.name[:len(f.name)-len(f.leaf)], "."), ".")
		if len(f.name) == len(f.leaf) {
			objects = nil
		}
		same := 0
		for same < len(open) && same < len(objects) && open[same] == objects[same] {
			same++
		}
		for range len(open) - same {
			dst = append(dst, '}')
			first = false
		}
		open = append(open[:same], objects[same:]...)
		for _, name := range objects[same:] {
			dst = appendKey(dst, name, first)
			dst = append(dst, '{')
			first = true
		}
		dst = appendKey(dst, f.leaf, first)
		dst = appendValues(dst, f.values)
		first = false
	}
	for range open {
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

// AppendData appends all Data that have a value as one flat JSON object of raw text, in the order
// of the record; those of one name are one array.
func (e *Event) AppendData(dst []byte) []byte {
	dst = append(dst, '{')
	start := len(dst)
	var few [32]string
	names, n := few[:0], 0
	var text []byte
	if e.work != nil {
		text = e.work.raw
		defer func() { e.work.raw = text }()
	}
	for f := range e.Record.Fields() {
		n++
		if text = f.AppendText(text[:0]); notation.SaysNothing(text) {
			continue
		}
		name := f.Name
		if name == "" {
			name = "param" + strconv.Itoa(n)
		}
		if slices.Contains(names, name) || len(names) == len(few) { // seldom: what appendData does for all
			return e.appendRepeatedData(dst[:start])
		}
		names = append(names, name)
		dst = mark.AppendJSON(appendKey(dst, name, len(names) == 1), text)
	}
	return append(dst, '}')
}

// said yields name and text of each of the record's Data that says anything; one without a name is
// called after its place, paramN.
func (e *Event) said() iter.Seq2[string, string] {
	return func(yield func(name, text string) bool) {
		n := 0
		for f := range e.Record.Fields() {
			n++
			text := f.Text()
			if notation.SaysNothing([]byte(text)) {
				continue
			}
			name := f.Name
			if name == "" {
				name = "param" + strconv.Itoa(n)
			}
			if !yield(name, text) {
				return
			}
		}
	}
}

func (e *Event) appendRepeatedData(dst []byte) []byte {
	for i, f := range e.appendData(nil) {
		dst = appendValues(appendKey(dst, f.leaf, i == 0), f.values)
	}
	return append(dst, '}')
}

// documentFields collects the leaves of the document in its order.
func (e *Event) documentFields() []documentField {
	fields := make([]documentField, 0, 64)
	add := func(name string, values []Value) {
		if len(values) > 0 && values[0].Kind != KindPending {
			leaf := name[strings.LastIndexByte(name, '.')+1:]
			fields = append(fields, documentField{name, leaf, values})
		}
	}
	values := make([]Value, 0, 128)
	fieldValues := func(f Field) []Value {
		from := len(values)
		values = e.Values(f, values)
		return values[from:len(values):len(values)]
	}
	for _, f := range e.Class.def.fields {
		add(fieldTable[f].name, fieldValues(f))
	}
	for _, a := range e.set {
		if a.field >= numFields || e.Class.def.byField[a.field] == 0 {
			add(e.schema.Name(a.field), a.values)
		}
	}
	fields = e.appendData(fields)
	fields = e.appendMarks(e.appendDerived(fields))
	slices.SortStableFunc(fields, compareDocumentFields)
	return slices.CompactFunc(fields, func(a, b documentField) bool { return a.name == b.name })
}

// compareDocumentFields orders leaves as the document has them: object by
// object, segment by segment, the leaf as a whole.
func compareDocumentFields(a, b documentField) int {
	x, y := a.name[:len(a.name)-len(a.leaf)], b.name[:len(b.name)-len(b.leaf)]
	for {
		p, restX, moreX := strings.Cut(x, ".")
		q, restY, moreY := strings.Cut(y, ".")
		if !moreX {
			p = a.leaf
		}
		if !moreY {
			q = b.leaf
		}
		if c := strings.Compare(p, q); c != 0 || !moreX || !moreY {
			return c
		}
		x, y = restX, restY
	}
}

// appendData appends all raw Data, those of one name as one array, after the
// fields that the mapping makes below winlog.event_data, which win.
func (e *Event) appendData(fields []documentField) []documentField {
	prefix := eventDataPrefix
	if e.Record.IsUserData() {
		prefix = userDataPrefix
	}
	index := make(map[string]int)
	for i := range fields {
		if strings.HasPrefix(fields[i].name, prefix) {
			index[fields[i].leaf] = -1
		}
	}
	for name, text := range e.said() {
		if i, ok := index[name]; ok && i < 0 {
			continue
		} else if ok {
			fields[i].values = append(fields[i].values, String(text))
			continue
		}
		index[name] = len(fields)
		fields = append(fields, documentField{prefix + name, name, []Value{String(text)}})
	}
	return fields
}

// quotesDerived reports whether the message rests on a value that enrichment has set.
func (e *Event) quotesDerived() bool {
	if !slices.ContainsFunc(e.set, func(a assignment) bool {
		return len(a.values) > 0 &&
			slices.Contains(e.Class.def.says, a.field)
	}) {
		return false
	}
	var few [16]Field
	return slices.ContainsFunc(e.Quoted(few[:0]), e.Derived)
}

// appendDerived appends the list of derived fields.
func (e *Event) appendDerived(fields []documentField) []documentField {
	var names []string
	for _, f := range fields {
		for _, prefix := range derivedPrefixes {
			if strings.HasPrefix(f.name, prefix) {
				names = append(names, f.name)
			}
		}
	}
	for _, a := range e.set {
		if len(a.values) > 0 {
			names = append(names, e.schema.Name(a.field))
		}
	}
	if len(names) == 0 {
		return fields
	}
	if e.quotesDerived() {
		names = append(names, fieldTable[Message].name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	values := make([]Value, len(names))
	for i, name := range names {
		values[i] = String(name)
	}
	return append(fields, documentField{"hunt.derived", "derived", values})
}

// appendKey appends a member's name, with a comma unless it is the first.
func appendKey(dst []byte, name string, first bool) []byte {
	if !first {
		dst = append(dst, ',')
	}
	return append(mark.AppendJSON(dst, name), ':')
}

// appendValues appends one value, or an array of several.
func appendValues(dst []byte, values []Value) []byte {
	if len(values) == 1 {
		return appendValue(dst, values[0])
	}
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(dst, v)
	}
	return append(dst, ']')
}

func appendValue(dst []byte, v Value) []byte {
	switch v.Kind {
	case KindString:
		return mark.AppendJSON(dst, v.Str)
	case KindTime:
		dst = append(dst, '"')
		dst = v.AppendText(dst)
		return append(dst, '"')
	case KindInt, KindFloat, KindBool:
		return v.AppendText(dst)
	}
	return append(dst, "null"...)
}
