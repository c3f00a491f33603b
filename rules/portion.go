package rules

import (
	"cmp"
	"context"
	"math"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Portioned is evidence that was scanned into shards: a timeline.Batch, a timeline.Share of its hosts, or a
// timeline.Planned batch. Portions returns the case, and the hosts in portions.
type Portioned interface {
	Portions(context.Context, timeline.ScanOptions) (*timeline.Case, *timeline.Portions, error)
}

// Merge is Run over the shards of many scans: in one process, hosts are resolved and matched, and what joins them
// is found. The events of several portions are prepared at the same time, one on each core, and matched in their
// order.
func Merge(ctx context.Context, batch Portioned, c *Compiled, o Options) (*Result, error) {
	r := c.begin(o)
	defer r.close()
	if err := r.search(ctx, inPortions(batch), nil); err != nil {
		return nil, err
	}
	r.local.closeHost()
	return r.finish(ctx)
}

// inPortions searches evidence that was scanned into shards.
func inPortions(batch Portioned) finder {
	return func(ctx context.Context, o Options, want request) (_ *searched, err error) {
		o.Clock = cmp.Or(o.Clock, ledger.ClockCreated)
		if o.Jobs <= 0 {
			o.Jobs = runtime.GOMAXPROCS(0)
		}
		found := &searched{programs: want.programs, preds: want.predicates()}
		found.preds.Carry(!o.AsLogged, want.schema)
		var portions *timeline.Portions
		if found.cs, portions, err = batch.Portions(ctx, scanOptions(o, want.schema)); err != nil {
			return nil, err
		}
		p := &portioning{found: found, portions: portions, o: o}
		found.again = func(ctx context.Context, wanted func(evtx.Ref) bool, hand func(*timeline.Event)) error {
			again := &limit.Tally{} // they were counted before
			return p.run(ctx, again, sink{hand: func(e *timeline.Event, _ []predicate.Hit) {
				if wanted(e.Ref) || slices.ContainsFunc(e.Also, func(a timeline.Also) bool { return wanted(a.Ref) }) {
					hand(e)
				}
			}})
		}
		return found, p.run(ctx, found.cs.Limits, want.begin(found))
	}
}

// portioning goes through the portions of a batch.
type portioning struct {
	found    *searched
	portions *timeline.Portions
	o        Options
}

// ready is a prepared portion, whose events are in order: in memory, or in an index.
type ready struct {
	events   []candidate
	visitors []*visitor
	index    *timeline.Index
	scripts  *timeline.Index // for the parts of script blocks; nil: they are matched one by one
	err      error
}

// close frees the temporary files.
func (r *ready) close() {
	_ = r.index.Close()
	if r.scripts != nil {
		_ = r.scripts.Close()
	}
}

// spilled reports whether the events are in the index.
func (r *ready) spilled() bool {
	return slices.ContainsFunc(r.visitors, func(v *visitor) bool { return v.spilled })
}

// run passes on the events of all portions, host after host. While those of one portion are matched, other
// goroutines prepare the next ones. limits counts the bounds that apply.
func (p *portioning) run(ctx context.Context, limits *limit.Tally, to sink) error {
	group, ctx := errgroup.WithContext(ctx)
	queue := make(chan chan ready, max(p.o.Jobs-1, 1))
	group.Go(func() error {
		defer close(queue)
		for portion := range p.portions.Each() {
			to := make(chan ready, 1)
			select {
			case queue <- to:
			case <-ctx.Done():
				return ctx.Err()
			}
			group.Go(func() error {
				to <- p.prepare(ctx, portion, limits)
				return nil
			})
		}
		return nil
	})
	group.Go(func() error {
		for from := range queue {
			if err := p.hand(ctx, <-from, limits, to); err != nil {
				return err // it ends the others; what they prepared is freed below
			}
		}
		return nil
	})
	err := group.Wait()
	for from := range queue {
		r := <-from
		r.close()
	}
	return err
}

// prepare prepares a portion. One that takes too much memory is indexed, to be read again.
func (p *portioning) prepare(ctx context.Context, portion timeline.Portion, limits *limit.Tally) (r ready) {
	o := timeline.IndexOptions{Jobs: p.o.Jobs, MaxMemory: p.o.MaxMemory, TempDir: p.o.TempDir, Few: true}
	r.index = timeline.NewIndex(o)
	if !p.o.AsLogged {
		o.MaxMemory = scriptBudget(p.o)
		r.scripts = timeline.NewIndex(o)
	}
	most := p.o.MaxMemory.Of(spill.Candidates) / int64(p.o.Jobs+2)
	if p.o.KeepTwins {
		most = math.MaxInt64
	}
	r.err = portion.Show(ctx, func() timeline.Taker {
		v := newVisitor(p.found.preds, nil, most, r.index.Writer())
		if r.scripts != nil {
			v.parts = r.scripts.Writer()
		}
		r.visitors = append(r.visitors, v)
		return v
	})
	scripts := false
	for _, v := range r.visitors {
		r.err = cmp.Or(r.err, v.fault)
		v.cuts.tell(limits)
		scripts = scripts || v.scripts
	}
	if scripts && r.err == nil {
		r.err = p.found.wholes(ctx, r.scripts, r.visitors[0], p.o, limits)
	}
	if r.err == nil && !r.spilled() {
		r.events = order(p.found.cs, r.visitors, p.o.KeepTwins, limits)
		slices.SortStableFunc(r.events, func(a, b candidate) int { return strings.Compare(a.Host.ID, b.Host.ID) })
	}
	closeAll(r.visitors)
	return r
}

// hand passes on the events of a portion.
func (p *portioning) hand(ctx context.Context, r ready, limits *limit.Tally, to sink) error {
	defer r.close()
	if r.err != nil {
		return r.err
	}
	if !r.spilled() {
		return handAll(ctx, r.events, to.hand)
	}
	for _, v := range r.visitors {
		v.spill()
	}
	return p.found.replay(ctx, r.index, p.o.Jobs, limits, to)
}

// Take implements timeline.Taker: the result of the rules for the record is known from its scan.
func (v *visitor) Take(ev *ecs.Event, at evtx.Filetime, mark string) {
	m, known := v.marks[mark]
	if !known {
		var ok bool
		if m, ok = v.predicates.ParseMark(mark); !ok {
			v.fault = cmp.Or(v.fault, stage.ErrMark)
			return
		}
		if v.marks == nil {
			v.marks = map[string]stage.Mark{}
		}
		v.marks[mark] = m
	}
	if m.Cut {
		v.cuts.add(ev.Record.Ref)
	}
	switch {
	case m.Part && v.parts != nil:
		v.parts.Add(ev, at, ev.Record.Ref, false)
		v.scripts = true
		return
	case m.Open || m.Part:
		v.hits = v.evaluator.Eval(v.predicates.Plan(ev.Class), ev, v.hits[:0])
		m.Hits = v.hits
	}
	if len(m.Hits) == 0 {
		return
	}
	if !v.copied(ev, at) && v.admit(ev, at, m.Hits) != nil {
		v.grow(waiting.Size(ev.Record))
	}
}
