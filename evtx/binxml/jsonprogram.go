package binxml

import (
	"encoding/binary"
	"slices"

	"hunt/evtx/binxml/digits"
	"hunt/evtx/binxml/utf"
)

// jsonProgram writes the JSON of all records of one shape. It is a list of steps: the text between two values,
// computed beforehand, and what to do with the value. It covers nearly all records; for the rest (such as arrays,
// which repeat elements), the writer walks the tree instead, with the same result.
type jsonProgram struct {
	steps []jsonStep
	size  int     // of all literal text
	slots []int32 // per instance: slots that its table must have
	null  []slotRef

	values []valueRef // in the order of the JSON
	seldom []int32    // those of values that are left out where they are empty
	list   int        // index of the stepList in steps, -1 if there is none
	form   bool       // records of this shape differ only in their values and are never cut
}

type jsonStep struct {
	text   string         // before the value
	head   [headSize]byte // its beginning, to be copied as a whole
	kind   stepKind
	inst   int32
	slot   int32
	before string // of stepOptional: between the text and the value, where there is one; of stepLiteral: the value
	el     *element
	value  int32   // its first value, in values
	data   []int32 // of stepList: the slots of the unnamed Data
}

// headSize is how much text a step copies without checking its length; most have less.
const headSize = 32

type stepKind uint8

const (
	stepText     stepKind = iota // no value
	stepLeaf                     // an element's text: null where empty
	stepData                     // a Data's text: "" where empty
	stepOptional                 // an attribute or text that is left out where empty
	stepLiteral                  // an element's literal text; slot is its size as it counts against the limit
	stepAttrs                    // an element with attributes and at most one value as text
	stepWalk                     // an element without a fixed form: written by the tree
	stepWalkData                 // the same for a Data of a container
	stepList                     // the unnamed Data of a container, as many as there are strings
)

// slotRef is a slot that a program assumes to be absent.
type slotRef struct{ inst, slot int32 }

// newJSONProgram compiles the shape of a document. It returns nil if only the tree can write it: if it has a
// template-less part, as those shapes rarely repeat, or bare text.
func newJSONProgram(d *Document) *jsonProgram {
	for i := range d.insts {
		if d.insts[i].prog.literal {
			return nil
		}
	}
	c := jsonCompiler{d: d, p: &jsonProgram{slots: make([]int32, len(d.insts)), list: -1}}
	c.text = append(c.text, '{')
	c.members(0, d.insts[0].prog.nodes, &memberNames{})
	c.text = append(c.text, '}')
	c.step(stepText, 0, 0, nil)
	if c.bare {
		return nil
	}
	for i := range c.p.steps {
		c.p.size += len(c.p.steps[i].text)
	}
	for i := range d.insts {
		c.p.slots[i] = int32(len(d.insts[i].prog.holes))
	}
	c.p.describe()
	return c.p
}

type jsonCompiler struct {
	d    *Document
	p    *jsonProgram
	text []byte // since the last step
	bare bool   // a value holds text beside its elements, which has no place in a program
}

// memberNames counts the members of an object while it is compiled.
type memberNames struct {
	n     map[string]int
	total int
}

func (m *memberNames) next(name string) int {
	if m.n == nil {
		m.n = make(map[string]int)
	}
	n := m.n[name]
	m.n[name]++
	m.total++
	return n
}

func (c *jsonCompiler) step(kind stepKind, inst, slot int32, el *element) {
	st := jsonStep{text: string(c.text), kind: kind, inst: inst, slot: slot, el: el}
	copy(st.head[:], st.text)
	c.p.steps = append(c.p.steps, st)
	c.text = c.text[:0]
}

// members compiles the elements among nodes, those of nested instances included.
func (c *jsonCompiler) members(inst int32, nodes []node, names *memberNames) {
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			c.key(n.elem.name, names)
			c.value(inst, n.elem)
		case nodeSubst:
			if s := c.d.held(inst, n.slot); s > 0 {
				c.members(s, c.d.insts[s].prog.nodes, names)
			} else {
				c.p.null = append(c.p.null, slotRef{inst, n.slot})
			}
		case nodePI:
		default:
			c.bare = true
		}
	}
}

func (c *jsonCompiler) key(name string, names *memberNames) {
	if names.total > 0 {
		c.text = append(c.text, ',')
	}
	c.text = appendJSONKey(c.text, name, names.next(name))
}

