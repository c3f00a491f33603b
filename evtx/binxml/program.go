package binxml

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"hunt/evtx/binxml/canon"
	"hunt/evtx/binxml/utf"
)

// program is one compiled definition, or the compiled shape of a template-less fragment:
// shared by all goroutines and read-only.
type program struct {
	id      uint32 // first four bytes of the GUID, by which instances name it; 0 for literals
	hash    uint64 // of the content
	weight  int    // the most bytes of text that it gives without its values
	repeats bool   // some hole is used more than once
	nodes   []node
	holes   []hole        // by slot: what the definition expects there
	expects typeTable     // the same, to be compared with a table of values
	system  *systemLayout // of the System element in it, nil if it has none
	literal bool
	altered bool // a name or a text has an unpaired surrogate

	pieced    bool // a text is put together of several pieces, or has a reference in it
	namesakes bool // an element, a Data or an attribute has the name of a sibling
}

const (
	nodeSize      = 72 // bytes, about, with what the allocator adds
	elementSize   = 256
	attributeSize = 128
	layoutSize    = 1024
)

// size returns about how many bytes a program takes.
func (p *program) size() int {
	n := 256 + 16*len(p.holes) + nodesSize(p.nodes)
	if p.system != nil {
		n += layoutSize
	}
	return n
}

func nodesSize(nodes []node) int {
	n := nodeSize * cap(nodes)
	for i := range nodes {
		x := &nodes[i]
		n += len(x.text) + len(x.data)
		el := x.elem
		if el == nil {
			continue
		}
		n += elementSize + attributeSize*cap(el.attrs) + 2*len(el.name) + len(el.key) + len(el.dataName) +
			len(el.dataKey) + nodesSize(el.nodes)
		for j := range el.attrs {
			a := &el.attrs[j]
			n += 2*len(a.name) + len(a.key) + len(a.ready) + nodesSize(a.nodes)
		}
	}
	return n
}

// hole is what a definition says about one slot.
type hole struct {
	typ   Type
	used  bool
	times int32 // how often
}

// again reports whether the definition refers to the slot more than once.
func (h *hole) again() bool { return h.times > 1 }

// hasElement reports whether an element is in the definition itself.
func (p *program) hasElement() bool {
	for i := range p.nodes {
		if p.nodes[i].kind == nodeElement {
			return true
		}
	}
	return false
}

// node is a piece of content.
type node struct {
	kind nodeKind
	opt  bool     // nodeSubst: an absent value leaves its attribute out
	slot int32    // nodeSubst
	ref  rune     // nodeCharRef
	text string   // nodeText, nodeCDATA; name of nodeEntity; target of nodePI
	data string   // of nodePI
	elem *element // nodeElement
}

type nodeKind uint8

const (
	nodeElement nodeKind = iota
	nodeText
	nodeSubst
	nodeEntity
	nodeCharRef
	nodeCDATA
	nodePI
)

// element is a compiled element, with what its writers need worked out beforehand.
type element struct {
	name  string
	attrs []attribute
	nodes []node

	tag      string // name as XML allows it
	key      string // JSON member name with quotes and colon, with _1, _2, … among namesakes
	only     int32  // slot that is the whole content, -1 if there is more or less
	leaf     bool   // only >= 0 and no attributes
	hasElem  bool
	hasSubst bool // some child is a substitution, so that elements may come in by a value

	container bool // EventData or UserData: its Data members are keyed by their Name
	data      bool // Data
	plain     bool // data without attributes other than Name
	dataName  string
	dataKey   string // as key, made of the Name; "" where that is empty or no literal
	named     bool   // some child is a Data with a dataKey
	clash     bool   // of a container: a Data has an element's name, so that names are counted while writing
}

type attribute struct {
	name  string
	tag   string // name as XML allows it
	key   string // JSON member name with quotes and colon
	nodes []node
	only  int32  // slot that is the whole value, -1
	ready string // key and value in JSON where the value is literal text
}

