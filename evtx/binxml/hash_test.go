package binxml

import (
	"encoding/binary"
	"testing"

	"github.com/cespare/xxhash/v2"
)

// The hash stands in shards of earlier runs: what it is made of is written down here once more,
// piece by piece.
func TestContentHashIsThatOfItsPieces(t *testing.T) {
	var d Document // one for all: what was hashed before must not show
	for _, c := range []*chunkBuilder{
		event(func(c *chunkBuilder) {
			c.instance(2, func(c *chunkBuilder) {
				c.fragment().open("EventData", false).closeStart()
				c.open("Data", true).attr("Name").text("a").closeStart().subst(0, TypeString).end().end().eof()
			}, str("x"))
		}),
		event(func(c *chunkBuilder) {
			c.instance(2, func(c *chunkBuilder) {
				c.fragment().open("EventData", false).closeStart()
				c.open("Data", true).attr("Name").text("a").closeStart().subst(0, TypeString).end().end().eof()
			}, str(string(make([]byte, 3000))+"long"), str("y\x00"), Value{}, str(""))
		}),
	} {
		p := NewParser(NewCacheOf(0))
		p.Reset(c.b)
		if err := p.Parse(&d, 512, 512, len(c.b), len(c.b)); err != nil {
			t.Fatal(err)
		}
		got := d.ContentHash()
		x := xxhash.New()
		for _, in := range d.insts {
			_ = binary.Write(x, binary.LittleEndian, in.prog.hash)
			_ = binary.Write(x, binary.LittleEndian, [2]int32{in.parent, in.slot})
			slots := d.slots[in.first:][:in.n]
			for _, s := range slots {
				size := s.size
				if s.inst > 0 && s.typ == TypeBinXML {
					size = 0
				}
				_ = binary.Write(x, binary.LittleEndian, size)
				_, _ = x.Write([]byte{byte(s.typ)})
			}
			for _, s := range slots {
				if s.inst == 0 || s.typ != TypeBinXML {
					_, _ = x.Write(d.raw[s.off:][:s.size])
				}
			}
		}
		if want := x.Sum64(); got != want {
			t.Errorf("got %x, want %x", got, want)
		}
	}
}
