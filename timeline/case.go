package timeline

import (
	"cmp"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
	"hunt/timeline/shard"
	"hunt/timeline/spill"
)

// Case is what a Scan learnt of the whole collection.
type Case struct {
	Collection *evidence.Collection
	Files      []*ledger.File // what was learnt of each file of the collection, in its order
	Hosts      *host.Set
	Damage     []evtx.Damage    // sorted by file, offset and kind
	Records    ledger.FileStats // sums over all files
	Clock      ledger.Clock
	Filter     Filter
	Limits     *limit.Tally // bounds that bit, from the search for evidence on

	spans     []ledger.Chunk
	examiner  *coverage.Examiner
	inputs    []int32                         // by file: the number of its input
	noted     func(ref evtx.Ref, hash uint64) // called for each record that is read again; may be nil
	joined    *gathered
	rechecked map[int32]bool // files that were not the same when they were read a second time
	changes   []error        // what is wrong with them

	schema    *ecs.Schema
	templates *evtx.Cache
	strict    bool
	jobs      int // workers

	memory  spill.Budget
	tempDir string
}

// Readable counts the files of which something could be read.
func (c *Case) Readable() int {
	n := 0
	for _, f := range c.Files {
		if !f.Container && (f.Status == evidence.Read || f.Status == evidence.Damaged) {
			n++
		}
	}
	return n
}

// NewStore returns a store that keeps little in memory and the rest in a temporary file. The caller closes it.
func (c *Case) NewStore() *spill.Store {
	s := spill.NewStore(c.tempDir)
	s.Memory = c.memory.Of(spill.Report)
	return s
}

// Spare returns the memory that what is listed beside findings may take, in bytes, and the directory for the rest.
func (c *Case) Spare() (memory int64, tempDir string) {
	return max(c.memory.Of(spill.Report), leastSpare), c.tempDir
}

// leastSpare keeps what is put in order outside of memory from being read over and over with a small budget.
const leastSpare = 4 << 20

// Templates returns the cache with which to decode records of the case again: that of the scan, which has their
// templates.
func (c *Case) Templates() *evtx.Cache { return c.templates }

// LeftOut returns the names of a host that the filter let through and those that it left out: that two names are
// one host is known only after everything was read. Both are empty if it let none through; out is empty if it let
// all through.
func (c *Case) LeftOut(h *host.Host) (in, out []string) {
	for _, name := range h.Names() {
		if c.Filter.admitsHost(name) {
			in = append(in, name)
		} else {
			out = append(out, name)
		}
	}
	if len(in) == 0 {
		return nil, nil
	}
	return in, out
}

// gathered is what a scan gathered, or a join of what many did.
type gathered = shard.Joined

// newCase makes the case of what a scan gathered, and uses up its ledger. It reads the histories of the hosts that
// survey chooses; nil chooses all.
func newCase(g *gathered, o ScanOptions, survey func(id string) bool) *Case {
	col, files, l, dropped := g.Collection, g.Files, g.Ledger, g.Copies
	c := &Case{joined: g, Collection: col, Files: files, Clock: o.Clock, Filter: o.Filter, Limits: o.Limits,
		schema: o.Schema, templates: o.Templates,
		strict: o.Strict, jobs: o.Jobs,
		spans: l.Spans, memory: o.MaxMemory, tempDir: o.TempDir}
	c.numberInputs()
	if o.Shard != nil {
		c.noted = o.Shard.Keep
	}
	c.takeFiles(l)
	c.drop(l, dropped)
	for _, f := range files {
		c.Records.Add(f.Stats)
	}
	c.Hosts = host.Resolve(host.Options{Files: files, Ledger: l, Map: o.Hosts, Jobs: o.Jobs, Memory: o.MaxMemory,
		Survey: survey, Asked: o.Asked, TempDir: o.TempDir})
	g.Ledger, g.Copies = nil, ledger.Copies{} // counts per class and host, which the hosts have now
	c.examiner = coverage.New(c.Hosts, ledger.Period{From: o.Filter.From, To: o.Filter.To}, c.Damage)
	return c
}

// tellClocks counts the hosts whose clocks changed more often than hunt follows. This is known only of all evidence
// together, never of one shard.
func (c *Case) tellClocks() {
	for _, h := range c.Hosts.All {
		if h.ClockCut {
			c.Limits.Bite(host.BoundClock, limit.In(h.ID))
		}
	}
}

