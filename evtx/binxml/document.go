package binxml

import (
	"encoding/binary"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Document is one record's body: the record's bytes, an instance per template and a slot
// per value. The zero value is ready for Parser.Parse, which reuses its
// memory. A Document belongs to one goroutine; Clone gives one that owns its bytes.
type Document struct {
	raw   []byte // the whole record; slots are offsets into it
	insts []instance
	slots []slot
	tpl   *Template // shape, found on demand

	cache    *Cache
	shapes   *shapeMemo
	borrowed bool
	partial  error

	hash   uint64 // ContentHash, once it was asked for
	hashed bool

	// State of a writer while it runs.
	keys   []keyCount
	limit  int // length of the output at which values are no longer written
	arrays []arrayInfo
	clock  clock
}

// instance is a compiled definition with its values; the first of a Document is the root.
type instance struct {
	prog     *program
	first, n int32 // range of slots
	parent   int32 // instance and slot that hold this one; -1 for the root
	slot     int32
	arrays   bool // some value is an array: elements may repeat
	nested   bool // some value is BinXML
}

// slot is one value of an instance.
type slot struct {
	off, size uint32
	inst      int32 // of BinXML: the instance it holds, 0 (the root) for none; of an array: its index in arrays
	typ       Type
}

func (d *Document) reset(raw []byte) {
	d.raw = raw
	d.insts = d.insts[:0]
	d.slots = d.slots[:0]
	d.tpl = nil
	d.borrowed, d.partial = false, nil
	d.hashed = false
	d.arrays = d.arrays[:0]
}

// slot returns slot i of an instance, nil for a number that its table does not have.
func (d *Document) slot(in *instance, i int) *slot {
	if uint(i) >= uint(in.n) {
		return nil
	}
	return &d.slots[int(in.first)+i]
}

// value returns slot i of an instance as a value, null where it has none.
func (d *Document) value(in *instance, i int) Value {
	s := d.slot(in, i)
	if s == nil {
		return Value{}
	}
	return d.slotValue(s)
}

func (d *Document) slotValue(s *slot) Value {
	return Value{s.typ, d.raw[s.off : s.off+s.size : s.off+s.size]}
}

// Borrowed reports whether a definition was taken from elsewhere because the record's
// own is gone from its chunk.
func (d *Document) Borrowed() bool { return d.borrowed }

// Partial returns why a nested part of the record could not be decoded, nil where all was.
// Such a part is shown as binary.
func (d *Document) Partial() error { return d.partial }

// Raw returns the record's bytes.
func (d *Document) Raw() []byte { return d.raw }

// CloneTo makes c a copy of d that owns its bytes and shares the compiled templates.
func (d *Document) CloneTo(c *Document) {
	d.Template() // while the memo of the parser is at hand
	*c = Document{
		raw: slices.Clone(d.raw), insts: slices.Clone(d.insts), slots: slices.Clone(d.slots), arrays: slices.Clone(d.arrays),
		tpl: d.tpl, cache: d.cache, borrowed: d.borrowed, partial: d.partial,
	}
}

// ContentHash returns a hash of what the document says: the content of the definitions
// and the values, nested ones included, but not where in which chunk they stood.
func (d *Document) ContentHash() uint64 {
	if !d.hashed {
		d.hash, d.hashed = d.contentHash(), true
	}
	return d.hash
}

func (d *Document) contentHash() uint64 {
	var x xxhash.Digest
	x.Reset()
	var buf [512]byte // sizes and types: written together, because a write costs more than what it writes
	for i := range d.insts {
		in := &d.insts[i]
		b := binary.LittleEndian.AppendUint64(buf[:0], in.prog.hash)
		b = binary.LittleEndian.AppendUint32(b, uint32(in.parent))
		b = binary.LittleEndian.AppendUint32(b, uint32(in.slot))
		slots := d.slots[in.first : in.first+in.n]
		for j := range slots {
			if len(b)+5 > len(buf) {
				_, _ = x.Write(b)
				b = buf[:0]
			}
			b = append(binary.LittleEndian.AppendUint32(b, slots[j].hashLen()), byte(slots[j].typ))
		}
		_, _ = x.Write(b)
		from, to := uint32(0), uint32(0) // values that follow each other
		for j := range slots {
			s, n := &slots[j], slots[j].hashLen()
			if s.off != to {
				_, _ = x.Write(d.raw[from:to])
				from = s.off
			}
			to = s.off + n
		}
		_, _ = x.Write(d.raw[from:to])
	}
	return x.Sum64()
}

// hashLen is how many bytes of the value are hashed as such: none of one that is an instance, which is hashed by itself.
func (s *slot) hashLen() uint32 {
	if s.holds() {
		return 0
	}
	return s.size
}
