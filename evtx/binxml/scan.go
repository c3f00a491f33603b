package binxml

import (
	"encoding/binary"

	"hunt/evtx/binxml/canon"
)

// scanner checks the tokens of one definition, or of one literal fragment, and writes
// their canonical form. Every read is checked against end, and every turn of its loops
// consumes at least one byte.
type scanner struct {
	chunk []byte
	pos   int
	end   int // of the fragment; names may lie anywhere in the chunk
	out   []byte
	base  int // of this fragment's stream in out
	limit int // of its length
	depth int
	named bool // the attribute being read is called Name

	// strict checks the checksum of every name: in slack, what a reference leads to may have
	// been overwritten.
	strict bool
	// depID says that each element carries a dependency id. Definitions have it; fragments
	// directly inside a value may lack it, and nothing in them says so.
	depID bool
	// literal collects the texts of a template-less fragment as slots, so that records of one
	// shape share one compiled form, as those with a template do; nil for definitions.
	literal *Document
	origin  int // chunk offset of the record, to which slot offsets are relative
	// refs collects where in the chunk a definition refers to names, for knownDefs.
	refs []int32
}

func (s *scanner) u16(at int) (int, bool) {
	if at < 0 || at+2 > len(s.chunk) {
		return 0, false
	}
	return int(binary.LittleEndian.Uint16(s.chunk[at:])), true
}

func (s *scanner) u32(at int) (int, bool) {
	if at < 0 || at+4 > len(s.chunk) {
		return 0, false
	}
	return int(binary.LittleEndian.Uint32(s.chunk[at:])), true
}

// need checks that the fragment has n more bytes.
func (s *scanner) need(n int, what string) error {
	if s.end-s.pos < n {
		return failf(s.pos, "%s runs past its fragment: need %d bytes, have %d", what, n, max(s.end-s.pos, 0))
	}
	return nil
}

// fragment scans up to the end token, or to the end of the fragment: many fragments inside values
// lack the end token.
func (s *scanner) fragment() error {
	for s.pos < s.end {
		at := s.pos
		if len(s.out)-s.base > s.limit {
			return s.tooLarge(at)
		}
		tok := s.chunk[s.pos]
		switch tok &^ tokMore {
		case tokEOF:
			if s.depth > 0 {
				return failf(at, "fragment ends inside %d open elements", s.depth)
			}
			s.pos++
			return nil
		case tokOpenElement:
			if err := s.element(tok&tokMore != 0); err != nil {
				return err
			}
		case tokEndElement:
			if s.depth == 0 {
				return failf(at, "end of an element that was not opened")
			}
			s.pos++
			s.depth--
			s.out = append(s.out, canon.End)
		case tokFragment:
			if err := s.need(4, "fragment header"); err != nil {
				return err
			}
			s.pos += 4
		case tokInstance:
			if err := s.instance(); err != nil {
				return err
			}
		default:
			ok, err := s.content()
			if err != nil {
				return err
			}
			if !ok {
				return failf(at, "unknown token 0x%02x", tok)
			}
		}
	}
	if s.depth > 0 {
		return failf(s.pos, "fragment ends inside %d open elements", s.depth)
	}
	if len(s.out)-s.base > s.limit { // the last token may have written much
		return s.tooLarge(s.pos)
	}
	return nil
}

// tooLarge returns the error for a definition whose canonical form exceeds what is left for it.
func (s *scanner) tooLarge(at int) error {
	if s.limit < MaxDefinition {
		return beyond(BoundChunkDefinitions, at,
			"definition larger than the %d bytes that this chunk's definitions have left", max(s.limit, 0))
	}
	return beyond(BoundDefinition, at, "definition larger than %d bytes", s.limit)
}

