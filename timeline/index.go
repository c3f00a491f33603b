package timeline

import (
	"cmp"
	"context"
	"errors"
	"math"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// Index holds the order of a case's events without the events: what is needed to sort them, to find copies and to
// read each again. It takes some 60 bytes a record, in memory up to a bound, then in unnamed temporary files.
//
// A Scan fills it through its visitors, Order puts it in order, Replay reads the events. Close it when done.
type Index struct {
	// Fail is called once, while the scan runs, with the first error of the temporary files: there is no point in
	// reading on. It may be nil.
	Fail func(error)

	o        IndexOptions
	found    *spill.Sorter[indexKey] // in the order in which the workers found them
	writers  []*spill.Writer[indexKey]
	visitors int
	keys     *spill.Sorter[indexKey]
	starts   *spill.Sorter[indexKey] // process starts once more, to find the other half of each
	groups   []uint32                // by host
	batch    int                     // events that Replay holds at a time, 0 = by memory
	skip     func(*indexKey) bool    // records that are left out of the order; nil: none

	mu        sync.Mutex
	classes   []*ecs.Class
	classOf   map[ledger.EventKind]uint32
	computers []string
	nameOf    map[string]uint32
	failed    sync.Once
}

// IndexOptions of NewIndex.
type IndexOptions struct {
	Jobs      int // visitors that will be asked for; 0 = one per core
	MaxMemory spill.Budget
	TempDir   string // as in ScanOptions
	Few       bool   // it serves a few hosts, while others have indexes of their own at the same time
}

// NewIndex makes an empty index.
func NewIndex(o IndexOptions) *Index {
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	anyOrder := func(a, b indexKey) int { return 0 }
	x := &Index{o: o, classOf: map[ledger.EventKind]uint32{}, nameOf: map[string]uint32{}}
	x.found = spill.NewSorter(keyForm(anyOrder), o.MaxMemory.Of(spill.Index)/2, o.TempDir)
	x.writers = x.found.Split(o.Jobs)
	return x
}

// Close frees the memory and the temporary files.
func (x *Index) Close() error {
	var errs []error
	for _, s := range []*spill.Sorter[indexKey]{x.found, x.keys, x.starts} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// Choice is what a filter decides about an event before it is enriched.
type Choice uint8

// The choices. Undecided means that the answer depends on the host's history; Replay asks again.
const (
	Drop Choice = iota
	Undecided
	Take
)

// Visitor returns a visitor for one worker of a Scan; only that worker calls choose. The calls of Visitor and Writer
// together must not exceed IndexOptions.Jobs.
func (x *Index) Visitor(choose func(*ecs.Event) Choice) Visitor {
	return &indexer{IndexWriter: *x.Writer(), choose: choose}
}

// Writer returns a writer for one goroutine.
func (x *Index) Writer() *IndexWriter {
	w := &IndexWriter{x: x, writer: x.writers[x.visitors], classOf: map[*ecs.Class]uint32{}}
	x.visitors++
	return w
}

// indexer indexes what a filter chooses.
type indexer struct {
	IndexWriter
	choose func(*ecs.Event) Choice
}

// Visit implements Visitor.
func (w *indexer) Visit(ev *ecs.Event, at evtx.Filetime) {
	if choice := w.choose(ev); choice != Drop {
		w.Add(ev, at, ev.Record.Ref, choice == Undecided)
	}
}

// maxWriterClasses bounds the classes whose numbers one writer keeps.
const maxWriterClasses = 1 << 13

// IndexWriter gathers the keys of one goroutine.
type IndexWriter struct {
	x       *Index
	writer  *spill.Writer[indexKey]
	classOf map[*ecs.Class]uint32
	name    string // the last Computer name
	owner   uint32
	named   bool
}

// Add adds an event, or a copy of it if ref is that of another record. Replay settles an undecided event.
func (w *IndexWriter) Add(ev *ecs.Event, at evtx.Filetime, ref evtx.Ref, undecided bool) {
	w.AddNoted(ev, at, ref, undecided, 0)
}

// AddNoted is Add with a note on the record's content, which Replay hands out as Event.Note. Copies have the same
// note.
func (w *IndexWriter) AddNoted(ev *ecs.Event, at evtx.Filetime, ref evtx.Ref, undecided bool, note uint32) {
	class, ok := w.classOf[ev.Class]
	if !ok {
		class = numberOf(w.x, ledger.KindOf(ev.Class), ev.Class, w.x.classOf, &w.x.classes)
		if len(w.classOf) >= maxWriterClasses {
			clear(w.classOf)
		}
		w.classOf[ev.Class] = class
	}
	if name := ev.Record.Computer(); !w.named || name != w.name {
		w.name, w.named = name, true
		w.owner = numberOf(w.x, name, name, w.x.nameOf, &w.x.computers)
	}
	w.writer.Add(indexKey{at: at, id: ref.EventRecordID, hash: ev.Record.ContentHash(), header: ref.HeaderRecordID,
		file: ref.File, chunk: ref.Chunk, class: class, owner: w.owner, carved: ref.Carved, undecided: undecided,
		note: note,
		// #nosec G115 -- within a slot
		offset: uint16(ref.Offset - evtx.SlotOffset(ref.Chunk)),
		size:   uint16(min(len(ev.Record.Raw()), math.MaxUint16))})
	if err := w.x.found.Err(); err != nil && w.x.Fail != nil {
		w.x.failed.Do(func() { w.x.Fail(err) })
	}
}

// numberOf returns the number of a thing among those that the workers have found.
func numberOf[K comparable, T any](x *Index, key K, thing T, numbers map[K]uint32, all *[]T) uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	n, ok := numbers[key]
	if !ok {
		n = uint32(len(*all))
		numbers[key] = n
		*all = append(*all, thing)
	}
	return n
}

// Order puts what the scan found in order, in one or more groups of hosts: the histories of the hosts in a group fit
// in memory together. With byHost, each host is a group. It returns the number of groups.
func (x *Index) Order(ctx context.Context, c *Case, byHost bool) (groups int, err error) {
	if !x.o.Few {
		c.Hosts.Shrink()
	}
	x.groups, groups = c.Hosts.Groups(byHost)
	memory := x.o.MaxMemory.Of(spill.Index)
	x.keys = spill.NewSorter(keyForm(x.compare), memory*3/8, x.o.TempDir)
	x.starts = spill.NewSorter(keyForm(x.compare), memory/8, x.o.TempDir)
	blocks := make(chan []indexKey, x.o.Jobs)
	spare := sync.Pool{New: func() any { return new(make([]indexKey, 0, ownedBlock)) }}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(blocks)
		owners := newOwners(c, x.computers)
		block := (*spare.Get().(*[]indexKey))[:0]
		send := func() error {
			select {
			case blocks <- block:
				block = (*spare.Get().(*[]indexKey))[:0]
				return nil
			case <-groupCtx.Done():
				return groupCtx.Err()
			}
		}
		for k, err := range x.found.Sorted() {
			if err != nil {
				return err
			}
			k.owner = owners.of(&k)
			if block = append(block, k); len(block) == ownedBlock {
				if err := send(); err != nil {
					return err
				}
			}
		}
		return send()
	})
	keys, starts := x.keys.Split(x.o.Jobs), x.starts.Split(x.o.Jobs)
	for i := range x.o.Jobs {
		group.Go(func() error {
			for block := range blocks {
				for _, k := range block {
					keys[i].Add(k)
					if x.classes[k.class].ProcessStart {
						starts[i].Add(k)
					}
				}
				spare.Put(&block)
				if err := cmp.Or(x.keys.Err(), x.starts.Err()); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = errors.Join(group.Wait(), x.found.Close())
	x.found = nil
	return groups, err
}

// ownedBlock is how many keys at a time are given their owners.
const ownedBlock = 1 << 13

// owners finds the hosts of keys.
type owners struct {
	c      *Case
	names  []string
	number map[*host.Host]uint32
	host   []int64 // by name: the host's number, -1: the file decides
}

func newOwners(c *Case, names []string) *owners {
	o := &owners{c: c, names: names, number: map[*host.Host]uint32{}, host: make([]int64, len(names))}
	for i, h := range c.Hosts.All {
		o.number[h] = uint32(i)
	}
	for i, name := range names {
		o.host[i] = -1
		if h := c.Hosts.Named(name); h != nil {
			o.host[i] = int64(o.number[h])
		}
	}
	return o
}

func (o *owners) of(k *indexKey) uint32 {
	if n := o.host[k.owner]; n >= 0 {
		return uint32(n)
	}
	return o.number[o.c.Hosts.Of(o.names[k.owner], k.file)]
}
