package timeline

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sort"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// Window is a span of one host's time.
type Window struct {
	Host     *host.Host
	From, To evtx.Filetime
	Inputs   []int32 // the inputs that are searched (Case.Input); nil: all

	within bool // Inputs is complete, even if it is empty
}

// minAroundChunks is the number of chunks of one file that are worth a worker: opening a file and merging what two
// workers found has a cost, too. Files are read one after the other.
const minAroundChunks = 16

// Surroundings says which events around something are wanted.
type Surroundings struct {
	Windows []Window
	// Limit is the most events that are returned: those nearest to the middle of a window; of equally near ones, the
	// first in the order of the case.
	Limit int
	// Keep chooses what is worth showing. It sees events before they are enriched, and is called by several
	// goroutines at once.
	Keep func(*ecs.Event) bool
	// Merge is called with the two records of a process start, as MergeTwins does; it may be nil.
	Merge func(into, twin *Event)
}

// Around reads again the chunks that hold events of the given windows and returns these events, ordered, copies
// merged and enriched, and the number that the limit left out. All returned events are in memory at once; use
// EachAround for many.
func (c *Case) Around(ctx context.Context, s Surroundings) (events []*Event, omitted int, err error) {
	omitted, err = c.EachAround(ctx, s, func(batch []*Event) error {
		events = append(events, batch...)
		return nil
	})
	slices.SortFunc(events, (*Event).Compare)
	return events, omitted, err
}

// EachAround passes what Around returns to hand in batches, each host's events in order. It holds events up to a
// share of the memory budget; if there are more, it holds only their places, and reads the wanted ones once more, a
// batch at a time. A file that cannot be read again, or changed since the scan, yields no events; it counts as
// damaged from then on, and Case.Changes says so.
func (c *Case) EachAround(ctx context.Context, s Surroundings, hand func([]*Event) error) (omitted int, err error) {
	if len(s.Windows) == 0 {
		return 0, nil
	}
	return c.gather(ctx, s, nil, hand)
}

// gather reads what lies in windows. choose decides which events are handed out; if it is nil, those up to the limit
// are.
func (c *Case) gather(ctx context.Context, s Surroundings, choose *chooser, hand func([]*Event) error) (omitted int,
	err error) {
	g := &gathering{c: c, Surroundings: s, choose: choose, windows: mergeWindows(s.Windows),
		middles: middlesOf(s.Windows), most: c.memory.Of(spill.Candidates)}
	g.index = NewIndex(IndexOptions{Jobs: c.jobs, MaxMemory: c.memory, TempDir: c.tempDir})
	defer func() { err = errors.Join(err, g.index.Close()) }()
	cache := c.Templates()
	readers := make([]*aroundReader, c.jobs)
	for i := range readers {
		readers[i] = &aroundReader{gathering: g, dec: evtx.Decoder{Cache: cache, Unsummed: true},
			index: g.index.Writer()}
	}
	if err := g.read(ctx, readers); err != nil {
		return 0, err
	}
	if g.spilled.Load() {
		return g.replay(ctx, hand)
	}
	events := c.MergeTwins(c.Order(g.events), s.Merge)
	if choose != nil {
		for _, e := range events {
			choose.take(e.At, e.Host, e.Class, e.Ref, func(do func(evtx.Ref)) {
				for i := range e.Also {
					if !e.Also[i].Twin {
						do(e.Also[i].Ref)
					}
				}
			})
		}
		choose.finish()
		events = slices.DeleteFunc(events, func(e *Event) bool { return !choose.wants(e.Ref) })
		c.noteEvents(events, choose)
		return 0, hand(events)
	}
	if len(events) > s.Limit {
		omitted = len(events) - s.Limit
		events = nearest(events, g.middles, s.Limit)
	}
	c.noteEvents(events, nil)
	return omitted, hand(events)
}

