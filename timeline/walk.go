package timeline

import (
	"cmp"
	"context"
	"errors"
	"runtime"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// Walk goes through the chosen events of evidence in the order of the case: a scan finds them, an Index puts them in
// order, and a Replay reads them again. Copies and twins are merged, and the fields that come from a host's history
// are filled in. Memory stays within the budget of the scan, whatever the number of events.
type Walk struct {
	Evidence *evidence.Collection
	Scan     ScanOptions
	// Choose makes a function that chooses the events, one for each worker; nil chooses all. Settle makes a function
	// that decides on those left undecided, once the case is known; it may be nil if there are none.
	Choose func() func(*ecs.Event) Choice
	Settle func(*Case) func(*Event) bool
	// ByHost asks for a group per host; otherwise a group is as many hosts as fit in memory.
	ByHost bool
	// Scanned is called when the evidence has been scanned and the events are about to come; may be nil.
	Scanned func(*Case)
}

// Walked is the result of a walk.
type Walked struct {
	Case    *Case
	Events  int     // that were handed out
	Lost    int     // carved records that could not be decoded again
	Changes []error // of files, between the scan and the second reading
}

// Run goes through the events. Each call of hand gets events of one group, which it then owns; the groups come one
// after the other, each in order. If there is an error, the result is as far as the walk came; it is nil before the
// evidence was scanned.
func (w *Walk) Run(ctx context.Context, hand func(group int, events []*Event) error) (*Walked, error) {
	return w.run(ctx, func(done *Walked, x *Index, o ReplayOptions) (err error) {
		done.Lost, err = done.Case.Replay(ctx, x, o, func(group int, events []*Event) error {
			done.Events += len(events)
			return hand(group, events)
		})
		return err
	})
}

// Render is Run for callers that only want what a renderer makes of each event, as with Case.Render. The lines of a
// group come in order.
func (w *Walk) Render(ctx context.Context, newRenderer func() Renderer,
	hand func(lines []Line) error) (*Walked, error) {
	return w.run(ctx, func(done *Walked, x *Index, o ReplayOptions) (err error) {
		done.Lost, err = done.Case.Render(ctx, x, o, newRenderer, func(_ int, lines []Line) error {
			done.Events += len(lines)
			return hand(lines)
		})
		return err
	})
}

// Kinds goes through the events without reading them again: copies are merged, twins are not, and nothing that depends
// on a host's history is used to choose. They come in the order of Run.
func (w *Walk) Kinds(ctx context.Context,
	each func(h *host.Host, class *ecs.Class, at evtx.Filetime) error) (*Walked, error) {
	bare := *w
	bare.Scan.Asked = ledger.AskedNothing
	return bare.run(ctx, func(done *Walked, x *Index, _ ReplayOptions) error {
		for e, err := range x.entries(x.keys) {
			if err != nil {
				return err
			}
			k := &e.keys[0]
			if err := each(done.Case.Hosts.All[k.owner], x.classes[k.class], k.at); err != nil {
				return err
			}
			if done.Events++; done.Events%replayBatch == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return nil
	})
}

// run scans, puts in order, and has the events read.
func (w *Walk) run(ctx context.Context, read func(*Walked, *Index, ReplayOptions) error) (_ *Walked, err error) {
	choose := w.Choose
	if choose == nil {
		choose = func() func(*ecs.Event) Choice { return func(*ecs.Event) Choice { return Take } }
	}
	o := w.Scan
	if o.Jobs <= 0 {
		o.Jobs = min(runtime.GOMAXPROCS(0), maxJobs)
	}
	index := NewIndex(IndexOptions{Jobs: o.Jobs, MaxMemory: o.MaxMemory, TempDir: o.TempDir})
	defer func() { err = errors.Join(err, index.Close()) }()
	scanCtx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	index.Fail = fail
	cs, err := Scan(scanCtx, w.Evidence, o, func() Visitor { return index.Visitor(choose()) })
	if err != nil {
		return nil, cmp.Or(context.Cause(scanCtx), err)
	}
	replay := ReplayOptions{Jobs: o.Jobs}
	if w.Settle != nil {
		replay.Settle = w.Settle(cs)
	}
	if w.Scanned != nil {
		w.Scanned(cs)
	}
	done := &Walked{Case: cs}
	if _, err := index.Order(ctx, cs, w.ByHost); err != nil {
		return done, err
	}
	err = read(done, index, replay)
	done.Changes = cs.Changes()
	return done, err
}
