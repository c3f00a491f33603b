package rules

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"

	"hunt/evtx"
)

// dismissed remembers records that satisfied no predicate, so that their copies are not evaluated
// again: evidence with shadow copies, backups or a log that was collected twice has many. All
// workers share it. It forgets: a record has one place, which the last one takes. What is forgotten
// is evaluated again, with the same result.
type dismissed struct {
	seed  maphash.Seed
	shift int
	keys  []atomic.Uint64 // 0: none
}

// newDismissed makes room for as many records as memory bytes hold, 1024 at least.
func newDismissed(memory int64) *dismissed {
	n := bits.Len64(uint64(max(memory/8, 1024))) - 1
	return &dismissed{seed: maphash.MakeSeed(), shift: 64 - n, keys: make([]atomic.Uint64, 1<<n)}
}

// key identifies what a record says, never by 0: by its bytes, hashed under a seed that nobody
// knows, so that no record can be made that passes for another, and by the hash of its content, as
// the same bytes say something else under another template.
func (d *dismissed) key(r *evtx.Record) uint64 {
	return (maphash.Bytes(d.seed, r.Raw()) ^ r.ContentHash()) | 1
}

func (d *dismissed) has(key uint64) bool { return d.keys[key>>d.shift].Load() == key }

func (d *dismissed) add(key uint64) { d.keys[key>>d.shift].Store(key) }
