package waiting

import (
	"slices"

	"hunt/rules/predicate"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// Line holds waiting events to be put in one order. They are added host after host, each host's in
// order. They are in memory if all events are; otherwise what is needed to read them again is
// packed, and spilled beyond a share of the budget.
type Line struct {
	holder *Holder
	events []pending

	lines *spill.Lines
	hosts []*host.Host // those that have events
	batch int          // events that are read again at a time
	err   error

	Fits  func(*timeline.Event) bool // checks events that have been in a file; nil for others
	Unfit error                      // about an event that does not fit or is out of order
	last  spill.LineKey
}

// pending is an event with its hits.
type pending struct {
	*timeline.Event
	hits []predicate.Hit
}

// NewLine returns an empty line for events that h holds.
func NewLine(h *Holder, memory spill.Budget, tempDir string) *Line {
	w := &Line{holder: h}
	if h.read != nil {
		w.lines = spill.NewLines(memory.Of(spill.Rows)/2, tempDir)
		w.batch = timeline.ReplayBatch(memory)
	}
	return w
}

// Add adds the next event with its hits.
func (w *Line) Add(e *timeline.Event, hits []predicate.Hit) {
	if w.lines == nil {
		w.events = append(w.events, pending{e, hits})
		return
	}
	if n := len(w.hosts); n == 0 || w.hosts[n-1] != e.Host {
		w.hosts = append(w.hosts, e.Host)
	}
	c := spill.NewEncoder(nil)
	w.code(c, e, &hits)
	if w.err == nil {
		w.err = w.lines.Add(len(w.hosts), e.LineKey(), c.Bytes())
	}
}

// AddLet adds the next event, whose record was dropped, with its hits.
func (w *Line) AddLet(e *timeline.Event, key spill.LineKey, hits []predicate.Hit) error {
	if n := len(w.hosts); n == 0 || w.hosts[n-1] != e.Host {
		w.hosts = append(w.hosts, e.Host)
	}
	c := spill.NewEncoder(nil)
	w.code(c, e, &hits)
	return w.lines.Add(len(w.hosts), key, c.Bytes())
}

// code codes an event of the last host with its hits.
func (w *Line) code(c *spill.Coder, e *timeline.Event, hits *[]predicate.Hit) {
	n := len(w.hosts) - 1
	spill.Number(c, &n)
	e.Code(c)
	spill.Values(c, hits, CodeHit)
	if c.Reading() {
		e.Host = w.hosts[n]
	}
}

// CodeHit codes a hit.
func CodeHit(c *spill.Coder, h *predicate.Hit) {
	spill.Number(c, &h.Program)
	spill.Number(c, &h.Stage)
	spill.Number(c, &h.Truth)
	c.Flag(&h.Decoded)
}

// Each calls do for all events in order, once.
func (w *Line) Each(do func(*timeline.Event, []predicate.Hit)) error {
	if w.lines == nil {
		slices.SortStableFunc(w.events, func(a, b pending) int { return a.LineKey().Compare(b.LineKey()) })
		for i, c := range w.events {
			do(c.Event, c.hits)
			w.events[i] = pending{}
		}
		return nil
	}
	if w.err != nil {
		return w.err
	}
	var some []pending
	for line, err := range w.lines.All() {
		if err != nil {
			return err
		}
		e := pending{Event: &timeline.Event{}}
		c := spill.NewDecoder(line, nil)
		if w.code(c, e.Event, &e.hits); c.Err() != nil {
			return c.Err()
		}
		if some = append(some, e); len(some) == w.batch {
			w.hand(some, do)
			some = some[:0]
		}
	}
	w.hand(some, do)
	return w.holder.err
}

// hand reads events again and passes them on. Those that can no longer be read are left out; the
// case says that their files changed.
func (w *Line) hand(some []pending, do func(*timeline.Event, []predicate.Hit)) {
	events := make([]*timeline.Event, len(some))
	for i, e := range some {
		events[i] = e.Event
	}
	w.holder.readAgain(events)
	for i, e := range events {
		if e.Event != nil && w.believes(e) {
			do(e, some[i].hits)
		}
		events[i], some[i] = nil, pending{}
	}
}

// believes reports whether an event agrees with its record, and is in order.
func (w *Line) believes(e *timeline.Event) bool {
	if w.Fits == nil || w.holder.err != nil {
		return w.Fits == nil
	}
	if key := e.LineKey(); !w.Fits(e) || key.Compare(w.last) < 0 {
		w.holder.err = w.Unfit
	} else {
		w.last = key
	}
	return w.holder.err == nil
}

// Close frees the temporary file.
func (w *Line) Close() {
	if w != nil && w.lines != nil {
		_ = w.lines.Close() // a temporary file
	}
}