// gathering is the state of one EachAround.
type gathering struct {
	Surroundings
	c       *Case
	choose  *chooser
	windows hostWindows
	middles map[*host.Host][]evtx.Filetime
	index   *Index

	most    int64        // bytes that events may take in memory
	size    atomic.Int64 // what they take
	spilled atomic.Bool  // they are indexed instead of kept
	events  []*Event     // of the files that were read
}

// read looks at all files, one after the other.
func (g *gathering) read(ctx context.Context, readers []*aroundReader) error {
	byFile := map[int32][]ledger.Chunk{}
	for _, s := range g.c.spans {
		if g.windows.overlap(g.c.Hosts.Of(s.Computer, s.Ref.File), g.c.inputs[s.Ref.File], s.From, s.To) {
			if l := byFile[s.Ref.File]; len(l) == 0 || l[len(l)-1].Ref.Chunk != s.Ref.Chunk {
				byFile[s.Ref.File] = append(l, s)
			}
		}
	}
	for _, i := range slices.Sorted(maps.Keys(byFile)) {
		f := g.c.Files[i]
		found, err := readAround(ctx, readers, f, byFile[i])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if same := g.c.Recheck(f, err); same {
			g.events = append(g.events, found...)
		}
		if g.spilled.Load() {
			readers[0].spill(g.events)
			g.events = nil
		}
		if err := g.index.found.Err(); err != nil {
			return err
		}
	}
	return nil
}

// readAround reads chunks of one file, which are in order. Each reader takes a part of them.
func readAround(ctx context.Context, readers []*aroundReader, f *ledger.File, spans []ledger.Chunk) (found []*Event,
	err error) {
	readers = readers[:max(1, min(len(readers), len(spans)/minAroundChunks))]
	g, ctx := errgroup.WithContext(ctx)
	for i, r := range readers {
		part := spans[i*len(spans)/len(readers) : (i+1)*len(spans)/len(readers)]
		g.Go(func() error { return r.read(ctx, f, part) })
	}
	err = g.Wait()
	for _, r := range readers {
		found = append(found, r.found...)
		r.keeper, r.found = Keeper{}, nil
	}
	return found, err
}

// aroundReader is one worker of a gathering.
type aroundReader struct {
	*gathering
	dec    evtx.Decoder
	mapper *ecs.Mapper // made when there is something to read, like buf
	buf    []byte

	index    *IndexWriter
	keeper   Keeper // of the file being read
	found    []*Event
	template *binxml.Template // of the last event
}

// newDefinition is the memory in bytes that an event takes in addition if its definition differs from that of the
// event before: each may have its own.
const newDefinition = 5 << 10

// take keeps an event, or indexes it if there are too many.
func (r *aroundReader) take(ev *ecs.Event, at evtx.Filetime, h *host.Host) {
	if r.spilled.Load() {
		r.spill(r.found)
		r.keeper, r.found = Keeper{}, nil
		r.index.Add(ev, at, ev.Record.Ref, false)
		return
	}
	size := int64(keptCopy)
	if e, fresh := r.keeper.Keep(ev, at); fresh {
		e.Host = h
		r.found = append(r.found, e)
		size = keptEvent + keptBytes*int64(len(ev.Record.Raw()))
		if t := ev.Record.Template(); t != r.template {
			r.template = t
			size += newDefinition
		}
	}
	if r.size.Add(size) > r.most {
		r.spilled.Store(true)
	}
}

// The memory that an event takes, in bytes: for itself and what belongs to it, for each byte of its record, and for
// each copy. Measured.
const (
	keptEvent = 600
	keptBytes = 2
	keptCopy  = 64
)

// spill indexes events that were kept.
func (r *aroundReader) spill(events []*Event) {
	for _, e := range events {
		r.index.Add(e.Event, e.At, e.Ref, false)
		for _, a := range e.Also {
			r.index.Add(e.Event, e.At, a.Ref, false)
		}
	}
}

