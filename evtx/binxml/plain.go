package binxml

import "encoding/binary"

// Plain reports whether chunk[body:end] is the body of a record as the event log service writes it, without a look
// at its values: a template instance whose last value may hold another one, with definitions that are in the chunk,
// one value for each hole and of its type, an event id that is an integer, and no text that is put together of
// several pieces. Parse then finds no flaw in it, and every text that is written of it and is not in its values or
// definitions as text is that of a value of another type. A false may be wrong.
func (p *Parser) Plain(body, end int) bool {
	in, prog := p.plain(body, end)
	if prog == nil || !prog.hasElement() || !prog.integerID(p.chunk[in.table:in.values]) {
		return false
	}
	if in.count == 0 {
		return true
	}
	entry := binary.LittleEndian.Uint32(p.chunk[in.values-4:])
	if Type(entry>>16) != TypeBinXML || entry&0xffff == 0 {
		return true
	}
	nested, prog := p.plain(in.last, in.last+int(entry&0xffff))
	return prog != nil && (nested.count == 0 || p.chunk[nested.values-2] != byte(TypeBinXML))
}

// plainLayout is where the parts of a plain template instance lie in the chunk.
type plainLayout struct {
	instanceLayout
	last int // the last value
}

// plain takes apart the template instance in chunk[pos:end], with a nil program if it is not plain.
func (p *Parser) plain(pos, end int) (in plainLayout, prog *program) {
	if pos+4 <= end && p.chunk[pos] == tokFragment {
		pos += 4
	}
	if pos >= end || p.chunk[pos]&^tokMore != tokInstance {
		return in, nil
	}
	var err error
	if in.instanceLayout, err = scanInstance(p.chunk, pos, end); err != nil {
		return in, nil
	}
	if prog = p.atHand(in.def, in.id); prog == nil {
		if prog, err = p.definition(in.def, in.id); err != nil {
			return in, nil
		}
	}
	if prog.pieced || in.count != len(prog.holes) {
		return in, nil
	}
	if in.last = in.values; in.count == 0 {
		return in, prog
	}
	table := p.chunk[in.table:in.values]
	size, fits := prog.expects.weigh(table)
	in.last += size - int(binary.LittleEndian.Uint16(table[len(table)-4:]))
	if size > end-in.values || !fits && !prog.accept(table) {
		return in, nil
	}
	if prog.expects.among {
		if _, nests := weigh(table[:len(table)-4]); nests {
			return in, nil
		}
	}
	return in, prog
}

// accept reports whether each value of a table is absent or of the type that is declared for it.
func (p *program) accept(table []byte) bool {
	for i, h := range p.holes {
		if h.used && !h.typ.accepts(Type(table[4*i+2])) {
			return false
		}
	}
	return true
}

// describe works out what a search has to know about a program.
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

// pieced reports whether content is text of several pieces, or of one that stands for another.
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
