package timeline

import (
	"cmp"
	"context"
	"errors"
	"runtime"

	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// Walk goes through the chosen events of evidence in the order of the case: a scan finds them, an Index puts
// them in order, and a Replay reads them again. Copies and twins are merged, and the fields that a host's
// history tells are filled in. Memory stays within the budget of the scan, whatever the number of events.
type Walk struct {
	Evidence *evidence.Collection
	Scan     ScanOptions
	// Choose makes what chooses the events, one for each worker; nil takes all. Settle makes what
	// decides on those that it left undecided, once the case is known; it may be nil if there are none.
	Choose func() func(*ecs.Event) Choice
	Settle func(*Case) func(*Event) bool
	// ByHost asks for a group for each host; else a group is as many hosts as fit in memory.
	ByHost bool
	// Scanned is told when the evidence was scanned and the events are about to come; may be nil.
	Scanned func(*Case)
}

// Walked is what a walk leaves behind.
type Walked struct {
	Case    *Case
	Events  int     // that were handed out
	Lost    int     // carved records that could not be decoded again
	Changes []error // of files, between the scan and the second reading
}

// Run goes through the events. Each call of hand takes events of one group, which it owns; the groups come one
// after the other, each in order. The result is as far as it came if there is an error; it is nil before the
// evidence was scanned.
func (w *Walk) Run(ctx context.Context, hand func(group int, events []*Event) error) (_ *Walked, err error) {
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
	done.Lost, err = cs.Replay(ctx, index, replay, func(group int, events []*Event) error {
		done.Events += len(events)
		return hand(group, events)
	})
	done.Changes = cs.Changes()
	return done, err
}
