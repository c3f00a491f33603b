package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// Bounds of a replay.
const (
	// replayBatch is the most events in memory. More would save few reads, because the events of a chunk are
	// neighbours in time.
	replayBatch = 16_384
	// replayEvent is what an event takes in memory with all that is made of it, in bytes.
	replayEvent = 8 << 10
	// replayRecord is how many bytes of records a batch holds for each event that it may hold: half of what an
	// event takes, since a record is there twice, as it is in the file and as the values that are asked for.
	replayRecord = replayEvent / 4
	// replayBatchLeast keeps a batch worth its reads.
	replayBatchLeast = 256
)

// ReplayBatch is how many events a budget holds that are read again at a time.
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
	// Across hands the events of several groups out together, in their order; group is that of the first.
	Across bool

	// Only chooses events by a record of theirs: one of their copies is enough. nil: all events.
	Only func(evtx.Ref) bool
	// Leave reports whether an event is left out, by what the index knows about it. nil: none.
	Leave func(Indexed) bool

	only func(*indexEntry) bool // nil: all events
}

// Replay reads the events of an index that was put in order again, copies and twins merged, enriched, and hands them
// out in batches, one group of hosts after the other, each group in the total order. Each event belongs to the
// caller. Memory: one batch and the histories of its groups, or of one group. A batch is read at once, however many
// groups it holds. Its chunks are decoded on all workers; a chunk whose events lie in several batches is read as often.
// lost counts carved records that could not be decoded again.
// Of a file that changed since the scan, or cannot be read again, the records that are what they were are handed out,
// and for the others their copies in other files; the file is damaged from then on, and Case.Changes has it.
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

	failed struct { // of the present reading: what is wrong with a file, by number
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

// indexEntry is one event of the order: its copies, and the other half of a process start.
type indexEntry struct {
	keys  []indexKey  // one or more, the event first
	own   [1]indexKey // keys of an event without copies
	more  int         // copies that are not listed
	twin  *indexEntry
	other evtx.Ref // the other half of a process start that is not in the index
	half  bool     // there is such a one
}

// take adds a key if it is a copy of the entry's event.
func (e *indexEntry) take(k *indexKey) bool {
	if e == nil || !e.keys[0].sameEvent(k) {
		return false
	}
	if len(e.keys) < maxCopies {
		e.keys = append(e.keys, *k)
	} else {
		e.more++
	}
	return true
}

func (r *replay) run(ctx context.Context) error {
	err := r.each(ctx, func(e *indexEntry) error {
		if r.only != nil && !r.only(e) || r.leave != nil && r.leave(r.x.indexed(e)) {
			return nil
		}
		if len(r.batch) == 0 || r.last != r.group {
			// Were there more tables than have room, they would be built again for each event of a chunk.
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

// bytes are those of the records of the entry that may be read again.
func (e *indexEntry) bytes() int {
	n := int(e.keys[0].size)
	if e.twin != nil {
		n += int(e.twin.keys[0].size)
	}
	return n
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

// entries gathers the copies of each event.
func (x *Index) entries(keys *spill.Sorter[indexKey]) iter.Seq2[*indexEntry, error] {
	return func(yield func(*indexEntry, error) bool) {
		var e *indexEntry
		var k indexKey
		for next, err := range keys.Sorted() {
			if err != nil {
				yield(nil, err)
				return
			}
			k = next
			if x.skip != nil && x.skip(&k) {
				continue
			}
			if e.take(&k) {
				continue
			}
			if e != nil && !yield(e, nil) {
				return
			}
			e = &indexEntry{own: [1]indexKey{k}}
			e.keys = e.own[:]
		}
		if e != nil {
			yield(e, nil)
		}
	}
}

// pair finds the process starts of the group of which the index has both halves. It reads one start too many, which
// comes first the next time.
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

// want is one record to be read again.
type want struct {
	key *indexKey
	to  int // position in the batch, from its length on: the twin that may decide about an event
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

// byGroup gives the parts of a batch that are of one group, in order; or all as one.
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

// replayPass is the reading of one batch: first each event's own record, and of records that cannot be read any more
// their copies and their other halves.
type replayPass struct {
	batch  []*indexEntry
	wants  []want
	events []*Event
	lines  []rendered  // instead of the events that are rendered where they are read
	extra  map[int]int // position in the batch -> that of the other half in events
	sure   []bool      // the event is wanted, whatever its records say
	carved []bool      // it has no live record
}

func newReplayPass(batch []*indexEntry, halves bool) *replayPass {
	p := &replayPass{batch: batch, extra: map[int]int{}, sure: make([]bool, len(batch)),
		carved: make([]bool, len(batch))}
	for i, e := range batch {
		p.wants = append(p.wants, want{&e.keys[0], i})
		p.carved[i] = e.keys[0].carved && (e.twin == nil || e.twin.keys[0].carved)
		p.sure[i] = !e.keys[0].undecided || e.twin != nil && !e.twin.keys[0].undecided
		if e.twin != nil && (halves || !p.sure[i]) {
			p.extra[i] = len(batch) + len(p.extra)
			p.wants = append(p.wants, want{&e.twin.keys[0], p.extra[i]})
		}
	}
	p.events = make([]*Event, len(batch)+len(p.extra))
	p.lines = make([]rendered, len(p.events))
	return p
}

// read reports whether the event at a position was read.
func (p *replayPass) read(to int) bool { return p.events[to] != nil || p.lines[to].by != nil }

// next returns what to read instead of what could not be read.
func (p *replayPass) next() []want {
	p.wants = p.wants[:0]
	for i, e := range p.batch {
		if j, ok := p.extra[i]; ok && p.events[j] == nil && !e.twin.skip() {
			delete(p.extra, i)
		} else if ok && p.events[j] == nil {
			p.wants = append(p.wants, want{&e.twin.keys[0], j})
		}
		if p.read(i) {
			continue
		}
		if e.skip() {
			p.wants = append(p.wants, want{&e.keys[0], i})
		} else if e.twin != nil { // it takes the event's place
			e.keys, e.more, e.twin, e.half = e.twin.keys, e.twin.more, nil, false
			if j, ok := p.extra[i]; ok {
				p.events[i], p.events[j] = p.events[j], nil
				delete(p.extra, i)
			}
			if p.events[i] == nil {
				p.wants = append(p.wants, want{&e.keys[0], i})
			}
		}
	}
	return p.wants
}

// twin returns the other half of an event, nil if it was not read.
func (p *replayPass) twin(i int) *Event {
	if j, ok := p.extra[i]; ok {
		return p.events[j]
	}
	return nil
}

// skip goes on to the next copy of a record that cannot be read again.
func (e *indexEntry) skip() bool {
	if len(e.keys) == 1 {
		return false
	}
	e.keys = e.keys[1:]
	return true
}

// readAgain reads the wanted records, and notes which files are not what they were.
func (r *replay) readAgain(ctx context.Context, wants []want, p *replayPass) error {
	slices.SortFunc(wants, func(a, b want) int { return a.key.compareEvidence(b.key) })
	r.failed.files = map[int32]error{}
	if err := r.read(ctx, wants, p); err != nil {
		return err
	}
	last := int32(-1)
	for _, w := range wants {
		if w.key.file != last {
			last = w.key.file
			r.c.Recheck(r.c.Files[last], r.failed.files[last])
		}
	}
	return nil
}

// cite lists the other records of an event.
func (e *indexEntry) cite(ev *Event) {
	ev.More = e.more
	for i := range e.keys[1:] {
		ev.Also = append(ev.Also, Also{Ref: e.keys[1+i].ref()})
	}
	switch {
	case e.twin != nil:
		ev.More += e.twin.more
		for i := range e.twin.keys {
			ev.Also = append(ev.Also, Also{Ref: e.twin.keys[i].ref(), Twin: true})
		}
	case e.half:
		ev.Also = append(ev.Also, Also{Ref: e.other, Twin: true})
	}
	ev.sortAlso()
}

// openFile is a file of evidence that is open as long as chunks of it are to be read.
type openFile struct {
	evidence.RandomAccess
	uses atomic.Int32
}

func (f *openFile) done() {
	if f.uses.Add(-1) == 0 {
		_ = f.Close() // read only
	}
}

// chunkWants are the records to be read of one chunk.
type chunkWants struct {
	file  *openFile
	wants []want
}

// read decodes the chunks that hold the wanted records, given in the order of the evidence.
func (r *replay) read(ctx context.Context, wants []want, p *replayPass) error {
	group, ctx := errgroup.WithContext(ctx)
	chunks := make(chan chunkWants)
	group.Go(func() error {
		defer close(chunks)
		var file *openFile
		defer func() {
			if file != nil {
				file.done()
			}
		}()
		for last := int32(-1); len(wants) > 0; {
			first := wants[0].key
			if first.file != last {
				if file != nil {
					file.done()
					file = nil
				}
				last = first.file
				random, err := r.c.Files[last].OpenRandom()
				if err != nil {
					r.fail(last, err)
					wants = wants[ofFile(wants):]
					continue
				}
				file = &openFile{RandomAccess: random}
				file.uses.Add(1)
			}
			n := 1
			for n < len(wants) && wants[n].key.file == first.file && wants[n].key.chunk == first.chunk {
				n++
			}
			file.uses.Add(1)
			select {
			case chunks <- chunkWants{file, wants[:n]}:
			case <-ctx.Done():
				file.done()
				return ctx.Err()
			}
			wants = wants[n:]
		}
		return nil
	})
	for _, w := range r.workers {
		group.Go(func() error {
			for cw := range chunks {
				if err := w.chunk(cw.file, cw.wants, p); err != nil {
					r.fail(cw.wants[0].key.file, err)
				}
				cw.file.done()
			}
			return nil
		})
	}
	return group.Wait()
}

// ofFile counts the wants, one or more, at the beginning that are of one file.
func ofFile(wants []want) int {
	n := 1
	for n < len(wants) && wants[n].key.file == wants[0].key.file {
		n++
	}
	return n
}

// replayer is one worker of a replay.
type replayer struct {
	*replay
	buf    []byte
	mapper *ecs.Mapper
	dec    evtx.Decoder

	decoded int // chunks

	render Renderer // nil: events are kept
	event  Event    // that is rendered
	text   []byte   // the lines of a batch
}

// chunk reads one chunk's wanted records.
func (w *replayer) chunk(file io.ReaderAt, wants []want, p *replayPass) error {
	first := wants[0].key
	f := w.c.Files[first.file]
	at := evtx.Ref{File: first.file, Chunk: first.chunk, Offset: evtx.SlotOffset(first.chunk)}
	n, err := file.ReadAt(w.buf, at.Offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("chunk %d at %#x: %w", first.chunk, at.Offset, err)
	}
	w.decoded++
	w.dec.NoCRC, w.dec.Stock = f.Header.NoCRC(), f.Stock
	carved := func(x want) bool { return x.key.carved }
	if !slices.ContainsFunc(wants, func(x want) bool { return !carved(x) }) {
		w.take(w.dec.Carved(w.buf[:n], at), at, wants, p)
		return nil
	}
	w.take(w.dec.Records(w.buf[:n], at, func(evtx.Damage) {}), at, wants, p)
	if slices.ContainsFunc(wants, carved) {
		w.take(w.dec.Carved(w.buf[:n], at), at, wants, p)
	}
	for _, x := range wants {
		if k := x.key; !p.read(x.to) && !k.carved {
			return fmt.Errorf("chunk %d at %#x: record %d is not what it was when the file was first read", k.chunk,
				at.Offset, k.id)
		}
	}
	return nil
}

// take makes events of those of some records that are wanted.
func (w *replayer) take(records iter.Seq[*evtx.Record], at evtx.Ref, wants []want, p *replayPass) {
	last := wants[len(wants)-1].key.offset
	for rec := range records {
		offset := uint16(rec.Ref.Offset - at.Offset)
		if offset > last && !rec.Ref.Carved {
			return // live records come in the order of their places
		}
		i, ok := slices.BinarySearchFunc(wants, offset, func(x want, offset uint16) int {
			return cmp.Compare(x.key.offset, offset)
		})
		for ; ok && i < len(wants) && wants[i].key.offset == offset; i++ { // for several events
			w.takeOne(rec, wants[i], p)
		}
	}
}

// takeOne makes the event of a record at the place that is wanted, if it is the record that was there.
func (w *replayer) takeOne(rec *evtx.Record, x want, p *replayPass) {
	k, to := x.key, x.to
	if p.read(to) || rec.ContentHash() != k.hash || rec.Ref.Carved != k.carved {
		return
	}
	if w.render != nil && p.direct(to) {
		w.renderRecord(w.mapper.Map(rec), k, rec.Ref, p, to)
		return
	}
	e := &Event{Event: w.mapper.Map(rec).Clone(), At: k.at, Ref: rec.Ref, hash: k.hash, Note: k.note,
		Host: w.c.Hosts.All[k.owner]}
	e.Host.Enrich(e.Event, e.At, w.c.strict)
	p.events[to] = e
}
