package ecs

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hunt/evtx"
	"hunt/timeline/ecs/notation"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ecs/shift"
)

// Event is one record seen through ECS. Nothing is computed before it is asked for. It is immutable except for
// Set and Settle, which only timeline's enrichment calls, before any rule sees the event.
//
// An event from Map belongs to the Mapper's goroutine and is valid until the next Map. A clone is independent:
// it may be kept, and read by many goroutines.
type Event struct {
	Record *evtx.Record
	Class  *Class

	schema  *Schema
	shape   *shape
	work    *workspace // nil for clones
	set     []assignment
	strict  bool
	clock   Clock
	settled bool

	believed int // position of the first Data that may have a neighbour's value, shift.None if there is none
}

// assignment is a field that enrichment has set.
type assignment struct {
	field  Field
	values []scalar.Value
}

// Values appends the values of f to dst: none = missing, one = scalar, several = array. A field that depends on
// the host's history gives one KindPending value until it is Set or the event is settled: host.id, host.name,
// host.hostname; process.entity_id of 4688 and 4689; for a 4688 process.parent.entity_id, .command_line, .args
// and .args_count, and .executable and .name if the record has no parent name, and then message; user.id of
// Sysmon events (not Strict).
func (e *Event) Values(f Field, dst []scalar.Value) []scalar.Value {
	if len(e.set) > 0 {
		for i := range e.set {
			if e.set[i].field == f {
				return append(dst, e.set[i].values...)
			}
		}
	}
	if f <= noField {
		return dst
	}
	if f >= numFields {
		return e.dynamic(f, dst)
	}
	d := e.Class.def
	if i := d.byField[f]; i != 0 {
		return e.extract(&d.extract[i], dst)
	}
	return e.unmappedData(f, dst)
}

// scratchValues holds lists of values for Text, so that reading a field does not allocate.
var scratchValues = sync.Pool{New: func() any { return new([]scalar.Value) }}

// Text returns the first value of a field as text: "" if there is none or it is still pending.
func (e *Event) Text(f Field) string {
	scratch := scratchValues.Get().(*[]scalar.Value)
	defer scratchValues.Put(scratch)
	values := e.Values(f, (*scratch)[:0])
	if len(values) == 0 {
		return ""
	}
	text := values[0].Str
	if values[0].Kind != scalar.KindString {
		text = string(values[0].AppendText(nil))
	}
	clear(values)
	if cap(values) <= maxScratchValues {
		*scratch = values
	}
	return text
}

// maxScratchValues bounds the lists that are kept for reuse: a field seldom has more values.
const maxScratchValues = 64

// Given yields the fields that enrichment has set, with their values, in the order in which they were set.
func (e *Event) Given() iter.Seq2[Field, []scalar.Value] {
	return func(yield func(Field, []scalar.Value) bool) {
		for _, a := range e.set {
			if !yield(a.field, a.values) {
				return
			}
		}
	}
}

// FieldName returns the dotted name of a field of the event's schema.
func (e *Event) FieldName(f Field) string { return e.schema.Name(f) }

// dynamic appends the text of the Data or UserData leaf that f names.
func (e *Event) dynamic(f Field, dst []scalar.Value) []scalar.Value {
	if int(f) >= len(e.schema.fields) || e.schema.kinds[f] >= kindKnown {
		return dst
	}
	if e.schema.kinds[f] == kindLike {
		return e.like(e.schema.likes[f], dst)
	}
	var at int
	if i := int(f - numFields); i < len(e.shape.dynamic) {
		at = int(e.shape.dynamic[i])
	} else { // requested after the shape was made
		at = e.schema.dynamicIndex(f, e.Record)
	}
	if text, ok := e.textAt(at); ok {
		dst = append(dst, e.work.values().Text(text))
	}
	return dst
}

// like appends the texts of the Data or UserData leaves whose names fit.
func (e *Event) like(fits func(name string) bool, dst []scalar.Value) []scalar.Value {
	prefix := eventDataPrefix
	if e.Record.IsUserData() {
		prefix = userDataPrefix
	}
	n := 0
	for f := range e.Record.Fields() {
		n++
		name := f.Name
		if name == "" {
			name = "param" + strconv.Itoa(n)
		}
		if !fits(prefix + name) {
			continue
		}
		if text := f.AppendText(nil); !notation.SaysNothing(text) {
			dst = append(dst, scalar.String(string(text)))
		}
	}
	return dst
}

