package binxml

import "encoding/binary"

// Parser decodes the records of one chunk after another. It belongs to one goroutine and
// reuses its buffers; the Cache behind it may be shared.
type Parser struct {
	// Strict rejects definitions whose names or holes are not sound: what stands at an offset in slack may be half
	// overwritten. For live records the definition's id is enough.
	Strict bool
	// Borrow says where to look, if the record's own definition is gone, for one of the same id that fits the
	// values.
	Borrow Lender
	// Stock is what LendCase borrows from, and what Learn adds to; nil lends nothing.
	Stock *Stock

	cache    *Cache
	chunk    []byte
	defs     []chunkDef // compiled definitions of this chunk
	hints    [64]uint16 // by offset: where in defs to look first
	known    knownDefs
	refs     []int32 // of the definition that is being scanned
	shapes   shapeMemo
	canon    []byte
	learning bool
	budget   int // bytes of canonical form that this chunk may still use
}

// Lender says from where a definition may be borrowed.
type Lender uint8

const (
	LendNone  Lender = iota
	LendChunk        // from elsewhere in the same chunk
	LendCase         // from the same chunk, or else from the Stock
)

// chunkDef is a definition of the current chunk by its offset.
type chunkDef struct {
	off  int
	prog *program
}

// NewParser returns a Parser that compiles into cache.
func NewParser(cache *Cache) *Parser { return &Parser{cache: cache} }

// Reset makes chunk the one that offsets in records refer to, and renews the budget.
func (p *Parser) Reset(chunk []byte) {
	p.chunk = chunk
	p.defs = p.defs[:0]
	p.budget = MaxChunkDefinitions
}

// Move is Reset without a new budget: the leftovers of several chunks in one slot share the budget of the slot.
func (p *Parser) Move(chunk []byte) {
	p.chunk = chunk
	p.defs = p.defs[:0]
}

// Parse decodes the record chunk[start:end], whose body is chunk[body:bodyEnd], into doc, which refers to the
// chunk's bytes until the next Parse. An error means that the root cannot be decoded; nested values that cannot be
// decoded leave a reason in doc.Partial.
func (p *Parser) Parse(doc *Document, start, body, bodyEnd, end int) error {
	doc.reset(p.chunk[start:end:end])
	doc.cache, doc.shapes = p.cache, &p.shapes
	if _, err := p.fragment(doc, start, body, bodyEnd, holder{instance: -1}); err != nil {
		return err
	}
	if doc.repeated || len(doc.insts) > fewInstances {
		doc.fill()
		if doc.work() > MaxWork {
			doc.dropNested()
			doc.partial = beyond(BoundWork, body,
				"values nested in values repeat each other: more than %d parts to write", MaxWork)
		}
	}
	doc.locateSystem()
	if doc.partial == nil && !doc.insts[0].prog.hasElement() {
		if doc.fill(); !doc.hasElements(&doc.insts[0], doc.insts[0].prog.nodes) {
			return failf(body, "the record has no element, so it holds no event")
		}
	}
	return nil
}

// fewInstances is how many templates and fragments a record may have before the cost of writing it is computed
// (real: 3).
const fewInstances = 4

// holder is the value that holds a fragment: its instance (-1 for the root), its slot there, and how many values
// enclose it.
type holder struct{ instance, slot, depth int }

// fragment decodes chunk[pos:end] as an instance of doc, whose record begins at origin, and returns
// its index.
func (p *Parser) fragment(doc *Document, origin, pos, end int, in holder) (int, error) {
	if in.depth > MaxNesting {
		return 0, beyond(BoundNesting, pos, "BinXML values nested deeper than %d", MaxNesting)
	}
	if pos+4 <= end && p.chunk[pos] == tokFragment {
		pos += 4
	}
	if pos >= end || p.chunk[pos] == tokEOF {
		return 0, failf(pos, "fragment without content")
	}
	index := len(doc.insts)
	doc.insts = append(doc.insts, instance{first: int32(len(doc.slots)), parent: int32(in.instance),
		slot: int32(in.slot)})
	var nests bool
	var err error
	if p.chunk[pos]&^tokMore == tokInstance {
		nests, err = p.templated(doc, index, origin, pos, end)
	} else {
		nests, err = p.literal(doc, index, origin, pos, end)
	}
	if err != nil {
		doc.slots = doc.slots[:doc.insts[index].first]
		doc.insts = doc.insts[:index]
		return 0, err
	}
	if nests {
		p.nested(doc, index, origin, in.depth)
	}
	return index, nil
}

