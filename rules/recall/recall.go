// Package recall caches which stages of rules an event satisfied, for later events that are equal wherever rules look.
//
// Logs repeat themselves: the same program loads the same library, the same service logs on, and only times, process
// ids, ports and GUIDs differ, about which hardly any rule asks. A [Memory] knows for each shape of record which of its
// values belong to fields that rules ask about, and finds the hits of a record by the bytes of these values alone,
// without making any text from them.
package recall

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline/ecs"
)

// keywordTexts is the field in which rules look for words in all texts of a record.
const keywordTexts = sigma.FirstField + predicate.FieldID(logsource.KeywordTexts)

const (
	// places is the number of records that memories cache together (a power of two).
	places = 1 << 15
	// maxLayouts bounds the shapes of records that a Memory knows; a crafted log may have one per record.
	maxLayouts = 1024
	// maxKey bounds the values of a record, in bytes; longer ones seldom repeat.
	maxKey = 8 << 10
	// fewAsks is the number of comparisons up to which their results represent the values of a field.
	fewAsks = 8
	// mostAsks is the same if several fields have the values.
	mostAsks = 2 * fewAsks
	// maxHits bounds the hits that are cached for a record.
	maxHits = 32
)

// Key identifies the content of an event wherever rules ask, as two hashes with random seeds. Two events with different
// content have the same Key with a probability of 1 in 2^127; the zero Key belongs to no event.
type Key [2]uint64

// Memory is a cache of hits. It belongs to one goroutine; its content is shared with the memories that Beside returned.
type Memory struct {
	*shared
	fields  *logsource.Fields // fields of records that rules ask about
	view    *logsource.View
	layouts map[shape]*layout
	last    shape
	layout  *layout // of last
	answers answers
	buf     []byte

	computer string // of the last event in whose texts rules looked for words
	wordless bool   // the computer's name has none of the words
}

// shared is what memories have in common: a quarter of a megabyte, and the hits.
type shared struct {
	seeds  [2]maphash.Seed
	places []atomic.Pointer[place]

	mu   sync.Mutex
	ids  map[string]uint64 // of layouts, by content
	made uint64            // number of ids assigned
}

// shape is what records have in common that have different values at the same positions.
type shape struct {
	class    *ecs.Class
	template *binxml.Template
}

// layout says at which positions of a shape the values are that rules ask about.
type layout struct {
	id        uint64     // never shared by two different layouts
	known     bool       // otherwise rules ask about something outside those positions
	uses      []use      // by position
	questions []question // about values that are otherwise unused
	texts     bool       // rules look for words in all texts
	common    evtx.Common
}

// use says whether rules ask about a value.
type use uint8

const (
	unused use = iota
	words      // only whether it contains words
	used
)

// place holds the hits of a record. It is immutable; the place of a newer record replaces it.
type place struct {
	key  Key
	hits []predicate.Hit
}

// New returns a Memory over the fields of records that rules ask about.
func New(raw *logsource.Fields) *Memory {
	return newMemory(raw, &shared{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
		places: make([]atomic.Pointer[place], places), ids: map[string]uint64{}})
}

// Beside returns a Memory for another goroutine that shares its content with m.
func (m *Memory) Beside() *Memory { return newMemory(m.fields, m.shared) }

func newMemory(raw *logsource.Fields, s *shared) *Memory {
	return &Memory{shared: s, fields: raw, view: raw.NewView(), layouts: map[shape]*layout{},
		answers: answers{seed: maphash.MakeSeed(), ports: map[portQuestion]*portAnswers{}}}
}

// Key returns a key for the content of an event wherever the stages of plan, its class's, ask. Events with equal keys
// have the same hits; nobody can craft a record whose key equals that of another. ok is false for an event that has to
// be evaluated. Key is called for events as they are mapped, before their history is known; view shows ev to e.
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
	b := r.AppendCommon(binary.LittleEndian.AppendUint64(m.buf[:0], l.id), l.common)
	if l.texts {
		b = m.appendTexts(b, r, e)
	}
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

// appendTexts appends the texts of a record's System in which rules look for words.
func (m *Memory) appendTexts(dst []byte, r *evtx.Record, e *predicate.Evaluator) []byte {
	if c := r.Computer(); c != m.computer {
		m.computer, m.wordless = c, e.Without(keywordTexts, c)
	}
	if m.wordless {
		dst = append(dst, 0)
	} else {
		dst = append(binary.AppendUvarint(dst, uint64(len(m.computer))), m.computer...)
	}
	return append(r.AppendSystemTexts(dst), 0)
}

