package window

import (
	"bytes"
	"encoding/binary"
	"strings"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// row is an event in a group, in the order in which rows are sorted:
//
//	 0  3  node, of all programs
//	 3 16  key: the group
//	19  8  time
//	27  3  channel, by its number in Rows.channels: compared by name
//	30  8  EventRecordID
//	38  4  the highest bit: carved; file
//	42  6  offset
//	48  3  host
//	51  1  tag: what the value is
//	52  2  input of the node, or number of the consumer
//	54  2  ordinal: which value, which combination of keys
//	56  8  value
type row [rowSize]byte

const (
	rowSize  = 64
	placeEnd = 48 // what precedes this is the group and the place of an event in it
	keyAt    = 3
	timeAt   = 19
	chanAt   = 27
	idAt     = 30
	fileAt   = 38
	offAt    = 42
	hostAt   = 48
	tagAt    = 51
	inputAt  = 52
	ordAt    = 54
	valueAt  = 56
)

// The tags. Links say under which keys a result that ends with this event continues to a later
// node.
const (
	tagNone   = 0               // no value
	tagHash   = 1               // of a text
	tagNumber = 2               // + scale: the mantissa
	tagResult = 31              // the event is a result of an earlier node: its number in the log
	tagLinkA  = 32              // the first half of the key by which a consumer groups the result
	tagLinkB  = 33              // the second
	tagLinkV  = 64              // + tag: a value for the consumer
	ofResult  = uint16(1) << 15 // in the ordinal of a value: it belongs to a result
)

var be = binary.BigEndian

func (r *row) node() int         { return int(r[0])<<16 | int(r[1])<<8 | int(r[2]) }
func (r *row) key() (k key)      { return key(r[keyAt:timeAt]) }
func (r *row) at() uint64        { return be.Uint64(r[timeAt:]) }
func (r *row) channel() int      { return int(r[chanAt])<<16 | int(r[chanAt+1])<<8 | int(r[chanAt+2]) }
func (r *row) host() int         { return int(r[hostAt])<<16 | int(r[hostAt+1])<<8 | int(r[hostAt+2]) }
func (r *row) tag() uint8        { return r[tagAt] }
func (r *row) input() int        { return int(be.Uint16(r[inputAt:])) }
func (r *row) ordinal() uint16   { return be.Uint16(r[ordAt:]) }
func (r *row) value() uint64     { return be.Uint64(r[valueAt:]) }
func (r *row) isLink() bool      { return r[tagAt] >= tagLinkA }
func (r *row) isResult() bool    { return r[tagAt] == tagResult }
func (r *row) valueOfRes() bool  { return r.ordinal()&ofResult != 0 }
func (r *row) setKey(k key)      { copy(r[keyAt:], k[:]) }
func (r *row) setInput(n int)    { be.PutUint16(r[inputAt:], uint16(n)) } // #nosec G115 -- bounded by MaxInputs
func (r *row) setValue(v uint64) { be.PutUint64(r[valueAt:], v) }
func (r *row) setOrdinal(n uint16) {
	be.PutUint16(r[ordAt:], n)
}

func put24(b []byte, n int) { b[0], b[1], b[2] = byte(n>>16), byte(n>>8), byte(n) } // #nosec G115 -- three bytes

func (r *row) setNode(n int) { put24(r[0:], n) }

const carvedBit = 1 << 31

// setPlace writes where an event is. The channel is its number.
func (r *row) setPlace(e *Event, channel int) {
	be.PutUint64(r[timeAt:], uint64(e.Time))
	put24(r[chanAt:], channel)
	be.PutUint64(r[idAt:], e.Ref.EventRecordID)
	file := uint32(e.Ref.File) // #nosec G115 -- not negative
	if e.Ref.Carved {
		file |= carvedBit
	}
	be.PutUint32(r[fileAt:], file)
	var b [8]byte
	be.PutUint64(b[:], uint64(e.Ref.Offset)) // #nosec G115 -- not negative
	copy(r[offAt:], b[2:])
	put24(r[hostAt:], e.Host)
}

// place reads what setPlace wrote.
func (r *row) place() Place {
	var b [8]byte
	copy(b[2:], r[offAt:offAt+6])
	file := be.Uint32(r[fileAt:])
	return Place{
		At: evtx.Filetime(r.at()), ID: be.Uint64(r[idAt:]), File: int32(file &^ carvedBit), // #nosec G115 -- 31 bits
		Offset: int64(be.Uint64(b[:])), Carved: file&carvedBit != 0, // #nosec G115 -- 48 bits
	}
}

// samePlace reports whether two rows belong to one event in one group.
func samePlace(a, b *row) bool { return bytes.Equal(a[:placeEnd], b[:placeEnd]) }

// sameSource reports whether record ids decide the order of two events at the same time: they are
// from one host and channel.
func sameSource(a, b *row) bool {
	return bytes.Equal(a[hostAt:hostAt+3], b[hostAt:hostAt+3]) && bytes.Equal(a[chanAt:chanAt+3], b[chanAt:chanAt+3])
}

// Place is an event that is part of a result.
type Place struct {
	At     evtx.Filetime
	ID     uint64 // EventRecordID
	File   int32
	Offset int64
	Carved bool
	Stage  int // the first stage that the event satisfies
}

// Ref returns the place in the evidence, which identifies an event.
func (p Place) Ref() Ref { return Ref{p.File, p.Offset, p.Carved} }

// Ref is where a record is, without its numbers.
type Ref struct {
	File   int32
	Offset int64
	Carved bool
}

// RefOf returns the Ref of a record.
func RefOf(r evtx.Ref) Ref { return Ref{r.File, r.Offset, r.Carved} }

// key is a hash of the values that a group has in common.
type key [16]byte

// names are the channels of rows, numbered in the order in which they were found.
type names struct {
	list   []string
	number map[string]int
}

// of returns a channel's number. Beyond 2^24 channels, which no evidence has, all others share one.
func (n *names) of(channel string) int {
	if i, ok := n.number[channel]; ok {
		return i
	}
	if n.number == nil {
		n.number = map[string]int{}
	}
	i := min(len(n.list), 1<<24-1)
	if i == len(n.list) {
		n.list = append(n.list, channel)
	}
	n.number[channel] = i
	return i
}

// compare orders rows.
func (n *names) compare(a, b row) int {
	if c := bytes.Compare(a[:chanAt], b[:chanAt]); c != 0 {
		return c
	}
	if x, y := a.channel(), b.channel(); x != y {
		if c := strings.Compare(n.list[x], n.list[y]); c != 0 {
			return c
		}
	}
	return bytes.Compare(a[idAt:], b[idAt:])
}

// form returns how rows are sorted and written.
func (n *names) form() spill.Form[row] {
	return spill.Form[row]{
		Size: rowSize, Compare: n.compare,
		Put: func(b []byte, r *row) { copy(b, r[:]) },
		Get: func(b []byte, r *row) { copy(r[:], b) },
	}
}