// compileTree builds the tree of a canonical stream, without its layout, and tells where the elements are in it. It
// trusts the stream: the scanner wrote it.
func compileTree(key []byte) (p *program, stream []byte, spans []elementSpan) {
	p = &program{hash: contentHash(key), weight: len(key) * charExpansion}
	r := canonReader{b: key[1:], prog: p}
	switch key[0] {
	case 'D':
		p.id = binary.LittleEndian.Uint32(r.b)
		r.b = r.b[16:]
	case 'L':
		p.literal = true
	}
	r.stream = r.b
	p.nodes = r.nodes()
	p.holes = slices.Clone(p.holes)
	p.expects = newTypeTable(p.holes)
	finish(p.nodes, false)
	p.describe()
	return p, r.stream, r.spans
}

// fit reports whether values could have been written for a definition: one for each
// hole, none more, each of the hole's type or absent. It is the check for a borrowed one.
func fit(holes []hole, values []slot) bool {
	if len(values) != len(holes) {
		return false
	}
	for i, h := range holes {
		if h.used && !h.typ.accepts(values[i].typ) {
			return false
		}
	}
	return true
}

// accepts reports whether a hole of type t is filled with values of type v by the event
// log service, which writes the pointer-sized types as hexadecimal numbers of their width.
func (t Type) accepts(v Type) bool {
	switch {
	case v == t || v == TypeNull || t == TypeNull:
		return true
	case t == TypeSizeT:
		return v == TypeHexInt32 || v == TypeHexInt64
	}
	return false
}

// canonReader reads a canonical stream.
type canonReader struct {
	b      []byte
	prog   *program
	stream []byte // all of it
	spans  []elementSpan
}

func (r *canonReader) take(n int) []byte {
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *canonReader) name() string {
	n := int(binary.LittleEndian.Uint16(r.take(2)))
	return r.string(r.take(n))
}

func (r *canonReader) string(b []byte) string {
	text, lone := utf.Encode(nil, b, utf.Plain)
	r.prog.altered = r.prog.altered || lone
	return string(text)
}

func (r *canonReader) text() string {
	n := int(binary.LittleEndian.Uint32(r.take(4)))
	return r.string(r.take(n))
}

// nodes reads content up to the end of its element, attribute or stream. Recursion is
// bounded by MaxElementDepth.
func (r *canonReader) nodes() []node {
	var out []node
	high := rune(0) // of a character of two references, of which the first is the last node
	for len(r.b) > 0 {
		var n node
		switch r.b[0] {
		case canon.Element:
			n = node{kind: nodeElement, elem: r.element()}
		case canon.Text:
			r.take(1)
			n = node{kind: nodeText, text: r.text()}
			if n.text == "" {
				continue
			}
		case canon.Subst:
			b := r.take(5)
			slot := int(binary.LittleEndian.Uint16(b[1:]))
			n = node{kind: nodeSubst, slot: int32(slot), opt: b[4] != 0}
			for len(r.prog.holes) <= slot {
				r.prog.holes = append(r.prog.holes, hole{})
			}
			h := &r.prog.holes[slot]
			h.typ, h.used = Type(b[3]), true
			h.times++
			r.prog.repeats = r.prog.repeats || h.times > 1
		case canon.Entity:
			r.take(1)
			n = node{kind: nodeEntity, text: r.name()}
		case canon.CharRef:
			b := r.take(3)
			code := rune(binary.LittleEndian.Uint16(b[1:]))
			if r := utf16.DecodeRune(high, code); r != utf8.RuneError { // two references that are one character
				out[len(out)-1].ref, high = r, 0
				continue
			}
			high = code
			n = node{kind: nodeCharRef, ref: code}
			if !utf8.ValidRune(n.ref) {
				n.ref = utf8.RuneError
			}
		case canon.CDATA:
			r.take(1)
			n = node{kind: nodeCDATA, text: r.text()}
		case canon.PI:
			r.take(1)
			n = node{kind: nodePI, text: xmlName(r.name())}
			n.data = xmlInstruction(r.text())
		default: // the end of what encloses the content
			return out
		}
		if n.kind != nodeCharRef {
			high = 0
		}
		out = append(out, n)
	}
	return out
}

