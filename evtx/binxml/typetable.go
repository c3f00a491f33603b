package binxml

import "encoding/binary"

// typeTable holds the types that a definition declares, laid out like a table of values, so that the
// two can be compared two entries at a time: in each 32-bit half, the third byte is the type, and
// the fourth says which of its bits count.
type typeTable struct {
	pairs []uint64
	among bool // a hole before the last may have a BinXML value
}

func newTypeTable(holes []hole) typeTable {
	t := typeTable{pairs: make([]uint64, (len(holes)+1)/2)}
	for i, h := range holes {
		typ, bits := h.typ, byte(0xff)
		switch {
		case !h.used || h.typ == TypeNull:
			bits = 0 // anything goes
		case h.typ == TypeSizeT: // see accepts: HexInt32 and HexInt64 differ in the last bit
			typ, bits = TypeHexInt32, 0xfe
		}
		t.pairs[i/2] |= (uint64(typ)<<16 | uint64(bits)<<24) << (32 * (i % 2))
		t.among = t.among || i < len(holes)-1 && (bits == 0 || typ == TypeBinXML)
	}
	return t
}

// weigh returns how many bytes the values of a table take, which has an entry for each hole, and
// whether each is absent or of the declared type. fits may be false by mistake in rare cases, for
// which the holes are checked one by one.
func (t *typeTable) weigh(table []byte) (size int, fits bool) {
	const sizes, types, ones = 0x0000ffff_0000ffff, 0x00ff0000_00ff0000, 0x01000000_01000000
	var sum, wrong uint64 // a sum cannot overflow: a chunk has less than 1<<14 entries
	whole := min(len(table)/8, len(t.pairs))
	for i, want := range t.pairs[:whole] {
		two := binary.LittleEndian.Uint64(table[8*i : 8*i+8])
		sum += two & sizes
		differ := (two ^ want) & (want >> 8) & types
		wrong |= (two&types + types) & (differ + types) // a sum has the bit above a type that is not zero
	}
	if whole < len(t.pairs) {
		one, want := uint64(binary.LittleEndian.Uint32(table[8*whole:])), t.pairs[whole]
		sum += one & sizes
		differ := (one ^ want) & (want >> 8) & types
		wrong |= (one&types + types) & (differ + types)
	}
	return int(sum&0xffffffff + sum>>32), wrong&ones == 0
}

// integerID reports whether a table of values has an integer for the event's id.
func (p *program) integerID(table []byte) bool {
	if p.system == nil {
		return false
	}
	at := 4*int(p.system[EventID].slot) - 4
	if at < 0 || at+4 > len(table) {
		return false
	}
	entry := binary.LittleEndian.Uint32(table[at:])
	if t := Type(entry >> 16); t < TypeInt8 || t > TypeUint64 {
		return false
	}
	switch entry & 0xffff {
	case 1, 2, 4, 8:
		return true
	}
	return false
}
