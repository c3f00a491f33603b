package binxml

import (
	"encoding/json"
	"testing"
	"time"
)

// Each of these is as large as a chunk allows and asks for far more work or output than that. What
// counts is that the answer comes, soon, and below the caps.
func TestBombsAreDefused(t *testing.T) {
	const most = 10 * time.Second // an undefused one takes minutes
	for _, c := range []struct {
		name  string
		build func(*chunkBuilder)
	}{
		{"one large value, referred to by every token", func(c *chunkBuilder) {
			c.instance(1, func(c *chunkBuilder) {
				c.fragment().open("E", false).closeStart()
				for range 7000 {
					c.subst(0, TypeString)
				}
				c.end().eof()
			}, Value{TypeString, make([]byte, 30000)})
		}},
		{"arrays in elements in elements, each repeating the next", func(c *chunkBuilder) {
			c.instance(1, func(c *chunkBuilder) {
				c.fragment()
				for range MaxElementDepth - 1 {
					c.open("E", false).closeStart().subst(0, TypeString|TypeArray)
				}
				for range MaxElementDepth - 1 {
					c.end()
				}
				c.eof()
			}, Value{TypeString | TypeArray, make([]byte, 60000)})
		}},
		{"unnamed Data, each an array of empty strings", func(c *chunkBuilder) {
			c.instance(1, func(c *chunkBuilder) {
				c.fragment().open("EventData", false).closeStart()
				for range 1500 {
					c.open("Data", false).closeStart().subst(0, TypeString|TypeArray).end()
				}
				c.end().eof()
			}, Value{TypeString | TypeArray, make([]byte, 20000)})
		}},
		{"elements with one long name", func(c *chunkBuilder) {
			name := make([]byte, MaxName)
			for i := range name {
				name[i] = 'n'
			}
			c.instance(1, func(c *chunkBuilder) {
				c.fragment().open("E", false).closeStart()
				for range 110 {
					c.open(string(name), false).closeEmpty()
				}
				c.end().eof()
			})
		}},
		{"names that must be counted", func(c *chunkBuilder) {
			c.instance(1, func(c *chunkBuilder) {
				c.fragment().open("E", false).closeStart()
				for range 4000 {
					c.open("a", false).closeStart().end()
				}
				c.open("b", false).closeStart().subst(0, TypeString|TypeArray).end()
				c.end().eof()
			}, Value{TypeString | TypeArray, make([]byte, 8000)})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newChunk()
			c.build(b)
			if len(b.b) > 65536 {
				t.Fatalf("%d bytes are no chunk", len(b.b))
			}
			start := time.Now()
			doc, err := b.parse(t, 512)
			if err == nil {
				out := doc.AppendJSON(nil)
				if !json.Valid(out) {
					t.Error("no JSON")
				}
				xml := doc.AppendXML(nil)
				if len(out) > MaxOutput+MaxDefinition || len(xml) > MaxOutput+MaxDefinition {
					t.Errorf("%d bytes of JSON, %d of XML", len(out), len(xml))
				}
				for i := range min(doc.Template().NumFields(), 10) {
					doc.AppendField(nil, i, -1)
				}
			}
			if took := time.Since(start); took > most {
				t.Errorf("took %v, want %v at most (error %v)", took, most, err)
			} else {
				t.Log(took, err)
			}
		})
	}
}

