package rules

import (
	"context"
	"slices"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline"
	"hunt/timeline/spill"
)

// held is an event that waits for others. Its record may be let go meanwhile.
type held struct{ event *timeline.Event }

// holder bounds what events take that wait for others, however many they are: beyond a share of the
// budget, those that wait longest let go of their records, which are read again for those that a
// match has. It is for one goroutine.
type holder struct {
	// read reads records again; nil where all events are in memory anyway: they are within the budget.
	read  func([]*timeline.Event) error
	most  int64     // bytes that records may take
	size  int64     // that they take
	whole []holding // those with records, in the order in which they were asked for
	last  *held
	err   error
}

// readTogether is how many events are read again at a time where many are.
const readTogether = 64

// holding is an event with the bytes that its record takes.
type holding struct {
	*held
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
func (h *holder) hold(e *timeline.Event) *held {
	if h.last == nil || h.last.event != e {
		h.last = &held{e}
		h.keep(h.last)
		h.letGo(1)
	}
	return h.last
}

// keep counts the record of an event.
func (h *holder) keep(x *held) {
	if h.read == nil {
		return
	}
	size := candidateSize + candidateBytes*int64(len(x.event.Record.Raw()))
	h.whole = append(h.whole, holding{x, size})
	h.size += size
}

// letGo lets go of records beyond the share, but for those of the newest events.
func (h *holder) letGo(newest int) {
	n := 0
	for h.size > h.most && len(h.whole)-n > newest {
		h.whole[n].event = h.whole[n].event.Let()
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
func (h *holder) load(held ...*held) []*timeline.Event {
	events := make([]*timeline.Event, len(held))
	var gone []*timeline.Event
	for i, x := range held {
		if events[i] = x.event; x.event.Event == nil {
			gone = append(gone, x.event)
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
		case slices.Contains(gone, x.event):
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

// item is an event on its way through a matcher.
type item struct {
	*held
	view     *eventView // shows the event while it is pushed
	referred []referred
	sure     []int // stages that it satisfies whatever came before
}

// referred is what later stages ask of an event that waits for them.
type referred struct {
	field  predicate.FieldID
	values []predicate.Value
}

// Values implements predicate.Event.
func (it *item) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	for i := range it.referred {
		if it.referred[i].field == f {
			return append(dst, it.referred[i].values...)
		}
	}
	return it.view.Values(f, dst)
}

// items makes events items for the matcher of one program.
type items struct {
	view   eventView
	fields []predicate.FieldID // that later stages ask for
}

func newItems(p *sequence.Program) *items { return &items{fields: p.Referred()} }

// of makes an event and its hits in the program an item: stages that are sure, and those that the
// matcher must still check because they refer to an earlier stage's event.
func (s *items) of(x *held, hits []predicate.Hit) sequence.Item {
	s.view.show(x.event.Event)
	it := &item{held: x, view: &s.view}
	stages := make([]int, 0, len(hits))
	for _, h := range hits {
		stages = append(stages, h.Stage)
	}
	if it.sure = stages; slices.ContainsFunc(hits, unsure) {
		it.sure = nil
		for _, h := range hits {
			if !unsure(h) {
				it.sure = append(it.sure, h.Stage)
			}
		}
	}
	for _, f := range s.fields {
		it.referred = append(it.referred, referred{f, s.view.Values(f, nil)})
	}
	return sequence.Item{Event: it, Time: x.event.At.UnixNano(), Stages: stages}
}

func unsure(h predicate.Hit) bool { return h.Truth != predicate.True }

// heldOf is the event of an item, nil where one had to be absent.
func heldOf(it sequence.Item) *held {
	if it.Event == nil {
		return nil
	}
	return it.Event.(*item).held
}

// eventOf is the event of an item that is not let go, nil where one had to be absent.
func eventOf(it sequence.Item) *timeline.Event {
	if x := heldOf(it); x != nil {
		return x.event
	}
	return nil
}
