package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Bounds of a replay.
const (
	// replayBatch is the number of events in memory: some 50 MB of Sysmon events. More would save few reads, because the
	// events of a chunk are neighbours in time.
	replayBatch = 16_384
	// maxOpenFiles bounds the files that stay open between batches.
	maxOpenFiles = 64
)

// Replay reads the events of an index again, in order, copies and twins merged, enriched, and hands them out in batches.
// Each event belongs to the caller. settle decides the events that the index left undecided, now that they are enriched; it
// may be nil if there are none. Memory: the index and one batch. The chunks of a batch are decoded on jobs workers; a chunk
// whose events lie in several batches is read as often. lost counts carved records that could not be decoded again
// without the templates that the scan had learnt by then. A file that changed since the scan is an error.
func (c *Case) Replay(ctx context.Context, x *Index, jobs int, settle func(*Event) bool, hand func([]*Event) error) (lost int, err error) {
	x.finish()
	if jobs <= 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	r := &replay{c: c, x: x, jobs: jobs, settle: settle, entries: x.entries(c.allTwins()), files: map[int32]RandomAccess{}, cache: evtx.NewCache()}
	defer r.closeFiles(0)
	size := cmp.Or(x.batch, replayBatch)
	for from := 0; from < len(r.entries); {
		var batch []int32
		for ; from < len(r.entries) && len(batch) < size; from++ {
			if !r.entries[from].merged {
				batch = append(batch, int32(from))
			}
		}
		events, err := r.batch(ctx, batch)
		if err != nil {
			return lost, err
		}
		n := len(events)
		if events = slices.DeleteFunc(events, func(e *Event) bool { return e == nil }); len(events) < n {
			lost += n - len(events) - r.dropped
		}
		if err := hand(events); err != nil {
			return lost, err
		}
		r.closeFiles(maxOpenFiles)
	}
	return lost, nil
}

// allTwins joins the twins of all hosts.
func (c *Case) allTwins() map[evtx.Ref]evtx.Ref {
	all := map[evtx.Ref]evtx.Ref{}
	for _, h := range c.Hosts {
		maps.Copy(all, h.past().twins)
	}
	return all
}

// replay is the state of one Replay.
type replay struct {
	c       *Case
	x       *Index
	jobs    int
	settle  func(*Event) bool
	entries []indexEntry
	files   map[int32]RandomAccess
	cache   *evtx.Cache
	dropped int // events of the present batch that settle did not want
}

// want is one record to be read again.
type want struct {
	entry int32 // in replay.entries
	to    int   // position in the batch, from its length on: the twin that may decide about an event
}

// batch reads the given entries again. Events that settle does not want, and carved records that are lost, are nil.
func (r *replay) batch(ctx context.Context, batch []int32) ([]*Event, error) {
	r.dropped = 0
	wants := make([]want, 0, len(batch))
	extra := map[int]int{} // position -> that of its twin
	for i, e := range batch {
		wants = append(wants, want{e, i})
		if t := r.entries[e].twin; t >= 0 && r.key(e).undecided && r.key(t).undecided {
			extra[i] = len(batch) + len(extra)
			wants = append(wants, want{t, extra[i]})
		}
	}
	events := make([]*Event, len(batch)+len(extra))
	slices.SortFunc(wants, func(a, b want) int {
		x, y := r.key(a.entry), r.key(b.entry)
		return cmp.Or(cmp.Compare(x.file, y.file), cmp.Compare(x.chunk, y.chunk), cmp.Compare(x.offset, y.offset))
	})
	if err := r.read(ctx, wants, events); err != nil {
		return nil, err
	}
	for i, e := range batch {
		if events[i] == nil {
			continue
		}
		sure := !r.key(e).undecided
		if t := r.entries[e].twin; t >= 0 {
			sure = sure || !r.key(t).undecided
		}
		if sure || r.settle(events[i]) || extra[i] > 0 && events[extra[i]] != nil && r.settle(events[extra[i]]) {
			r.cite(events[i], &r.entries[e])
			continue
		}
		events[i] = nil
		r.dropped++
	}
	return events[:len(batch)], nil
}

// key is the place of an entry's first copy.
func (r *replay) key(entry int32) *indexKey { return &r.x.keys[r.entries[entry].first] }