// Records that each name another definition, all overlapping, must not cost a definition each.
func TestAChunkOfDefinitionsIsBounded(t *testing.T) {
	c := newChunk()
	long := make([]byte, MaxName)
	for i := range long {
		long[i] = 'n'
	}
	c.name(string(long))
	first := len(c.b)
	// One run of elements; every element's start can be taken for the beginning of a definition, if
	// only a header stands before it: names of 2 KiB, over and over.
	for len(c.b) < 60000 {
		c.open(string(long), false).closeEmpty()
	}
	c.b = append(c.b, make([]byte, 65536-len(c.b))...)
	p := NewParser(NewCacheOf(0))
	p.Reset(c.b)
	start := time.Now()
	for off := first; off < 60000; off++ {
		id := uint32(c.b[off+4]) | uint32(c.b[off+5])<<8 | uint32(c.b[off+6])<<16 | uint32(c.b[off+7])<<24
		_, _ = p.definition(off, id)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	if p.budget > MaxChunkDefinitions/2 {
		t.Logf("budget left: %d", p.budget)
	}
}

// Values within values of one definition that refers to its value several times, to nothing but it
// or to text as well, or repeats it for each item of an array: a few hundred bytes that ask for
// more than can be written.
func TestNestedValuesThatRepeatEachOtherEnd(t *testing.T) {
	type bomb struct {
		payload             string
		levels, refs, array int
	}
	var bombs []bomb
	for _, payload := range []string{"EventData", "UserData", "Data"} {
		for _, levels := range []int{2, 4, 5, 15} {
			for _, refs := range []int{0, 1, 2, 100} {
				for _, array := range []int{0, 40, 3000} {
					bombs = append(bombs, bomb{payload, levels, refs, array})
				}
			}
		}
	}
	defused := 0
	for _, b := range bombs {
		c := newChunk()
		c.instance(1, func(c *chunkBuilder) {
			c.fragment().open("Event", false).closeStart().open(b.payload, false).closeStart()
			for range b.refs {
				c.subst(0, TypeBinXML)
			}
			c.open("Data", false).closeStart().subst(0, TypeBinXML).subst(1, TypeUint8|TypeArray).end()
			c.end().end().eof()
		})
		c.b = c.b[:len(c.b)-4]
		for i := range b.levels {
			rest := (b.levels - 1 - i) * (4 + 10 + 4 + 8 + b.array)
			c.u32(2).u16(rest).put(byte(TypeBinXML), 0).u16(b.array).put(byte(TypeUint8|TypeArray), 0)
			if i < b.levels-1 {
				c.fragment().put(tokInstance, 1, 1, 0, 0, 0).u32(512 + 14)
			}
		}
		c.b = append(c.b, make([]byte, b.levels*b.array)...)
		start := time.Now()
		doc, err := c.parse(t, 512)
		if err != nil {
			t.Fatal(err)
		}
		out, tree, xml := doc.AppendJSON(nil), doc.AppendTreeJSON(nil), doc.AppendXML(nil)
		for i := range doc.Template().NumFields() {
			doc.AppendField(nil, i, -1)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%+v took %v, %d instances", b, took, len(doc.insts))
		}
		if !json.Valid(out) || !json.Valid(tree) || len(xml) > 2*MaxOutput {
			t.Errorf("%+v: %d bytes of XML, %.200q", b, len(xml), out)
		}
		if doc.Partial() != nil {
			defused++
		}
	}
	if defused < len(bombs)/3 {
		t.Errorf("%d of %d are defused", defused, len(bombs))
	}
}

func TestNestedValuesEnd(t *testing.T) {
	// A BinXML value that is its own payload, as deep as sizes allow.
	c := newChunk()
	c.instance(1, func(c *chunkBuilder) {
		c.fragment().open("E", false).closeStart().subst(0, TypeBinXML).end().eof()
	})
	c.b = c.b[:len(c.b)-4]
	def := 512 + 14
	// Each level: fragment header, instance of the same definition, a table of one, and the rest as
	// its value.
	const levels = 40
	for i := range levels {
		rest := (levels - 1 - i) * (4 + 10 + 4 + 4)
		c.u32(1).u16(rest).put(byte(TypeBinXML), 0)
		if i < levels-1 {
			c.fragment().put(tokInstance, 1, 1, 0, 0, 0).u32(def)
		}
	}
	doc, err := c.parse(t, 512)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Partial() == nil || len(doc.insts) > MaxNesting+1 {
		t.Errorf("%d levels decoded, partial: %v", len(doc.insts), doc.Partial())
	}
	if out := doc.AppendJSON(nil); !json.Valid(out) {
		t.Errorf("no JSON: %s", out)
	}
}
