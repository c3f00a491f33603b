package timeline

import (
	"iter"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// indexEntry is one event of the order: its copies, and the other half of a process start.
type indexEntry struct {
	keys  []indexKey  // one or more, the event first
	own   [1]indexKey // keys of an event without copies
	more  int         // copies that are not listed
	twin  *indexEntry
	other evtx.Ref // the other half of a process start that is not in the index
	half  bool     // there is such a record
}

// take adds a key if it is a copy of the entry's event.
func (e *indexEntry) take(k *indexKey) bool {
	if e == nil || !e.keys[0].sameEvent(k) {
		return false
	}
	if len(e.keys) < maxCopies {
		e.keys = append(e.keys, *k)
	} else {
		e.more++
	}
	return true
}

// bytes returns the size of those records of the entry that may be read again.
func (e *indexEntry) bytes() int {
	n := int(e.keys[0].size)
	if e.twin != nil {
		n += int(e.twin.keys[0].size)
	}
	return n
}

// entries gathers the copies of each event.
func (x *Index) entries(keys *spill.Sorter[indexKey]) iter.Seq2[*indexEntry, error] {
	return func(yield func(*indexEntry, error) bool) {
		var e *indexEntry
		var k indexKey
		for next, err := range keys.Sorted() {
			if err != nil {
				yield(nil, err)
				return
			}
			k = next
			if x.skip != nil && x.skip(&k) {
				continue
			}
			if e.take(&k) {
				continue
			}
			if e != nil && !yield(e, nil) {
				return
			}
			e = &indexEntry{own: [1]indexKey{k}}
			e.keys = e.own[:]
		}
		if e != nil {
			yield(e, nil)
		}
	}
}

// skip moves on to the next copy when a record cannot be read again.
func (e *indexEntry) skip() bool {
	if len(e.keys) == 1 {
		return false
	}
	e.keys = e.keys[1:]
	return true
}

// cite lists the other records of an event.
func (e *indexEntry) cite(ev *Event) {
	ev.More = e.more
	for i := range e.keys[1:] {
		ev.Also = append(ev.Also, Also{Ref: e.keys[1+i].ref()})
	}
	switch {
	case e.twin != nil:
		ev.More += e.twin.more
		for i := range e.twin.keys {
			ev.Also = append(ev.Also, Also{Ref: e.twin.keys[i].ref(), Twin: true})
		}
	case e.half:
		ev.Also = append(ev.Also, Also{Ref: e.other, Twin: true})
	}
	ev.sortAlso()
}
