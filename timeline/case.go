package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Case is what a Scan learnt of the whole collection.
type Case struct {
	Collection *Collection
	Hosts      []*Host       // sorted by ID
	Damage     []evtx.Damage // sorted by file, offset and kind
	Records    FileStats     // sums over all files
	Clock      Clock
	Filter     Filter
	TextCut    int // process starts whose texts were too much to keep: crafted records, not what Windows writes

	byComputer map[string]*Host  // Computer as logged -> host
	byFile     map[hostKey]*Host // the same for names that several machines share
	twins      map[evtx.Ref]evtx.Ref
	spans      []chunkSpan
	schema     *ecs.Schema
	strict     bool
}

// EventCount is how often one event id was logged on a host, duplicates not counted.
type EventCount struct {
	Channel, Provider string
	EventID           uint32
	Count             int
	First, Last       evtx.Filetime
	WithCommandLine   int // of process starts
	WithParent        int
}

// EventKind is a kind of event.
type EventKind struct {
	Channel, Provider string
	EventID           uint32
}

// HostOf returns the host of a Computer name as logged, nil if there is none or records of that name are of several hosts.
func (c *Case) HostOf(computer string) *Host { return c.byComputer[computer] }

// LeftOut tells where the filter let through records of a host under some of its names and left out those under others: whether
// two names are one host is known only when everything was read. out is empty where that is not so.
func (c *Case) LeftOut(h *Host) (in, out []string) {
	for _, name := range h.Names {
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

// newCase merges what the workers gathered; its result does not depend on how the slots fell to them.
func newCase(col *Collection, o ScanOptions, ws []*collector) *Case {
	c := &Case{Collection: col, Clock: o.Clock, Filter: o.Filter, schema: o.Schema, strict: o.Strict,
		byComputer: map[string]*Host{}, byFile: map[hostKey]*Host{}, twins: map[evtx.Ref]evtx.Ref{}}
	c.mergeFiles(ws)
	c.dropDuplicateCounts(ws)
	for _, f := range col.Files {
		f.Stats.Kept = f.Stats.Read - f.Stats.Filtered - f.Stats.Duplicate
		c.Records.add(f.Stats)
	}
	facts := gatherHistory(ws)
	c.resolveHosts(ws)
	c.shareOut(facts)
	for _, w := range ws {
		c.TextCut += w.textCut
	}
	for _, h := range c.Hosts {
		h.buildProcesses(c)
	}
	return c
}

func (s *FileStats) add(o FileStats) {
	s.Read += o.Read
	s.Kept += o.Kept
	s.Filtered += o.Filtered
	s.Duplicate += o.Duplicate
	s.Damaged += o.Damaged
	s.Carved += o.Carved
	s.Carve.Add(o.Carve)
	s.chunks += o.chunks
	s.lastHeaderID = max(s.lastHeaderID, o.lastHeaderID)
	s.First, s.Last = span(s.First, s.Last, o.First)
	s.First, s.Last = span(s.First, s.Last, o.Last)
}

func (c *Case) mergeFiles(ws []*collector) {
	for _, w := range ws {
		for i, s := range w.files {
			f := c.Collection.Files[i]
			first, last, firstID, lastID := f.Stats.FirstID, f.Stats.LastID, s.FirstID, s.LastID
			f.Stats.add(*s)
			if first == 0 || firstID != 0 && firstID < first {
				f.Stats.FirstID = firstID
			}
			f.Stats.LastID = max(last, lastID)
		}
		c.Damage = append(c.Damage, w.damage...)
		c.spans = append(c.spans, w.spans...)
		w.spans = nil
	}
	for _, f := range c.Collection.Files {
		if f.headed && f.Hashed {
			for _, d := range f.Header.Compare(f.Stats.chunks, f.Stats.lastHeaderID) {
				d.Ref.File = f.Index
				f.damage = append(f.damage, d)
			}
		}
		c.Damage = append(c.Damage, f.damage...)
		for _, d := range f.damage {
			if d.Kind.LosesRecords() {
				f.Stats.Damaged++
			}
		}
	}
	slices.SortFunc(c.Damage, func(a, b evtx.Damage) int {
		return cmp.Or(a.Ref.Compare(b.Ref), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Detail, b.Detail))
	})
	slices.SortFunc(c.spans, func(a, b chunkSpan) int {
		return cmp.Or(a.ref.Compare(b.ref), strings.Compare(a.computer, b.computer), strings.Compare(a.channel, b.channel))
	})
	for _, s := range c.spans {
		f := c.Collection.Files[s.ref.File]
		f.Stats.Channels = insert(f.Stats.Channels, s.channel)
		f.Stats.Computers = insert(f.Stats.Computers, s.computer)
	}
	for _, f := range c.Collection.Files {
		if f.Container {
			continue
		}
		if f.Status == FileRead && f.Stats.Damaged > 0 {
			f.Status = FileDamaged
			f.Detail = fmt.Sprintf("%d places where records may be missing", f.Stats.Damaged)
			if f.Stats.Damaged == 1 {
				f.Detail = "1 place where records may be missing"
			}
		}
		if f.Status == FileDamaged && f.Stats.Read == 0 && f.Stats.Carved == 0 {
			f.Status = FileUnreadable
			f.Detail = "not one record could be read: " + f.firstDamage(c.Damage)
		}
	}
}

func (f *File) firstDamage(all []evtx.Damage) string {
	for _, d := range all {
		if d.Ref.File == f.Index && d.Kind.LosesRecords() {
			return d.Detail
		}
	}
	return "no reason known"
}

// insert adds s to a sorted set.
func insert(set []string, s string) []string {
	if i, found := slices.BinarySearch(set, s); !found {
		return slices.Insert(set, i, s)
	}
	return set
}

// dropDuplicateCounts finds records that say the same and takes all but the first copy (in the order of the evidence) off the counts.
func (c *Case) dropDuplicateCounts(ws []*collector) {
	n := 0
	for _, w := range ws {
		for _, block := range w.keys {
			n += len(block)
		}
	}
	keys := make([]recordKey, 0, n)
	for _, w := range ws {
		for i, block := range w.keys {
			keys = append(keys, block...)
			w.keys[i] = nil
		}
		w.keys = nil
	}
	slices.SortFunc(keys, func(a, b recordKey) int {
		if a.carved != b.carved && a.hash == b.hash && a.id == b.id {
			if b.carved {
				return -1 // the live copy is the event
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.id, b.id), cmp.Compare(a.file, b.file),
			cmp.Compare(a.chunk, b.chunk), cmp.Compare(a.offset, b.offset))
	})
	for i := 1; i < len(keys); i++ {
		k := keys[i]
		if k.hash != keys[i-1].hash || k.id != keys[i-1].id {
			continue
		}
		if k.carved {
			s := &c.Collection.Files[k.file].Stats
			s.Carved--
			s.Carve.Duplicate++
			continue
		}
		// A record counts once: what the filter kept out stays filtered, copy or not.
		fact := k.fact
		if fact < 0 {
			fact = ^fact
		} else {
			c.Collection.Files[k.file].Stats.Duplicate++
		}
		ws[k.worker].facts[fact].Count--
	}
}

// caseHistory holds the facts of all hosts, in order, each once.
type caseHistory struct {
	starts   []*procStart
	ends     []*procEnd
	logons   []*logon
	notables []*notable
}

// gatherHistory sorts the workers' history facts, drops second copies, and counts what the process starts carry: copies of a
// record carry it no second time.
func gatherHistory(ws []*collector) caseHistory {
	h := caseHistory{
		starts: gather(ws, func(w *collector) *[]*procStart { return &w.starts }, func(a, b *procStart) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.recordID, b.recordID), cmp.Compare(a.contentHash, b.contentHash))
		}, func(s *procStart) evtx.Ref { return s.ref }),
		ends: gather(ws, func(w *collector) *[]*procEnd { return &w.ends }, func(a, b *procEnd) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.hash, b.hash))
		}, func(e *procEnd) evtx.Ref { return e.ref }),
		logons: gather(ws, func(w *collector) *[]*logon { return &w.logons }, func(a, b *logon) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.hash, b.hash))
		}, func(l *logon) evtx.Ref { return l.ref }),
		notables: gather(ws, func(w *collector) *[]*notable { return &w.notable }, func(a, b *notable) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.hash, b.hash))
		}, func(n *notable) evtx.Ref { return n.ref }),
	}
	for _, s := range h.starts {
		if s.ref.Carved {
			continue // not among the records that are counted
		}
		if s.commandLine != "" {
			s.facts.WithArgs++
		}
		if s.parentExe != "" {
			s.facts.WithParent++
		}
	}
	return h
}

