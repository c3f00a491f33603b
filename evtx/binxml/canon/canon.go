// Package canon defines the canonical form of template definitions: the content of a definition, independent of
// where it stands. The parser of binxml writes it from untrusted bytes, its compiler trusts it, and it is the key
// under which a compiled definition is found again. Sound checks forms from elsewhere before the compiler sees
// them.
package canon

import "encoding/binary"

// The tokens of the stream. A name is a count of bytes as u16 and UTF-16LE; a text is the same with a count of u32.
const (
	Element   = 'E' // name
	Attribute = 'A' // name; its content follows, up to the next Attribute or Content
	Content   = '>' // end of a start tag
	End       = '/' // end of an element
	Text      = 'T' // text
	Subst     = 'S' // slot u16, type u8, optional u8
	Entity    = 'R' // name
	CharRef   = '#' // code u16
	CDATA     = 'C' // text
	PI        = 'P' // name, text
)

// Limits are the limits that a parser obeys.
type Limits struct {
	Size  int // of a form, in bytes
	Depth int // of elements in elements
	Name  int // of an element or attribute, in characters
	Slot  int // the numbers of slots are below it
}

// Sound reports whether a form with its key ('D', GUID) before it is one that a parser with these limits could have
// written.
func Sound(key string, l Limits) bool {
	const head = 1 + 16
	if len(key) <= head || len(key) > l.Size || key[0] != 'D' {
		return false
	}
	c := walk{key[head:], l}
	return c.content(0, true) && len(c.b) == 0
}

// walk goes through a canonical stream.
type walk struct {
	b string
	Limits
}

// take consumes n bytes.
func (c *walk) take(n int) (b string, ok bool) {
	if n > len(c.b) {
		return "", false
	}
	b, c.b = c.b[:n], c.b[n:]
	return b, true
}

// label consumes a name.
func (c *walk) label() bool {
	b, ok := c.take(2)
	if !ok {
		return false
	}
	n := int(b[0]) | int(b[1])<<8
	_, ok = c.take(n)
	return ok && n%2 == 0 && n <= 2*c.Name
}

// text consumes a text.
func (c *walk) text() bool {
	b, ok := c.take(4)
	if !ok {
		return false
	}
	n := binary.LittleEndian.Uint32([]byte(b))
	if n%2 != 0 || n > uint32(len(c.b)) {
		return false
	}
	_, ok = c.take(int(n))
	return ok
}

// content consumes content up to the token that ends it. Elements are allowed only if elements is set.
func (c *walk) content(depth int, elements bool) bool {
	for ok := true; ok; {
		if len(c.b) == 0 {
			return true
		}
		tok := c.b[0]
		switch tok {
		case Attribute, Content, End:
			return true
		}
		c.b = c.b[1:]
		switch tok {
		case Element:
			ok = elements && depth < c.Depth && c.element(depth+1)
		case Text, CDATA:
			ok = c.text()
		case Subst:
			var b string
			if b, ok = c.take(4); ok {
				ok = int(b[0])|int(b[1])<<8 < c.Slot
			}
		case Entity:
			ok = c.label()
		case CharRef:
			_, ok = c.take(2)
		case PI:
			ok = c.label() && c.text()
		default:
			return false
		}
	}
	return false
}

// element consumes an element after its token.
func (c *walk) element(depth int) bool {
	if !c.label() {
		return false
	}
	for len(c.b) > 0 && c.b[0] == Attribute {
		c.b = c.b[1:]
		if !c.label() || !c.content(depth, false) {
			return false
		}
	}
	if b, ok := c.take(1); !ok || b[0] != Content || !c.content(depth, true) {
		return false
	}
	b, ok := c.take(1)
	return ok && b[0] == End
}