// Hits returns the hits that Keep was given for a key; ok is false if there are none, or if they were replaced. They
// must not be changed.
func (m *Memory) Hits(key Key) (hits []predicate.Hit, ok bool) {
	p := m.places[key[0]>>1&(places-1)].Load()
	if p == nil || p.key != key {
		return nil, false
	}
	return p.hits, true
}

// Keep caches the hits for a key.
func (m *Memory) Keep(key Key, hits []predicate.Hit) {
	if len(hits) <= maxHits {
		m.places[key[0]>>1&(places-1)].Store(&place{key, slices.Clone(hits)})
	}
}

// wordy reports whether a value can contain words: see logsource.Wordy.
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

// carriers appends the positions of texts that may carry others in encoded form, whatever rules ask about: content that
// is not decoded is counted.
func carriers(ev *ecs.Event, at []int) (_ []int, ok bool) {
	switch {
	case ev.Class.Role == ecs.RoleScriptBlock:
		at, _, ok = ev.Reads(ecs.PowershellFileScriptBlockText, at)
	case ev.Class.ProcessStart:
		at, _, ok = ev.Reads(ecs.ProcessCommandLine, at)
	default:
		ok = true
	}
	return at, ok
}

// restless reports whether all values at some positions are numbers, times and the like, which often differ from record
// to record when nothing else does.
func restless(r *evtx.Record, at []int) bool {
	for _, i := range at {
		if v, ok := r.DataAt(i).Value(); !ok || wordy(v) {
			return false
		}
	}
	return true
}

// layoutOf returns the layout of a shape; ev has that shape.
func (m *Memory) layoutOf(s shape, ev *ecs.Event, plan *predicate.Plan) *layout {
	if l := m.layouts[s]; l != nil {
		return l
	}
	if len(m.layouts) >= maxLayouts {
		clear(m.layouts)
	}
	l := &layout{}
	if l.known = ev.Class.Shared() == ev.Class && l.fill(m.view, ev, plan); l.known {
		l.id = m.idOf(l, ev)
	}
	m.layouts[s] = l
	return l
}

// idOf returns the id of a layout: two templates have the same one if they have the same names at the same positions.
// Windows writes the computer's name into the templates of some channels, so that each host has its own.
func (m *Memory) idOf(l *layout, ev *ecs.Event) uint64 {
	c := ev.Class // by its names: the address of a dropped class may be reused
	key := fmt.Appendf(nil, "%q %q %d %t %d %d %t %v", c.Channel, c.Provider, c.EventID, ev.Record.IsUserData(),
		l.common, l.uses, l.texts, l.questions)
	for i := range l.uses {
		key = fmt.Appendf(key, " %q", ev.Record.DataAt(i).Name)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.ids[string(key)]
	if !ok {
		if len(m.ids) >= maxLayouts {
			clear(m.ids)
		}
		m.made++
		id = m.made
		m.ids[string(key)] = id
	}
	return id
}

// ask adds a question about the values at some positions. Fields of several languages at the same positions share one.
func (l *layout) ask(leaves []predicate.LeafID, at []int) {
	i := slices.IndexFunc(l.questions, func(q question) bool {
		return slices.Equal(q.at, at) && len(q.leaves)+len(leaves) <= mostAsks
	})
	if i < 0 {
		l.questions = append(l.questions, question{slices.Clone(leaves), slices.Clone(at)})
		return
	}
	l.questions[i].leaves = append(l.questions[i].leaves, leaves...)
}

// fill finds out about which values rules ask; ok is false if that cannot be determined.
func (l *layout) fill(view *logsource.View, ev *ecs.Event, plan *predicate.Plan) (ok bool) {
	l.uses = make([]use, ev.Record.NumData())
	if !view.Regular(ev.Record) {
		return false
	}
	var at []int
	for _, a := range plan.Asked() {
		var common evtx.Common
		switch {
		case a.Field < sigma.FirstField:
			at, common, ok = ev.Reads(ecs.Field(a.Field), at[:0])
		case a.Field == keywordTexts:
			at, l.texts, ok = at[:0], true, plan.Alone(a.Field)
		default:
			at, common, ok = view.Reads(logsource.Field(a.Field-sigma.FirstField), at[:0])
		}
		if !ok {
			return false
		}
		l.common |= common
		if a.Apart && len(a.Leaves) <= fewAsks && len(at) > 0 && restless(ev.Record, at) {
			l.ask(a.Leaves, at)
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