// shareOut hands the facts to their hosts.
func (c *Case) shareOut(facts caseHistory) {
	for _, s := range facts.starts {
		h := c.hostOf(s.computer, s.ref.File)
		h.starts = append(h.starts, s)
	}
	for _, e := range facts.ends {
		h := c.hostOf(e.computer, e.ref.File)
		h.ends = append(h.ends, e)
	}
	for _, l := range facts.logons {
		h := c.hostOf(l.computer, l.ref.File)
		h.logons = append(h.logons, l)
	}
	for _, n := range facts.notables {
		h := c.hostOf(n.computer, n.ref.File)
		h.notables = append(h.notables, n)
	}
}

// gather joins one list of all workers, sorts it by what the items say and where they stand, and keeps the first of
// those that say the same: the one that Keeper and Order keep, too.
func gather[T any](ws []*collector, list func(*collector) *[]*T, compare func(a, b *T) int, ref func(*T) evtx.Ref) []*T {
	var all []*T
	for _, w := range ws {
		l := list(w)
		all = append(all, *l...)
		*l = nil
	}
	slices.SortFunc(all, func(a, b *T) int {
		if c := compare(a, b); c != 0 {
			return c
		}
		return compareRefs(ref(a), ref(b))
	})
	return slices.CompactFunc(all, func(a, b *T) bool { return compare(a, b) == 0 })
}
