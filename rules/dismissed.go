package rules

import (
	"math/bits"
	"math/rand/v2"
	"sync/atomic"

	"hunt/evtx"
)

// dismissed remembers records that satisfied no predicate, so that their copies are not evaluated again: evidence with shadow
// copies, exported logs or a log that was collected twice has many. All workers share it. It forgets: a record has one place, which
// the last one takes. What is forgotten is evaluated again, with the same result.
type dismissed struct {
	// seed is of each run its own. A record is known by its number and the hash of its content; who made another one with the same
	// hash would have to give it the same number, too, and the second of such two is a copy to everything else.
	seed  uint64
	shift int
	keys  []atomic.Uint64
}

// dismissedShare is the part of the memory budget that dismissed records may have: one in so many.
const dismissedShare = 64

func newDismissed(memory int64) *dismissed {
	n := bits.Len64(uint64(max(memory/dismissedShare/8, 1024))) - 1
	return &dismissed{seed: rand.Uint64() | 1, shift: 64 - n, keys: make([]atomic.Uint64, 1<<n)}
}

// key identifies what a record says.
func (d *dismissed) key(r *evtx.Record) uint64 {
	return r.ContentHash() ^ r.EventRecordID()*d.seed
}

func (d *dismissed) has(key uint64) bool { return d.keys[key>>d.shift].Load() == key }

func (d *dismissed) add(key uint64) { d.keys[key>>d.shift].Store(key) }
