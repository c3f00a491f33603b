// Package document writes events as ECS documents in JSON.
package document

import (
	"bytes"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hunt/mark"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
)

// The marks of a document say where it differs from what the record says:
//
//	hunt.time.source   where @timestamp comes from if TimeCreated (or, with ClockUTC, UtcTime)
//	                   is implausible: "record-header", "time-created", or "none" for an event
//	                   without any time
//	hunt.time.logged   what the record has in its place, as text; missing if it has nothing
//	hunt.altered       true: some text has U+FFFD in place of an unpaired surrogate
//	hunt.continued     true: the record comes after the end that its chunk's header gives, and its
//	                   number continues those before it

// leaf is one leaf of a document: its place and its values.
type leaf struct {
	name   string // dotted
	last   string // last segment; for Data the whole name, which may contain dots
	values []scalar.Value
}

// derivedPrefixes are the prefixes of static fields that hunt infers, rather than take from the record or from
// Elastic's mapping.
var derivedPrefixes = [...]string{"data_stream.", "dll.", "host.os.", "hunt."}

// Append appends the event as one nested ECS document (keys sorted, arrays for several values). winlog.event_data
// and winlog.user_data hold all Data that have a value as raw text, including those from which ECS fields were
// made, so that nothing is lost; "hunt":{"derived":[names]} lists the fields that are inferred. Values that are
// still pending are left out.
func Append(dst []byte, e *ecs.Event) []byte {
	w := workspaces.Get().(*workspace)
	defer w.free()
	fields := w.leavesOf(e)
	open := w.open[:0] // objects that are open, outermost first
	dst = append(dst, '{')
	first := true
	for _, f := range fields {
		objects := w.objects[:0]
		for part := range strings.SplitSeq(strings.TrimSuffix(f.name[:len(f.name)-len(f.last)], "."), ".") {
			if len(f.name) > len(f.last) {
				objects = append(objects, part)
			}
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
		dst = appendKey(dst, f.last, first)
		dst = appendValues(dst, f.values)
		first = false
		w.objects = objects
	}
	for range open {
		dst = append(dst, '}')
	}
	w.open = open
	return append(dst, '}')
}

// Of returns the document of an event in newly allocated memory.
func Of(e *ecs.Event) []byte {
	scratch := scratches.Get().(*[]byte)
	defer scratches.Put(scratch)
	text := Append((*scratch)[:0], e)
	if cap(text) <= maxScratch {
		*scratch = text
	}
	return bytes.Clone(text)
}

// workspace holds the leaves of one document and their values, so that the next document needs no memory for
// them.
type workspace struct {
	leaves        []leaf
	values        []scalar.Value
	open, objects []string // the objects around a leaf
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// maxLeaves and maxValues bound what is kept for the next document.
const (
	maxLeaves = 512
	maxValues = 1024
)

// free returns a workspace for reuse, without references to the event.
func (w *workspace) free() {
	clear(w.leaves[:cap(w.leaves)])
	clear(w.values[:cap(w.values)])
	clear(w.open[:cap(w.open)])
	clear(w.objects[:cap(w.objects)])
	if cap(w.leaves) > maxLeaves || cap(w.values) > maxValues {
		*w = workspace{}
	}
	workspaces.Put(w)
}

// scratches holds buffers for the text of one Data, so that the next event needs no memory for it.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// maxScratch bounds a buffer that is kept for the next event, in bytes.
const maxScratch = 64 << 10

// AppendData appends all Data that have a value as one flat JSON object of raw text, in the order of the record;
// those with the same name form one array.
func AppendData(dst []byte, e *ecs.Event) []byte {
	dst = append(dst, '{')
	start := len(dst)
	var few [32]string
	names, n := few[:0], 0
	scratch := scratches.Get().(*[]byte)
	text := *scratch
	defer func() {
		if cap(text) <= maxScratch {
			*scratch = text
		}
		scratches.Put(scratch)
	}()
	for f := range e.Record.Fields() {
		n++
		if text = f.AppendText(text[:0]); notation.SaysNothing(text) {
			continue
		}
		name := f.Name
		if name == "" {
			name = "param" + strconv.Itoa(n)
		}
		if slices.Contains(names, name) || len(names) == len(few) { // rare: handled by appendData for all
			return appendRepeatedData(dst[:start], e)
		}
		names = append(names, name)
		dst = mark.AppendJSON(appendKey(dst, name, len(names) == 1), text)
	}
	return append(dst, '}')
}

// said yields the name and text of each of the record's Data that is not empty; one without a name is named
// paramN, after its position.
func said(e *ecs.Event) iter.Seq2[string, string] {
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

func appendRepeatedData(dst []byte, e *ecs.Event) []byte {
	for i, f := range appendData(nil, e) {
		dst = appendValues(appendKey(dst, f.last, i == 0), f.values)
	}
	return append(dst, '}')
}

// leavesOf collects the leaves of the document in its order.
func (w *workspace) leavesOf(e *ecs.Event) []leaf {
	fields := w.leaves[:0]
	add := func(name string, values []scalar.Value) {
		if len(values) > 0 && values[0].Kind != scalar.KindPending {
			fields = append(fields, leaf{name, name[strings.LastIndexByte(name, '.')+1:], values})
		}
	}
	values := w.values[:0]
	fieldValues := func(f ecs.Field) []scalar.Value {
		from := len(values)
		values = e.Values(f, values)
		return values[from:len(values):len(values)]
	}
	for _, f := range e.Class.Fields() {
		add(e.FieldName(f), fieldValues(f))
	}
	for f, values := range e.Given() {
		if !e.Class.Maps(f) {
			add(e.FieldName(f), values)
		}
	}
	fields = appendMarks(appendDerived(appendData(fields, e), e), e)
	slices.SortStableFunc(fields, compareLeaves)
	w.leaves, w.values = fields, values
	return slices.CompactFunc(fields, func(a, b leaf) bool { return a.name == b.name })
}

// compareLeaves orders leaves as the document has them: object by
// object, segment by segment, the leaf as a whole.
func compareLeaves(a, b leaf) int {
	x, y := a.name[:len(a.name)-len(a.last)], b.name[:len(b.name)-len(b.last)]
	for {
		p, restX, moreX := strings.Cut(x, ".")
		q, restY, moreY := strings.Cut(y, ".")
		if !moreX {
			p = a.last
		}
		if !moreY {
			q = b.last
		}
		if c := strings.Compare(p, q); c != 0 || !moreX || !moreY {
			return c
		}
		x, y = restX, restY
	}
}

// appendData appends all raw Data, those with the same name as one array, after the fields that the mapping makes
// below winlog.event_data, which take precedence.
func appendData(fields []leaf, e *ecs.Event) []leaf {
	prefix := "winlog.event_data."
	if e.Record.IsUserData() {
		prefix = "winlog.user_data."
	}
	index := make(map[string]int)
	for i := range fields {
		if strings.HasPrefix(fields[i].name, prefix) {
			index[fields[i].last] = -1
		}
	}
	for name, text := range said(e) {
		if i, ok := index[name]; ok && i < 0 {
			continue
		} else if ok {
			fields[i].values = append(fields[i].values, scalar.String(text))
			continue
		}
		index[name] = len(fields)
		fields = append(fields, leaf{prefix + name, name, []scalar.Value{scalar.String(text)}})
	}
	return fields
}

// appendDerived appends the list of derived fields.
func appendDerived(fields []leaf, e *ecs.Event) []leaf {
	var names []string
	for _, f := range fields {
		for _, prefix := range derivedPrefixes {
			if strings.HasPrefix(f.name, prefix) {
				names = append(names, f.name)
			}
		}
	}
	for f, values := range e.Given() {
		if len(values) > 0 {
			names = append(names, e.FieldName(f))
		}
	}
	if len(names) == 0 {
		return fields
	}
	if e.QuotesDerived() {
		names = append(names, e.FieldName(ecs.Message))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	values := make([]scalar.Value, len(names))
	for i, name := range names {
		values[i] = scalar.String(name)
	}
	return append(fields, leaf{"hunt.derived", "derived", values})
}

// appendMarks appends the marks of the event.
func appendMarks(fields []leaf, e *ecs.Event) []leaf {
	if e.Record.Unpaired() {
		fields = append(fields, leaf{"hunt.altered", "altered", []scalar.Value{scalar.Bool(true)}})
	}
	if e.Record.Continued {
		fields = append(fields, leaf{"hunt.continued", "continued", []scalar.Value{scalar.Bool(true)}})
	}
	if source, logged, ok := e.TimeMark(); ok {
		fields = append(fields, leaf{"hunt.time.source", "source", []scalar.Value{scalar.String(source)}})
		if logged != "" {
			fields = append(fields, leaf{"hunt.time.logged", "logged", []scalar.Value{scalar.String(logged)}})
		}
	}
	return fields
}

// appendKey appends a member's name, with a comma unless it is the first.
func appendKey(dst []byte, name string, first bool) []byte {
	if !first {
		dst = append(dst, ',')
	}
	return append(mark.AppendJSON(dst, name), ':')
}

// appendValues appends one value, or an array of several.
func appendValues(dst []byte, values []scalar.Value) []byte {
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

func appendValue(dst []byte, v scalar.Value) []byte {
	switch v.Kind {
	case scalar.KindString:
		return mark.AppendJSON(dst, v.Str)
	case scalar.KindTime:
		dst = append(dst, '"')
		dst = v.AppendText(dst)
		return append(dst, '"')
	case scalar.KindInt, scalar.KindFloat, scalar.KindBool:
		return v.AppendText(dst)
	}
	return append(dst, "null"...)
}
