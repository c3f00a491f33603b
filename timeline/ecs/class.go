package ecs

import (
	"encoding/binary"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"

	"hunt/timeline/ecs/scalar"
)

// Class is what channel, provider and event id alone decide: the mapping used and the fields whose values are the
// same for all its events (event.category, event.type, event.action, event.code, event.provider, event.dataset,
// host.os.type …). Events of one class share a pointer as long as the Schema counts the class (see roster); beyond
// that, compare with Same. Immutable.
type Class struct {
	Channel, Provider string
	EventID           uint32
	Meaning
	ProcessStart bool // the role is RoleProcessStart
	Known        bool // the event id has a mapping of its own

	schema   *Schema // nil: overflow
	def      *definition
	overflow bool        // stands for many classes: channel, provider and id are not its own
	hash     uint64      // of channel, provider and id
	rank     uint64      // among the classes that may be counted; those with the lowest stay
	out      atomic.Bool // it is not among those that are counted

	code, channel, provider, dataset []scalar.Value
}

type classKey struct {
	channel, provider string
	id                uint32
}

// Class returns the class of the events with that channel, provider and event id. Safe for concurrent use.
func (s *Schema) Class(channel, provider string, id uint32) *Class {
	return s.class(classKey{channel, provider, id})
}

// Fields returns the fields that the class has a rule for, in the order of documents.
func (c *Class) Fields() []Field { return c.def.fields }

// Maps reports whether the class has a rule for a field.
func (c *Class) Maps(f Field) bool { return f < numFields && c.def.byField[f] != 0 }

// class returns the class of an event. Safe for concurrent use.
func (s *Schema) class(key classKey) *Class {
	if key == (classKey{}) {
		return generic.overflow
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.roster.get(key); c != nil {
		return c
	}
	if c := s.known[key]; c != nil && !c.out.Load() {
		s.roster.add(c)
		return c
	}
	d := definitionOf(key.channel, key.provider, key.id)
	c := newClass(d, strings.Clone(key.channel), strings.Clone(key.provider), key.id)
	c.schema = s
	s.roster.add(c)
	return c
}

// Same reports whether c and o are the class of the same channel, provider and event id.
func (c *Class) Same(o *Class) bool { return c == o || c.key() == o.key() }

func (c *Class) key() classKey { return classKey{c.Channel, c.Provider, c.EventID} }

// KindHash returns a hash of channel, provider and event id.
func (c *Class) KindHash() uint64 { return c.hash }

func (k classKey) hash() uint64 {
	var h xxhash.Digest
	h.Reset()
	var b []byte
	for _, s := range []string{k.channel, k.provider} {
		_, _ = h.Write(binary.LittleEndian.AppendUint64(b[:0], uint64(len(s)))) // a hash never fails
		_, _ = h.WriteString(s)
	}
	_, _ = h.Write(binary.LittleEndian.AppendUint32(b[:0], k.id))
	return h.Sum64()
}

// Counted returns the class as which the events of c are counted: c itself, or the nameless class if c is not among
// those that are counted. This is final only after all events were seen; until then a class may still lose its place.
func (c *Class) Counted() *Class {
	if c.out.Load() {
		return generic.overflow
	}
	return c
}

// Shared returns a class whose Static values can be used to narrow predicates for c. There are few enough of these
// classes to keep the results: c itself if it is counted, or else one that stands for all classes with its mapping.
func (c *Class) Shared() *Class {
	if c.out.Load() {
		return c.def.overflow
	}
	return c
}

// newClass makes a class.
func newClass(d *definition, channel, provider string, id uint32) *Class {
	c := &Class{
		Channel: channel, Provider: provider, EventID: id, Known: d.known, def: d,
		Meaning: d.meaning, ProcessStart: d.meaning.Role == RoleProcessStart,
		hash: classKey{channel, provider, id}.hash(),
		code: []scalar.Value{scalar.String(strconv.FormatUint(uint64(id), 10))},
	}
	if channel != "" {
		c.channel = []scalar.Value{scalar.String(channel)}
	}
	if provider != "" {
		c.provider = []scalar.Value{scalar.String(provider)}
	}
	if d.source == nil {
		c.dataset = []scalar.Value{scalar.String(datasetOf(channel))}
	}
	return c
}

// datasetOf returns the data stream to which Elastic's agent would send a channel of an unknown provider.
func datasetOf(channel string) string {
	switch channel {
	case "Security":
		return "system.security"
	case "System":
		return "system.system"
	case "Application":
		return "system.application"
	}
	return "winlog.winlog"
}

// Mapped reports whether the mapping of the class has a field.
func (c *Class) Mapped(f Field) bool {
	return f > noField && f < numFields && c.def.byField[f] != 0
}

// Static returns the values of a field that all events of the class share; ok is false if the value depends on the
// event. No values and true mean that the field is missing in all events of the class. The slice must not be changed.
func (c *Class) Static(f Field) (vs []scalar.Value, ok bool) {
	if f <= noField {
		return nil, true
	}
	if f >= numFields {
		return nil, c.schema != nil && c.schema.kinds[f] >= kindKnown
	}
	i := c.def.byField[f]
	if i == 0 {
		return nil, !strings.HasPrefix(fieldTable[f].name, eventDataPrefix)
	}
	switch x := &c.def.extract[i]; x.op {
	case opConst:
		return x.consts, true
	case opEventID:
		return c.code, !c.overflow
	case opChannel:
		return c.channel, !c.overflow
	case opProvider:
		return c.provider, !c.overflow
	case opDataset:
		return c.dataset, !c.overflow
	}
	return nil, false
}
