package binxml

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"hunt/evtx/binxml/utf"
)

// Template is the shape of a record: its compiled definitions, the root one and those of the values inside it, put
// together. It is shared and read-only, and there is one per content, whatever chunk or file a record comes from:
// what is looked up by Template can be computed once and used for all records with the same pointer. (A crafted case
// may have more shapes than a Cache keeps; those beyond are equal, but do not have the same pointer.)
type Template struct {
	fields   []field
	byName   []int16 // the positions of more than fewFields fields, sorted by name and position
	userData bool
	cut      bool // it has more fields

	cache    *Cache // that keeps the Template; nil if none does
	age      int    // how often the cache had dropped its shapes before
	compiled sync.Once
	json     *jsonProgram
}

// program returns the shape's JSON as a program, nil if only the tree can write it. It is made for the first document
// that asks: a scan for rules never does.
func (t *Template) program(d *Document) *jsonProgram {
	if t.cache == nil {
		return nil // it would serve this document alone
	}
	t.compiled.Do(func() {
		p := newJSONProgram(d)
		if p == nil {
			return
		}
		t.cache.shapeMu.Lock()
		defer t.cache.shapeMu.Unlock()
		if t.cache.shapeBytes < t.cache.most {
			t.json = p
			t.cache.shapeBytes += p.size + 128*len(p.steps)
		}
	})
	return t.json
}

// field is one item of EventData or UserData, by where its content is.
type field struct {
	name string
	inst int32 // instance of the document
	el   *element
	attr *attribute // the field is this attribute of el; nil: its content
}

// NumFields returns the number of fields; arrays count once.
func (t *Template) NumFields() int { return len(t.fields) }

// FieldName returns the name of a field: of Data its Name, "" if it has none; of others the
// element's name, with "/@" and the attribute's name for an attribute below UserData.
func (t *Template) FieldName(i int) string { return t.fields[i].name }

// Age returns how often the Cache had dropped all its shapes before it made this one. A caller that keeps data per
// Template should drop the data of a lower age as well, because the number of shapes is unbounded.
func (t *Template) Age() int { return t.age }

// Index returns the position of the first field with that name, -1 if there is none.
func (t *Template) Index(name string) int {
	if t.byName == nil {
		return slices.IndexFunc(t.fields, func(f field) bool { return f.name == name })
	}
	i, found := slices.BinarySearchFunc(t.byName, name, func(at int16, name string) int {
		return strings.Compare(t.fields[at].name, name)
	})
	if !found {
		return -1
	}
	return int(t.byName[i])
}

// Cut reports whether the records of the shape have more fields than NumFields returns, which BoundFields accounts
// for.
func (t *Template) Cut() bool { return t.cut }

// IsUserData reports whether the payload is UserData rather than EventData.
func (t *Template) IsUserData() bool { return t.userData }

// fewFields is the number of fields up to which names are compared one by one: sorting them would take more time than
// it saves.
const fewFields = 4

// maxFields bounds the fields of one shape (real: little over 200). A record that repeats its elements up to the end
// of its chunk stays below.
const maxFields = 8192

// shapeMemo holds the shapes that a Parser met last, by root and single nested program, so
// that the usual lookup takes no lock.
type shapeMemo struct {
	m    map[shapeKey]*Template
	age  int          // of the Cache's shapes that these are
	last [64]struct { // of each hash
		key shapeKey
		tpl *Template
	}
}

type shapeKey struct {
	root, payload *program
	slot          int32
}

// maxShapeMemo bounds a Parser's own map, which is emptied when full.
const maxShapeMemo = 4096