// value compiles what follows an element's key.
func (c *jsonCompiler) value(inst int32, el *element) {
	elems := el.hasElem || el.hasSubst && c.d.hasElements(&c.d.insts[inst], el.nodes)
	switch {
	case elems:
		if !c.object(inst, el) {
			c.step(stepWalk, inst, 0, el)
		}
	case el.leaf && c.d.held(inst, el.only) == 0:
		c.step(stepLeaf, inst, el.only, el)
	case len(el.nodes) == 0 && len(el.attrs) == 0:
		c.text = append(c.text, "null"...)
	case len(el.attrs) == 0 && len(el.nodes) == 1 && el.nodes[0].kind == nodeText:
		text := el.nodes[0].text
		c.step(stepLiteral, inst, int32(len(text)), nil)
		c.p.steps[len(c.p.steps)-1].before = string(utf.AppendString(nil, text, utf.InJSON))
	case c.simpleAttributes(inst, el) && (el.only >= 0 && c.d.held(inst, el.only) == 0 || len(el.nodes) == 0):
		c.attributes(inst, el)
	default:
		c.step(stepWalk, inst, 0, el)
	}
}

// attributes compiles an element whose attributes are literal or one value each, and whose content is one value or
// nothing. A literal attribute at the front means that there is always an object, so that the others need not
// check what came before.
func (c *jsonCompiler) attributes(inst int32, el *element) {
	if el.attrs[0].ready == "" {
		c.step(stepAttrs, inst, el.only, el)
		return
	}
	c.text = append(c.text, `{"#attributes":{`...)
	for i := range el.attrs {
		switch a := &el.attrs[i]; {
		case i == 0:
			c.text = append(c.text, a.ready...)
		case a.ready != "":
			c.text = append(append(c.text, ','), a.ready...)
		default:
			c.optional(inst, a.only, ","+a.key)
		}
	}
	c.text = append(c.text, '}')
	if el.only >= 0 {
		c.optional(inst, el.only, `,"#text":`)
	}
	c.text = append(c.text, '}')
}

func (c *jsonCompiler) optional(inst, slot int32, before string) {
	c.step(stepOptional, inst, slot, nil)
	c.p.steps[len(c.p.steps)-1].before = before
}

// object compiles an element whose content is elements and whose attributes are literal; it returns false for any
// other.
func (c *jsonCompiler) object(inst int32, el *element) bool {
	for i := range el.attrs {
		if el.attrs[i].ready == "" {
			return false
		}
	}
	for i := range el.nodes {
		switch el.nodes[i].kind {
		case nodeElement, nodePI:
		case nodeSubst:
			if el.container {
				return false
			}
		default:
			return false
		}
	}
	var unnamed []int32
	if el.container && !plainContainer(el) {
		if unnamed = c.unnamed(inst, el); unnamed == nil {
			return false
		}
	}
	var names memberNames
	c.text = append(c.text, '{')
	for i := range el.attrs {
		if i == 0 {
			c.text = append(c.text, `"#attributes":{`...)
		} else {
			c.text = append(c.text, ',')
		}
		c.text = append(c.text, el.attrs[i].ready...)
	}
	if len(el.attrs) > 0 {
		c.text = append(c.text, '}')
		names.total++
	}
	switch {
	case unnamed != nil:
		c.list(inst, el, unnamed, &names)
	case el.container:
		c.data(inst, el, &names)
	default:
		c.members(inst, el.nodes, &names)
	}
	c.text = append(c.text, '}')
	return true
}

// plainContainer reports whether each Data of a container has a literal Name, no other
// attribute, and at most one value for its content.
func plainContainer(el *element) bool {
	for i := range el.nodes {
		if e := el.nodes[i].elem; e != nil && e.data {
			if e.dataKey == "" || !e.plain || e.hasElem || e.only < 0 && len(e.nodes) > 0 {
				return false
			}
		}
	}
	return true
}

func (c *jsonCompiler) data(inst int32, el *element, names *memberNames) {
	for i := range el.nodes {
		e := el.nodes[i].elem
		switch {
		case e == nil:
		case !e.data:
			c.key(e.name, names)
			c.value(inst, e)
		default:
			c.key(e.dataName, names)
			switch {
			case e.only < 0:
				c.text = append(c.text, `""`...)
			case c.d.held(inst, e.only) > 0:
				c.step(stepWalkData, inst, 0, e)
			default:
				c.step(stepData, inst, e.only, e)
			}
		}
	}
}

