package ledger

import (
	"cmp"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// EventCount is how often one event id was logged on a host, duplicates not counted.
type EventCount struct {
	Channel, Provider string
	EventID           uint32
	Count             int
	First, Last       evtx.Filetime
	WithCommandLine   int // for process starts
	WithParent        int
	Days              []DayCount // by day; those without an event are left out
}

// EventKind is a kind of event.
type EventKind struct {
	Channel, Provider string
	EventID           uint32
}

func KindOf(c *ecs.Class) EventKind { return EventKind{c.Channel, c.Provider, c.EventID} }

// Compare orders by channel, provider and event id.
func (k EventKind) Compare(o EventKind) int {
	return cmp.Or(strings.Compare(k.Channel, o.Channel), strings.Compare(k.Provider, o.Provider),
		cmp.Compare(k.EventID, o.EventID))
}

// Meaning returns what the events of the kind mean.
func (k EventKind) Meaning() ecs.Meaning { return ecs.MeaningOf(k.Channel, k.Provider, k.EventID) }

// Kind returns what is counted.
func (e *EventCount) Kind() EventKind { return EventKind{e.Channel, e.Provider, e.EventID} }