// numberInputs numbers the inputs in the order of their first files.
func (c *Case) numberInputs() {
	number := map[string]int32{}
	for _, f := range c.Files {
		n, ok := number[f.Input]
		if !ok {
			n = int32(len(number)) // #nosec G115 -- as many as files
			number[f.Input] = n
		}
		c.inputs = append(c.inputs, n)
	}
}

// Note tells the shard that is being written, if any, that a record is read again: whoever reads the shard needs
// it.
func (c *Case) Note(r evtx.Ref) {
	if c.noted != nil {
		c.noted(r, 0)
	}
}

// NoteEvent notes an event with its copies and its twin, as Note does.
func (c *Case) NoteEvent(e *Event) {
	if c.noted == nil {
		return
	}
	c.noted(e.Ref, e.hash)
	for i := range e.Also {
		hash := e.hash
		if e.Also[i].Twin {
			hash = 0
		}
		c.noted(e.Also[i].Ref, hash)
	}
}

// noteEvents notes those of the events that a shard keeps.
func (c *Case) noteEvents(events []*Event, choose *chooser) {
	for _, e := range events {
		if choose.keeps(e) {
			c.NoteEvent(e)
		}
	}
}

// takeFiles gives the files their counts, and lists all damage.
func (c *Case) takeFiles(l *ledger.Ledger) {
	for i, f := range c.Files {
		f.Stats.Add(l.Files[i])
	}
	c.Damage = l.Damage
	for _, f := range c.Files {
		if f.Headed && f.Hashed {
			f.Damage = append(f.Damage, f.Header.Compare(f.Stats.Chunks, f.Stats.LastHeaderID)...)
		}
		for i := range f.Damage {
			f.Damage[i].Ref.File = f.Index
		}
		c.Damage = append(c.Damage, f.Damage...)
		for _, d := range f.Damage {
			if d.Kind.LosesRecords() {
				f.Stats.Damaged++
			}
		}
	}
	slices.SortFunc(c.Damage, ledger.CompareDamage)
	slices.SortFunc(c.spans, ledger.Chunk.Compare)
	for spans := c.spans; len(spans) > 0; {
		stats := &c.Files[spans[0].Ref.File].Stats
		n := 0
		for ; n < len(spans) && spans[n].Ref.File == spans[0].Ref.File; n++ {
			stats.Channels = append(stats.Channels, spans[n].Channel)
			stats.Computers = append(stats.Computers, spans[n].Computer)
		}
		stats.Channels, stats.Computers = ledger.Distinct(stats.Channels), ledger.Distinct(stats.Computers)
		spans = spans[n:]
	}
	for _, f := range c.Files {
		if f.Container {
			continue
		}
		if f.Status == evidence.Read {
			f.TellDamage()
		}
		if f.Status == evidence.Damaged && f.Stats.Read == 0 && f.Stats.Carved == 0 {
			f.Status = evidence.Unreadable
			f.Detail = "no record could be read: " + f.FirstDamage(c.Damage)
		}
	}
}

// Err returns the first error of reading spilled histories or shards; what was built after it is incomplete.
func (c *Case) Err() error { return cmp.Or(c.Hosts.Err(), c.joined.Err()) }

// LetGo frees the facts of hosts and records once they are no longer needed; files and their changes stay.
func (c *Case) LetGo() {
	c.Hosts.LetGo()
	c.spans, c.examiner, c.templates, c.Damage = nil, nil, nil, nil
}

// Coverage works out what the logs of a host could have shown within a period, as an Examiner does.
func (c *Case) Coverage(h *host.Host, within ledger.Period) *coverage.Coverage {
	return c.examiner.Coverage(h, within)
}

// drop subtracts the copies from the counts.
func (c *Case) drop(l *ledger.Ledger, d ledger.Copies) {
	for i, f := range c.Files {
		f.Stats.Duplicate += d.Live[i]
		f.Stats.Kept += d.Kept[i]
		f.Stats.Carved -= d.Carved[i]
		f.Stats.Carve.Duplicate += d.Carved[i]
	}
	for i, n := range d.Days {
		l.Days[i].Count -= n
		l.Facts[l.Days[i].Fact].Count -= n
	}
}
