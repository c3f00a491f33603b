package timeline

import (
	"context"
	"runtime"
	"slices"

	"hunt/evtx"
	"hunt/timeline/host"
	"hunt/timeline/spill"
)

// Let returns a copy of the event without its record, which a Reader can read again: the copy takes some 200 bytes,
// and its Event is nil. e does not change.
func (e *Event) Let() *Event {
	out := *e
	out.Event, out.Half = nil, nil
	return &out
}

// Reader reads single events again. It belongs to one goroutine.
type Reader struct {
	replay
	number map[*host.Host]uint32
}

// NewReader returns a reader with jobs workers, 0 = one per core.
func (c *Case) NewReader(jobs int) *Reader {
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	r := &Reader{replay: replay{c: c}, number: make(map[*host.Host]uint32, len(c.Hosts.All))}
	for i, h := range c.Hosts.All {
		r.number[h] = uint32(i) // #nosec G115 -- hosts of a case
	}
	r.work(jobs)
	return r
}

// Read restores the records of events that Let returned, enriched. If the record of an event can no longer be read,
// one of its copies takes its place; if none of them can be read either, Event stays nil, and Case.Changes says why.
func (r *Reader) Read(ctx context.Context, events []*Event) error {
	batch := make([]*indexEntry, len(events))
	for i, e := range events {
		batch[i] = r.entry(e)
	}
	p := newReplayPass(batch, false)
	for wants := p.wants; len(wants) > 0; wants = p.next() {
		if err := r.readAgain(ctx, wants, p); err != nil {
			return err
		}
	}
	for i, e := range events {
		read := p.events[i]
		if read == nil {
			continue
		}
		e.Event = read.Event
		if e.Ref != read.Ref { // it is a copy, which takes the record's place
			e.Ref = read.Ref
			e.Also = slices.DeleteFunc(slices.Clone(e.Also), func(a Also) bool { return a.Ref == read.Ref })
		}
	}
	return nil
}

// Fits reports whether an event whose record Read restored has the time and the host of that record: the event may
// have been kept in a file that somebody changed.
func (c *Case) Fits(e *Event) bool {
	return e.At == c.Clock.Of(e.Event) && e.Host == c.Hosts.Of(e.Event.Record.Computer(), e.Ref.File)
}

// entry returns the entry that the index had for an event.
func (r *Reader) entry(e *Event) *indexEntry {
	at := func(ref evtx.Ref) indexKey {
		return indexKey{at: e.At, id: ref.EventRecordID, hash: e.hash, header: ref.HeaderRecordID, file: ref.File,
			chunk: ref.Chunk,
			// #nosec G115 -- within a slot
			owner: r.number[e.Host], offset: uint16(ref.Offset - evtx.SlotOffset(ref.Chunk)), carved: ref.Carved}
	}
	out := &indexEntry{keys: slices.Grow([]indexKey{at(e.Ref)}, len(e.Also))}
	for _, a := range e.Also {
		if !a.Twin && a.Ref != e.Ref {
			out.keys = append(out.keys, at(a.Ref))
		}
	}
	return out
}

// Code codes what Let leaves of an event, without its host.
func (e *Event) Code(c *spill.Coder) {
	c.Time(&e.At)
	c.Ref(&e.Ref)
	c.Uint(&e.hash)
	spill.Values(c, &e.Also, func(c *spill.Coder, a *Also) {
		c.Ref(&a.Ref)
		c.Flag(&a.Twin)
	})
	spill.Number(c, &e.More)
	whole := e.Parts != nil
	if c.Flag(&whole); !whole {
		return
	}
	if c.Reading() {
		e.Parts = &Parts{}
	}
	e.Parts.code(c)
}
