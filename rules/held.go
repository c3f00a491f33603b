package rules

import (
	"context"
	"slices"

	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/spill"
)

// holder bounds what events take that wait for others, however many they are: beyond a share of the
// budget, those that wait longest let go of their records, which are read again for those that a
// match has. It is for one goroutine.
type holder struct {
	// read reads records again; nil where all events are in memory anyway: they are within the budget.
	read  func([]*timeline.Event) error
	most  int64     // bytes that records may take
	size  int64     // that they take
	whole []holding // those with records, in the order in which they were asked for
	last  *stage.Held
	err   error
}

// readTogether is how many events are read again at a time where many are.
const readTogether = 64

// holding is an event with the bytes that its record takes.
type holding struct {
	*stage.Held
	size int64
}

// newHolder returns what holds the events of a run.
func newHolder(ctx context.Context, found *searched, o Options) *holder {
	h := &holder{most: o.MaxMemory.Of(spill.Candidates)}
	if found.again != nil {
		reader := found.cs.NewReader(o.Jobs)
		h.read = func(events []*timeline.Event) error { return reader.Read(ctx, events) }
	}
	return h
}

// hold holds an event, which comes once for each matcher in a row.
func (h *holder) hold(e *timeline.Event) *stage.Held {
	if h.last == nil || h.last.Event != e {
		h.last = &stage.Held{Event: e}
		h.keep(h.last)
		h.letGo(1)
	}
	return h.last
}

// keep counts the record of an event.
func (h *holder) keep(x *stage.Held) {
	if h.read == nil {
		return
	}
	size := candidateSize + candidateBytes*int64(len(x.Event.Record.Raw()))
	h.whole = append(h.whole, holding{x, size})
	h.size += size
}

// letGo lets go of records beyond the share, but for those of the newest events.
func (h *holder) letGo(newest int) {
	n := 0
	for h.size > h.most && len(h.whole)-n > newest {
		h.whole[n].Event = h.whole[n].Event.Let()
		h.size -= h.whole[n].size
		h.whole[n] = holding{}
		n++
	}
	h.whole = h.whole[n:]
}

// forget ends a part: nothing waits any more.
func (h *holder) forget() { h.whole, h.size, h.last = nil, 0, nil }

// load gives events with their records, which are read again where they were let go; an event is nil
// where that fails, because a file has changed meanwhile: the case says so.
func (h *holder) load(held ...*stage.Held) []*timeline.Event {
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
func (h *holder) readAgain(events []*timeline.Event) {
	if h.err == nil {
		h.err = h.read(events)
	}
}
