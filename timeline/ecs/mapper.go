package ecs

import (
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/timeline/ecs/powershell"
	"hunt/timeline/ecs/scalar"
	"hunt/timeline/ecs/shift"
)

// Clock says which time @timestamp holds.
type Clock uint8

// The clocks.
const (
	ClockCreated Clock = iota // System/TimeCreated, when the record was written: hunt's default
	ClockUTC                  // Sysmon's EventData/UtcTime where there is one: Elastic's way
)

const (
	// maxShapes bounds the record shapes kept per class; a real class has one per version of its
	// provider's manifest. When it is reached, the oldest is replaced.
	maxShapes = 16
	// maxBound bounds the classes that a Mapper keeps; real collections have a few thousand.
	maxBound = 1 << 13
	// maxTexts bounds the memory, in bytes, that stays allocated after one huge event.
	maxTexts = 1 << 20
)

// Mapper turns records into events for one goroutine. The options are set
// before the first Map.
type Mapper struct {
	Strict bool  // Elastic's values only (--ecs strict): user.id of Sysmon is the service's SID
	Clock  Clock // what @timestamp holds

	schema  *Schema
	classes map[classKey]*boundClass
	last    *boundClass
	lastKey classKey
	event   Event
	work    workspace
	text    shift.Text // work.text
}

// boundClass is a class with the record shapes of it that this Mapper has seen.
type boundClass struct {
	class  *Class
	shapes []*shape
	next   int // shape to replace when there are maxShapes
}

// shape says where a class's Data are in the records of one template. Immutable.
type shape struct {
	template *binxml.Template
	pos      []int32      // by slot of the definition; -1: absent
	dynamic  []int32      // by Field-numFields, for the names that rules asked for
	values   *shift.Shape // nil where nothing tells what a value is
}

// at returns the position of the text of a slot, -1 if it is absent.
func (s *shape) at(slot int) int { return int(s.pos[slot]) }

// workspace is the memory that a Mapper lends to its current event.
type workspace struct {
	now   uint32     // the number of the event
	texts []textSpan // by position in the record
	buf   []byte     // the texts of the event
	maker scalar.Maker

	keys    powershell.Block // of the event and position below
	keysNow uint32
	keysAt  int

	script scriptMemo
	teller teller
}

// textSpan is where the text of a position of the event is in the workspace's buffer, so that several
// fields can be made from one text.
type textSpan struct {
	now      uint32
	from, to int
}

// next begins another event.
func (w *workspace) next() {
	if w.now++; w.now == 0 { // every 4 billion events the numbers begin again
		clear(w.texts)
		w.now, w.keysNow, w.script.now = 1, 0, 0
	}
	if cap(w.buf) > maxTexts {
		w.buf = nil
	}
	w.buf = w.buf[:0]
}

// maxPositions bounds the positions whose text is kept; no provider has events with as many Data.
const maxPositions = 256

// text returns the text of the field at a position. It belongs to the workspace and is valid until
// the next event.
func (w *workspace) text(f evtx.Field, at int) []byte {
	if at < 0 || at >= maxPositions {
		from := len(w.buf)
		w.buf = f.AppendText(w.buf)
		return w.buf[from:len(w.buf):len(w.buf)]
	}
	for len(w.texts) <= at {
		w.texts = append(w.texts, textSpan{})
	}
	s := &w.texts[at]
	if s.now != w.now {
		from := len(w.buf)
		w.buf = f.AppendText(w.buf)
		*s = textSpan{w.now, from, len(w.buf)}
	}
	return w.buf[s.from:s.to:s.to]
}

// block returns the block of the text at a position, and whether it has been read for another field
// of the event. A caller that reads it must call hasRead. w may be nil.
func (w *workspace) block(at int) (b *powershell.Block, read bool) {
	if w == nil {
		return &powershell.Block{}, false
	}
	return &w.keys, w.keysNow == w.now && w.keysAt == at
}

// hasRead records that the block is that of the text at a position. w may be nil.
func (w *workspace) hasRead(at int) {
	if w != nil {
		w.keysNow, w.keysAt = w.now, at
	}
}

// NewMapper returns a Mapper over s.
func NewMapper(s *Schema) *Mapper {
	m := &Mapper{
		schema:  s,
		classes: make(map[classKey]*boundClass),
		work:    workspace{maker: scalar.NewMaker()},
	}
	m.text = m.work.text
	return m
}