// unmappedData serves static fields named winlog.event_data.X in classes whose
// mapping has no rule for them: they are plain Data there.
func (e *Event) unmappedData(f Field, dst []scalar.Value) []scalar.Value {
	name := fieldTable[f].name
	if len(name) <= len(eventDataPrefix) || name[:len(eventDataPrefix)] != eventDataPrefix || e.Record.IsUserData() {
		return dst
	}
	if text, ok := e.textAt(dataIndex(e.Record, name[len(eventDataPrefix):])); ok {
		dst = append(dst, e.work.values().Text(text))
	}
	return dst
}

// Set gives f its derived values (none: settled as missing). Derived fields are listed under hunt.derived in
// documents. The event keeps vs.
func (e *Event) Set(f Field, vs ...scalar.Value) {
	for i := range e.set {
		if e.set[i].field == f {
			e.set[i].values = vs
			return
		}
	}
	e.set = append(e.set, assignment{f, vs})
}

// Derived reports whether the values of f come from enrichment rather than from the record.
func (e *Event) Derived(f Field) bool {
	return slices.ContainsFunc(e.set, func(a assignment) bool { return a.field == f && len(a.values) > 0 })
}

// Settle ends the event's waiting for history: fields that are still pending become missing, or fall back to
// what the record alone says (user.id of Sysmon events: System's user).
func (e *Event) Settle() { e.settled = true }

// AppendPending appends the fields for which Values still gives a pending value.
func (e *Event) AppendPending(dst []Field) []Field {
	for _, f := range e.Class.def.fields {
		if e.Pending(f) {
			dst = append(dst, f)
		}
	}
	return dst
}

// Pending reports whether Values gives a pending value for a field.
func (e *Event) Pending(f Field) bool {
	d := e.Class.def
	if f <= noField || f >= numFields || d.byField[f] == 0 || d.extract[d.byField[f]].op < opPending {
		return false
	}
	var few [2]scalar.Value
	vs := e.Values(f, few[:0])
	return len(vs) == 1 && vs[0].Kind == scalar.KindPending
}

// Shifted reports whether values of the record are under the names of other fields.
func (e *Event) Shifted() bool { return e.believed != shift.None }

// Doubts reports whether the value of a Data may belong to another field, because values of the record are
// shifted.
func (e *Event) Doubts(name string) bool {
	return e.believed != shift.None && e.Record.DataIndex(name) >= e.believed
}

// Said returns the text of a Data, "" if it is absent, is "-", or may belong to another field.
func (e *Event) Said(name string) string {
	if e.Doubts(name) {
		return ""
	}
	return Data(e.Record, name)
}

// Data returns the text of a Data of a record, without surrounding spaces, "" if it is absent or "-".
func Data(r *evtx.Record, name string) string {
	f, ok := r.Data(name)
	if !ok {
		return ""
	}
	s := strings.TrimSpace(f.Text())
	if s == "-" {
		return ""
	}
	return s
}

// AppendShifted appends the names of the Data that Doubts reports.
func (e *Event) AppendShifted(dst []scalar.Value) []scalar.Value {
	for i := e.believed; i < e.Record.NumData(); i++ {
		dst = append(dst, scalar.String(e.Record.DataAt(i).Name))
	}
	return dst
}

// UTC returns Sysmon's EventData UtcTime, 0 if there is none or it is implausible.
func (e *Event) UTC() evtx.Filetime {
	t, _ := e.utc()
	return t
}

// UTCUnusable reports whether the event has a UtcTime that cannot be read or is implausible.
func (e *Event) UTCUnusable() bool {
	_, unusable := e.utc()
	return unusable
}

func (e *Event) utc() (t evtx.Filetime, unusable bool) {
	if e.Class.def.source != &sysmonSource {
		return 0, false
	}
	text, ok := e.textAt(e.Record.DataIndex("UtcTime"))
	if !ok {
		return 0, false
	}
	if t, ok = notation.ParseTime(text); !ok || !e.Record.Believes(t) {
		return 0, true
	}
	return t, false
}

// Clone returns a copy that may be kept; its record owns its bytes.
func (e *Event) Clone() *Event {
	c := *e
	c.Record = e.Record.Clone()
	c.work = nil
	c.set = slices.Clone(e.set)
	return &c
}
