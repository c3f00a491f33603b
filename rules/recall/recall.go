// Package recall remembers which stages of rules an event satisfied, for the next one that says the
// same wherever rules look.
//
// Logs repeat themselves: the same program loads the same library, the same service logs on, and
// only times, process ids, ports and GUIDs differ, which hardly a rule asks for. A [Memory] knows of
// each shape of record in which of its values the fields stand that rules ask for, and recalls the
// hits of a record by the bytes of these values alone, without making a single text of them.
package recall

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline/ecs"
)

const (
	// places is the number of records that a Memory remembers (a power of two).
	places = 1 << 14
	// maxLayouts bounds the shapes of records that a Memory knows; a log may make up one per record.
	maxLayouts = 1024
	// maxKey is the longest that the values of a record may be, in bytes; longer ones seldom repeat.
	maxKey = 8 << 10
	// fewAsks is the number of comparisons up to which their results stand for the values of a field.
	fewAsks = 8
	// maxHits bounds the hits that are remembered of a record.
	maxHits = 32
)

// Key is what an event says where rules ask, as two hashes under seeds that nobody knows. Two events that say different
// things have the same Key once in 2^127 times; the zero Key is that of no event.
type Key [2]uint64

// Memory belongs to one goroutine. It takes about a megabyte.
type Memory struct {
	view    *logsource.View // of the fields of records that rules ask for
	seeds   [2]maphash.Seed
	layouts map[shape]*layout
	last    shape
	layout  *layout // of last
	made    uint64
	places  []place
	answers answers
	buf     []byte
}

// shape is what records have in common that say different things in the same places.
type shape struct {
	class    *ecs.Class
	template *binxml.Template
}

// layout is where the values of a shape stand that rules ask for.
type layout struct {
	id        uint64     // of no other layout, ever
	known     bool       // else rules ask for what is not in those places
	uses      []use      // by position
	questions []question // about values that are unused for all that
	texts     bool       // rules look for words in all texts
	head      []byte     // what the last record of the layout says beside its values
	headed    uint64     // the number of head, of no other head of any layout
}

// use says of a value whether rules ask for it.
type use uint8

const (
	unused use = iota
	words      // only for words in it
	used
)

// place remembers the hits of a record. A newer one replaces it.
type place struct {
	key  Key // the zero Key: none
	hits []predicate.Hit
}

// New returns a memory over the fields of records that rules ask for.
func New(raw *logsource.Fields) *Memory {
	return &Memory{view: raw.NewView(), seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		layouts: map[shape]*layout{}, answers: answers{seed: maphash.MakeSeed()}}
}

// Key identifies what an event says where the stages of plan, its class's, ask. Events with equal keys
// have the same hits; no record can be made that passes for another. ok is false of an event that only an evaluation
// can tell from others. It is asked of events as they are mapped, before their history is known; view shows ev to e.
func (m *Memory) Key(ev *ecs.Event, plan *predicate.Plan, e *predicate.Evaluator, view predicate.Event) (key Key,
	ok bool) {
	r := ev.Record
	if ev.Shifted() || r.Template() == nil {
		return Key{}, false
	}
	if s := (shape{ev.Class, r.Template()}); s != m.last || m.layout == nil {
		m.last, m.layout = s, m.layoutOf(s, ev, plan)
	}
	l := m.layout
	if !l.known || r.NumData() != len(l.uses) {
		return Key{}, false
	}
	b := binary.LittleEndian.AppendUint64(m.buf[:0], l.id)
	b = append(b, r.Version(), r.Level(), r.Opcode())
	b = binary.LittleEndian.AppendUint16(b, r.Task())
	b = binary.LittleEndian.AppendUint64(b, r.Keywords())
	b = append(append(append(b, r.Computer()...), 0), r.UserID()...)
	if len(l.questions) > 0 && !bytes.Equal(b, l.head) {
		m.made++
		l.head, l.headed = append(l.head[:0], b...), m.made
	}
	if l.texts {
		b = r.AppendSystemTexts(append(b, 0))
	}
	b = append(b, 0)
	for i, u := range l.uses {
		if u == unused {
			continue
		}
		v, ok := r.DataAt(i).Value()
		if !ok || v.Type.Elem() == binxml.TypeBinXML || len(b)+len(v.Data) > maxKey {
			m.buf = b
			return Key{}, false
		}
		if u == words && !wordy(v) {
			continue
		}
		b = append(b, byte(i), byte(i>>8), byte(v.Type)) // #nosec G115 -- positions are bounded
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v.Data)))
		b = append(b, v.Data...)
	}
	for i := range l.questions {
		b = m.answers.append(b, asking{l, i, r, plan, e, view})
	}
	m.buf = b
	return Key{maphash.Bytes(m.seeds[0], b) | 1, maphash.Bytes(m.seeds[1], b)}, true
}