// element scans a start tag with its attributes.
func (s *scanner) element(attributes bool) error {
	at := s.pos
	if s.depth >= MaxElementDepth {
		return beyond(BoundDepth, at, "elements nested deeper than %d", MaxElementDepth)
	}
	head := 5 // token, data size
	if s.depID {
		head = 7
	}
	if err := s.need(head+4, "element"); err != nil {
		return err
	}
	// The data size is ignored: the end token ends an element, and files exist whose sizes are
	// wrong.
	s.pos += head
	s.out = append(s.out, canon.Element)
	if _, err := s.name(); err != nil {
		return err
	}
	if attributes {
		if err := s.need(4, "attribute list"); err != nil {
			return err
		}
		s.pos += 4
	}
	for s.pos < s.end && s.chunk[s.pos]&^tokMore == tokAttribute {
		s.pos++
		s.out = append(s.out, canon.Attribute)
		name, err := s.name()
		if err != nil {
			return err
		}
		s.named = string(name) == "N\x00a\x00m\x00e\x00"
		for s.pos < s.end {
			ok, err := s.content()
			if err != nil {
				return err
			}
			if !ok {
				break
			}
		}
		s.named = false
	}
	if err := s.need(1, "start tag"); err != nil {
		return err
	}
	s.out = append(s.out, canon.Content)
	switch s.chunk[s.pos] {
	case tokCloseStart:
		s.depth++
	case tokCloseEmpty:
		s.out = append(s.out, canon.End)
	default:
		return failf(s.pos, "unknown token 0x%02x in a start tag", s.chunk[s.pos])
	}
	s.pos++
	return nil
}

// content scans one piece of character data; ok is false if there is none.
func (s *scanner) content() (ok bool, err error) {
	switch tok := s.chunk[s.pos]; tok &^ tokMore {
	case tokValue:
		return true, s.value()
	case tokSubstitution, tokOptional:
		if err := s.need(4, "substitution"); err != nil {
			return false, err
		}
		if s.literal != nil {
			return false, failf(s.pos, "substitution outside a template")
		}
		if slot, _ := s.u16(s.pos + 1); slot >= MaxSlot {
			return false, beyond(BoundSlot, s.pos, "substitution of value %d, hunt allows %d", slot, MaxSlot)
		}
		optional := byte(0)
		if tok&^tokMore == tokOptional {
			optional = 1
		}
		s.out = append(s.out, canon.Subst, s.chunk[s.pos+1], s.chunk[s.pos+2], s.chunk[s.pos+3], optional)
		s.pos += 4
		return true, nil
	case tokCharRef:
		if err := s.need(3, "character reference"); err != nil {
			return false, err
		}
		s.out = append(s.out, canon.CharRef, s.chunk[s.pos+1], s.chunk[s.pos+2])
		s.pos += 3
		return true, nil
	case tokEntityRef:
		s.pos++
		s.out = append(s.out, canon.Entity)
		_, err := s.name()
		return true, err
	case tokCDATA:
		s.pos++
		return true, s.text(canon.CDATA)
	case tokPITarget:
		s.pos++
		s.out = append(s.out, canon.PI)
		if _, err := s.name(); err != nil {
			return true, err
		}
		if s.pos < s.end && s.chunk[s.pos]&^tokMore == tokPIData {
			s.pos++
			return true, s.text(0)
		}
		s.out = append(s.out, 0, 0, 0, 0)
		return true, nil
	}
	return false, nil
}

// text copies length-prefixed characters to the stream, after the given token if that is
// not zero.
func (s *scanner) text(token byte) error {
	off, n, err := s.characters()
	if err != nil {
		return err
	}
	if token != 0 {
		s.out = append(s.out, token)
	}
	s.out = binary.LittleEndian.AppendUint32(s.out, uint32(n))
	s.out = append(s.out, s.chunk[off:off+n]...)
	return nil
}

// characters takes a count and that many UTF-16 characters off the fragment.
func (s *scanner) characters() (off, n int, err error) {
	if err := s.need(2, "text"); err != nil {
		return 0, 0, err
	}
	n, _ = s.u16(s.pos)
	n *= 2
	s.pos += 2
	if err := s.need(n, "text"); err != nil {
		return 0, 0, err
	}
	off = s.pos
	s.pos += n
	return off, n, nil
}

// value scans a literal value. The specification allows only strings; other types are read by
// their regular width if they have one.
func (s *scanner) value() error {
	if err := s.need(2, "value"); err != nil {
		return err
	}
	t := Type(s.chunk[s.pos+1])
	at := s.pos
	s.pos += 2
	var off, n int
	if t == TypeString {
		var err error
		if off, n, err = s.characters(); err != nil {
			return err
		}
	} else {
		if off, n = s.pos, t.width(); n == 0 && t != TypeNull {
			return failf(at, "literal value of type %s (0x%02x)", t, uint8(t))
		}
		if err := s.need(n, "value"); err != nil {
			return err
		}
		s.pos += n
	}
	switch {
	case s.literal != nil && !(s.named && t == TypeString):
		return s.slot(t, off, n)
	case t == TypeString:
		s.out = append(s.out, canon.Text)
		s.out = binary.LittleEndian.AppendUint32(s.out, uint32(n))
		s.out = append(s.out, s.chunk[off:off+n]...)
		return nil
	}
	text := Value{t, s.chunk[off : off+n]}.AppendText(nil)
	s.out = append(s.out, canon.Text)
	s.out = binary.LittleEndian.AppendUint32(s.out, uint32(2*len(text)))
	for _, c := range text { // numbers, times and GUIDs are ASCII
		s.out = append(s.out, c, 0)
	}
	return nil
}

