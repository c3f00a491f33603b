package timeline

import (
	"cmp"
	"encoding/binary"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// indexKey is the place of one record in the order and in the evidence.
type indexKey struct {
	at               evtx.Filetime
	id, hash, header uint64 // header: record id of the record header
	file, chunk      int32
	class            uint32 // in Index.classes
	owner            uint32 // at first the name, in Index.computers; after ordering the host, in Case.Hosts
	note             uint32 // from whoever indexed it
	offset           uint16 // within the slot
	size             uint16 // of the record, in bytes
	carved           bool
	undecided        bool
}

func (k *indexKey) ref() evtx.Ref {
	return evtx.Ref{File: k.file, Chunk: k.chunk, HeaderRecordID: k.header, EventRecordID: k.id, Carved: k.carved,
		Offset: evtx.SlotOffset(k.chunk) + int64(k.offset)}
}

// sameEvent reports whether two keys are copies of one event.
func (k *indexKey) sameEvent(o *indexKey) bool {
	return k.at == o.at && k.id == o.id && k.hash == o.hash && k.class == o.class && k.owner == o.owner
}

// compareEvidence is the order in which keys are read.
func (k *indexKey) compareEvidence(o *indexKey) int {
	return cmp.Or(cmp.Compare(k.file, o.file), cmp.Compare(k.chunk, o.chunk), cmp.Compare(k.offset, o.offset))
}

// keyForm writes keys, compared by the given order.
func keyForm(compare func(a, b indexKey) int) spill.Form[indexKey] {
	return spill.Form[indexKey]{Size: keySize, Put: putKey, Get: getKey, Compare: compare}
}

// keySize is the size of a key in a file, in bytes.
const keySize = 57

func putKey(b []byte, k *indexKey) {
	_ = b[keySize-1]
	le := binary.LittleEndian
	le.PutUint64(b, uint64(k.at))
	le.PutUint64(b[8:], k.id)
	le.PutUint64(b[16:], k.hash)
	le.PutUint64(b[24:], k.header)
	le.PutUint32(b[32:], uint32(k.file))
	le.PutUint32(b[36:], uint32(k.chunk))
	le.PutUint32(b[40:], k.class)
	le.PutUint32(b[44:], k.owner)
	le.PutUint32(b[48:], k.note)
	le.PutUint16(b[52:], k.offset)
	le.PutUint16(b[54:], k.size)
	b[56] = 0
	if k.carved {
		b[56] = 1
	}
	if k.undecided {
		b[56] |= 2
	}
}

func getKey(b []byte, k *indexKey) {
	_ = b[keySize-1]
	le := binary.LittleEndian
	*k = indexKey{at: evtx.Filetime(le.Uint64(b)), id: le.Uint64(b[8:]), hash: le.Uint64(b[16:]),
		header: le.Uint64(b[24:]),
		file:   int32(le.Uint32(b[32:])), chunk: int32(le.Uint32(b[36:])), class: le.Uint32(b[40:]),
		owner: le.Uint32(b[44:]), note: le.Uint32(b[48:]),
		offset: le.Uint16(b[52:]), size: le.Uint16(b[54:]), carved: b[56]&1 != 0, undecided: b[56]&2 != 0}
}

// compare orders by group of hosts, and within a group as Event.Compare.
func (x *Index) compare(a, b indexKey) int {
	if a.owner != b.owner {
		if c := cmp.Compare(x.groups[a.owner], x.groups[b.owner]); c != 0 {
			return c
		}
	}
	return x.compareEvents(&a, &b)
}

// compareEvents orders as Event.Compare, whatever the host.
func (x *Index) compareEvents(a, b *indexKey) int {
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	if a.class != b.class {
		if c := strings.Compare(x.classes[a.class].Channel, x.classes[b.class].Channel); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.hash, b.hash), cmp.Compare(a.owner, b.owner),
		ledger.CompareRefs(a.ref(), b.ref()))
}