// replay hands out the wanted ones of the indexed events.
func (g *gathering) replay(ctx context.Context, hand func([]*Event) error) (omitted int, err error) {
	x := g.index
	if _, err := x.Order(ctx, g.c, false); err != nil {
		return 0, err
	}
	x.skip = func(k *indexKey) bool { return g.c.rechecked[k.file] }
	all, near := 0, &nearHeap{g: g}
	err = (&replay{c: g.c, x: x, group: -1}).each(ctx, func(e *indexEntry) error {
		all++
		if g.choose != nil {
			k := &e.keys[0]
			g.choose.take(k.at, g.c.Hosts.All[k.owner], x.classes[k.class], k.ref(), func(do func(evtx.Ref)) {
				for i := range e.keys[1:] {
					do(e.keys[1+i].ref())
				}
			})
			return nil
		}
		near.take(e.keys[0], g.Limit)
		return nil
	})
	if err != nil {
		return 0, err
	}
	o := ReplayOptions{Jobs: g.c.jobs, Halves: g.Merge != nil, Across: true}
	if g.choose != nil {
		g.choose.finish()
		o.only = func(e *indexEntry) bool { return g.choose.wants(e.keys[0].ref()) }
	} else if omitted = all - g.Limit; omitted > 0 {
		o.only = func(e *indexEntry) bool { return near.has(&e.keys[0]) }
	}
	_, err = g.c.Replay(ctx, x, o, func(_ int, events []*Event) error {
		for _, e := range events {
			if e.Half != nil {
				half := e.Half
				e.Half = nil
				g.Merge(e, half)
			}
		}
		g.c.noteEvents(events, g.choose)
		return hand(events)
	})
	return max(omitted, 0), err
}

// nearHeap holds the events nearest to the middle of a window, the farthest on top.
type nearHeap struct {
	g    *gathering
	list []nearKey
}

type nearKey struct {
	away evtx.Filetime
	key  indexKey
}

func (h *nearHeap) of(k *indexKey) nearKey {
	return nearKey{awayFrom(h.g.middles[h.g.c.Hosts.All[k.owner]], k.at), *k}
}

func (h *nearHeap) compare(a, b *nearKey) int {
	return cmp.Or(cmp.Compare(a.away, b.away), h.g.index.compareEvents(&a.key, &b.key))
}

// take adds an event, and drops the farthest if there are more than limit.
func (h *nearHeap) take(k indexKey, limit int) {
	n := h.of(&k)
	switch {
	case len(h.list) < limit:
		heap.Push(h, n)
	case limit > 0 && h.compare(&n, &h.list[0]) < 0:
		h.list[0] = n
		heap.Fix(h, 0)
	}
}

// has reports whether an event is no farther than the farthest.
func (h *nearHeap) has(k *indexKey) bool {
	n := h.of(k)
	return len(h.list) > 0 && h.compare(&n, &h.list[0]) <= 0
}

func (h *nearHeap) Len() int           { return len(h.list) }
func (h *nearHeap) Less(i, j int) bool { return h.compare(&h.list[i], &h.list[j]) > 0 }
func (h *nearHeap) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *nearHeap) Push(x any)         { h.list = append(h.list, x.(nearKey)) }
func (h *nearHeap) Pop() any           { panic("timeline: the farthest is replaced, not taken") }

// read adds the wanted events of some chunks of a file to found.
func (r *aroundReader) read(ctx context.Context, f *ledger.File, spans []ledger.Chunk) error {
	file, err := f.OpenRandom()
	if err != nil {
		return err
	}
	defer file.Close()
	if r.buf == nil {
		r.buf, r.mapper = make([]byte, evtx.ChunkSize), newMapper(r.c.schema, r.c.strict, r.c.Clock)
	}
	r.dec.NoCRC, r.dec.Stock = f.Header.NoCRC(), f.Stock
	for _, s := range spans {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := file.ReadAt(r.buf, s.Ref.Offset)
		if errors.Is(err, shard.ErrAway) {
			continue // the shard has left it out, because nobody needed it
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("chunk %d at %#x: %w", s.Ref.Chunk, s.Ref.Offset, err)
		}
		if int64(n) < min(evtx.ChunkSize, f.Size-s.Ref.Offset) {
			return fmt.Errorf("chunk %d at %#x: the file was longer when it was first read", s.Ref.Chunk, s.Ref.Offset)
		}
		for rec := range r.dec.Records(r.buf[:n], s.Ref, func(evtx.Damage) {}) {
			h := r.c.Hosts.Of(rec.Computer(), f.Index)
			at, _ := rec.Time()
			if r.c.Clock == ledger.ClockCreated && !r.windows.overlap(h, r.c.inputs[f.Index], at, at) {
				continue // most events: the costlier checks come after this one
			}
			ev := r.mapper.Map(rec)
			at = r.c.Clock.Of(ev)
			if r.windows.overlap(h, r.c.inputs[f.Index], at, at) && r.c.Filter.admits(rec.Computer(), at) &&
				r.Keep(ev) {
				r.take(ev, at, h)
			}
		}
	}
	return nil
}

