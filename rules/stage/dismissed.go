package stage

import (
	"hash/maphash"
	"math/bits"
	"sync/atomic"

	"hunt/evtx"
)

// Dismissed is a cache of records that satisfied no predicate, so that their copies are not
// evaluated again: evidence with shadow copies, backups or a log that was collected twice has many.
// All workers share it. A record has one place, and a newer one replaces it; a replaced record is
// evaluated again, with the same result.
type Dismissed struct {
	seed  maphash.Seed
	shift int
	keys  []atomic.Uint64 // 0: none
}

// NewDismissed returns a cache of as many records as memory bytes hold, at least 1024.
func NewDismissed(memory int64) *Dismissed {
	n := bits.Len64(uint64(max(memory/8, 1024))) - 1
	return &Dismissed{seed: maphash.MakeSeed(), shift: 64 - n, keys: make([]atomic.Uint64, 1<<n)}
}

// Key identifies the content of a record, and is never 0. It combines a hash of the record's bytes
// with a random seed, so that nobody can craft a record that collides with another, and the hash of
// its content, because the same bytes mean something else under another template.
func (d *Dismissed) Key(r *evtx.Record) uint64 {
	return (maphash.Bytes(d.seed, r.Raw()) ^ r.ContentHash()) | 1
}

// Has reports whether a record is in the cache.
func (d *Dismissed) Has(key uint64) bool { return d.keys[key>>d.shift].Load() == key }

// Add adds a record.
func (d *Dismissed) Add(key uint64) { d.keys[key>>d.shift].Store(key) }