// Template returns the document's shape.
func (d *Document) Template() *Template {
	if d.tpl != nil || len(d.insts) == 0 {
		return d.tpl
	}
	if d.shapes == nil || len(d.insts) > 2 {
		d.tpl = d.cache.shape(d)
		return d.tpl
	}
	k := shapeKey{root: d.insts[0].prog}
	if len(d.insts) == 2 {
		k.payload, k.slot = d.insts[1].prog, d.insts[1].slot
	}
	hash := k.root.hash
	if k.payload != nil {
		hash += k.payload.hash
	}
	last := &d.shapes.last[hash%uint64(len(d.shapes.last))]
	if last.key == k {
		d.tpl = last.tpl
		return d.tpl
	}
	t := d.shapes.m[k]
	if t == nil {
		t = d.cache.shape(d)
		if d.shapes.age < t.age { // otherwise shapes that the cache has dropped would stay here
			*d.shapes = shapeMemo{age: t.age}
		}
		if d.shapes.m == nil || len(d.shapes.m) >= maxShapeMemo {
			d.shapes.m = make(map[shapeKey]*Template)
		}
		d.shapes.m[k] = t
	}
	last.key, last.tpl = k, t
	d.tpl = t
	return t
}

// shape returns the Template of a document, from the cache if it has it.
func (c *Cache) shape(d *Document) *Template {
	key := make([]byte, 0, 16*len(d.insts))
	for i := range d.insts {
		in := &d.insts[i]
		key = binary.LittleEndian.AppendUint64(key, in.prog.hash)
		key = binary.LittleEndian.AppendUint32(key, uint32(in.parent))
		key = binary.LittleEndian.AppendUint32(key, uint32(in.slot))
	}
	c.shapeMu.RLock()
	t := c.shapes[string(key)]
	c.shapeMu.RUnlock()
	if t != nil {
		return t
	}
	d.fill()
	t = newTemplate(d)
	t.cache = c
	c.shapeMu.Lock()
	defer c.shapeMu.Unlock()
	if other := c.shapes[string(key)]; other != nil {
		return other
	}
	if len(c.shapes) >= maxShapes || c.shapeBytes+t.size() > c.most {
		c.shapes, c.shapeBytes = make(map[string]*Template), 0
		c.age++
	}
	t.age = c.age
	c.shapes[string(key)] = t
	c.shapeBytes += t.size()
	return t
}

// size returns about how many bytes a Template takes.
func (t *Template) size() int {
	n := 512 + 192*len(t.fields)
	for i := range t.fields {
		n += len(t.fields[i].name)
	}
	return n
}

// newTemplate collects the fields of a document's shape.
func newTemplate(d *Document) *Template {
	t := &Template{}
	d.limit = MaxOutput
	t.document(d, 0, d.insts[0].prog.nodes)
	t.fields = slices.Clone(t.fields) // without room for more
	if len(t.fields) <= fewFields {
		return t
	}
	t.byName = make([]int16, len(t.fields))
	for i := range t.byName {
		t.byName[i] = int16(i) // #nosec G115 -- there are maxFields at most
	}
	slices.SortStableFunc(t.byName, func(a, b int16) int { return strings.Compare(t.fields[a].name, t.fields[b].name) })
	return t
}

// document looks for the event.
func (t *Template) document(d *Document, inst int32, nodes []node) {
	for i := range nodes {
		if el := nodes[i].elem; el != nil && el.name == "Event" {
			t.event(d, inst, el.nodes)
		} else if nodes[i].kind == nodeSubst {
			if child := d.held(inst, nodes[i].slot); child > 0 {
				t.document(d, child, d.insts[child].prog.nodes)
			}
		}
	}
}

// event looks for the payload among the children of Event.
func (t *Template) event(d *Document, inst int32, nodes []node) {
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			switch n.elem.name {
			case "System", "RenderingInfo":
			case "EventData":
				t.eventData(d, inst, n.elem.nodes)
			case "UserData":
				t.userData = true
				t.leaves(d, inst, n.elem.nodes)
			default: // DebugData, BinaryEventData, ProcessingErrorData
				t.leaf(d, inst, n.elem)
			}
		case nodeSubst:
			if child := d.held(inst, n.slot); child > 0 {
				t.event(d, child, d.insts[child].prog.nodes)
			}
		}
	}
}

