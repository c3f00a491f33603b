// Package waiting bounds the memory of events that wait for others: those of a host until a match is complete, and
// those of all hosts until they can be put in one order.
package waiting

import (
	"slices"

	"hunt/evtx"
	"hunt/rules/stage"
	"hunt/timeline"
)

// Holder bounds the memory of events that wait for others, however many there are: beyond a share of the budget, those
// that have waited longest drop their records, which are read again if a match needs them. It belongs to one
// goroutine.
type Holder struct {
	// read reads records again; nil if all events are within the budget and in memory anyway.
	read  func([]*timeline.Event) error
	most  int64     // bytes that records may take
	size  int64     // bytes that they take
	whole []holding // those with records, in the order in which they were requested
	last  *stage.Held
	err   error
}

// Err returns the first error of reading records again.
func (h *Holder) Err() error { return h.err }

// Together is how many events are read again at a time if there are many.
const Together = 64

// holding is an event with the size of its record.
type holding struct {
	*stage.Held
	size int64
}

// NewHolder returns a Holder for the events of a run, whose records may take most bytes. read reads records again; it
// is nil if all events are in memory anyway.
func NewHolder(most int64, read func([]*timeline.Event) error) *Holder {
	return &Holder{most: most, read: read}
}

// The memory that an event takes, in bytes: for itself and what belongs to it, and for each byte of its record.
// Measured.
const (
	EventSize  = 600
	eventBytes = 2
)

// Size returns the memory that an event takes with its record, in bytes.
func Size(r *evtx.Record) int64 { return EventSize + eventBytes*int64(len(r.Raw())) }

// Hold holds an event. The calls for one event, one for each matcher, must follow each other.
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

// letGo drops records beyond the share, except for those of the newest events.
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

// Load returns events with their records, which are read again if they were dropped. An event is nil if that fails
// because a file has changed meanwhile; the case then says so.
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

// readAgain restores the records of events, as far as they can be read.
func (h *Holder) readAgain(events []*timeline.Event) {
	if h.err == nil {
		h.err = h.read(events)
	}
}