// Hits returns what Keep was told of a key; ok is false if it was not, or is forgotten. The hits are valid until the
// next Keep.
func (m *Memory) Hits(key Key) (hits []predicate.Hit, ok bool) {
	if m.places == nil {
		return nil, false
	}
	p := &m.places[key[0]>>1&(places-1)]
	return p.hits, p.key == key
}

// Keep remembers the hits of a key.
func (m *Memory) Keep(key Key, hits []predicate.Hit) {
	if len(hits) > maxHits {
		return
	}
	if m.places == nil {
		m.places = make([]place, places)
	}
	p := &m.places[key[0]>>1&(places-1)]
	p.key, p.hits = key, append(p.hits[:0], hits...)
}

// wordy reports whether a value can have words in it: see logsource.Wordy.
func wordy(v binxml.Value) bool {
	if !v.IsText() {
		return false
	}
	switch v.Type {
	case binxml.TypeString:
		return logsource.WordyUTF16(v.Data)
	default:
		return true
	}
}

// carriers appends where a text stands that may carry others in encoded form, whatever rules ask
// for: what is not decoded of it is counted.
func carriers(ev *ecs.Event, at []int) (_ []int, ok bool) {
	switch {
	case ev.Class.Role == ecs.RoleScriptBlock:
		return ev.Reads(ecs.PowershellFileScriptBlockText, at)
	case ev.Class.ProcessStart:
		return ev.Reads(ecs.ProcessCommandLine, at)
	}
	return at, true
}

// restless reports whether all values at some positions are numbers, times and the like, which often
// differ from record to record where nothing else does.
func restless(r *evtx.Record, at []int) bool {
	for _, i := range at {
		if v, ok := r.DataAt(i).Value(); !ok || wordy(v) {
			return false
		}
	}
	return true
}

// layoutOf returns the layout of a shape, of which ev is one.
func (m *Memory) layoutOf(s shape, ev *ecs.Event, plan *predicate.Plan) *layout {
	if l := m.layouts[s]; l != nil {
		return l
	}
	if len(m.layouts) >= maxLayouts {
		clear(m.layouts)
	}
	m.made++
	l := &layout{id: m.made}
	l.known = ev.Class.Shared() == ev.Class && l.fill(m.view, ev, plan)
	m.layouts[s] = l
	return l
}

// fill finds out which values rules ask for; ok is false where that cannot be told.
func (l *layout) fill(view *logsource.View, ev *ecs.Event, plan *predicate.Plan) (ok bool) {
	l.uses = make([]use, ev.Record.NumData())
	if !view.Regular(ev.Record) {
		return false
	}
	var at []int
	for _, a := range plan.Asked() {
		at = at[:0]
		switch {
		case a.Field < sigma.FirstField:
			at, ok = ev.Reads(ecs.Field(a.Field), at)
		case logsource.Field(a.Field-sigma.FirstField) == logsource.KeywordTexts:
			l.texts, ok = true, plan.Alone(a.Field)
		default:
			at, ok = view.Reads(logsource.Field(a.Field-sigma.FirstField), at)
		}
		if !ok {
			return false
		}
		if a.Apart && len(a.Leaves) <= fewAsks && len(at) > 0 && restless(ev.Record, at) {
			l.questions = append(l.questions, question{a.Leaves, slices.Clone(at)})
			continue
		}
		for _, i := range at {
			l.uses[i] = used
		}
	}
	if at, ok = carriers(ev, at[:0]); !ok {
		return false
	}
	for _, i := range at {
		l.uses[i] = used
	}
	if l.texts {
		for i := range l.uses {
			l.uses[i] = max(l.uses[i], words)
		}
	}
	return true
}
