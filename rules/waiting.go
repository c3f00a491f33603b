package rules

import (
	"slices"

	"hunt/rules/predicate"
	"hunt/timeline"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// waiting are events of one host after the other, each host's in order, that wait to be put in one
// order. They are in memory if all events are; else what it takes to read them again is packed, and
// spilled beyond a share of the budget.
type waiting struct {
	holder *holder
	events []candidate

	lines *spill.Lines
	hosts []*host.Host // that have events
	batch int          // events that are read again at a time
	err   error

	fits func(*timeline.Event) bool // of events that lay in a file since; nil of others
	last spill.LineKey
}

func newWaiting(h *holder, o Options) *waiting {
	w := &waiting{holder: h}
	if h.read != nil {
		w.lines = spill.NewLines(o.MaxMemory.Of(spill.Rows)/2, o.TempDir)
		w.batch = timeline.ReplayBatch(o.MaxMemory)
	}
	return w
}

// add takes the next event with its hits.
func (w *waiting) add(e *timeline.Event, hits []predicate.Hit) {
	if w.lines == nil {
		w.events = append(w.events, candidate{e, hits})
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

// addLet takes the next event, which was let go, with its hits.
func (w *waiting) addLet(e *timeline.Event, key spill.LineKey, hits []predicate.Hit) error {
	if n := len(w.hosts); n == 0 || w.hosts[n-1] != e.Host {
		w.hosts = append(w.hosts, e.Host)
	}
	c := spill.NewEncoder(nil)
	w.code(c, e, &hits)
	return w.lines.Add(len(w.hosts), key, c.Bytes())
}

// code codes an event of the last host with its hits.
func (w *waiting) code(c *spill.Coder, e *timeline.Event, hits *[]predicate.Hit) {
	n := len(w.hosts) - 1
	spill.Number(c, &n)
	e.Code(c)
	spill.Values(c, hits, codeHit)
	if c.Reading() {
		e.Host = w.hosts[n]
	}
}

func codeHit(c *spill.Coder, h *predicate.Hit) {
	spill.Number(c, &h.Program)
	spill.Number(c, &h.Stage)
	spill.Number(c, &h.Truth)
	c.Flag(&h.Decoded)
}

// each hands out all events in order, once.
func (w *waiting) each(do func(*timeline.Event, []predicate.Hit)) error {
	if w.lines == nil {
		slices.SortStableFunc(w.events, func(a, b candidate) int { return a.LineKey().Compare(b.LineKey()) })
		for i, c := range w.events {
			do(c.Event, c.hits)
			w.events[i] = candidate{}
		}
		return nil
	}
	if w.err != nil {
		return w.err
	}
	var some []candidate
	for line, err := range w.lines.All() {
		if err != nil {
			return err
		}
		e := candidate{Event: &timeline.Event{}}
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

// hand reads events again and hands them out. Those that cannot be read any more are left out: the
// case says that their files changed.
func (w *waiting) hand(some []candidate, do func(*timeline.Event, []predicate.Hit)) {
	events := make([]*timeline.Event, len(some))
	for i, e := range some {
		events[i] = e.Event
	}
	w.holder.readAgain(events)
	for i, e := range events {
		if e.Event != nil && w.believes(e) {
			do(e, some[i].hits)
		}
		events[i], some[i] = nil, candidate{}
	}
}

// believes reports whether an event is what its record says, and in its place.
func (w *waiting) believes(e *timeline.Event) bool {
	if w.fits == nil || w.holder.err != nil {
		return w.fits == nil
	}
	if key := e.LineKey(); !w.fits(e) || key.Compare(w.last) < 0 {
		w.holder.err = errShare
	} else {
		w.last = key
	}
	return w.holder.err == nil
}

// close frees the temporary file.
func (w *waiting) close() {
	if w != nil && w.lines != nil {
		_ = w.lines.Close() // a temporary file
	}
}
