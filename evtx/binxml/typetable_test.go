package binxml

import (
	"math/rand/v2"
	"testing"
)

// Two entries at a time say what a look at each hole says, except that a SizeT may be refused, which
// the holes then accept.
func TestATypeTableAcceptsWhatItsHolesAccept(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	declared := []Type{TypeNull, TypeString, TypeUint16, TypeSizeT, TypeHexInt32, TypeHexInt64,
		TypeBinXML, TypeString | TypeArray, TypeSID}
	stored := append([]Type{0x22, 0xff, 0x94}, declared...)
	accepted := 0
	for range 20_000 {
		holes := make([]hole, rnd.IntN(7))
		table := make([]byte, 4*len(holes))
		size, fits, exact, among := 0, true, true, false
		for i := range holes {
			h := &holes[i]
			*h = hole{typ: declared[rnd.IntN(len(declared))], used: rnd.IntN(8) > 0}
			typ := stored[rnd.IntN(len(stored))]
			if rnd.IntN(8) > 0 {
				typ = h.typ
			}
			table[4*i], table[4*i+1], table[4*i+2], table[4*i+3] = byte(rnd.Uint32()), byte(rnd.Uint32()),
				byte(typ), byte(rnd.Uint32())
			size += int(table[4*i]) + int(table[4*i+1])<<8
			if h.used {
				fits = fits && h.typ.accepts(typ)
				exact = exact && (h.typ != TypeSizeT || typ != TypeSizeT)
			}
			among = among || typ == TypeBinXML && i < len(holes)-1
		}
		expects := newTypeTable(holes)
		gotSize, got := expects.weigh(table)
		if gotSize != size || got && !fits || fits && exact && !got {
			t.Fatalf("holes %+v, table %x: %d bytes, fits %v; want %d, %v", holes, table, gotSize, got, size, fits)
		}
		if got && among && !expects.among {
			t.Fatalf("holes %+v, table %x: there is BinXML before the last value", holes, table)
		}
		if got {
			accepted++
		}
	}
	if accepted < 1000 || accepted > 19_000 {
		t.Errorf("%d tables accepted: want some of either kind", accepted)
	}
}

func TestAnIntegerIDIsToldFromTheTableOfValues(t *testing.T) {
	system := &systemLayout{EventID: {slot: 2}}
	for name, c := range map[string]struct {
		layout *systemLayout
		size   byte
		typ    Type
		want   bool
	}{
		"of two bytes": {system, 2, TypeUint16, true}, "signed": {system, 8, TypeInt64, true},
		"the least type": {system, 1, TypeInt8, true},
		"the last type":  {system, 4, TypeUint64, true}, "of three bytes": {system, 3, TypeUint16, false},
		"of no bytes": {system, 0, TypeUint16, false},
		"text":        {system, 2, TypeString, false}, "ANSI text": {system, 2, TypeAnsiString, false},
		"a real":    {system, 4, TypeReal32, false},
		"no System": {nil, 2, TypeUint16, false}, "no id": {&systemLayout{}, 2, TypeUint16, false},
		"an id that is not in the table": {&systemLayout{EventID: {slot: 3}}, 2, TypeUint16, false},
	} {
		p := &program{system: c.layout}
		if got := p.integerID([]byte{2, 0, byte(TypeUint16), 0, c.size, 0, byte(c.typ), 0}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