// Map returns the event of a record. The event is reused by the next call; Clone keeps it.
func (m *Mapper) Map(r *evtx.Record) *Event {
	key := classKey{r.Channel(), r.Provider(), r.EventID()}
	if m.last == nil || m.lastKey != key {
		m.last, m.lastKey = m.bind(key), key
	}
	m.work.next()
	s := m.last.shape(r, m.schema)
	m.event = Event{
		Record: r, Class: m.last.class,
		schema: m.schema, shape: s, work: &m.work,
		strict: m.Strict, clock: m.Clock,
		set:      m.event.set[:0],
		believed: s.values.First(r, m.text),
	}
	return &m.event
}

// bind returns the class of a key.
func (m *Mapper) bind(key classKey) *boundClass {
	if b := m.classes[key]; b != nil {
		return b
	}
	if len(m.classes) >= maxBound {
		clear(m.classes)
	}
	b := &boundClass{class: m.schema.class(key)}
	m.classes[key] = b
	return b
}

// shape returns where the class's Data are in r.
func (b *boundClass) shape(r *evtx.Record, s *Schema) *shape {
	t := r.Template()
	for _, known := range b.shapes {
		if known.template == t {
			if t == nil {
				break // records without a template differ from each other
			}
			return known
		}
	}
	d := b.class.def
	positions := make([]int32, len(d.data)+len(s.fields)-int(numFields))
	made := &shape{template: t, pos: positions[:len(d.data):len(d.data)], dynamic: positions[len(d.data):]}
	for i, name := range d.data {
		made.pos[i] = int32(d.dataIndex(r, name)) // #nosec G115 -- a record has fewer fields
	}
	if t != nil && d.source != nil && (d.source.is == SourceSysmon || d.source.is == SourceSecurity) {
		// texts have no types
		made.values = shift.Of(r)
	}
	for i := range made.dynamic {
		f := Field(i) + numFields
		made.dynamic[i] = int32(s.dynamicIndex(f, r)) // #nosec G115 -- the same
	}
	if len(b.shapes) < maxShapes {
		b.shapes = append(b.shapes, made)
	} else {
		b.shapes[b.next%maxShapes] = made
		b.next++
	}
	return made
}

// dataIndex returns the position of a name, -1 if r has none in the payload that the source uses.
func (d *definition) dataIndex(r *evtx.Record, name string) int {
	if d.source != nil && d.source.userData && !r.IsUserData() {
		return -1
	}
	return dataIndex(r, name)
}

// dynamicIndex returns the position of the Data that a field made from its name
// stands for, -1 if r has none or the field is another kind.
func (s *Schema) dynamicIndex(f Field, r *evtx.Record) int {
	switch name := s.fields[f].name; {
	case s.kinds[f] == kindEventData && !r.IsUserData():
		return dataIndex(r, name[len(eventDataPrefix):])
	case s.kinds[f] == kindUserData && r.IsUserData():
		return dataIndex(r, name[len(userDataPrefix):])
	}
	return -1
}

// dataIndex returns the position of a name, -1 if r does not have it. For paramN, as winlogbeat calls
// the Nth item if it has no name, it returns -1-N: an array repeats its Data, so the item's place
// depends on the record.
func dataIndex(r *evtx.Record, name string) int {
	if i := r.DataIndex(name); i >= 0 {
		return i
	}
	digits, ok := strings.CutPrefix(name, "param")
	if !ok || r.DataIndex("") < 0 {
		return -1
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 {
		return -1
	}
	return -1 - n
}

// fieldAt returns the field at a position that dataIndex gave.
func fieldAt(r *evtx.Record, at int) (f evtx.Field, ok bool) {
	if at >= 0 {
		return r.DataAt(at), true
	}
	n := -1 - at
	if n == 0 {
		return evtx.Field{}, false
	}
	for f := range r.Fields() {
		if n--; n == 0 {
			return f, f.Name == ""
		}
	}
	return evtx.Field{}, false
}

// values returns the maker of the workspace. w may be nil.
func (w *workspace) values() *scalar.Maker {
	if w == nil {
		return nil
	}
	return &w.maker
}
