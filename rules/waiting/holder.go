// Package waiting bounds what events take that wait for others: those of a host until a match is
// complete, and those of all hosts until they can be put in one order.
package waiting

import (
	"slices"

	"hunt/evtx"
	"hunt/rules/stage"
	"hunt/timeline"
)

// Holder bounds what events take that wait for others, however many they are: beyond a share of the
// budget, those that wait longest let go of their records, which are read again for those that a
// match has. It is for one goroutine.
type Holder struct {
	// read reads records again; nil where all events are in memory anyway: they are within the budget.
	read  func([]*timeline.Event) error
	most  int64     // bytes that records may take
	size  int64     // that they take
	whole []holding // those with records, in the order in which they were asked for
	last  *stage.Held
	err   error
}

// Err is the first error of reading records again.
func (h *Holder) Err() error { return h.err }

// Together is how many events are read again at a time where many are.
const Together = 64

// holding is an event with the bytes that its record takes.
type holding struct {
	*stage.Held
	size int64
}

// NewHolder returns what holds the events of a run, whose records may take most bytes. read reads records again; it is
// nil where all events are in memory anyway.
func NewHolder(most int64, read func([]*timeline.Event) error) *Holder {
	return &Holder{most: most, read: read}
}

// What an event takes in memory, in bytes: itself and what belongs to it, and for each byte of its record. Measured.
const (
	EventSize  = 600
	eventBytes = 2
)

// Size is what an event takes in memory with its record, in bytes.
func Size(r *evtx.Record) int64 { return EventSize + eventBytes*int64(len(r.Raw())) }

// Hold holds an event. Calls for one event follow each other, one for each matcher.
func (h *Holder) Hold(e *timeline.Event) *stage.Held {
	if h.last == nil || h.last.Event != e {
		h.last = &stage.Held{Event: e}
		h.keep(h.last)
		h.letGo(1)
	}
	return h.last
}

// keep counts the record of an event.
func (h *Holder) keep(x *stage.Held) {
	if h.read == nil {
		return
	}
	size := Size(x.Event.Record)
	h.whole = append(h.whole, holding{x, size})
	h.size += size
}

// letGo lets go of records beyond the share, except for those of the newest events.
func (h *Holder) letGo(newest int) {
	n := 0
	for h.size > h.most && len(h.whole)-n > newest {
		h.whole[n].Event = h.whole[n].Event.Let()
		h.size -= h.whole[n].size
		h.whole[n] = holding{}
		n++
	}
	h.whole = h.whole[n:]
}

// Forget ends a part: nothing waits any more.
func (h *Holder) Forget() { h.whole, h.size, h.last = nil, 0, nil }

// Load gives events with their records, which are read again where they were let go; an event is nil
// where that fails, because a file has changed meanwhile: the case says so.
func (h *Holder) Load(held ...*stage.Held) []*timeline.Event {
	events := make([]*timeline.Event, len(held))
	var gone []*timeline.Event
	for i, x := range held {
		if events[i] = x.Event; x.Event.Event == nil {
			gone = append(gone, x.Event)
		}
	}
	if len(gone) == 0 {
		return events
	}
	h.readAgain(gone)
	for i, x := range held {
		switch {
		case events[i].Event == nil:
			events[i] = nil
		case slices.Contains(gone, x.Event):
			h.keep(x)
		}
	}
	h.letGo(len(gone))
	return events
}

// readAgain gives events their records again, as far as they can be read.
func (h *Holder) readAgain(events []*timeline.Event) {
	if h.err == nil {
		h.err = h.read(events)
	}
}
