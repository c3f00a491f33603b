package timeline

import (
	"cmp"
	"encoding/binary"

	"hunt/timeline/spill"
)

// recordKey identifies what a record says and where it stands.
type recordKey struct {
	hash, id    uint64
	file, chunk int32
	offset      uint16 // within the chunk
	worker      uint8  // whose counts
	carved      bool
	count       int32 // number in the worker's days; its complement (^) where the filter kept the record out
}

// compare brings copies together, live ones first, then in the order of the evidence.
func (k recordKey) compare(o recordKey) int {
	if k.hash != o.hash { // nearly always; cmp.Or would compare all the rest, too
		return cmp.Compare(k.hash, o.hash)
	}
	if k.carved != o.carved && k.id == o.id {
		if o.carved {
			return -1 // the live copy is the event
		}
		return 1
	}
	return cmp.Or(cmp.Compare(k.id, o.id), cmp.Compare(k.file, o.file), cmp.Compare(k.chunk, o.chunk), cmp.Compare(k.offset, o.offset))
}

// recordKeySize is the size of a recordKey in a file.
const recordKeySize = 32

var recordKeys = spill.Form[recordKey]{Size: recordKeySize, Compare: recordKey.compare,
	Put: func(b []byte, k *recordKey) {
		le := binary.LittleEndian
		le.PutUint64(b, k.hash)
		le.PutUint64(b[8:], k.id)
		le.PutUint32(b[16:], uint32(k.file))
		le.PutUint32(b[20:], uint32(k.chunk))
		le.PutUint16(b[24:], k.offset)
		b[26] = k.worker
		b[27] = 0
		if k.carved {
			b[27] = 1
		}
		le.PutUint32(b[28:], uint32(k.count))
	},
	Get: func(b []byte, k *recordKey) {
		le := binary.LittleEndian
		*k = recordKey{hash: le.Uint64(b), id: le.Uint64(b[8:]), file: int32(le.Uint32(b[16:])), chunk: int32(le.Uint32(b[20:])),
			offset: le.Uint16(b[24:]), worker: b[26], carved: b[27] == 1, count: int32(le.Uint32(b[28:]))}
	},
}

// copies counts the records that say what another one says: what must be taken off the counts, so that all but the first copy
// (in the order of the evidence) are counted as duplicates.
type copies struct {
	live   []int // by file: copies that the filter let through
	kept   []int // by file: first copies that the filter let through
	carved []int // by file
	days   []int // by number in the ledger: records too many
}

// findCopies goes through the keys of all records.
func (l *ledger) findCopies() (copies, error) {
	out := copies{live: make([]int, len(l.files)), kept: make([]int, len(l.files)), carved: make([]int, len(l.files)), days: make([]int, len(l.days))}
	var last recordKey
	first := true
	for k, err := range l.keys.Sorted() {
		if err != nil {
			return out, err
		}
		switch {
		case !first && k.hash == last.hash && k.id == last.id:
			out.add(l, k)
		case !k.carved && k.count >= 0:
			out.kept[k.file]++
		}
		last, first = k, false
	}
	return out, nil
}

func (c *copies) add(l *ledger, k recordKey) {
	if k.carved {
		c.carved[k.file]++
		return
	}
	// A record counts once: what the filter kept out stays filtered, copy or not.
	day := k.count
	if day < 0 {
		day = ^day
	} else {
		c.live[k.file]++
	}
	c.days[l.numbers[k.worker][day]]++
}
