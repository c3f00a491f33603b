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
	var x xxhash.Digest
	x.Reset()
	var b [16]byte
	for i := range d.insts {
		in := &d.insts[i]
		binary.LittleEndian.PutUint64(b[:], in.prog.hash)
		binary.LittleEndian.PutUint32(b[8:], uint32(in.parent))
		binary.LittleEndian.PutUint32(b[12:], uint32(in.slot))
		_, _ = x.Write(b[:])
		for j := range int(in.n) {
			s := &d.slots[int(in.first)+j]
			n := s.size
			if s.holds() {
				n = 0 // hashed as the instance that it is
			}
			binary.LittleEndian.PutUint32(b[:], n)
			b[4] = byte(s.typ)
			_, _ = x.Write(b[:5])
			_, _ = x.Write(d.raw[s.off : s.off+n])
		}
	}
	return x.Sum64()
}
