package timeline

import (
	"context"
	"iter"
	"runtime"
	"slices"
	"sync"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// Bounds of a replay.
const (
	// replayBatch is the most events in memory. More would save few reads, because the events of a chunk are
	// neighbours in time.
	replayBatch = 16_384
	// replayEvent is the memory that an event takes with all that is made of it, in bytes.
	replayEvent = 8 << 10
	// replayRecord is how many bytes of records a batch holds for each event that it may hold: half of what an event
	// takes, since a record is held twice, as it is in the file and as the values that were asked for.
	replayRecord = replayEvent / 4
	// replayBatchLeast is the smallest batch that is worth its reads.
	replayBatchLeast = 256
)

// ReplayBatch returns how many events that are read again at a time fit a budget.
func ReplayBatch(b spill.Budget) int {
	return int(min(max(b.Of(spill.Replay)/replayEvent, replayBatchLeast), replayBatch))
}

// ReplayOptions of Replay.
type ReplayOptions struct {
	Jobs int // workers; 0 = one per core
	// Settle decides the events that the index left undecided, now that they are enriched. It may be nil if there are
	// none.
	Settle func(*Event) bool
	// Halves asks for both records of a process start that was logged twice: Event.Half.
	Halves bool
	// Across hands out the events of several groups together, in their order; group is then that of the first.
	Across bool

	// Only chooses events by their records: one chosen copy is enough. nil chooses all.
	Only func(evtx.Ref) bool
	// Leave reports whether an event is left out, judged by what the index knows about it. nil leaves out none.
	Leave func(Indexed) bool

	only func(*indexEntry) bool // nil: all events
}

// Replay reads the events of an ordered index again, copies and twins merged, enriched, and hands them out in batches,
// one group of hosts after the other, each group in the total order. The events belong to the caller.
//
// It takes the memory of one batch and of the histories of its groups, at least of one group. A batch is read at once,
// however many groups it holds. Its chunks are decoded on all workers; a chunk whose events lie in several batches is
// read once for each of them. lost counts carved records that could not be decoded again.
//
// Of a file that changed since the scan or cannot be read again, Replay hands out the records that are unchanged, and
// for the others their copies in other files. The file then counts as damaged, and Case.Changes lists it.
func (c *Case) Replay(ctx context.Context, x *Index, o ReplayOptions,

	hand func(group int, events []*Event) error) (lost int, err error) {
	r := c.newReplay(x, o)
	r.hand = hand
	if err := r.run(ctx); err != nil {
		return r.lost, err
	}
	return r.lost, c.Err()
}

func (c *Case) newReplay(x *Index, o ReplayOptions) *replay {
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	size := x.batch
	if size == 0 {
		size = ReplayBatch(x.o.MaxMemory)
	}
	if o.Only != nil {
		o.only = func(e *indexEntry) bool {
			return slices.ContainsFunc(e.keys, func(k indexKey) bool { return o.Only(k.ref()) }) ||
				e.twin != nil && slices.ContainsFunc(e.twin.keys, func(k indexKey) bool { return o.Only(k.ref()) })
		}
	}
	r := &replay{c: c, x: x, settle: o.Settle, halves: o.Halves, across: o.Across, only: o.only, leave: o.Leave,
		size: size, weights: make([]int, len(x.groups)), group: -1}
	for i, g := range x.groups {
		r.weights[g] += c.Hosts.All[i].Weight()
	}
	r.work(o.Jobs)
	return r
}

// replay is the state of one Replay.
type replay struct {
	c       *Case
	x       *Index
	settle  func(*Event) bool
	halves  bool
	across  bool
	only    func(*indexEntry) bool
	leave   func(Indexed) bool
	hand    func(int, []*Event) error
	workers []*replayer

	handLines func(int, []Line) error // of Render: instead of hand
	lines     []Line
	size      int   // events of a batch
	weights   []int // of the tables of each group

	group   int
	starts  map[evtx.Ref]*indexEntry // process starts of the group that were logged twice
	batch   []*indexEntry
	records int // bytes of the batch's records
	last    int // group of which the batch has events
	weight  int // of the tables of the batch's groups
	lost    int

	failed struct { // of the present reading: what is wrong with a file, by its number
		sync.Mutex
		files map[int32]error
	}
}

// work gives the replay its workers.
func (r *replay) work(jobs int) {
	cache := r.c.Templates()
	for range jobs {
		r.workers = append(r.workers, &replayer{
			replay: r, buf: make([]byte, evtx.ChunkSize), mapper: newMapper(r.c.schema, r.c.strict, r.c.Clock),
			dec: evtx.Decoder{Cache: cache, Unsummed: true}})
	}
}

// fail notes that records of a file could not be read again.
func (r *replay) fail(file int32, err error) {
	r.failed.Lock()
	defer r.failed.Unlock()
	if _, known := r.failed.files[file]; !known {
		r.failed.files[file] = err
	}
}

func (r *replay) run(ctx context.Context) error {
	err := r.each(ctx, func(e *indexEntry) error {
		if r.only != nil && !r.only(e) || r.leave != nil && r.leave(r.x.indexed(e)) {
			return nil
		}
		if len(r.batch) == 0 || r.last != r.group {
			// If there were more tables than fit, they would be built again for each event of a chunk.
			if !r.c.Hosts.Fit(r.weight + r.weights[r.group]) {
				if err := r.flush(ctx); err != nil {
					return err
				}
			}
			r.last, r.weight = r.group, r.weight+r.weights[r.group]
		}
		r.batch = append(r.batch, e)
		r.records += e.bytes()
		if len(r.batch) >= r.size || r.records >= r.size*replayRecord {
			return r.flush(ctx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.flush(ctx)
}

// each goes through the events of the order.
func (r *replay) each(ctx context.Context, do func(*indexEntry) error) error {
	start, stop := iter.Pull2(r.x.entries(r.x.starts))
	defer stop()
	var ahead *indexEntry // the next process start
	for e, err := range r.x.entries(r.x.keys) {
		if err != nil {
			return err
		}
		if g := int(r.x.groups[e.keys[0].owner]); g != r.group {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.group = g
			if ahead, err = r.pair(ahead, start); err != nil {
				return err
			}
		}
		if r.place(e) {
			if err := do(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// pair finds the process starts of the group of which the index has both halves. It reads one start too many, which
// becomes the first of the next call.
func (r *replay) pair(e *indexEntry, next func() (*indexEntry, error, bool)) (ahead *indexEntry, err error) {
	r.starts = map[evtx.Ref]*indexEntry{}
	for ok := true; ok; e, err, ok = next() {
		if err != nil {
			return nil, err
		}
		if e == nil {
			continue
		}
		k := &e.keys[0]
		if g := int(r.x.groups[k.owner]); g > r.group {
			return e, nil
		} else if g < r.group {
			continue
		}
		ref := k.ref()
		if other, ok := r.c.Hosts.All[k.owner].TwinOf(ref); ok {
			e.other, e.half = other, true
			r.starts[ref] = e
		}
	}
	return nil, nil
}

// place gives a process start its other half; it reports whether the entry is an event of its own.
func (r *replay) place(e *indexEntry) bool {
	class := r.x.classes[e.keys[0].class]
	if !class.ProcessStart {
		return true
	}
	s := r.starts[e.keys[0].ref()]
	if s == nil {
		return true
	}
	e.other, e.half = s.other, true
	e.twin = r.starts[s.other]
	return e.twin == nil || class.Source != ecs.SourceSecurity
}

// flush reads the entries of the batch again and hands them out.
func (r *replay) flush(ctx context.Context) error {
	batch := r.batch
	r.batch, r.records, r.weight = r.batch[:0], 0, 0
	if len(batch) == 0 {
		return nil
	}
	p := newReplayPass(batch, r.halves)
	for wants := p.wants; len(wants) > 0; wants = p.next() {
		if err := r.readAgain(ctx, wants, p); err != nil {
			return err
		}
	}
	for i := range batch {
		ev, twin := p.events[i], p.twin(i)
		switch {
		case p.read(i) && ev == nil: // rendered already
		case ev == nil && p.carved[i]:
			r.lost++
		case ev == nil:
		case p.sure[i] || r.settle(ev) || twin != nil && r.settle(twin):
			batch[i].cite(ev)
			ev.Half = twin
			continue
		}
		p.events[i] = nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.handLines != nil {
		return r.handRendered(p)
	}
	return r.byGroup(batch, func(group, from, to int) error {
		return r.hand(group, slices.DeleteFunc(p.events[from:to:to], func(e *Event) bool { return e == nil }))
	})
}

// byGroup passes the parts of a batch to do, group by group in order, or everything as one.
func (r *replay) byGroup(batch []*indexEntry, do func(group, from, to int) error) error {
	of := func(i int) int { return int(r.x.groups[batch[i].keys[0].owner]) }
	for from := 0; from < len(batch); {
		to := from + 1
		for to < len(batch) && (r.across || of(to) == of(from)) {
			to++
		}
		if err := do(of(from), from, to); err != nil {
			return err
		}
		from = to
	}
	return nil
}
