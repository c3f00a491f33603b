package binxml

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Parser decodes the records of one chunk after another. It belongs to one goroutine and
// reuses its buffers; the Cache behind it may be shared.
type Parser struct {
	// Strict rejects definitions whose names or holes do not check: what stands at an offset in
	// slack may be half overwritten. Live records need no more than the definition's id.
	Strict bool
	// Borrow says where to look for a definition of the same id whose holes the values fit when
	// the record's own is gone.
	Borrow Lender

	cache    *Cache
	chunk    []byte
	defs     []chunkDef // compiled definitions of this chunk
	hints    [64]uint16 // by offset: where in defs to look first
	shapes   shapeMemo
	canon    []byte
	learning bool
	budget   int // bytes of canonical form that this chunk may still cost
}

// Lender says from where a definition may be borrowed.
type Lender uint8

// The lenders. What a Cache has seen depends on which worker came first; what stands in the
// chunk does not.
const (
	LendNone  Lender = iota
	LendChunk        // from the same chunk, where it stands elsewhere now
	LendCase         // from there, else from all that the Cache has seen
)

// chunkDef is a definition of the current chunk by its offset.
type chunkDef struct {
	off  int
	prog *program
}

// NewParser returns a Parser that compiles into cache.
func NewParser(cache *Cache) *Parser { return &Parser{cache: cache} }

// Reset makes chunk the place that offsets in records refer to.
func (p *Parser) Reset(chunk []byte) {
	p.chunk = chunk
	p.defs = p.defs[:0]
	p.budget = MaxChunkDefinitions
}

// Parse decodes the record chunk[start:end], whose body is chunk[body:bodyEnd], into doc,
// which refers to the chunk's bytes until the next Parse. The error is about the root;
// nested values that cannot be decoded leave a reason in doc.Partial.
func (p *Parser) Parse(doc *Document, start, body, bodyEnd, end int) error {
	doc.reset(p.chunk[start:end:end])
	doc.cache, doc.shapes = p.cache, &p.shapes
	if _, err := p.fragment(doc, start, body, bodyEnd, -1, 0, 0); err != nil {
		return err
	}
	if root := &doc.insts[0]; doc.partial == nil && !doc.hasElements(root, root.prog.nodes) {
		return failf(body, "no element: a record that says nothing is no event")
	}
	return nil
}

// fragment decodes chunk[pos:end] as an instance of doc and returns its index.
func (p *Parser) fragment(doc *Document, origin, pos, end, parent, parentSlot, depth int) (int, error) {
	if depth > MaxNesting {
		return 0, failf(pos, "BinXML values nested deeper than %d", MaxNesting)
	}
	if pos+4 <= end && p.chunk[pos] == tokFragment {
		pos += 4
	}
	if pos >= end {
		return 0, failf(pos, "fragment without content")
	}
	index := len(doc.insts)
	doc.insts = append(doc.insts, instance{first: int32(len(doc.slots)), parent: int32(parent), slot: int32(parentSlot)})
	var embeds bool
	var err error
	if p.chunk[pos]&^tokMore == tokInstance {
		embeds, err = p.templated(doc, index, origin, pos, end)
	} else {
		embeds, err = p.literal(doc, index, origin, pos, end)
	}
	if err != nil {
		doc.slots = doc.slots[:doc.insts[index].first]
		doc.insts = doc.insts[:index]
		return 0, err
	}
	if embeds {
		p.nested(doc, index, origin, depth)
	}
	return index, nil
}

// nested decodes the BinXML values of an instance.
func (p *Parser) nested(doc *Document, index, origin, depth int) {
	first, n := int(doc.insts[index].first), int(doc.insts[index].n)
	for i := range n {
		s := &doc.slots[first+i]
		if s.typ != TypeBinXML || s.size == 0 {
			continue
		}
		off, size := origin+int(s.off), int(s.size)
		if p.blank(off, off+size) {
			s.typ, s.size = TypeNull, 0
			continue
		}
		child, err := p.fragment(doc, origin, off, off+size, index, i, depth+1)
		if err != nil {
			if doc.partial == nil {
				doc.partial = err
			}
			continue
		}
		doc.slots[first+i].inst = int32(child) // the slice may have moved
		doc.insts[index].nested = true
	}
}

// blank reports whether a fragment says nothing: a header and an end token at most.
func (p *Parser) blank(pos, end int) bool {
	if pos+4 <= end && p.chunk[pos] == tokFragment {
		pos += 4
	}
	return pos >= end || p.chunk[pos] == tokEOF
}