// nested decodes the BinXML values of an instance.
func (p *Parser) nested(doc *Document, index, origin, depth int) {
	in := doc.insts[index] // a copy: the slice may move
	at := holder{instance: index, depth: depth + 1}
	if !in.unread {
		for at.slot = range int(in.n) {
			if s := doc.slots[int(in.first)+at.slot]; s.typ == TypeBinXML {
				doc.slots[int(in.first)+at.slot].inst = int32(p.child(doc, origin, s, at))
			}
		}
		return
	}
	table, off := doc.raw[in.table:][:4*in.n], in.values
	if !in.among { // as in what Windows writes: the payload comes last
		at.slot = int(in.n) - 1
		p.child(doc, origin, entrySlot(binary.LittleEndian.Uint32(table[4*at.slot:]), in.last), at)
		return
	}
	for at.slot = range int(in.n) {
		entry := binary.LittleEndian.Uint32(table[4*at.slot:])
		if s := entrySlot(entry, off); s.typ == TypeBinXML {
			p.child(doc, origin, s, at)
		}
		off += entry & 0xffff
	}
}

// child decodes a BinXML value and returns the instance that it holds, 0 for none.
func (p *Parser) child(doc *Document, origin int, s slot, at holder) int {
	if doc.blank(&s) {
		return 0
	}
	index, err := p.fragment(doc, origin, origin+int(s.off), origin+int(s.off+s.size), at)
	if err != nil {
		if doc.partial == nil {
			doc.partial = err
		}
		return 0
	}
	in := &doc.insts[at.instance]
	in.nested = true
	if at.slot < len(in.prog.holes) && in.prog.holes[at.slot].again() {
		doc.repeated = true
	}
	return index
}

// templated decodes a template instance at pos; nests says that a value may be BinXML.
func (p *Parser) templated(doc *Document, index, origin, pos, end int) (nests bool, err error) {
	in, err := scanInstance(p.chunk, pos, end)
	if err != nil {
		return false, err
	}
	inst := &doc.insts[index]
	inst.n, inst.table, inst.values = int32(in.count), uint32(in.table-origin), uint32(in.values-origin)
	inst.unread, doc.unread = true, true
	prog := p.atHand(in.def, in.id)
	if in.count > 0 {
		var before int // bytes of the values before the last
		last := in.values - 4
		entry := binary.LittleEndian.Uint32(p.chunk[last:])
		if prog != nil && in.count == len(prog.holes) && !prog.expects.among {
			before, in.fits = prog.expects.weigh(p.chunk[in.table:in.values])
			before -= int(entry & 0xffff)
		}
		if !in.fits {
			before, inst.among = weigh(p.chunk[in.table:last])
		}
		inst.last = inst.values + uint32(before)
		nests = inst.among || Type(entry>>16) == TypeBinXML
		if size := before + int(entry&0xffff); size > end-in.values {
			return false, failf(in.values, "values run past their fragment: need %d bytes, have %d", size,
				end-in.values)
		}
	}
	var slots []slot // for a look at all values, which live records do not need
	if p.Strict || p.Borrow != LendNone {
		doc.read(index)
		slots = doc.slots[inst.first:]
	}
	if prog == nil {
		prog, err = p.definition(in.def, in.id)
	}
	if err == nil && p.Strict && !fit(prog.holes, slots) {
		err = failf(in.def, "template definition 0x%08x does not fit the values", in.id)
	}
	if err != nil && p.Borrow != LendNone {
		if b := p.borrow(in.id, slots); b != nil {
			doc.borrowed = true
			prog, err = b, nil
		}
	}
	if err != nil && inst.parent >= 0 {
		prog, err = p.nameless(doc, &in, err), nil
	}
	inst.prog = prog
	if err == nil && !doc.borrowed && !p.Strict {
		p.check(doc, prog, &in, index == 0)
	}
	return nests, err
}

// nameless shows the values of an instance whose definition cannot be read because of why: the values are there,
// in order and with their types, but their names are lost.
func (p *Parser) nameless(doc *Document, in *instanceLayout, why error) *program {
	if in.count > maxUnnamed && boundOf(why).ID == "" {
		why = beyond(BoundUnnamed, in.def, "%s; of its %d values the first %d are shown", why.Error(), in.count,
			maxUnnamed)
	}
	if doc.partial == nil {
		doc.partial = why
	}
	return p.cache.unnamed(in.count)
}

// check compares a table of values with what the definition needs. If there are fewer values than the definition
// refers to, the document is partial: a missing value must not pass for an absent one. Values of another type than
// declared are read by their own type, and the document notes it.
func (p *Parser) check(doc *Document, prog *program, in *instanceLayout, root bool) {
	if in.count < len(prog.holes) && doc.partial == nil {
		doc.partial = failf(in.table, "template definition 0x%08x needs %d values, the record has %d",
			in.id, len(prog.holes), in.count)
		return
	}
	table := p.chunk[in.table:in.values]
	for i := 0; !in.fits && i < min(in.count, len(prog.holes)); i++ {
		t := Type(table[4*i+2])
		if h := &prog.holes[i]; h.used && !h.typ.accepts(t) {
			if doc.misfit == nil {
				doc.misfit = failf(in.table+4*i,
					"value %d is of type %s, template definition 0x%08x has %s", i, t, in.id, h.typ)
			}
			return
		}
	}
	if root {
		doc.numbered = prog.integerID(table)
	}
}

