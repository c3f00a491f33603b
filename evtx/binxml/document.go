package binxml

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx/binxml/digits"
	"hunt/evtx/binxml/utf"
)

// Document is one record's body: the record's bytes, an instance per template and a slot per value.
// The zero value is ready for Parser.Parse, which reuses its memory. A Document belongs to one
// goroutine; CloneTo makes a copy that owns its bytes.
type Document struct {
	raw   []byte // the whole record; slots are offsets into it
	insts []instance
	slots []slot
	tpl   *Template // shape, found on demand

	system   *systemLayout // nil: the document has no System element
	systemAt int32         // the instance that holds its values

	cache    *Cache
	shapes   *shapeMemo
	borrowed bool
	unread   bool // the slots of some instance are, or were, not read yet
	partial  error
	misfit   error
	numbered bool // the EventID is an integer for certain
	Exact    bool // write unpaired surrogates as escapes in JSON; Parse leaves it as it is

	altered  bool // a writer put U+FFFD for an unpaired surrogate
	cut      bool // a writer left out what exceeds MaxOutput
	repeated bool // a definition refers more than once to a value that holds an instance

	hash   uint64 // ContentHash, once it has been asked for
	hashed bool

	// State of a writer while it runs.
	keys   []keyCount
	limit  int // length of the output at which values are no longer written
	arrays []arrayInfo
	clock  digits.Clock
	traced bool    // places were asked for
	places []Place // of values
	items  []slot  // of the list of unnamed Data
}

// instance is a compiled definition with its values; the first of a Document is the root.
type instance struct {
	prog     *program
	first, n int32 // range of slots
	parent   int32 // instance and slot that hold this one; -1 for the root
	slot     int32
	arrays   bool // some value is an array: elements may repeat
	nested   bool // some value is BinXML
	unread   bool // its slots are not made yet: nobody has asked for a value

	// Of a template instance: where its table, its values and the last value begin in the record, and
	// whether a value before the last is BinXML.
	table, values, last uint32
	among               bool
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
	d.tpl, d.system = nil, nil
	d.borrowed, d.unread, d.partial, d.misfit, d.repeated, d.numbered = false, false, nil, nil, false, false
	d.hashed, d.cut, d.altered = false, false, false
	d.arrays, d.items = d.arrays[:0], d.items[:0]
}

// fill makes the slots that Parse has put off, and must run before any access to slots. Most records
// that a filter rejects are judged by a value or two of their System element, and never need it.
func (d *Document) fill() {
	if d.unread {
		d.readAll()
	}
}

//go:noinline
func (d *Document) readAll() { // not part of fill, so that fill is inlined
	for i := range d.insts {
		if d.insts[i].unread {
			d.read(i)
		}
	}
	d.unread = false
}

// read makes the slots of a template instance from its table of values, whose sizes have been checked.
func (d *Document) read(index int) {
	in := &d.insts[index]
	in.unread = false
	in.first = int32(len(d.slots))
	d.slots = slices.Grow(d.slots, int(in.n))[:len(d.slots)+int(in.n)]
	slots := d.slots[in.first:]
	table, at := d.raw[in.table:][:4*len(slots)], in.values
	for i := range slots {
		entry := binary.LittleEndian.Uint32(table[4*i:])
		s := &slots[i]
		*s = entrySlot(entry, at)
		if at += s.size; !plainTypes[s.typ] {
			d.prepare(in, s)
		}
	}
	if in.nested {
		for i := index + 1; i < len(d.insts); i++ {
			if child := &d.insts[i]; int(child.parent) == index {
				slots[child.slot].inst = int32(i)
			}
		}
	}
}

// entrySlot returns the slot for an entry of a table of values, which holds the size in its low half
// and the type in its high half. The value begins at off.
func entrySlot(entry, off uint32) slot {
	return slot{off: off, size: entry & 0xffff, typ: Type(entry >> 16)}
}

// peek returns a value of an instance without making all its slots; ok is false for a value that needs
// prepare.
func (d *Document) peek(in *instance, i int) (v Value, ok bool) {
	if uint(i) >= uint(in.n) {
		return Value{}, true
	}
	table := d.raw[in.table:][:4*i+4]
	before, _ := weigh(table[:4*i])
	s := entrySlot(binary.LittleEndian.Uint32(table[4*i:]), in.values+uint32(before))
	if s.typ == TypeString {
		d.trim(&s)
	} else if !plainTypes[s.typ] {
		return Value{}, false
	}
	return d.slotValue(&s), true
}

// prepare processes a new value once: it removes the NULs at the end of a string (here, because a
// definition can refer to the value ten thousand times), notes an array, and drops empty BinXML.
func (d *Document) prepare(in *instance, s *slot) {
	switch {
	case s.typ == TypeString:
		d.trim(s)
	case s.typ == TypeAnsiString:
		s.size = uint32(len(bytes.TrimRight(d.slotValue(s).Data, "\x00")))
	case s.typ == TypeBinXML:
		if s.size > 0 && d.blank(s) {
			s.typ, s.size = TypeNull, 0
		}
	case s.typ.IsArray():
		in.arrays = true
		s.inst = int32(len(d.arrays))
		d.arrays = append(d.arrays, arrayInfo{})
	}
}

// plainTypes are the types of values that prepare would leave as they are.
var plainTypes = func() (t [256]bool) {
	for i := range t {
		typ := Type(i)
		t[i] = !typ.IsArray() && typ != TypeString && typ != TypeAnsiString && typ != TypeBinXML
	}
	return t
}()