// hostWindows holds the windows of each host in each input, sorted and disjoint.
type hostWindows map[lane][]Window

// anyInput stands for all inputs.
const anyInput = -1

// mergeWindows sorts windows and joins those that overlap on one host.
func mergeWindows(ws []Window) hostWindows {
	out := hostWindows{}
	for _, w := range ws {
		if !w.within && w.Inputs == nil {
			out[lane{w.Host, anyInput}] = append(out[lane{w.Host, anyInput}], w)
		}
		for _, in := range w.Inputs {
			out[lane{w.Host, in}] = append(out[lane{w.Host, in}], w)
		}
	}
	for h, ws := range out {
		slices.SortFunc(ws, func(a, b Window) int {
			return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
		})
		joined := ws[:1]
		for _, w := range ws[1:] {
			if last := &joined[len(joined)-1]; w.From <= last.To {
				last.To = max(last.To, w.To)
			} else {
				joined = append(joined, w)
			}
		}
		out[h] = joined
	}
	return out
}

// overlap reports whether the span from first to last touches a window of the host in an input.
func (ws hostWindows) overlap(h *host.Host, input int32, first, last evtx.Filetime) bool {
	return ws.touch(lane{h, input}, first, last) || ws.touch(lane{h, anyInput}, first, last)
}

func (ws hostWindows) touch(k lane, first, last evtx.Filetime) bool {
	l := ws[k]
	i := sort.Search(len(l), func(i int) bool { return l[i].To >= first })
	return i < len(l) && l[i].From <= last
}

// middlesOf returns the middles of each host's windows, sorted. They are taken before the windows are joined, which
// would change them.
func middlesOf(ws []Window) map[*host.Host][]evtx.Filetime {
	out := map[*host.Host][]evtx.Filetime{}
	for _, w := range ws {
		out[w.Host] = append(out[w.Host], w.From+(w.To-w.From)/2)
	}
	for _, m := range out {
		slices.Sort(m)
	}
	return out
}

// nearest returns the limit events that lie nearest to the middle of a window, in order.
func nearest(events []*Event, middles map[*host.Host][]evtx.Filetime, limit int) []*Event {
	away := make(map[*Event]evtx.Filetime, len(events))
	for _, e := range events {
		away[e] = awayFrom(middles[e.Host], e.At)
	}
	ranked := slices.Clone(events)
	slices.SortFunc(ranked, func(a, b *Event) int { return cmp.Or(cmp.Compare(away[a], away[b]), a.Compare(b)) })
	clear(ranked[limit:]) // otherwise they stay in memory as long as the others do
	ranked = ranked[:limit]
	slices.SortFunc(ranked, (*Event).Compare)
	return ranked
}

// awayFrom returns the distance from a time to the nearest of some middles, which are sorted.
func awayFrom(middles []evtx.Filetime, at evtx.Filetime) evtx.Filetime {
	best := ^evtx.Filetime(0)
	i, _ := slices.BinarySearch(middles, at)
	if i < len(middles) {
		best = ledger.Distance(at, middles[i])
	}
	if i > 0 {
		best = min(best, ledger.Distance(at, middles[i-1]))
	}
	return best
}