// borrow returns a definition of that id that fits the values, nil if there is none.
func (p *Parser) borrow(id uint32, values []slot) *program {
	for i := range p.defs {
		if b := p.defs[i].prog; b.id == id && fit(b.holes, values) {
			return b
		}
	}
	if p.Borrow == LendCase {
		if key := p.Stock.borrow(id, values); key != "" {
			return p.cache.program([]byte(key))
		}
	}
	return nil
}

// instanceLayout is where the parts of a template instance lie in the chunk.
type instanceLayout struct {
	id     uint32
	def    int // of the definition
	table  int
	count  int
	values int
	fits   bool // the values are known to be of the types that the definition declares
}

// weigh returns how many bytes the values of a table take, and whether a value is BinXML. It reads two entries at
// a time, each 32 bits with a size in the low and a type in the high half.
func weigh(table []byte) (size int, nests bool) {
	const sizes, types = 0x0000ffff_0000ffff, 0x000000ff_000000ff
	const ones, tops = 0x00000001_00000001, 0x80000000_80000000
	var sum, found uint64 // a sum cannot overflow: a chunk has less than 1<<14 entries
	for len(table) >= 8 {
		two := binary.LittleEndian.Uint64(table)
		sum += two & sizes
		differ := two>>16&types ^ uint64(TypeBinXML)*ones
		found |= (differ - ones) & tops // a half without any difference borrows
		table = table[8:]
	}
	if len(table) >= 4 {
		one := binary.LittleEndian.Uint32(table)
		sum += uint64(one & 0xffff)
		nests = Type(one>>16) == TypeBinXML
	}
	return int(sum&0xffffffff + sum>>32), nests || found != 0
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
			return in, failf(pos, "template definition runs past its fragment: need %d bytes, have %d",
				definitionHeader, end-pos)
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

// definitionHeader is the size of what is before a definition's tokens: offset of the next definition in its hash
// chain, GUID, size.
const definitionHeader = 24

// hint returns the entry of hints for a definition's offset.
func (p *Parser) hint(off int) *uint16 { return &p.hints[uint(off>>3)%uint(len(p.hints))] }

// atHand returns the definition at a chunk offset if the hint leads to it, nil otherwise.
func (p *Parser) atHand(off int, id uint32) *program {
	if i := int(*p.hint(off)); i < len(p.defs) && p.defs[i].off == off && p.defs[i].prog.id == id {
		return p.defs[i].prog
	}
	return nil
}

// definition returns the compiled definition at a chunk offset.
func (p *Parser) definition(off int, id uint32) (*program, error) {
	for i := range p.defs {
		if d := p.defs[i]; d.off == off && d.prog.id == id {
			*p.hint(off) = uint16(i)
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
		return nil, failf(off, "template definition runs past the chunk: need %d bytes, have %d", size,
			len(p.chunk)-off-definitionHeader)
	}
	limit := min(MaxDefinition, p.budget)
	if !p.Strict {
		if k := p.known.find(p.chunk, off, size, limit); k != nil {
			p.budget -= k.cost
			p.defs = append(p.defs, chunkDef{off, k.prog})
			return k.prog, nil
		}
	}
	base := len(p.canon)
	s := scanner{chunk: p.chunk, pos: off + definitionHeader, end: off + definitionHeader + size,
		out: append(p.canon, 'D'), base: base, depID: true, strict: p.Strict}
	s.out = append(s.out, guid...)
	if s.pos < s.end && s.chunk[s.pos] == tokFragment && s.pos+4 < s.end {
		s.pos += 4
	}
	sound := s.detectDependencyID()
	s.limit, s.refs = limit, p.refs[:0]
	err := s.fragment()
	cost := len(s.out) - base
	p.budget -= cost
	p.canon, p.refs = s.out[:base], s.refs
	if err != nil {
		return nil, err
	}
	if len(s.out) == base+1+len(guid) {
		return nil, failf(off, "template definition 0x%08x is empty", id)
	}
	prog := p.cache.program(s.out[base:])
	if p.learning && p.Stock != nil {
		p.Stock.learn(s.out[base:], prog)
	}
	p.defs = append(p.defs, chunkDef{off, prog})
	if sound && !p.Strict {
		p.known.add(p.chunk, off, size, s.refs, knownDef{prog: prog, cost: cost})
	}
	return prog, nil
}

// literal decodes a fragment that has no template: elements with their text in
// place, as forwarded and rendered events have them.
func (p *Parser) literal(doc *Document, index, origin, pos, end int) (nests bool, err error) {
	base := len(p.canon)
	s := scanner{chunk: p.chunk, pos: pos, end: end, out: append(p.canon, 'L'), base: base, literal: doc,
		origin: origin, strict: p.Strict}
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
		doc.prepare(inst, &slots[i])
	}
	inst.prog = p.cache.program(s.out[base:])
	return true, nil
}

// Learn adds the definition whose tokens begin at a chunk offset to Stock, if a whole one with sound names is
// there. The offset may be a mere guess.
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
