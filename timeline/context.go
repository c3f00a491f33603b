package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Window is a span of one host's time.
type Window struct {
	Host     *Host
	From, To evtx.Filetime
}

// minAroundChunks of one file are worth a worker of their own: opening a file and merging what two workers found cost something,
// too. Files are read one after the other.
const minAroundChunks = 16

// Around reads again the chunks that hold events of the given windows and returns these events, ordered, copies merged and
// enriched. keep chooses what is worth showing; it sees events that are not enriched yet, and is called by several goroutines at once.
// At most limit events are returned, those nearest to the middle of a window, and the number left out; no goroutine holds more than
// twice as many of a file. merge, if any, is told of the two records of a process start, as MergeTwins does. Of a file that cannot be
// read again, or changed since the scan, nothing is returned; it is damaged from then on, and Case.Changed says so.
func (c *Case) Around(ctx context.Context, windows []Window, limit int, keep func(*ecs.Event) bool, merge func(into, twin *Event)) (events []*Event, omitted int, err error) {
	if len(windows) == 0 {
		return nil, 0, nil
	}
	merged, middles := mergeWindows(windows), middlesOf(windows)
	byFile := map[int32][]chunkSpan{}
	for _, s := range c.spans {
		if merged.overlap(c.hostOf(s.computer, s.ref.File), s.from, s.to) {
			if l := byFile[s.ref.File]; len(l) == 0 || l[len(l)-1].ref.Chunk != s.ref.Chunk {
				byFile[s.ref.File] = append(l, s)
			}
		}
	}
	files := make([]int32, 0, len(byFile))
	for i := range byFile {
		files = append(files, i)
	}
	slices.Sort(files)
	readers := c.aroundReaders(aroundReader{c: c, windows: merged, middles: middles, limit: limit, keep: keep})
	for _, i := range files {
		f := c.Files[i]
		found, left, err := readAround(ctx, readers, f, byFile[i])
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		if !c.Recheck(f, err) {
			continue
		}
		events = append(events, found...)
		if len(events)+left > 2*limit {
			omitted += len(events) + left - limit
			events = nearest(events, middles, limit)
		}
	}
	for i := range readers {
		c.Away += readers[i].away
	}
	events = c.Order(events)
	events = c.MergeTwins(events, merge)
	if len(events) > limit {
		omitted += len(events) - limit
		events = nearest(events, middles, limit)
	}
	return events, omitted, nil
}

// aroundReaders are workers that share a cache.
func (c *Case) aroundReaders(r aroundReader) []aroundReader {
	r.dec = evtx.Decoder{Cache: c.Templates(), Unsummed: true}
	return slices.Repeat([]aroundReader{r}, c.jobs)
}

// readAround reads chunks of one file, which are in order. Each reader takes a part of them; what they found is put together as if one had
// read all. Where one found more than twice the limit, those nearest to the middle of a window are returned, and the number left out: they
// are among the nearest of the file if they are among those of all.
func readAround(ctx context.Context, readers []aroundReader, f *File, spans []chunkSpan) (found []*Event, left int, err error) {
	readers = readers[:max(1, min(len(readers), len(spans)/minAroundChunks))]
	g, ctx := errgroup.WithContext(ctx)
	for i := range readers {
		part := spans[i*len(spans)/len(readers) : (i+1)*len(spans)/len(readers)]
		g.Go(func() error { return readers[i].read(ctx, f, part) })
	}
	defer func() {
		for i := range readers {
			readers[i].keeper, readers[i].found, readers[i].left = Keeper{}, nil, nil
		}
	}()
	if err := g.Wait(); err != nil {
		return nil, 0, err
	}
	all := &readers[0]
	for i := 1; i < len(readers); i++ {
		for _, e := range readers[i].found {
			if all.keeper.take(e) {
				all.found = append(all.found, e)
			}
		}
		for key := range readers[i].left {
			all.leave(key)
		}
	}
	if len(all.left) > 0 { // what one has left out is not among the nearest, whoever else has a copy
		all.found = slices.DeleteFunc(all.found, func(e *Event) bool { return all.hasLeft(e.leftKey()) })
	}
	return all.found, len(all.left), nil
}

// aroundReader is one worker of Around.
type aroundReader struct {
	c       *Case
	windows hostWindows
	middles map[*Host][]evtx.Filetime
	limit   int
	keep    func(*ecs.Event) bool
	dec     evtx.Decoder
	away    int         // chunks that could not be looked at
	mapper  *ecs.Mapper // made when there is something to read, as is buf
	buf     []byte

	keeper Keeper // of the file being read
	found  []*Event
	left   map[leftKey]struct{} // events that were found and are not among the nearest: each is counted once
}

// leftKey is what is remembered of an event that is left out.
type leftKey struct {
	contentKey
	kind uint64 // of event
}

func leftKeyOf(key contentKey, class *ecs.Class) leftKey { return leftKey{key, class.KindHash()} }