// cite lists the other records of an event.
func (r *replay) cite(e *Event, of *indexEntry) {
	for i := of.first + 1; i < of.first+of.copies; i++ {
		e.Also = append(e.Also, Also{Ref: r.x.keys[i].ref()})
	}
	if of.twin >= 0 {
		t := r.entries[of.twin]
		for i := t.first; i < t.first+t.copies; i++ {
			e.Also = append(e.Also, Also{Ref: r.x.keys[i].ref(), Twin: true})
		}
	} else if other, ok := e.Host.past().twins[e.Ref]; ok && e.Class.ProcessStart {
		e.Also = append(e.Also, Also{Ref: other, Twin: true})
	}
	slices.SortFunc(e.Also, func(a, b Also) int { return compareRefs(a.Ref, b.Ref) })
}

// read decodes the chunks that hold the wanted records, given in the order of the evidence.
func (r *replay) read(ctx context.Context, wants []want, events []*Event) error {
	for i := range wants {
		f := r.key(wants[i].entry).file
		if r.files[f] == nil {
			file, err := r.c.Collection.Files[f].OpenRandom()
			if err != nil {
				return fmt.Errorf("%s: cannot be read again: %w", r.c.Collection.Files[f].Path, unwrapPath(err))
			}
			r.files[f] = file
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan []want)
	group.Go(func() error {
		defer close(chunks)
		for len(wants) > 0 {
			first := r.key(wants[0].entry)
			n := 1
			for n < len(wants) && r.key(wants[n].entry).file == first.file && r.key(wants[n].entry).chunk == first.chunk {
				n++
			}
			select {
			case chunks <- wants[:n]:
			case <-ctx.Done():
				return ctx.Err()
			}
			wants = wants[n:]
		}
		return nil
	})
	for range r.jobs {
		w := &replayer{replay: r, buf: make([]byte, evtx.ChunkSize), mapper: ecs.NewMapper(r.c.schema)}
		w.mapper.Strict, w.mapper.Clock = r.c.strict, r.c.Clock.ecs()
		group.Go(func() error {
			for ws := range chunks {
				if err := w.chunk(ws, events); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// replayer is one worker of a replay.
type replayer struct {
	*replay
	buf    []byte
	mapper *ecs.Mapper
}

// chunk reads one chunk's wanted records.
func (w *replayer) chunk(wants []want, events []*Event) error {
	first := w.key(wants[0].entry)
	f := w.c.Collection.Files[first.file]
	at := evtx.Ref{File: first.file, Chunk: first.chunk, Offset: evtx.FileHeaderSize + int64(first.chunk)*evtx.ChunkSize}
	n, err := w.files[first.file].ReadAt(w.buf, at.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: chunk %d at %#x: cannot be read again: %w", f.Path, first.chunk, at.Offset, unwrapPath(err))
	}
	dec := &evtx.Decoder{Cache: w.cache, NoCRC: true}
	for _, x := range wants {
		dec.Carve = dec.Carve || w.key(x.entry).carved
	}
	for rec := range dec.Records(w.buf[:n], at, func(evtx.Damage) {}) {
		offset := uint16(rec.Ref.Offset - at.Offset)
		i, ok := slices.BinarySearchFunc(wants, offset, func(x want, offset uint16) int { return cmp.Compare(w.key(x.entry).offset, offset) })
		if !ok || events[wants[i].to] != nil {
			continue
		}
		k := w.key(wants[i].entry)
		if rec.ContentHash() != k.hash || rec.Ref.Carved != k.carved {
			continue
		}
		e := &Event{Event: w.mapper.Map(rec).Clone(), At: k.at, Ref: rec.Ref, hash: k.hash, Host: w.c.hostOf(rec.Computer(), rec.Ref.File)}
		w.c.enrich(e)
		events[wants[i].to] = e
	}
	for _, x := range wants {
		if k := w.key(x.entry); events[x.to] == nil && !k.carved {
			return fmt.Errorf("%s: chunk %d at %#x: record %d is not what it was when the file was first read", f.Path, k.chunk, at.Offset, k.id)
		}
	}
	return nil
}

// closeFiles closes the open files if there are more than the given number.
func (r *replay) closeFiles(unless int) {
	if len(r.files) <= unless {
		return
	}
	for _, f := range r.files {
		_ = f.Close()
	}
	clear(r.files)
}