// unnamed returns the slots of the Data of a container if none has a name and each is one value that is used
// nowhere else; nil otherwise. A program has at most one such list.
func (c *jsonCompiler) unnamed(inst int32, el *element) (slots []int32) {
	if c.p.list >= 0 {
		return nil
	}
	holes := c.d.insts[inst].prog.holes
	for i := range el.nodes {
		e := el.nodes[i].elem
		switch {
		case e == nil || !e.data:
		case len(e.attrs) > 0, e.only < 0, int(e.only) >= len(holes), holes[e.only].again(),
			c.d.held(inst, e.only) > 0:
			return nil
		default:
			slots = append(slots, e.only)
		}
	}
	return slots
}

// list compiles a container whose Data are one list.
func (c *jsonCompiler) list(inst int32, el *element, slots []int32, names *memberNames) {
	for i := range el.nodes {
		e := el.nodes[i].elem
		switch {
		case e == nil:
		case !e.data:
			c.key(e.name, names)
			c.value(inst, e)
		case c.p.list < 0:
			c.key(e.name, names)
			c.p.list = len(c.p.steps)
			c.step(stepList, inst, 0, nil)
			c.p.steps[c.p.list].data = slots
		}
	}
}

func (c *jsonCompiler) simpleAttributes(inst int32, el *element) bool {
	for i := range el.attrs {
		if a := &el.attrs[i]; a.ready == "" && (a.only < 0 || c.d.held(inst, a.only) > 0) {
			return false
		}
	}
	return true
}

// fits reports whether the program is valid for a document of its shape.
func (p *jsonProgram) fits(d *Document) bool {
	for i := range d.insts {
		if d.insts[i].n < p.slots[i] {
			return false
		}
	}
	if len(d.arrays) > 0 && !p.listsArrays(d) {
		return false
	}
	for _, r := range p.null {
		if s := d.slot(&d.insts[r.inst], int(r.slot)); s.typ != TypeNull && s.size > 0 {
			return false
		}
	}
	return true
}

// listsArrays reports whether all arrays of a document are lists of strings in the unnamed Data.
func (p *jsonProgram) listsArrays(d *Document) bool {
	if p.list < 0 {
		return false
	}
	st, listed := &p.steps[p.list], 0
	first := d.insts[st.inst].first
	for _, i := range st.data {
		switch typ := d.slots[first+i].typ; {
		case typ == TypeString|TypeArray:
			listed++
		case typ.IsArray():
			return false
		}
	}
	return listed == len(d.arrays)
}

// readItems puts the items of a program's list, each as a value, into d.items.
func (d *Document) readItems(p *jsonProgram) {
	st := &p.steps[p.list]
	d.items = d.items[:0]
	first := d.insts[st.inst].first
	for _, i := range st.data {
		s := &d.slots[first+i]
		if !s.typ.IsArray() || s.size == 0 {
			d.items = append(d.items, slot{off: s.off, size: s.size, typ: s.typ.Elem()})
			continue
		}
		for at, end := s.off, s.off+s.size; at < end; {
			size, behind := (end-at)&^1, end // without an odd last byte
			if i := indexNUL(d.raw[at:end]); i >= 0 {
				size = uint32(i) // #nosec G115 -- within a record
				behind = at + size + 2
			}
			d.items = append(d.items, slot{off: at, size: size, typ: TypeString})
			at = behind
		}
	}
}

