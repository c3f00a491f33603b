package ecs

import (
	"container/heap"
	"math"
	"slices"
)

// maxClasses bounds the classes of a run that are counted. A log that invents a channel or event id per record would
// otherwise cost memory for each; real collections have a few thousand. Events of other classes are mapped and
// evaluated like any other, and counted in a class without a name.
const maxClasses = 1 << 16

// roster holds the classes that are counted: those with the lowest ranks, whatever order they come in. A class that
// was removed never returns, so that one in the final roster was there for all its events.
type roster struct {
	most    int // 0 = maxClasses
	byKey   map[classKey]*Class
	highest rankHeap // of byKey, the highest rank first; empty until a class has to be removed
	full    bool     // a class was left out
}

func (r *roster) get(key classKey) *Class { return r.byKey[key] }

// add adds a class that is not in the roster. If there are too many, it marks the one with the highest rank as out.
func (r *roster) add(c *Class) {
	c.rank = rankOf(c)
	most := r.most
	if most == 0 {
		most = maxClasses
	}
	if r.byKey == nil {
		r.byKey = map[classKey]*Class{}
	}
	if len(r.byKey) < most {
		r.byKey[c.key()] = c
		return
	}
	if !r.full {
		r.full = true
		r.highest = make(rankHeap, 0, most)
		for _, known := range r.byKey {
			r.highest = append(r.highest, known)
		}
		heap.Init(&r.highest)
	}
	if !c.before(r.highest[0]) {
		c.out.Store(true)
		return
	}
	last := r.highest[0]
	last.out.Store(true)
	delete(r.byKey, last.key())
	r.byKey[c.key()] = c
	r.highest[0] = c
	heap.Fix(&r.highest, 0)
}

// rankOf ranks a class by its names alone. Those with a mapping, in the channel and under the provider that write
// them, come first, so that invented ones cannot crowd them out; there are fewer of them than maxClasses. The hash
// decides among the others, so that their order in a log does not matter.
func rankOf(c *Class) uint64 {
	if src := c.def.source; c.Known && src != nil && src.provider == c.Provider &&
		slices.Contains(src.channels, c.Channel) {
		return 0
	}
	return min(c.hash, math.MaxUint64-1) + 1
}

// before orders classes by rank, then by their names.
func (c *Class) before(o *Class) bool {
	switch {
	case c.rank != o.rank:
		return c.rank < o.rank
	case c.Channel != o.Channel:
		return c.Channel < o.Channel
	case c.Provider != o.Provider:
		return c.Provider < o.Provider
	}
	return c.EventID < o.EventID
}

// rankHeap keeps the class of the highest rank on top.
type rankHeap []*Class

func (h rankHeap) Len() int           { return len(h) }
func (h rankHeap) Less(i, j int) bool { return h[j].before(h[i]) }
func (h rankHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *rankHeap) Push(x any)        { *h = append(*h, x.(*Class)) }
func (h *rankHeap) Pop() any          { panic("ecs: classes are replaced, not taken") }