func (e *Event) leftKey() leftKey {
	return leftKeyOf(contentKey{e.hash, e.Ref.EventRecordID, e.At}, e.Class)
}

func (r *aroundReader) hasLeft(key leftKey) bool {
	_, ok := r.left[key]
	return ok
}

func (r *aroundReader) leave(key leftKey) {
	if r.left == nil {
		r.left = map[leftKey]struct{}{}
	}
	r.left[key] = struct{}{}
}

// take keeps an event, and the nearest alone once there are more than twice the limit.
func (r *aroundReader) take(ev *ecs.Event, at evtx.Filetime, h *Host) {
	if len(r.left) > 0 && r.hasLeft(leftKeyOf(keyOf(ev, at), ev.Class)) {
		return
	}
	e, fresh := r.keeper.Keep(ev, at)
	if !fresh {
		return
	}
	e.Host = h
	if r.found = append(r.found, e); len(r.found) <= 2*r.limit {
		return
	}
	near := nearest(r.found, r.middles, r.limit)
	r.keeper = Keeper{}
	for _, e := range near {
		r.keeper.take(e)
	}
	for _, e := range r.found {
		if key := e.leftKey(); r.keeper.kept(key.contentKey, e.Class) == nil {
			r.leave(key)
		}
	}
	r.found = near
}

// read makes found the wanted events of some chunks of a file.
func (r *aroundReader) read(ctx context.Context, f *File, spans []chunkSpan) error {
	file, err := f.OpenRandom()
	if err != nil {
		return err
	}
	defer file.Close()
	if r.buf == nil {
		r.buf, r.mapper = make([]byte, evtx.ChunkSize), newMapper(r.c.schema, r.c.strict, r.c.Clock)
	}
	r.dec.NoCRC = f.Header.NoCRC()
	for _, s := range spans {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n, err := file.ReadAt(r.buf, s.ref.Offset)
		if errors.Is(err, errNotInShard) {
			r.away++
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("chunk %d at %#x: %w", s.ref.Chunk, s.ref.Offset, err)
		}
		if int64(n) < min(evtx.ChunkSize, f.Size-s.ref.Offset) {
			return fmt.Errorf("chunk %d at %#x: the file was longer when it was first read", s.ref.Chunk, s.ref.Offset)
		}
		for rec := range r.dec.Records(r.buf[:n], s.ref, func(evtx.Damage) {}) {
			h := r.c.hostOf(rec.Computer(), f.Index)
			at, _ := rec.Time()
			if r.c.Clock == ClockCreated && !r.windows.overlap(h, at, at) {
				continue // most are: what costs more comes after
			}
			ev := r.mapper.Map(rec)
			at = r.c.Clock.Of(ev)
			if r.windows.overlap(h, at, at) && r.c.Filter.admits(rec.Computer(), at) && r.keep(ev) {
				r.take(ev, at, h)
			}
		}
	}
	return nil
}

// hostWindows are the windows of each host, sorted and apart from each other.
type hostWindows map[*Host][]Window

// mergeWindows sorts windows and joins those that overlap on one host.
func mergeWindows(ws []Window) hostWindows {
	out := hostWindows{}
	for _, w := range ws {
		out[w.Host] = append(out[w.Host], w)
	}
	for h, ws := range out {
		slices.SortFunc(ws, func(a, b Window) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
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

// overlap reports whether the span from first to last touches a window of the host.
func (ws hostWindows) overlap(h *Host, first, last evtx.Filetime) bool {
	l := ws[h]
	i := sort.Search(len(l), func(i int) bool { return l[i].To >= first })
	return i < len(l) && l[i].From <= last
}

// middlesOf are the middles of each host's windows, sorted. Joined windows would have other middles.
func middlesOf(ws []Window) map[*Host][]evtx.Filetime {
	out := map[*Host][]evtx.Filetime{}
	for _, w := range ws {
		out[w.Host] = append(out[w.Host], w.From+(w.To-w.From)/2)
	}
	for _, m := range out {
		slices.Sort(m)
	}
	return out
}

// nearest keeps the limit events that lie nearest to the middle of a window, in order.
func nearest(events []*Event, middles map[*Host][]evtx.Filetime, limit int) []*Event {
	away := make(map[*Event]evtx.Filetime, len(events))
	for _, e := range events {
		m := middles[e.Host]
		best := ^evtx.Filetime(0)
		i, _ := slices.BinarySearch(m, e.At)
		if i < len(m) {
			best = distance(e.At, m[i])
		}
		if i > 0 {
			best = min(best, distance(e.At, m[i-1]))
		}
		away[e] = best
	}
	ranked := slices.Clone(events)
	slices.SortFunc(ranked, func(a, b *Event) int { return cmp.Or(cmp.Compare(away[a], away[b]), a.Compare(b)) })
	clear(ranked[limit:]) // or they stay in memory as long as the others do
	ranked = ranked[:limit]
	slices.SortFunc(ranked, (*Event).Compare)
	return ranked
}
