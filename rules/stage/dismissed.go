package stage

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"

	"hunt/evtx"
)

// Dismissed remembers records that satisfied no predicate, so that their copies are not evaluated
// again: evidence with shadow copies, backups or a log that was collected twice has many. All
// workers share it. It forgets: a record has one place, which the last one takes. What is forgotten
// is evaluated again, with the same result.
type Dismissed struct {
	seed  maphash.Seed
	shift int
	keys  []atomic.Uint64 // 0: none
}

// NewDismissed makes room for as many records as memory bytes hold, 1024 at least.
func NewDismissed(memory int64) *Dismissed {
	n := bits.Len64(uint64(max(memory/8, 1024))) - 1
	return &Dismissed{seed: maphash.MakeSeed(), shift: 64 - n, keys: make([]atomic.Uint64, 1<<n)}
}

// Key identifies what a record says, never by 0: by its bytes, hashed under a seed that nobody
// knows, so that no record can be made that passes for another, and by the hash of its content, as
// the same bytes say something else under another template.
func (d *Dismissed) Key(r *evtx.Record) uint64 {
	return (maphash.Bytes(d.seed, r.Raw()) ^ r.ContentHash()) | 1
}

// Has reports whether a record is remembered.
func (d *Dismissed) Has(key uint64) bool { return d.keys[key>>d.shift].Load() == key }

// Add remembers a record.
func (d *Dismissed) Add(key uint64) { d.keys[key>>d.shift].Store(key) }