// eventData takes the children of EventData: Data by their names, others by their
// elements'.
func (t *Template) eventData(d *Document, inst int32, nodes []node) {
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			if n.elem.data || n.elem.name == "ComplexData" {
				name := n.elem.dataName
				if name == "" && n.elem.attr("Name") != nil {
					name = literalText(n.elem.attr("Name").nodes)
				}
				t.add(field{name: name, inst: inst, el: n.elem})
			} else {
				t.add(field{name: n.elem.name, inst: inst, el: n.elem})
			}
		case nodeSubst:
			if child := d.held(inst, n.slot); child > 0 {
				t.eventData(d, child, d.insts[child].prog.nodes)
			}
		}
	}
}

// leaves takes the elements below UserData that have no elements in them.
func (t *Template) leaves(d *Document, inst int32, nodes []node) {
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			t.leaf(d, inst, n.elem)
		case nodeSubst:
			if child := d.held(inst, n.slot); child > 0 {
				t.leaves(d, child, d.insts[child].prog.nodes)
			}
		}
	}
}

func (t *Template) leaf(d *Document, inst int32, el *element) {
	before := len(t.fields)
	for i := range el.attrs {
		a := &el.attrs[i]
		if a.name == "xmlns" || len(a.name) > 6 && a.name[:6] == "xmlns:" || el.data && a.name == "Name" {
			continue
		}
		t.add(field{name: el.name + "/@" + a.name, inst: inst, el: el, attr: a})
	}
	if d.hasElements(&d.insts[inst], el.nodes) {
		t.leaves(d, inst, el.nodes)
		return
	}
	name := el.name
	if el.data && el.dataName != "" {
		name = el.dataName
	}
	if len(el.nodes) > 0 || len(t.fields) == before {
		t.add(field{name: name, inst: inst, el: el})
	}
}

func (t *Template) add(f field) {
	if len(t.fields) >= maxFields {
		t.cut = true
		return
	}
	t.fields = append(t.fields, f)
}

// FieldValue returns field i where it is a single value (null for an empty element); ok is
// false where it is literal text of the definition or has several parts. item is one of
// an array's items, -1 for all of it.
func (d *Document) FieldValue(i, item int) (v Value, ok bool) {
	d.fill()
	f := &d.Template().fields[i]
	only, nodes := f.el.only, f.el.nodes
	if f.attr != nil {
		only, nodes = f.attr.only, f.attr.nodes
	}
	if only < 0 {
		return Value{}, len(nodes) == 0
	}
	in := &d.insts[f.inst]
	s := d.slot(in, int(only))
	if s == nil {
		return Value{}, true
	}
	return d.itemValue(s, item), !s.holds()
}

// FieldLen returns how often field i is in the event: an array repeats its element once per item.
func (d *Document) FieldLen(i int) int {
	d.fill()
	f := &d.Template().fields[i]
	return d.repetitions(&d.insts[f.inst], f.el)
}

// AppendField appends the text of field i; item is one of its repetitions, -1 for all,
// joined with ", ". Elements inside it are appended as XML.
func (d *Document) AppendField(dst []byte, i, item int) []byte {
	d.fill()
	f := &d.Template().fields[i]
	in := &d.insts[f.inst]
	d.limit = len(dst) + MaxOutput
	if f.attr != nil {
		return d.appendContent(dst, in, f.attr.nodes, item, utf.Plain)
	}
	if v, ok := d.FieldValue(i, item); ok {
		return d.valueText(dst, v, utf.Plain)
	}
	if f.el.hasElem || in.nested && f.el.hasSubst && d.hasElements(in, f.el.nodes) {
		return d.xmlNodes(dst, in, f.el.nodes, item)
	}
	return d.appendContent(dst, in, f.el.nodes, item, utf.Plain)
}

// FieldName returns the name of field i. In every definition that Windows writes, names are literal; a name that is a
// value comes from the record, not from its Template.
func (d *Document) FieldName(i int) string {
	d.fill()
	f := &d.Template().fields[i]
	if f.name == "" && f.el.data {
		d.limit = MaxOutput
		return d.dynamicName(&d.insts[f.inst], f.el)
	}
	return f.name
}
