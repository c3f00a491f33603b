package ledger

import (
	"cmp"
	"encoding/binary"

	"hunt/timeline/spill"
)

// RecordKey identifies what a record says and where it is.
type RecordKey struct {
	Hash, ID    uint64
	File, Chunk int32
	Offset      uint16 // within the chunk
	Worker      uint8  // whose counts
	Carved      bool
	Count       int32 // number in the worker's days; its complement (^) if the filter left the record out
}

// compare puts copies next to each other, live ones first, then in the order of the evidence.
func (k RecordKey) compare(o RecordKey) int {
	if k.Hash != o.Hash { // nearly always; cmp.Or would compare everything else, too
		return cmp.Compare(k.Hash, o.Hash)
	}
	if k.Carved != o.Carved && k.ID == o.ID {
		if o.Carved {
			return -1 // the live copy is the event
		}
		return 1
	}
	return cmp.Or(cmp.Compare(k.ID, o.ID), cmp.Compare(k.File, o.File), cmp.Compare(k.Chunk, o.Chunk),
		cmp.Compare(k.Offset, o.Offset))
}

// RecordKeySize is the size of a RecordKey in a file.
const RecordKeySize = 32

var RecordKeys = spill.Form[RecordKey]{Size: RecordKeySize, Compare: RecordKey.compare,
	Put: func(b []byte, k *RecordKey) {
		le := binary.LittleEndian
		le.PutUint64(b, k.Hash)
		le.PutUint64(b[8:], k.ID)
		le.PutUint32(b[16:], uint32(k.File))
		le.PutUint32(b[20:], uint32(k.Chunk))
		le.PutUint16(b[24:], k.Offset)
		b[26] = k.Worker
		b[27] = 0
		if k.Carved {
			b[27] = 1
		}
		le.PutUint32(b[28:], uint32(k.Count))
	},
	Get: func(b []byte, k *RecordKey) {
		le := binary.LittleEndian
		*k = RecordKey{Hash: le.Uint64(b), ID: le.Uint64(b[8:]), File: int32(le.Uint32(b[16:])),
			Chunk:  int32(le.Uint32(b[20:])),
			Offset: le.Uint16(b[24:]), Worker: b[26], Carved: b[27] == 1, Count: int32(le.Uint32(b[28:]))}
	},
}

// Copies counts the records that repeat another one: what must be subtracted from the counts, so that all except
// the first copy (in the order of the evidence) count as duplicates.
type Copies struct {
	Live   []int // by file: copies that the filter let through
	Kept   []int // by file: first copies that the filter let through
	Carved []int // by file
	Days   []int // by number in the ledger: records too many
}

// FindCopies goes through the keys of all records.
func (l *Ledger) FindCopies() (Copies, error) {
	out := Copies{Live: make([]int, len(l.Files)), Kept: make([]int, len(l.Files)), Carved: make([]int, len(l.Files)),
		Days: make([]int, len(l.Days))}
	var last RecordKey
	first := true
	for k, err := range l.Keys.Sorted() {
		if err != nil {
			return out, err
		}
		switch {
		case !first && k.Hash == last.Hash && k.ID == last.ID:
			out.add(l, k)
		case !k.Carved && k.Count >= 0:
			out.Kept[k.File]++
		}
		last, first = k, false
	}
	return out, nil
}

func (c *Copies) add(l *Ledger, k RecordKey) {
	if k.Carved {
		c.Carved[k.File]++
		return
	}
	// A record counts once: one that the filter left out stays filtered, copy or not.
	day := k.Count
	if day < 0 {
		day = ^day
	} else {
		c.Live[k.File]++
	}
	c.Days[l.Numbers[k.Worker][day]]++
}
