package timeline

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
)

// Index is the order of a case's events without the events: what is needed to sort them, to find copies and to read each
// again. 48 bytes an event, so that a timeline of tens of millions of events fits the memory of a laptop.
type Index struct {
	workers []*indexer
	keys    []indexKey
	classes []*ecs.Class
	batch   int // events that Replay holds at a time, 0 = replayBatch
}

// Choice says what a filter makes of an event before it is enriched.
type Choice uint8

// The choices. Undecided events depend on what only the host's history tells; Replay asks again.
const (
	Drop Choice = iota
	Undecided
	Take
)

// indexKey is the place of one record in the order and in the evidence.
type indexKey struct {
	at               evtx.Filetime
	id, hash, header uint64 // header: record id of the record header
	file, chunk      int32
	class            uint32 // in Index.classes
	offset           uint16 // within the slot
	carved           bool
	undecided        bool
}

func (k *indexKey) ref() evtx.Ref {
	return evtx.Ref{File: k.file, Chunk: k.chunk, HeaderRecordID: k.header, EventRecordID: k.id, Carved: k.carved,
		Offset: evtx.FileHeaderSize + int64(k.chunk)*evtx.ChunkSize + int64(k.offset)}
}

// Visitor returns a visitor for one worker of a Scan; choose is only called by that worker.
func (x *Index) Visitor(choose func(*ecs.Event) Choice) Visitor {
	w := &indexer{choose: choose, numbers: map[*ecs.Class]uint32{}}
	x.workers = append(x.workers, w)
	return w
}

// indexer gathers one worker's keys.
type indexer struct {
	choose  func(*ecs.Event) Choice
	keys    []indexKey
	classes []*ecs.Class
	numbers map[*ecs.Class]uint32
}

// Visit implements Visitor.
func (w *indexer) Visit(ev *ecs.Event, at evtx.Filetime) {
	choice := w.choose(ev)
	if choice == Drop {
		return
	}
	class, ok := w.numbers[ev.Class]
	if !ok {
		class = uint32(len(w.classes))
		w.numbers[ev.Class] = class
		w.classes = append(w.classes, ev.Class)
	}
	ref := ev.Record.Ref
	w.keys = append(w.keys, indexKey{at: at, id: ref.EventRecordID, hash: ev.Record.ContentHash(), header: ref.HeaderRecordID,
		file: ref.File, chunk: ref.Chunk, class: class, carved: ref.Carved, undecided: choice == Undecided,
		offset: uint16(ref.Offset - evtx.FileHeaderSize - int64(ref.Chunk)*evtx.ChunkSize)})
}

// finish joins and sorts what the workers gathered: the order of Event.Compare.
func (x *Index) finish() {
	if len(x.workers) == 0 {
		return
	}
	numbers := map[*ecs.Class]uint32{}
	total := 0
	for _, w := range x.workers {
		total += len(w.keys)
	}
	x.keys = slices.Grow(x.keys, total)
	for _, w := range x.workers {
		renumber := make([]uint32, len(w.classes))
		for i, c := range w.classes {
			n, ok := numbers[c]
			if !ok {
				n = uint32(len(x.classes))
				numbers[c] = n
				x.classes = append(x.classes, c)
			}
			renumber[i] = n
		}
		for _, k := range w.keys {
			k.class = renumber[k.class]
			x.keys = append(x.keys, k)
		}
		w.keys = nil
	}
	x.workers = nil
	slices.SortFunc(x.keys, x.compare)
}

func (x *Index) compare(a, b indexKey) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	if a.class != b.class {
		if c := strings.Compare(x.classes[a.class].Channel, x.classes[b.class].Channel); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.hash, b.hash), compareRefs(a.ref(), b.ref()))
}

// sameEvent reports whether two keys are copies of one event.
func (k *indexKey) sameEvent(o *indexKey) bool {
	return k.at == o.at && k.id == o.id && k.hash == o.hash && k.class == o.class
}

// indexEntry is one event of the order: its copies, and the other half of a process start.
type indexEntry struct {
	first  int32 // in keys
	copies int32 // keys of the event, one or more
	twin   int32 // entry that is merged into this one, -1: none
	merged bool  // into another entry
}

// entries finds copies, and, as MergeTwins does, the Security 4688 of each Sysmon 1.
func (x *Index) entries(twins map[evtx.Ref]evtx.Ref) []indexEntry {
	var es []indexEntry
	at := map[evtx.Ref]int32{}
	for i := 0; i < len(x.keys); {
		j := i + 1
		for j < len(x.keys) && x.keys[i].sameEvent(&x.keys[j]) {
			j++
		}
		if x.classes[x.keys[i].class].ProcessStart {
			if ref := x.keys[i].ref(); len(twins) > 0 && twins[ref] != (evtx.Ref{}) {
				at[ref] = int32(len(es))
			}
		}
		es = append(es, indexEntry{first: int32(i), copies: int32(j - i), twin: -1})
		i = j
	}
	for ref, i := range at {
		other, ok := at[twins[ref]]
		if ok && x.classes[x.keys[es[i].first].class].EventID == 4688 {
			es[other].twin, es[i].merged = i, true
		}
	}
	return es
}