// jsonItemList appends the unnamed Data of a program's list.
func (p *jsonProgram) jsonItemList(d *Document, dst []byte) []byte {
	d.readItems(p)
	dst = append(dst, `{"#text":`...)
	if len(d.items) > 1 {
		dst = append(dst, '[')
	}
	for i := range d.items {
		if len(dst) > d.limit {
			d.cut = true
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		from := len(dst)
		if dst = d.jsonSlot(dst, &d.items[i], `""`); d.traced {
			d.trace(int32(len(p.values)+i), from, len(dst)) // #nosec G115 -- a few for each byte of a record
		}
	}
	if len(d.items) > 1 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// run appends the JSON of a document. With d.traced it notes where the values are in it.
func (p *jsonProgram) run(d *Document, dst []byte) []byte {
	dst = slices.Grow(dst, p.size+2*len(d.raw))
	for i := range p.steps {
		st := &p.steps[i]
		if n := len(dst); len(st.text) <= headSize && n+headSize <= cap(dst) {
			*(*[headSize]byte)(dst[n : n+headSize]) = st.head
			dst = dst[:n+len(st.text)]
		} else {
			dst = append(dst, st.text...)
		}
		if st.kind == stepText {
			continue
		}
		in := &d.insts[st.inst]
		from := len(dst)
		switch st.kind {
		case stepLeaf:
			dst = d.jsonSlot(dst, &d.slots[in.first+st.slot], "null")
		case stepData:
			dst = d.jsonSlot(dst, &d.slots[in.first+st.slot], `""`)
		case stepOptional:
			s := &d.slots[in.first+st.slot]
			if d.emptySlot(s) {
				continue
			}
			dst = append(dst, st.before...)
			from = len(dst)
			dst = d.jsonSlot(dst, s, `""`)
		case stepLiteral:
			if dst = append(dst, '"'); len(dst)+int(st.slot) <= d.limit {
				dst = append(dst, st.before...)
			} else {
				d.cut = true
			}
			dst = append(dst, '"')
			continue
		case stepAttrs:
			dst = d.jsonAttrs(dst, in, st.el, st.value)
			continue
		case stepList:
			dst = p.jsonItemList(d, dst)
			continue
		case stepWalk:
			dst = d.jsonValue(dst, in, st.el, -1)
		case stepWalkData:
			dst = d.jsonData(dst, in, st.el, -1)
		}
		if d.traced {
			d.trace(st.value, from, len(dst))
		}
	}
	return dst
}

// jsonSlot appends a value that is not an array and holds no instance, or empty if it has no text. It writes the
// same as jsonScalar, with shortcuts for the types that most values have.
func (d *Document) jsonSlot(dst []byte, s *slot, empty string) []byte {
	data := d.raw[s.off:][:s.size]
	if len(dst)+len(data) > d.limit {
		d.cut = d.cut || len(data) > 0
		return append(dst, `""`...)
	}
	if len(data) == 0 {
		return append(dst, empty...)
	}
	switch s.typ {
	case TypeString:
		dst, data = utf.AppendJSONRun(append(dst, '"'), data)
		if len(data) > 0 {
			dst = d.valueText(dst, Value{TypeString, data}, utf.InJSON)
		}
		return append(dst, '"')
	case TypeNull:
		return append(dst, empty...)
	case TypeUint32:
		if len(data) == 4 {
			return digits.AppendUint(dst, uint64(binary.LittleEndian.Uint32(data)))
		}
	case TypeUint16:
		if len(data) == 2 {
			return digits.AppendUint(dst, uint64(binary.LittleEndian.Uint16(data)))
		}
	case TypeUint8:
		if len(data) == 1 {
			return digits.AppendUint(dst, uint64(data[0]))
		}
	case TypeHexInt64:
		if len(data) == 8 {
			return append(digits.AppendHexNumber(append(dst, '"'), binary.LittleEndian.Uint64(data)), '"')
		}
	case TypeFiletime:
		if len(data) == 8 {
			return append(d.clock.Append(append(dst, '"'), binary.LittleEndian.Uint64(data)), '"')
		}
	case TypeGUID:
		if len(data) == 16 {
			return append(digits.AppendGUID(append(dst, '"'), data), '"')
		}
	}
	v := Value{s.typ, data}
	if v.empty() {
		return append(dst, empty...)
	}
	return d.jsonScalar(dst, v)
}

// jsonAttrs appends an element whose attributes are literal or one value each, and whose content is one value or
// nothing. value is the index of the first of them among the program's values.
func (d *Document) jsonAttrs(dst []byte, in *instance, el *element, value int32) []byte {
	open := false
	for i := range el.attrs {
		a := &el.attrs[i]
		var s *slot
		if a.ready == "" {
			value++
			if s = &d.slots[in.first+a.only]; d.emptySlot(s) {
				continue
			}
		}
		if open {
			dst = append(dst, ',')
		} else {
			dst = append(dst, `{"#attributes":{`...)
			open = true
		}
		if a.ready != "" {
			dst = append(dst, a.ready...)
			continue
		}
		dst = append(dst, a.key...)
		from := len(dst)
		if dst = d.jsonSlot(dst, s, `""`); d.traced {
			d.trace(value-1, from, len(dst))
		}
	}
	var text *slot
	if el.only >= 0 {
		if text = &d.slots[in.first+el.only]; d.emptySlot(text) {
			text = nil
		}
	}
	switch {
	case !open && text == nil:
		return append(dst, "null"...)
	case text == nil:
		return append(dst, "}}"...)
	case open:
		dst = append(dst, `},"#text":`...)
	}
	from := len(dst)
	if dst = d.jsonSlot(dst, text, `""`); d.traced {
		d.trace(value, from, len(dst))
	}
	if open {
		dst = append(dst, '}')
	}
	return dst
}

// emptySlot reports whether a value that is not an array has no text.
func (d *Document) emptySlot(s *slot) bool {
	return s.size == 0 || s.typ == TypeNull || s.typ == TypeEvtXML && d.slotValue(s).empty()
}
