package binxml

import (
	"encoding/binary"
	"testing"
)

// chunkBuilder lays out a chunk with definitions and one record body, token by token, so that
// tests say what they mean. Names stand inline at their first use, as Windows writes them.
type chunkBuilder struct {
	b     []byte
	names map[string]int
	depID bool
}

func newChunk() *chunkBuilder {
	return &chunkBuilder{b: make([]byte, 512), names: make(map[string]int), depID: true}
}

func (c *chunkBuilder) put(b ...byte) *chunkBuilder { c.b = append(c.b, b...); return c }

func (c *chunkBuilder) u16(n int) *chunkBuilder {
	c.b = binary.LittleEndian.AppendUint16(c.b, uint16(n))
	return c
}

func (c *chunkBuilder) u32(n int) *chunkBuilder {
	c.b = binary.LittleEndian.AppendUint32(c.b, uint32(n))
	return c
}

func (c *chunkBuilder) name(s string) *chunkBuilder {
	if at, ok := c.names[s]; ok {
		return c.u32(at)
	}
	at := len(c.b) + 4
	c.names[s] = at
	text := utf16le(s)
	hash := uint32(0)
	for i := 0; i < len(text); i += 2 {
		hash = hash*65599 + uint32(binary.LittleEndian.Uint16(text[i:]))
	}
	c.u32(at).u32(0).u16(int(hash & 0xffff)).u16(len(text) / 2)
	return c.put(text...).u16(0)
}

func (c *chunkBuilder) fragment() *chunkBuilder { return c.put(tokFragment, 1, 1, 0) }

// open begins a start tag; attributes may follow, then closeStart or closeEmpty.
func (c *chunkBuilder) open(name string, attributes bool) *chunkBuilder {
	tok := byte(tokOpenElement)
	if attributes {
		tok |= tokMore
	}
	c.put(tok)
	if c.depID {
		c.u16(0xffff)
	}
	c.u32(0).name(name) // the data size is not looked at
	if attributes {
		c.u32(0)
	}
	return c
}

func (c *chunkBuilder) attr(name string) *chunkBuilder { return c.put(tokAttribute).name(name) }
func (c *chunkBuilder) closeStart() *chunkBuilder      { return c.put(tokCloseStart) }
func (c *chunkBuilder) closeEmpty() *chunkBuilder      { return c.put(tokCloseEmpty) }
func (c *chunkBuilder) end() *chunkBuilder             { return c.put(tokEndElement) }
func (c *chunkBuilder) eof() *chunkBuilder             { return c.put(tokEOF) }

func (c *chunkBuilder) text(s string) *chunkBuilder {
	t := utf16le(s)
	return c.put(tokValue, byte(TypeString)).u16(len(t) / 2).put(t...)
}

func (c *chunkBuilder) subst(slot int, t Type) *chunkBuilder {
	return c.put(tokSubstitution).u16(slot).put(byte(t))
}

func (c *chunkBuilder) optional(slot int, t Type) *chunkBuilder {
	return c.put(tokOptional).u16(slot).put(byte(t))
}

// instance writes a template instance with its definition, whose tokens body writes.
func (c *chunkBuilder) instance(id byte, body func(*chunkBuilder), values ...Value) *chunkBuilder {
	c.fragment().put(tokInstance, 1, id, 0, 0, 0)
	c.u32(len(c.b) + 4) // right here
	c.u32(0).put(id)
	c.put(make([]byte, 15)...)
	size := len(c.b)
	c.u32(0)
	body(c)
	binary.LittleEndian.PutUint32(c.b[size:], uint32(len(c.b)-size-4))
	return c.values(values...)
}

func (c *chunkBuilder) values(values ...Value) *chunkBuilder {
	c.u32(len(values))
	for _, v := range values {
		c.u16(len(v.Data)).put(byte(v.Type), 0)
	}
	for _, v := range values {
		c.put(v.Data...)
	}
	return c
}

// parse decodes what stands from an offset on as a record.
func (c *chunkBuilder) parse(t *testing.T, from int) (*Document, error) {
	t.Helper()
	p := NewParser(NewCacheOf(0))
	p.Reset(c.b)
	var doc Document
	err := p.Parse(&doc, from, from, len(c.b), len(c.b))
	return &doc, err
}

// render parses what stands behind the chunk's header and returns its JSON and XML.
func (c *chunkBuilder) render(t *testing.T) (json, xml string) {
	t.Helper()
	doc, err := c.parse(t, 512)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Partial() != nil {
		t.Fatal(doc.Partial())
	}
	return string(doc.AppendJSON(nil)), string(doc.AppendXML(nil))
}
