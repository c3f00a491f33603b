package ledger

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// Ledger is what the workers of a scan gathered: counts, facts, and where each record is. A Case is made from it.
// Its content does not depend on which worker found which record.
type Ledger struct {
	Files   []FileStats // by File.Index
	Facts   []*ClassCount
	factOf  map[ClassKey]int32
	Days    []DayCounts
	Spans   []Chunk
	Damage  []evtx.Damage // damage of chunks; a file's own damage is in its File
	SIDs    map[SIDVote]int
	Pasts   map[Owner]*History
	Away    *Pasts                   // spilled histories
	Keys    *spill.Sorter[RecordKey] // of every record
	Numbers [][]int32                // worker -> number of its days in days
}

// New returns an empty ledger for a number of files.
func New(files int, away *Pasts, keys *spill.Sorter[RecordKey]) *Ledger {
	return &Ledger{Files: make([]FileStats, files), factOf: map[ClassKey]int32{}, SIDs: map[SIDVote]int{},
		Pasts: map[Owner]*History{}, Away: away, Keys: keys}
}

// Gathered is what one worker of a scan gathered.
type Gathered struct {
	Files  map[int32]*FileStats // by File.Index
	Facts  []*ClassCount
	Days   []DayCounts
	Spans  []Chunk
	Damage []evtx.Damage
	SIDs   map[SIDVote]int
}

// Take moves what a worker gathered into the ledger, and leaves the worker empty.
func (l *Ledger) Take(w *Gathered) {
	for i, s := range w.Files {
		l.Files[i].Add(*s)
	}
	number := make([]int32, len(w.Facts))
	for i, f := range w.Facts {
		f.Class = f.Class.Counted() // it may have lost its place since
		number[i] = l.Count(f)
		if f.Past.Len() == 0 {
			continue // empty, or spilled
		}
		past := l.Pasts[f.Owner()]
		if past == nil {
			past = &History{}
			l.Pasts[f.Owner()] = past
		}
		past.Add(f.Past)
		*f.Past = History{} // several classes share it
	}
	l.Numbers = append(l.Numbers, l.CountDays(w.Days, number))
	l.Spans = append(l.Spans, w.Spans...)
	l.Damage = append(l.Damage, w.Damage...)
	for v, n := range w.SIDs {
		l.SIDs[v] += n
	}
	*w = Gathered{}
}

// Sort puts everything in an order that does not depend on which worker found what, so that a shard of the same
// evidence has the same bytes. It comes after the last Take.
func (l *Ledger) Sort() {
	facts := sorted(l.Facts, func(a, b *ClassCount) int {
		return cmp.Or(strings.Compare(a.Computer, b.Computer), cmp.Compare(a.File, b.File),
			KindOf(a.Class).Compare(KindOf(b.Class)))
	})
	for i := range l.Days {
		l.Days[i].Fact = facts[l.Days[i].Fact]
	}
	days := sorted(l.Days, func(a, b DayCounts) int {
		return cmp.Or(cmp.Compare(a.Fact, b.Fact), cmp.Compare(a.Day, b.Day))
	})
	for i, f := range l.Facts {
		l.factOf[f.ClassKey] = int32(i) // #nosec G115 -- they were numbered so before
		for k, n := range f.Days {
			f.Days[k] = days[n]
		}
	}
	for _, numbers := range l.Numbers {
		for k, n := range numbers {
			numbers[k] = days[n]
		}
	}
	slices.SortFunc(l.Spans, Chunk.Compare)
	slices.SortFunc(l.Damage, CompareDamage)
}

// sorted sorts a list and returns the new number of each of its items.
func sorted[T any](list []T, compare func(a, b T) int) (number []int32) {
	order := make([]int32, len(list))
	for i := range order {
		order[i] = int32(i) // #nosec G115 -- the caller has numbered them so
	}
	slices.SortFunc(order, func(a, b int32) int { return compare(list[a], list[b]) })
	number = make([]int32, len(list))
	old := slices.Clone(list)
	for to, from := range order {
		list[to], number[from] = old[from], int32(to) // #nosec G115 -- see above
	}
	return number
}

// Count adds the counts of one class under one name and returns their number.
func (l *Ledger) Count(f *ClassCount) int32 {
	i, ok := l.factOf[f.ClassKey]
	if !ok {
		i = int32(len(l.Facts))
		l.factOf[f.ClassKey] = i
		l.Facts = append(l.Facts, &ClassCount{ClassKey: f.ClassKey})
	}
	l.Facts[i].add(f)
	return i
}

// CountDays adds the counts of some classes, whose numbers in the ledger are given, and returns their own.
func (l *Ledger) CountDays(days []DayCounts, facts []int32) []int32 {
	out := make([]int32, len(days))
	for i, d := range days {
		fact := facts[d.Fact]
		n := l.Facts[fact].Days.At(&l.Days, fact, d.Day)
		l.Days[n].Count += d.Count
		l.Days[n].Hours |= d.Hours
		out[i] = n
	}
	return out
}

func (f *ClassCount) add(o *ClassCount) {
	f.Count += o.Count
	f.Shown += o.Shown
	f.First, f.Last = Widen(f.First, f.Last, o.First)
	f.First, f.Last = Widen(f.First, f.Last, o.Last)
}

// Owner returns the key under which the history of the class's host is kept.
func (k ClassKey) Owner() Owner { return Owner{k.Computer, k.File - 1} }

// Owner identifies a host if its name alone does not: records of one name in different files can be of different
// machines.
type Owner struct {
	Computer string
	File     int32
}

// SIDVote is one machine SID that a record gives to a computer.
type SIDVote struct {
	Computer string
	File     int32 // as in ClassKey
	SID      string
}

func (k Owner) Compare(o Owner) int {
	return cmp.Or(cmp.Compare(k.Computer, o.Computer), cmp.Compare(k.File, o.File))
}

// Log is one log in one file.
type Log struct {
	File    int32
	Channel string
}

// CompareRefs orders live records before carved ones, and then by place in the evidence.
func CompareRefs(a, b evtx.Ref) int {
	if a.Carved != b.Carved {
		if b.Carved {
			return -1
		}
		return 1
	}
	return a.Compare(b)
}

func CompareDamage(a, b evtx.Damage) int {
	return cmp.Or(a.Ref.Compare(b.Ref), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Detail, b.Detail))
}