// templated decodes a template instance at pos.
func (p *Parser) templated(doc *Document, index, origin, pos, end int) (embeds bool, err error) {
	in, err := scanInstance(p.chunk, pos, end)
	if err != nil {
		return false, err
	}
	inst := &doc.insts[index]
	inst.n = int32(in.count)
	doc.slots = slices.Grow(doc.slots, in.count)[:len(doc.slots)+in.count]
	slots := doc.slots[inst.first:]
	table := p.chunk[in.table:in.values]
	at, last := uint32(in.values-origin), uint32(end-origin)
	for i := range slots {
		entry := binary.LittleEndian.Uint32(table[4*i:])
		s := &slots[i]
		*s = slot{off: at, size: entry & 0xffff, typ: Type(entry >> 16)}
		if at += s.size; at > last {
			need := tableSum(table)
			return false, failf(in.values, "values run past their fragment: need %d bytes, have %d", need, end-in.values)
		}
		if plainTypes[s.typ] {
			continue
		}
		embeds = doc.prepare(inst, s) || embeds
	}
	prog, err := p.definition(in.def, in.id)
	if err == nil && p.Strict && !prog.fits(slots) {
		err = failf(in.def, "template definition 0x%08x does not fit the values", in.id)
	}
	if err != nil && p.Borrow != LendNone {
		if b := p.borrow(in.id, slots); b != nil {
			doc.borrowed = true
			prog, err = b, nil
		}
	}
	if err != nil && inst.parent >= 0 {
		// The values are there, in order and with their types; what they are called is lost.
		if doc.partial == nil {
			doc.partial = err
		}
		prog, err = p.cache.unnamed(in.count), nil
	}
	inst.prog = prog
	return embeds, err
}

// borrow returns a definition of that id into whose holes the values fit, nil if there is none.
func (p *Parser) borrow(id uint32, values []slot) *program {
	for i := range p.defs {
		if b := p.defs[i].prog; b.id == id && b.fits(values) {
			return b
		}
	}
	if p.Borrow == LendCase {
		return p.cache.borrow(id, values)
	}
	return nil
}

// prepare looks once at a new value: it takes the NULs off the end of a string (here, because a
// definition can refer to the value ten thousand times), counts the items of an array, and
// reports whether the value is BinXML.
func (d *Document) prepare(in *instance, s *slot) (embeds bool) {
	switch {
	case s.typ == TypeString:
		b := d.raw[s.off : s.off+s.size&^1]
		for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
			b = b[:len(b)-2]
		}
		s.size = uint32(len(b))
	case s.typ == TypeAnsiString:
		s.size = uint32(len(bytes.TrimRight(d.slotValue(s).Data, "\x00")))
	case s.typ == TypeBinXML:
		return s.size > 0
	case s.typ.IsArray():
		in.arrays = true
		s.inst = int32(len(d.arrays))
		d.arrays = append(d.arrays, arrayInfo{items: int32(d.slotValue(s).Len())})
	}
	return false
}

// plainTypes are the types of values that need no look by prepare.
var plainTypes = func() (t [256]bool) {
	for i := range t {
		typ := Type(i)
		t[i] = !typ.IsArray() && typ != TypeString && typ != TypeAnsiString && typ != TypeBinXML
	}
	return t
}()

// instanceLayout is where the parts of a template instance lie in the chunk.
type instanceLayout struct {
	id     uint32
	def    int // of the definition
	table  int
	count  int
	values int
}

// tableSum returns how many bytes the values of a table take.
func tableSum(table []byte) (n int) {
	for i := 0; i < len(table); i += 4 {
		n += int(binary.LittleEndian.Uint16(table[i:]))
	}
	return n
}

// scanInstance takes a template instance apart up to its values: token, version, id, offset of the
// definition (which follows right there at its first use), count and table of values.
// Source: MS-EVEN6 2.2.12, TemplateInstance; libevtx, 4.4.
func scanInstance(chunk []byte, pos, end int) (in instanceLayout, err error) {
	const head = 10
	if end-pos < head {
		return in, failf(pos, "template instance runs past its fragment: need %d bytes, have %d", head, end-pos)
	}
	in.id = binary.LittleEndian.Uint32(chunk[pos+2:])
	in.def = int(binary.LittleEndian.Uint32(chunk[pos+6:]))
	if pos += head; in.def == pos {
		if end-pos < definitionHeader {
			return in, failf(pos, "template definition runs past its fragment: need %d bytes, have %d", definitionHeader, end-pos)
		}
		size := int(binary.LittleEndian.Uint32(chunk[pos+20:]))
		if pos += definitionHeader; size > end-pos {
			return in, failf(pos, "template definition runs past its fragment: need %d bytes, have %d", size, end-pos)
		}
		pos += size
	}
	if end-pos < 4 {
		return in, failf(pos, "table of values runs past its fragment: need 4 bytes, have %d", end-pos)
	}
	in.count = int(binary.LittleEndian.Uint32(chunk[pos:]))
	in.table = pos + 4
	if in.count > (end-in.table)/4 {
		return in, failf(pos, "table of %d values runs past its fragment: have %d bytes", in.count, end-in.table)
	}
	in.values = in.table + 4*in.count
	return in, nil
}