// slot makes a piece of a template-less fragment a value of its instance.
func (s *scanner) slot(t Type, off, n int) error {
	i := len(s.literal.slots) - int(s.literal.insts[len(s.literal.insts)-1].first)
	if i > 0xffff {
		return failf(off, "more than 65536 values in a fragment")
	}
	s.literal.slots = append(s.literal.slots, slot{off: uint32(off - s.origin), size: uint32(n), typ: t})
	s.out = append(s.out, canon.Subst, byte(i), byte(i>>8), byte(t), 0)
	return nil
}

// instance makes a template instance inside a template-less fragment a value of it.
func (s *scanner) instance() error {
	if s.literal == nil {
		return failf(s.pos, "template instance inside a definition")
	}
	from := s.pos
	in, err := scanInstance(s.chunk, s.pos, s.end)
	if err != nil {
		return err
	}
	size, _ := weigh(s.chunk[in.table:in.values])
	if size > s.end-in.values {
		return failf(in.values, "values run past their fragment: need %d bytes, have %d", size, s.end-in.values)
	}
	s.pos = in.values + size
	return s.slot(TypeBinXML, from, s.pos-from)
}

// name scans a name reference: an offset into the chunk, with the name itself right
// behind the first reference to it. It appends the name to the stream and returns it.
func (s *scanner) name() ([]byte, error) {
	if err := s.need(4, "name reference"); err != nil {
		return nil, err
	}
	off, _ := s.u32(s.pos)
	s.pos += 4
	n, ok := s.u16(off + 6)
	if !ok || off+8+2*n > len(s.chunk) {
		return nil, failf(s.pos-4, "name at 0x%x lies outside the chunk", off)
	}
	if n > MaxName {
		return nil, beyond(BoundName, s.pos-4, "name of %d characters at 0x%x", n, off)
	}
	if s.strict && !s.validName(off) {
		return nil, failf(s.pos-4, "name at 0x%x is gone", off)
	}
	if s.literal == nil {
		s.refs = append(s.refs, int32(s.pos-4))
	}
	if off == s.pos {
		if err := s.need(8+2*n+2, "name"); err != nil {
			return nil, err
		}
		s.pos += 8 + 2*n + 2
	}
	if len(s.out)-s.base > s.limit {
		return nil, s.tooLarge(s.pos - 4)
	}
	name := s.chunk[off+8 : off+8+2*n]
	s.out = append(s.out, byte(2*n), byte(2*n>>8))
	s.out = append(s.out, name...)
	return name, nil
}

// validName reports whether a name with the right checksum is at off. Source: libevtx, 4.5 "Name".
func (s *scanner) validName(off int) bool {
	want, ok := s.u16(off + 4)
	if !ok {
		return false
	}
	n, ok := s.u16(off + 6)
	if !ok || n == 0 || n > MaxName || off+8+2*n > len(s.chunk) {
		return false
	}
	hash := uint32(0)
	for i := range n {
		c, _ := s.u16(off + 8 + 2*i)
		hash = hash*65599 + uint32(c)
	}
	return int(hash&0xffff) == want
}

// detectDependencyID decides by the first element whether this fragment's elements carry a
// dependency id: they do if the name reference after it leads to a name with the right checksum,
// which also makes sound true.
func (s *scanner) detectDependencyID() (sound bool) {
	s.depID = true
	if s.pos >= s.end || s.chunk[s.pos]&^tokMore != tokOpenElement {
		return false
	}
	with, ok := s.u32(s.pos + 7)
	if ok && s.validName(with) {
		return true
	}
	without, ok := s.u32(s.pos + 5)
	s.depID = !ok || !s.validName(without)
	return false
}
