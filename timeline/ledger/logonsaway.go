package ledger

import (
	"encoding/binary"
	"iter"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/spill"
)

// Room says how much memory facts may take, and where the rest goes.
type Room struct {
	Memory int64
	Dir    string      // of the temporary file, "" is the system's
	Fail   func(error) // takes an error of the temporary file; must be safe for concurrent use
}

// logonsAway holds logons in a temporary file, under keys whose bytes sort as Order does. The file is closed with the
// last reference to it: a table can be dropped while somebody still reads it.
type logonsAway struct {
	room  *Room
	tally *spill.Tally[struct{}]
	key   []byte
}

// noSum is for tallies that only put keys in order.
var noSum = spill.Sum[struct{}]{Put: func([]byte, *struct{}) {}, Get: func([]byte, *struct{}) {},
	Add: func(*struct{}, struct{}) {}}

func newLogonsAway(room *Room) *logonsAway {
	return &logonsAway{room: room, tally: spill.NewTally(noSum, room.Memory, room.Dir)}
}

// sameBytes is how many bytes of a key are equal in copies of a record: the stretch, and what Fact.compare looks at.
const sameBytes = 4 + 8 + 8 + 8

// signed has an unsigned number sort as a signed one.
const signed = 1 << 63

func (a *logonsAway) add(x *Logon) {
	be := binary.BigEndian
	k := be.AppendUint32(a.key[:0], uint32(x.Stretch)) // #nosec G115 -- changes of a clock, which are bounded
	k = be.AppendUint64(k, uint64(x.At))
	k = be.AppendUint64(k, x.Ref.EventRecordID)
	k = be.AppendUint64(k, x.Content)
	k = append(k, flag(x.Ref.Carved))
	k = be.AppendUint64(k, uint64(x.Ref.File)^signed)   // #nosec G115 -- restored when read
	k = be.AppendUint64(k, uint64(x.Ref.Offset)^signed) // #nosec G115 -- restored when read
	k = binary.AppendVarint(k, int64(x.Ref.Chunk))
	k = binary.AppendUvarint(k, x.Ref.HeaderRecordID)
	k = binary.AppendVarint(k, x.PID)
	k = append(k, byte(x.Role), flag(x.Unsure))
	for _, text := range x.texts() {
		k = append(binary.AppendUvarint(k, uint64(len(*text))), *text...)
	}
	a.key = k
	if err := a.tally.Add(string(k), struct{}{}); err != nil {
		a.room.Fail(err)
	}
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// settle ends the adding.
func (a *logonsAway) settle() {
	a.key = nil
	if err := a.tally.Settle(); err != nil {
		a.room.Fail(err)
	}
}

func (a *logonsAway) close() {
	if err := a.tally.Close(); err != nil {
		a.room.Fail(err)
	}
}

// all yields the logons in order, the first of equal ones. A Logon is valid until the next one.
func (a *logonsAway) all() iter.Seq[*Logon] {
	return func(yield func(*Logon) bool) {
		var x Logon
		last := ""
		texts := map[string]string{}
		for e, err := range a.tally.All() {
			if err != nil {
				a.room.Fail(err)
				return
			}
			if last != "" && e.Key[:sameBytes] == last[:sameBytes] {
				continue
			}
			last = e.Key
			x.read(e.Key, texts)
			if !yield(&x) {
				return
			}
		}
	}
}

// recentTexts is how many texts the reader of a temporary file knows, so that equal ones share their memory.
const recentTexts = 1 << 12

// read reads what add wrote.
func (l *Logon) read(key string, texts map[string]string) {
	r := keyReader{key}
	l.Stretch = int(r.fixed(4))
	l.At = evtx.Filetime(r.fixed(8))
	l.Ref.EventRecordID = r.fixed(8)
	l.Content = r.fixed(8)
	l.Ref.Carved = r.fixed(1) != 0
	l.Ref.File = int32(r.fixed(8) ^ signed)   // #nosec G115 -- see add
	l.Ref.Offset = int64(r.fixed(8) ^ signed) // #nosec G115 -- see add
	l.Ref.Chunk = int32(r.varint())           // #nosec G115 -- see add
	l.Ref.HeaderRecordID = r.uvarint()
	l.PID = r.varint()
	l.Role = ecs.Role(r.fixed(1))
	l.Unsure = r.fixed(1) != 0
	for _, p := range l.texts() {
		n := r.uvarint()
		text := r.rest[:n]
		r.rest = r.rest[n:]
		known, ok := texts[text]
		if !ok {
			if len(texts) >= recentTexts {
				clear(texts)
			}
			known = strings.Clone(text) // not the whole key
			texts[known] = known
		}
		*p = known
	}
}

// keyReader reads the numbers of a key.
type keyReader struct{ rest string }

// fixed reads a big-endian number of n bytes.
func (r *keyReader) fixed(n int) (v uint64) {
	for i := range n {
		v = v<<8 | uint64(r.rest[i])
	}
	r.rest = r.rest[n:]
	return v
}

func (r *keyReader) uvarint() (v uint64) {
	for i := range len(r.rest) {
		b := r.rest[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.rest = r.rest[i+1:]
			break
		}
	}
	return v
}

func (r *keyReader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1) // #nosec G115 -- zigzag
}