// definitionHeader is the size of what stands before a definition's tokens: offset of the
// next definition in its hash chain, GUID, size.
const definitionHeader = 24

// definition returns the compiled definition at a chunk offset.
func (p *Parser) definition(off int, id uint32) (*program, error) {
	hint := &p.hints[uint(off>>3)%uint(len(p.hints))]
	if i := int(*hint); i < len(p.defs) && p.defs[i].off == off && p.defs[i].prog.id == id {
		return p.defs[i].prog, nil
	}
	for i := range p.defs {
		if d := p.defs[i]; d.off == off && d.prog.id == id {
			*hint = uint16(i)
			return d.prog, nil
		}
	}
	if off < 0 || off+definitionHeader > len(p.chunk) {
		return nil, failf(off, "template definition lies outside the chunk")
	}
	guid := p.chunk[off+4 : off+20]
	if got := binary.LittleEndian.Uint32(guid); got != id {
		return nil, failf(off, "template definition 0x%08x is gone: found 0x%08x", id, got)
	}
	size := int(binary.LittleEndian.Uint32(p.chunk[off+20:]))
	if size > len(p.chunk)-off-definitionHeader {
		return nil, failf(off, "template definition runs past the chunk: need %d bytes, have %d", size, len(p.chunk)-off-definitionHeader)
	}
	base := len(p.canon)
	s := scanner{chunk: p.chunk, pos: off + definitionHeader, end: off + definitionHeader + size, out: append(p.canon, 'D'), base: base, depID: true, strict: p.Strict}
	s.out = append(s.out, guid...)
	if s.pos < s.end && s.chunk[s.pos] == tokFragment && s.pos+4 < s.end {
		s.pos += 4
	}
	s.detectDependencyID()
	s.limit = min(MaxDefinition, p.budget)
	err := s.fragment()
	p.budget -= len(s.out) - base
	p.canon = s.out[:base]
	if err != nil {
		return nil, err
	}
	if len(s.out) == base+1+len(guid) {
		return nil, failf(off, "template definition 0x%08x is empty", id)
	}
	prog := p.cache.program(s.out[base:], !p.Strict || p.learning)
	p.defs = append(p.defs, chunkDef{off, prog})
	return prog, nil
}

// literal decodes a fragment that has no template: elements with their text in
// place, as forwarded and rendered events have them.
func (p *Parser) literal(doc *Document, index, origin, pos, end int) (embeds bool, err error) {
	base := len(p.canon)
	s := scanner{chunk: p.chunk, pos: pos, end: end, out: append(p.canon, 'L'), base: base, literal: doc, origin: origin, strict: p.Strict}
	s.detectDependencyID()
	s.limit = min(MaxDefinition, p.budget)
	err = s.fragment()
	p.budget -= len(s.out) - base
	p.canon = s.out[:base]
	if err != nil {
		return false, err
	}
	inst := &doc.insts[index]
	inst.n = int32(len(doc.slots)) - inst.first
	slots := doc.slots[inst.first:]
	for i := range slots {
		embeds = doc.prepare(inst, &slots[i]) || embeds
	}
	inst.prog = p.cache.program(s.out[base:], false)
	return embeds, nil
}

// Learn compiles the definition whose tokens begin at a chunk offset, if a whole one with
// sound names stands there, so that others can borrow it. It takes nothing on trust: what
// it is called with is a guess.
func (p *Parser) Learn(tokens int) {
	off := tokens - definitionHeader
	if off < 0 || tokens > len(p.chunk) {
		return
	}
	strict := p.Strict
	p.Strict, p.learning = true, true
	_, _ = p.definition(off, binary.LittleEndian.Uint32(p.chunk[off+4:]))
	p.Strict, p.learning = strict, false
}
