package ecs

import (
	"strconv"
	"strings"
)

// maxClasses bounds the classes of a run. A log that invents a channel or event
// id per record would otherwise cost memory for each; real collections hold a
// few thousand. Events beyond it share one class per mapping, which knows
// neither channel nor provider, and are mapped like any other.
const maxClasses = 1 << 16

// Class is what (channel, provider, event id) alone decide: the mapping used
// and the fields whose values are the same for all its events (event.category,
// event.type, event.action, event.code, event.provider, event.dataset,
// host.os.type …). There is one pointer per class and Schema, shared by all
// workers, so that it can key a map. Immutable.
type Class struct {
	Channel, Provider string
	EventID           uint32
	Meaning
	ProcessStart bool // the role is RoleProcessStart
	Known        bool // the event id has a mapping of its own

	schema   *Schema // nil: overflow
	def      *definition
	overflow bool // stands for many: channel, provider, id are not its own

	code, channel, provider, dataset []Value
}

type classKey struct {
	channel, provider string
	id                uint32
}

// Class returns the class of the events with that channel, provider and event id. Safe for concurrent use.
func (s *Schema) Class(channel, provider string, id uint32) *Class {
	return s.class(classKey{channel, provider, id})
}

// class returns the class of an event. Safe for concurrent use.
func (s *Schema) class(key classKey) *Class {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.classes[key]; c != nil {
		return c
	}
	d := definitionOf(key.channel, key.provider, key.id)
	if len(s.classes) >= maxClasses {
		return d.overflow
	}
	c := newClass(d, strings.Clone(key.channel), strings.Clone(key.provider), key.id)
	c.schema = s
	s.classes[key] = c
	return c
}

// newClass makes a class.
func newClass(d *definition, channel, provider string, id uint32) *Class {
	c := &Class{
		Channel: channel, Provider: provider, EventID: id, Known: d.known, def: d,
		Meaning: d.meaning, ProcessStart: d.meaning.Role == RoleProcessStart,
		code: []Value{String(strconv.FormatUint(uint64(id), 10))},
	}
	if channel != "" {
		c.channel = []Value{String(channel)}
	}
	if provider != "" {
		c.provider = []Value{String(provider)}
	}
	if d.source == nil {
		c.dataset = []Value{String(datasetOf(channel))}
	}
	return c
}

// datasetOf names the data stream that Elastic's agent would send a channel of
// an unknown provider to.
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

// Static returns the values of a field that all events of the class share; ok is
// false where the value depends on the event. No values and true: the field is
// missing for all events of the class. The slice must not be changed.
func (c *Class) Static(f Field) (vs []Value, ok bool) {
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