func (r *canonReader) element() *element {
	el := &element{}
	span := len(r.spans)
	r.spans = append(r.spans, elementSpan{el: el, from: len(r.stream) - len(r.b)})
	r.take(1)
	el.name = r.name()
	el.tag = xmlName(el.name)
	for r.b[0] == canon.Attribute {
		r.take(1)
		a := attribute{name: r.name()}
		a.tag = xmlName(a.name)
		a.nodes = r.nodes()
		a.only = onlySlot(a.nodes)
		a.key = jsonKey(a.name, 0)
		if text := literalText(a.nodes); text != "" {
			a.ready = a.key + `"` + string(utf.AppendString(nil, text, utf.InJSON)) + `"`
		}
		el.attrs = append(el.attrs, a)
	}
	r.take(1) // canon.Content
	el.nodes = r.nodes()
	r.take(1) // canon.End
	r.spans[span].to = len(r.stream) - len(r.b)
	return el
}

func onlySlot(nodes []node) int32 {
	if len(nodes) == 1 && nodes[0].kind == nodeSubst {
		return nodes[0].slot
	}
	return -1
}

// finish works out what the writers need of the elements among nodes, which are
// siblings. container says that they are the content of EventData or UserData.
func finish(nodes []node, container bool) {
	names, dataNames := map[string]int{}, map[string]int{}
	for i := range nodes {
		el := nodes[i].elem
		if el == nil {
			continue
		}
		el.only = onlySlot(el.nodes)
		el.leaf = el.only >= 0 && len(el.attrs) == 0
		el.container = el.name == "EventData" || el.name == "UserData"
		el.data = el.name == "Data"
		if el.data {
			el.plain = len(el.attrs) == 0 || len(el.attrs) == 1 && el.attrs[0].name == "Name"
			if a := el.attr("Name"); a != nil {
				el.dataName = literalText(a.nodes)
			}
		}
		if el.data && container && el.dataName != "" {
			el.dataKey = jsonKey(el.dataName, dataNames[el.dataName])
			dataNames[el.dataName]++
		}
		el.key = jsonKey(el.name, names[el.name])
		names[el.name]++
		finish(el.nodes, el.container)
		el.clash = el.container && clashes(el.nodes)
		for j := range el.nodes {
			switch n := &el.nodes[j]; n.kind {
			case nodeElement:
				el.hasElem = true
				el.named = el.named || n.elem.dataKey != ""
			case nodeSubst:
				el.hasSubst = true
			}
		}
	}
}

// clashes reports whether a Data, which is a member of its Name, and another element have one name.
// A Data without a name is a member "Data".
func clashes(nodes []node) bool {
	byName := map[string]bool{}
	for i := range nodes {
		el := nodes[i].elem
		if el == nil {
			continue
		}
		name, named := el.name, el.data && el.dataName != ""
		if named {
			name = el.dataName
		}
		if other, ok := byName[name]; ok && other != named {
			return true
		}
		byName[name] = named
	}
	return false
}

func (el *element) attr(name string) *attribute {
	for i := range el.attrs {
		if el.attrs[i].name == name {
			return &el.attrs[i]
		}
	}
	return nil
}

// literalText returns content that is nothing but literal text, "" for any other.
func literalText(nodes []node) string {
	if len(nodes) == 1 && nodes[0].kind == nodeText {
		return nodes[0].text
	}
	text := ""
	for i := range nodes {
		if nodes[i].kind != nodeText {
			return ""
		}
		text += nodes[i].text
	}
	return text
}

// jsonKey returns a JSON member name with quotes and colon; n > 0 tells namesakes apart, as
// evtx_dump does.
func jsonKey(name string, n int) string {
	return string(appendJSONKey(nil, name, n))
}