// trim removes the NULs and half a character from the end of a string.
func (d *Document) trim(s *slot) {
	s.size = uint32(len(utf.TrimNULs(d.raw[s.off:][:s.size])))
}

// blank reports whether a BinXML value is empty: at most a header, and an end token followed by zeros.
func (d *Document) blank(s *slot) bool {
	b := d.raw[s.off:][:s.size]
	if len(b) >= 4 && b[0] == tokFragment {
		b = b[4:]
	}
	return len(b) == 0 || b[0] == tokEOF && len(bytes.TrimLeft(b, "\x00")) == 0
}

// slot returns slot i of an instance, nil for a number that its table does not have.
func (d *Document) slot(in *instance, i int) *slot {
	if uint(i) >= uint(in.n) {
		return nil
	}
	return &d.slots[int(in.first)+i]
}

// value returns slot i of an instance as a value, null if it has none.
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

// Altered reports whether any text written of the document since it was parsed has U+FFFD in place of
// an unpaired surrogate.
func (d *Document) Altered() bool { return d.altered || d.alteredNames() }

// alteredNames reports whether a definition has an unpaired surrogate in a name or in literal text.
func (d *Document) alteredNames() bool {
	for i := range d.insts {
		if d.insts[i].prog.altered {
			return true
		}
	}
	return false
}

// Unpaired reports whether the document has an unpaired surrogate anywhere, so that its text in
// UTF-8 is not what the record says.
func (d *Document) Unpaired() bool {
	d.fill()
	for i := range d.slots {
		s := &d.slots[i]
		if t := s.typ.Elem(); (t == TypeString || t == TypeEvtXML) && utf.LoneSurrogate(d.slotValue(s).Data) {
			return true
		}
	}
	return d.alteredNames()
}

// valueText appends the text of a value.
func (d *Document) valueText(dst []byte, v Value, e utf.Escape) []byte {
	out, lone := v.encode(dst, e)
	if !lone {
		return out
	}
	if d.Exact && e == utf.InJSON {
		out, _ = v.encode(out[:len(dst)], utf.InExact)
		return out
	}
	d.altered = true
	return out
}

// Borrowed reports whether a definition was taken from elsewhere because the record's
// own is gone from its chunk.
func (d *Document) Borrowed() bool { return d.borrowed }

// Partial returns why a nested part of the record could not be decoded, nil if all of it was. Such a
// part is shown as binary.
func (d *Document) Partial() error { return d.partial }

// Misfit returns why a value is not of the type that its definition declares, nil if all are. Such a
// value is read by its own type.
func (d *Document) Misfit() error { return d.misfit }

func (d *Document) Raw() []byte { return d.raw }

// CloneTo makes c a copy of d that owns its bytes and shares the compiled templates.
func (d *Document) CloneTo(c *Document) {
	d.Template() // while the memo of the parser is at hand
	d.fill()
	*c = Document{
		raw: slices.Clone(d.raw), insts: slices.Clone(d.insts), slots: slices.Clone(d.slots),
		arrays: slices.Clone(d.arrays), items: slices.Clone(d.items), tpl: d.tpl, system: d.system,
		systemAt: d.systemAt, cache: d.cache,
		hash: d.hash, hashed: d.hashed, borrowed: d.borrowed, partial: d.partial, Exact: d.Exact,
	}
}

// ContentHash returns a hash of the document's content: the definitions and the values, nested ones
// included, but not their places in the chunk.
func (d *Document) ContentHash() uint64 {
	if !d.hashed {
		d.hash, d.hashed = d.contentHash(), true
	}
	return d.hash
}

// contentHash hashes, per instance, its definition and place, the sizes and types of its values, and
// the values. It joins them first, because one long hash costs less than many short writes.
func (d *Document) contentHash() uint64 {
	d.fill()
	scratch := hashScratch.Get().(*[]byte)
	b := (*scratch)[:0]
	for i := range d.insts {
		in := &d.insts[i]
		b = binary.LittleEndian.AppendUint64(b, in.prog.hash)
		b = binary.LittleEndian.AppendUint32(b, uint32(in.parent))
		b = binary.LittleEndian.AppendUint32(b, uint32(in.slot))
		slots := d.slots[in.first : in.first+in.n]
		const entry = 5 // size and type, written as eight bytes
		n := len(b)
		b = slices.Grow(b, entry*len(slots)+8)[:n+entry*len(slots)+8]
		for j := range slots {
			binary.LittleEndian.PutUint64(b[n:], uint64(slots[j].hashLen())|uint64(slots[j].typ)<<32)
			n += entry
		}
		b = b[:n]
		from, to := uint32(0), uint32(0) // a run of adjacent values
		for j := range slots {
			s, n := &slots[j], slots[j].hashLen()
			if s.off != to {
				b = append(b, d.raw[from:to]...)
				from = s.off
			}
			to = s.off + n
		}
		b = append(b, d.raw[from:to]...)
	}
	sum := xxhash.Sum64(b)
	*scratch = b
	hashScratch.Put(scratch)
	return sum
}

var hashScratch = sync.Pool{New: func() any { return new([]byte) }}

// hashLen returns how many bytes of the value go into the hash directly: none for one that holds an
// instance, which is hashed separately.
func (s *slot) hashLen() uint32 {
	if s.holds() {
		return 0
	}
	return s.size
}
