package timeline

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// Filter narrows the evidence. Its zero value lets everything through.
type Filter struct {
	Hosts    []string // names, short or full, in any case
	From, To evtx.Filetime
}

// IsZero reports whether f lets everything through.
func (f Filter) IsZero() bool { return len(f.Hosts) == 0 && f.From == 0 && f.To == 0 }

func (f Filter) admits(computer string, at evtx.Filetime) bool {
	if at != 0 && (f.From != 0 && at < f.From || f.To != 0 && at > f.To) { // what has no time may be of any
		return false
	}
	return f.admitsHost(computer)
}

func (f Filter) admitsHost(computer string) bool {
	return len(f.Hosts) == 0 || slices.ContainsFunc(f.Hosts, func(h string) bool { return sameMachine(h, computer) })
}

// sameMachine reports whether a short name or FQDN names the same machine as another: they are equal, or one is the
// first label of the other.
func sameMachine(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	la, fa, _ := strings.Cut(a, ".")
	lb, fb, _ := strings.Cut(b, ".")
	return strings.EqualFold(la, lb) && (fa == "" || fb == "")
}

// ScanOptions of Scan.
type ScanOptions struct {
	Jobs   int // workers; 0 = one per core
	Clock  ledger.Clock
	Carved bool // carved records reach the visitors, marked
	Strict bool // only the fields that Elastic's mapping has, as it has them: nothing derived from a host's history
	Filter Filter
	Asked  ledger.Asked // the histories of hosts that are wanted; fewer take less memory
	Schema *ecs.Schema
	Meter  *Meter // may be nil

	// Limits counts the bounds that apply while the evidence is found and read, including those that visitors reach;
	// nil: the scan has a tally of its own. Case.Limits is the same tally.
	Limits *limit.Tally

	Hosts *host.Map     // which names are one host, in addition to what the logs say; may be nil
	Shard *shard.Writer // takes what the scan learns; may be nil.

	// Templates holds the templates of earlier scans, which this one adds to; nil: it begins with none.
	Templates *evtx.Cache

	MaxMemory spill.Budget
	TempDir   string // for what is beyond it; "" is the system's
}

func (o *ScanOptions) defaults() {
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	o.Jobs = min(o.Jobs, maxJobs)
	if o.Schema == nil {
		o.Schema = ecs.NewSchema()
	}
	if o.Meter == nil {
		o.Meter = &Meter{}
	}
	if o.Limits == nil {
		o.Limits = &limit.Tally{}
	}
	if o.Templates == nil {
		o.Templates = evtx.NewCacheOf(o.MaxMemory.Of(spill.Templates))
	}
}

func newMapper(s *ecs.Schema, strict bool, clock ledger.Clock) *ecs.Mapper {
	m := ecs.NewMapper(s)
	m.Strict, m.Clock = strict, clock.ECS()
	return m
}

// maxHeld is the number of facts that one worker holds.
func (o *ScanOptions) maxHeld() int {
	return max(int(o.MaxMemory.Of(spill.Histories)/ledger.FactSize)/o.Jobs, minHeld)
}

// minHeld is a number of facts that makes a block worth compressing.
const minHeld = 256

// Visitor sees the events of one worker, in no order. The event is valid during the call; Clone keeps it.
type Visitor interface {
	Visit(ev *ecs.Event, at evtx.Filetime)
}

// Named bounds of a scan.
const (
	// maxDamagePerChunk bounds the entries that one hostile 64 KiB slot can produce; the last one counts the rest.
	maxDamagePerChunk = 64
	// buffersPerWorker is the number of slot buffers in flight per worker: enough to hide the reader's latency, 256
	// KiB a worker.
	buffersPerWorker = 4
	// maxJobs bounds the workers: any more would only wait for the single reader.
	maxJobs = 255
)

// job is one slot on its way to a worker.
type job struct {
	buf  *evtx.SlotBuffer
	n    int
	at   evtx.Ref
	file *ledger.File
	done *FileMeter
}

// Evidence is a collection that can be scanned.
type Evidence struct{ *evidence.Collection }

// Of returns c as Evidence.
func Of(c *evidence.Collection) Evidence { return Evidence{c} }

// Scan calls the function Scan with the collection.
func (e Evidence) Scan(ctx context.Context, o ScanOptions, visitor func() Visitor) (*Case, error) {
	return Scan(ctx, e.Collection, o, visitor)
}

// Scan reads every readable file of the collection once, slot by slot, decodes the slots on all workers and shows
// each event to the worker's visitor. What it learns on the way (hosts, processes, logons, counts, damage) is in the
// returned Case. Memory: a few buffers per worker, the facts, 32 bytes per record for finding duplicates.
func Scan(ctx context.Context, c *evidence.Collection, o ScanOptions, visitor func() Visitor) (*Case, error) {
	o.defaults()
	o.Limits.Add(c.Limits.Bites())
	files := ledger.NewFiles(c)
	o.Meter.expect(files)
	jobs := make(chan job, o.Jobs*buffersPerWorker)
	pool := sync.Pool{New: func() any { return new(evtx.SlotBuffer) }}
	collectors := make([]*collector, o.Jobs)
	put := ledger.NewPasts(o.TempDir, o.MaxMemory)
	keys := spill.NewSorter(ledger.RecordKeys, o.MaxMemory.Of(spill.Keys), o.TempDir)
	defer func() { _ = keys.Close() }() // read only by now
	writers := keys.Split(o.Jobs)

	fd := feeder{pool: &pool, jobs: jobs, limits: o.Limits, again: o.Shard != nil}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(jobs)
		return fd.all(groupCtx, files, o.Meter)
	})
	for i := range collectors {
		w := newCollector(i, o, stores{put, writers[i]}, visitor())
		w.hosts = o.Hosts
		collectors[i] = w
		group.Go(func() error { return w.slots(groupCtx, jobs, &pool) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if o.Carved {
		if err := carve(ctx, files, &pool, collectors); err != nil {
			return nil, err
		}
	}
	for _, f := range files {
		f.NoteChange()
	}
	l := joined(ledger.New(len(files), put, keys), collectors)
	dropped, err := l.FindCopies()
	if err != nil {
		return nil, err
	}
	if o.Schema.Overflows() {
		o.Limits.Bite(ecs.BoundClasses, limit.In(""))
	}
	if o.Shard != nil {
		o.Shard.Templates = o.Templates
		if err := o.Shard.Scanned(c, files, l, dropped, o.Limits.Bites()); err != nil {
			return nil, err
		}
	}
	cs := newCase(&gathered{Collection: c, Files: files, Ledger: l, Copies: dropped}, o, nil)
	cs.tellClocks()
	return cs, cmp.Or(cs.Err(), cs.reconcile())
}

// joined is a ledger with what all workers gathered.
func joined(l *ledger.Ledger, collectors []*collector) *ledger.Ledger {
	for _, w := range collectors {
		l.Take(&w.Gathered)
		*w = collector{} // its caches are large, and whoever still has its last event would hold all of them
	}
	l.Sort()
	return l
}
