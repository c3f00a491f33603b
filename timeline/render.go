package timeline

import (
	"context"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// Renderer appends what is to be written of an event, which is valid until the renderer returns. An event for which
// it appends nothing is left out. It belongs to one goroutine.
type Renderer func(dst []byte, e *Event) []byte

// Line is what a Renderer made of an event. The text is valid until hand returns.
type Line struct {
	Key  spill.LineKey
	Text []byte
}

// Render is Replay for callers that only want a text for each event: newRenderer makes a renderer for each worker,
// which renders an event where its record is read, without copying the record. Batches are handed out as by Replay.
func (c *Case) Render(ctx context.Context, x *Index, o ReplayOptions, newRenderer func() Renderer,
	hand func(group int, lines []Line) error) (lost int, err error) {
	r := c.newReplay(x, o)
	r.handLines = hand
	for _, w := range r.workers {
		w.render = newRenderer()
	}
	if err := r.run(ctx); err != nil {
		return r.lost, err
	}
	return r.lost, c.Err()
}

// rendered is where the line of an event is.
type rendered struct {
	key      spill.LineKey
	by       *replayer // nil: the event was not rendered
	from, to int       // in by.text
}

// direct reports whether the event at a position of the batch can be rendered where its record is read: it is
// certainly wanted, and no other record has to be seen with it.
func (p *replayPass) direct(to int) bool {
	if to >= len(p.batch) || !p.sure[to] {
		return false
	}
	_, extra := p.extra[to]
	return !extra
}

// renderRecord renders the event of a record.
func (w *replayer) renderRecord(ev *ecs.Event, k *indexKey, ref evtx.Ref, p *replayPass, to int) {
	w.event = Event{Event: ev, At: k.at, Ref: ref, hash: k.hash, Host: w.c.Hosts.All[k.owner], Also: w.event.Also[:0]}
	w.event.Host.Enrich(ev, k.at, w.c.strict)
	p.batch[to].cite(&w.event)
	p.lines[to] = w.line(&w.event)
}

// line renders an event.
func (w *replayer) line(e *Event) rendered {
	from := len(w.text)
	w.text = w.render(w.text, e)
	return rendered{e.LineKey(), w, from, len(w.text)}
}

// renderRest renders the events of a pass that had to wait until all records of the batch were read.
func (r *replay) renderRest(p *replayPass) {
	var group errgroup.Group
	for i, w := range r.workers {
		group.Go(func() error {
			for to := i; to < len(p.batch); to += len(r.workers) {
				if e := p.events[to]; e != nil {
					p.lines[to] = w.line(e)
				}
			}
			return nil
		})
	}
	_ = group.Wait() // nothing in it fails
}

// handRendered hands the lines of a pass out.
func (r *replay) handRendered(p *replayPass) error {
	r.renderRest(p)
	err := r.byGroup(p.batch, func(group, from, to int) error {
		r.lines = r.lines[:0]
		for _, l := range p.lines[from:to] {
			if l.by != nil && l.to > l.from {
				r.lines = append(r.lines, Line{l.key, l.by.text[l.from:l.to]})
			}
		}
		return r.handLines(group, r.lines)
	})
	for _, w := range r.workers {
		w.text = w.text[:0]
	}
	return err
}
