package binxml

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hunt/evtx/binxml/canon"
)

const (
	// maxStock bounds the definitions of a Stock. The logs of a host have a few thousand.
	maxStock = 32_768
	// maxStockBytes bounds their canonical forms together. It is independent of the budget of a run; otherwise what
	// can be borrowed would depend on the budget.
	maxStockBytes = 16 << 20
)

// Stock holds definitions, by content, to be lent to records whose own is gone. What it holds, and which of several
// it lends, does not depend on the order in which they were learnt: when it is full, it keeps those with the lowest
// hashes. It is safe for concurrent use. The zero value is empty and ready for use.
type Stock struct {
	// Next lends what this Stock cannot. It must be set before the Stock is used, and what it lends is not among
	// Lent.
	Next *Stock

	mu    sync.RWMutex
	byID  map[uint32][]*stocked // in the order of stocked.compare
	all   stockHeap
	bytes int
	least *stocked // the lowest of those that there was no room for; nil: there was room for all
}

// stocked is a definition of a Stock.
type stocked struct {
	key    string // its canonical form
	hash   uint64
	values int        // that a record of it has
	holes  []usedHole // in order; they take less than key, while one high slot makes thousands of holes
	lent   atomic.Bool
}

// usedHole is a slot that a definition refers to.
type usedHole struct {
	slot uint16
	typ  Type
}

func newStocked(key string, p *program) *stocked {
	d := &stocked{key: key, hash: p.hash, values: len(p.holes)}
	for i, h := range p.holes {
		if h.used {
			d.holes = append(d.holes, usedHole{uint16(i), h.typ}) // #nosec G115 -- below MaxSlot
		}
	}
	d.holes = slices.Clone(d.holes) // without room for more
	return d
}

// fits is the function fit for the definition.
func (d *stocked) fits(values []slot) bool {
	if len(values) != d.values {
		return false
	}
	for _, h := range d.holes {
		if !h.typ.accepts(values[h.slot].typ) {
			return false
		}
	}
	return true
}

func (d *stocked) id() uint32 { return binary.LittleEndian.Uint32([]byte(d.key[1:5])) }

func (d *stocked) compare(o *stocked) int {
	return cmp.Or(cmp.Compare(d.hash, o.hash), strings.Compare(d.key, o.key))
}

// stockHeap has the highest definition on top.
type stockHeap []*stocked

func (h stockHeap) Len() int           { return len(h) }
func (h stockHeap) Less(i, j int) bool { return h[i].compare(h[j]) > 0 }
func (h stockHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *stockHeap) Push(x any)        { *h = append(*h, x.(*stocked)) }
func (h *stockHeap) Pop() any {
	n := len(*h) - 1
	d := (*h)[n]
	(*h)[n], *h = nil, (*h)[:n]
	return d
}

// learn adds a definition by its canonical form, which is not kept.
func (s *Stock) learn(key []byte, p *program) {
	s.add(newStocked(string(key), p))
}

func (s *Stock) add(d *stocked) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := d.id()
	at, known := slices.BinarySearchFunc(s.byID[id], d, (*stocked).compare)
	if known || s.least != nil && d.compare(s.least) >= 0 {
		return
	}
	if s.byID == nil {
		s.byID = map[uint32][]*stocked{}
	}
	s.byID[id] = slices.Insert(s.byID[id], at, d)
	heap.Push(&s.all, d)
	s.bytes += len(d.key)
	for len(s.all) > maxStock || s.bytes > maxStockBytes {
		out := heap.Pop(&s.all).(*stocked)
		id := out.id()
		at, _ := slices.BinarySearchFunc(s.byID[id], out, (*stocked).compare)
		s.byID[id] = slices.Delete(s.byID[id], at, at+1)
		s.bytes -= len(out.key)
		s.least = out
	}
}

// borrow returns the canonical form of a definition of that id that fits the values, "" if there is none.
func (s *Stock) borrow(id uint32, values []slot) string {
	if s == nil {
		return ""
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, d := range s.byID[id] {
		if d.fits(values) {
			d.lent.Store(true)
			return d.key
		}
	}
	return s.Next.borrow(id, values)
}

// Full reports whether there was no room for some definitions.
func (s *Stock) Full() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.least != nil
}

// Lent returns the canonical forms of the definitions that were lent, sorted by hash. A Stock of these alone lends
// the same ones to the same records.
func (s *Stock) Lent() []string { return s.keys(func(d *stocked) bool { return d.lent.Load() }) }

// Definitions returns the canonical forms of all definitions, sorted by hash.
func (s *Stock) Definitions() []string { return s.keys(func(*stocked) bool { return true }) }

func (s *Stock) keys(of func(*stocked) bool) []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var chosen []*stocked
	for _, d := range s.all {
		if of(d) {
			chosen = append(chosen, d)
		}
	}
	slices.SortFunc(chosen, (*stocked).compare)
	var keys []string
	for _, d := range chosen {
		keys = append(keys, d.key)
	}
	return keys
}

// canonLimits are the limits that the Parser obeys. A definition ends at the token that exceeds MaxDefinition.
var canonLimits = canon.Limits{Size: 2 * MaxDefinition, Depth: MaxElementDepth, Name: MaxName, Slot: MaxSlot}

// errCanon says that bytes are not a canonical form.
var errCanon = errors.New("a template definition that no scan wrote")

// Add adds canonical forms that Lent or Definitions returned, and checks each: the first that is not sound ends it
// with an error.
func (s *Stock) Add(keys []string) error {
	for _, k := range keys {
		if !canon.Sound(k, canonLimits) {
			return errCanon
		}
		p, _, _ := compileTree([]byte(k))
		s.add(newStocked(k, p))
	}
	return nil
}
