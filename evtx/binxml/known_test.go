package binxml

import (
	"encoding/binary"
	"testing"
)

// twoReferences is a chunk whose definition refers twice to one name. It stands right behind the
// second reference, where it is read over, or elsewhere; the bytes of the definition are the same
// but for the references, and both ways say something.
func twoReferences(inline bool) (chunk []byte, start int) {
	c := newChunk().name("Ev")
	name := c.b[520:]
	start = len(c.b)
	c.instance(9, func(c *chunkBuilder) {
		c.fragment().put(tokOpenElement).u16(0xffff).u32(0)
		first := len(c.b)
		c.u32(516).closeStart().put(tokOpenElement).u16(0xffff).u32(0)
		if inline {
			binary.LittleEndian.PutUint32(c.b[first:], uint32(len(c.b)+4))
			c.u32(len(c.b) + 4)
		} else {
			c.u32(516)
		}
		c.put(tokCloseEmpty, tokEndElement, tokEOF, 0) // the next name of the hash chain, or tokens
		c.put(name...).closeStart().text("inline").end().end().eof()
	})
	return c.b, start
}

func TestADefinitionIsKnownOnlyWhereItsNamesStandLikewise(t *testing.T) {
	say := func(p *Parser, inline bool) string {
		b, start := twoReferences(inline)
		p.Reset(b)
		var d Document
		if err := p.Parse(&d, start, start, len(b), len(b)); err != nil {
			return err.Error()
		}
		return string(d.AppendXML(nil))
	}
	for inline, want := range map[bool]string{true: "<Ev><Ev>inline</Ev></Ev>", false: "<Ev><Ev/></Ev>"} {
		if got := say(NewParser(NewCacheOf(0)), inline); got != want {
			t.Fatalf("inline %v: %q, want %q", inline, got, want)
		}
		p := NewParser(NewCacheOf(0))
		say(p, !inline)
		if got := say(p, inline); got != want {
			t.Errorf("inline %v: a parser that has seen the other says %q, want %q", inline, got, want)
		}
	}
}

func TestWeighAddsUpWhatATableSays(t *testing.T) {
	table := []byte{}
	for i, typ := range []Type{TypeString, TypeBinXML, TypeString | TypeArray, TypeNull,
		TypeBinXML | TypeArray, TypeUint64, 0xa1, 0x20, 0x22, TypeBinXML} {
		table = append(binary.LittleEndian.AppendUint16(table, uint16(65535-7*i)), byte(typ), 0xff)
	}
	for from := 0; from <= len(table); from += 4 {
		for to := from; to <= len(table); to += 4 {
			size, nests := 0, false
			for at := from; at < to; at += 4 {
				size += int(binary.LittleEndian.Uint16(table[at:]))
				nests = nests || Type(table[at+2]) == TypeBinXML
			}
			if gotSize, gotNests := weigh(table[from:to]); gotSize != size || gotNests != nests {
				t.Errorf("entries %d to %d: %d bytes, BinXML %v; want %d, %v", from/4, to/4, gotSize,
					gotNests, size, nests)
			}
		}
	}
}
