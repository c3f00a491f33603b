// Package limit is the account of the bounds that a run met. Everything that grows with hostile input has a named
// bound; one that bites is counted here, and the report, the shards, standard error and the exit code say so.
// docs/limits.md lists the bounds.
//
// To add one, declare it beside the constant that it is about and count it where something is left out:
//
//	var boundAnswers = limit.Bound{ID: "ecs-dns-answers", Loses: true,
//		Text: "hunt reads the first 1,024 answers of a DNS event"}
//	...
//	tally.Bite(boundAnswers, limit.At(r.Ref.File, r.Ref.Offset))
//
// The counts must depend on the evidence, the rules and the options alone, never on which worker came first.
package limit

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// ID names a bound, in reports and shards of all versions: lower-case words with hyphens, the part of hunt first.
type ID string

// Bound is a named bound on what hunt reads, keeps or writes.
type Bound struct {
	ID ID
	// what it does, as a sentence without its full stop: "hunt reads the first 1,024 answers of a DNS event"
	Text string
	// Loses says that evidence or a match may be lost where the bound bites: the run is incomplete, exit code 3.
	// Without it only what is shown is shorter, and the whole is told elsewhere.
	Loses bool
}

// NoFile is the File of a place that is in no evidence file.
const NoFile = -1

// Place is where a bound bit: a record or another part of an evidence file, or something with a name.
type Place struct {
	File   int32  // index in the case's ordered list of evidence files; NoFile for none
	Offset int64  // in bytes from the start of the file
	Name   string // of an archive member, rule, host or output; "" in an evidence file or for the run as a whole
}

// At returns the place at an offset of an evidence file.
func At(file int32, offset int64) Place { return Place{File: file, Offset: offset} }

// In returns the place of that name; "" is the run as a whole.
func In(name string) Place { return Place{File: NoFile, Name: name} }

// Compare orders places by file, offset and name.
func (p Place) Compare(o Place) int {
	return cmp.Or(cmp.Compare(p.File, o.File), cmp.Compare(p.Offset, o.Offset), strings.Compare(p.Name, o.Name))
}

// Bite is a bound that bit.
type Bite struct {
	Bound
	Count int64 // how often
	First Place // the least of the places where it did, whenever it was met
}

// Tally counts the bounds that bit. It is safe for concurrent use, and what it holds does not depend on the order of
// the calls. The zero value is empty; a nil Tally counts nothing.
type Tally struct {
	mu    sync.Mutex
	bites map[ID]Bite
}

// Bite counts a bound that bit once.
func (t *Tally) Bite(b Bound, at Place) { t.Add([]Bite{{b, 1, at}}) }

// Add adds what another tally has counted.
func (t *Tally) Add(bites []Bite) {
	if t == nil || len(bites) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bites == nil {
		t.bites = map[ID]Bite{}
	}
	for _, b := range bites {
		if known, ok := t.bites[b.ID]; ok {
			b.Count += known.Count
			if known.First.Compare(b.First) < 0 {
				b.First = known.First
			}
		}
		t.bites[b.ID] = b
	}
}

// Bites returns what was counted, sorted by ID.
func (t *Tally) Bites() []Bite {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Bite, 0, len(t.bites))
	for _, b := range t.bites {
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b Bite) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// Reset forgets everything.
func (t *Tally) Reset() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.bites)
}

// Loses reports whether evidence or a match may be lost to one of the bounds that bit.
func Loses(bites []Bite) bool {
	return slices.ContainsFunc(bites, func(b Bite) bool { return b.Loses })
}
