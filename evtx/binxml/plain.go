package binxml

import "encoding/binary"

// Plain reports whether chunk[body:end] is the body of a record as the event log service writes it, without reading
// its values: a template instance whose last value may hold another one, definitions that are in the chunk, one value
// of the right type for each hole, an event id that is an integer, and no text composed of several pieces. If so,
// Parse finds no flaw in it, and every text written of it that is stored as text neither in its values nor in its
// definitions is that of a value of another type. If the answer is false, all that may still be so.
func (p *Parser) Plain(body, end int) bool {
	prog, values, last := p.plain(body, end)
	if prog == nil || !prog.hasElement() || !prog.integerID(p.chunk[values-4*len(prog.holes):values]) {
		return false
	}
	if len(prog.holes) == 0 {
		return true
	}
	entry := binary.LittleEndian.Uint32(p.chunk[values-4:])
	if Type(entry>>16) != TypeBinXML || entry&0xffff == 0 {
		return true
	}
	prog, values, _ = p.plain(last, last+int(entry&0xffff))
	return prog != nil && (len(prog.holes) == 0 || p.chunk[values-2] != byte(TypeBinXML))
}

// plain takes apart the template instance in chunk[pos:end] and returns where its values and the last of them begin.
// The program is nil if the instance is not plain.
func (p *Parser) plain(pos, end int) (prog *program, values, last int) {
	chunk := p.chunk
	if pos+4 <= end && chunk[pos] == tokFragment {
		pos += 4
	}
	if pos >= end || chunk[pos]&^tokMore != tokInstance {
		return nil, 0, 0
	}
	prog, from := p.instance(pos, end)
	if prog == nil || prog.pieced || int(binary.LittleEndian.Uint32(chunk[from-4:])) != len(prog.holes) {
		return nil, 0, 0
	}
	if len(prog.holes) == 0 {
		return prog, from, from
	}
	if values = from + 4*len(prog.holes); values > end {
		return nil, 0, 0
	}
	table := chunk[from:values]
	size, fits := prog.expects.weigh(table)
	if size > end-values || !fits && !prog.accept(table) {
		return nil, 0, 0
	}
	if prog.expects.among {
		if _, nests := weigh(table[:len(table)-4]); nests {
			return nil, 0, 0
		}
	}
	return prog, values, values + size - int(binary.LittleEndian.Uint16(table[len(table)-4:]))
}

// instance returns the definition of a template instance, and where the table of its values begins. The program is nil
// if there is none.
func (p *Parser) instance(pos, end int) (prog *program, table int) {
	const head = 14 // up to the table, if the definition stands elsewhere
	if end-pos >= head {
		def := int(binary.LittleEndian.Uint32(p.chunk[pos+6:]))
		if prog = p.atHand(def, binary.LittleEndian.Uint32(p.chunk[pos+2:])); prog != nil && def != pos+head-4 {
			return prog, pos + head
		}
	}
	in, err := scanInstance(p.chunk, pos, end)
	if err != nil {
		return nil, 0
	}
	if prog, err = p.definition(in.def, in.id); err != nil {
		return nil, 0
	}
	return prog, in.table
}

// accept reports whether each value of a table is absent or of the declared type.
func (p *program) accept(table []byte) bool {
	for i, h := range p.holes {
		if h.used && !h.typ.accepts(Type(table[4*i+2])) {
			return false
		}
	}
	return true
}

// describe computes the properties of a program that a search needs.
func (p *program) describe() {
	for i := range p.nodes {
		if k := p.nodes[i].kind; k != nodeElement && k != nodePI {
			p.pieced = true // it is part of a text of whatever holds it
		}
	}
	p.describeElements(p.nodes, false)
}

func (p *program) describeElements(nodes []node, container bool) {
	names := map[string]bool{}
	for i := range nodes {
		el := nodes[i].elem
		if el == nil {
			continue
		}
		name := el.name
		if container && el.data && el.dataName != "" {
			name = el.dataName
		}
		p.namesakes = p.namesakes || names[name]
		names[name] = true
		p.pieced = p.pieced || pieced(el.nodes)
		for j := range el.attrs {
			a := &el.attrs[j]
			p.pieced = p.pieced || pieced(a.nodes)
			for k := range el.attrs[:j] {
				p.namesakes = p.namesakes || el.attrs[k].name == a.name
			}
		}
		p.describeElements(el.nodes, el.container)
	}
}

// pieced reports whether content is text of several pieces, or a piece that stands for another text.
func pieced(nodes []node) bool {
	n := 0
	for i := range nodes {
		switch nodes[i].kind {
		case nodeEntity, nodeCharRef:
			return true
		case nodeText, nodeCDATA, nodeSubst:
			n++
		}
	}
	return n > 1
}
