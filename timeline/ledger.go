package timeline

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// ledger is what the workers of a scan gathered: counts, facts, and where each record stands. Case is made of it. Nothing in it
// depends on which worker met what.
type ledger struct {
	files   []FileStats // by File.Index
	facts   []*classFacts
	factOf  map[factKey]int32
	days    []dayFacts
	spans   []chunkSpan
	damage  []evtx.Damage // of chunks; that of files as a whole is theirs
	sids    map[sidVote]int
	pasts   map[hostKey]*history
	put     *pastStore               // histories that were put away
	keys    *spill.Sorter[recordKey] // of every record
	numbers [][]int32                // worker -> number of its days in days
}

func newLedger(files int, put *pastStore, keys *spill.Sorter[recordKey]) *ledger {
	return &ledger{files: make([]FileStats, files), factOf: map[factKey]int32{}, sids: map[sidVote]int{}, pasts: map[hostKey]*history{}, put: put, keys: keys}
}

// gathered is what one worker of a scan gathered.
type gathered struct {
	files  map[int32]*FileStats // by File.Index
	facts  []*classFacts
	days   []dayFacts
	spans  []chunkSpan
	damage []evtx.Damage
	sids   map[sidVote]int
}

// take moves what a worker gathered into the ledger.
func (l *ledger) take(w *gathered) {
	for i, s := range w.files {
		l.files[i].add(*s)
	}
	number := make([]int32, len(w.facts))
	for i, f := range w.facts {
		f.class = f.class.Counted() // it may have lost its place since
		number[i] = l.count(f)
		past := l.pasts[f.hostKey()]
		if past == nil {
			past = &history{}
			l.pasts[f.hostKey()] = past
		}
		past.add(f.past)
		*f.past = history{} // several classes share it
	}
	l.numbers = append(l.numbers, l.countDays(w.days, number))
	l.spans = append(l.spans, w.spans...)
	l.damage = append(l.damage, w.damage...)
	for v, n := range w.sids {
		l.sids[v] += n
	}
}

// sort puts everything in an order that does not depend on which worker met what, so that a shard of the same evidence has the
// same bytes. It comes after the last take.
func (l *ledger) sort() {
	facts := sorted(l.facts, func(a, b *classFacts) int {
		return cmp.Or(strings.Compare(a.computer, b.computer), cmp.Compare(a.file, b.file), kindOf(a.class).Compare(kindOf(b.class)))
	})
	for i := range l.days {
		l.days[i].fact = facts[l.days[i].fact]
	}
	days := sorted(l.days, func(a, b dayFacts) int { return cmp.Or(cmp.Compare(a.fact, b.fact), cmp.Compare(a.day, b.day)) })
	for i, f := range l.facts {
		l.factOf[f.factKey] = int32(i) // #nosec G115 -- they were numbered so before
		for k, n := range f.days {
			f.days[k] = days[n]
		}
	}
	for _, numbers := range l.numbers {
		for k, n := range numbers {
			numbers[k] = days[n]
		}
	}
	slices.SortFunc(l.spans, chunkSpan.compare)
	slices.SortFunc(l.damage, compareDamage)
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

// count adds the counts of one class under one name and returns their number.
func (l *ledger) count(f *classFacts) int32 {
	i, ok := l.factOf[f.factKey]
	if !ok {
		i = int32(len(l.facts))
		l.factOf[f.factKey] = i
		l.facts = append(l.facts, &classFacts{factKey: f.factKey})
	}
	l.facts[i].add(f)
	return i
}

// countDays adds the counts of some classes, whose numbers in the ledger are given, and returns their own.
func (l *ledger) countDays(days []dayFacts, facts []int32) []int32 {
	out := make([]int32, len(days))
	for i, d := range days {
		fact := facts[d.fact]
		n := l.facts[fact].days.at(&l.days, fact, d.day)
		l.days[n].count += d.count
		l.days[n].hours |= d.hours
		out[i] = n
	}
	return out
}

func (f *classFacts) add(o *classFacts) {
	f.Count += o.Count
	f.Shown += o.Shown
	f.First, f.Last = span(f.First, f.Last, o.First)
	f.First, f.Last = span(f.First, f.Last, o.Last)
}

// hostKey is where the history of the class's host is kept.
func (k factKey) hostKey() hostKey { return hostKey{k.computer, k.file - 1} }

// hostKey finds a host where the name alone does not: records of one name in different files can be of different machines.
type hostKey struct {
	computer string
	file     int32
}

// sidVote is one machine SID that a record gives to a computer.
type sidVote struct {
	computer string
	file     int32 // as in factKey
	sid      string
}

func (k hostKey) compare(o hostKey) int {
	return cmp.Or(cmp.Compare(k.computer, o.computer), cmp.Compare(k.file, o.file))
}

// fileChannel is one log in one file.
type fileChannel struct {
	file    int32
	channel string
}

// compareRefs puts live records before carved ones, then goes by the order of the evidence.
func compareRefs(a, b evtx.Ref) int {
	if a.Carved != b.Carved {
		if b.Carved {
			return -1
		}
		return 1
	}
	return a.Compare(b)
}

func compareDamage(a, b evtx.Damage) int {
	return cmp.Or(a.Ref.Compare(b.Ref), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Detail, b.Detail))
}
