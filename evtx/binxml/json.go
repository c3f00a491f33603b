package binxml

import (
	"strconv"
	"unicode/utf8"

	"hunt/evtx/binxml/digits"
	"hunt/evtx/binxml/utf"
)

// fewKeys is the number of members up to which an object's keys are searched one by one; beyond it, they are
// looked up in a map.
const fewKeys = 256

// keyCount is a member name of an object that is being written.
type keyCount struct {
	name string
	n    int
}

// AppendJSON appends the document as one JSON object in the layout of evtx_dump's JSON lines. An element is a
// member. Its attributes are a member "#attributes"; its text, if it also has attributes or elements, is a
// member "#text"; an element with neither is its text, or null. Data with a Name below EventData or UserData
// are members of that name; Data without one are a list. Integers and booleans are JSON's own; everything
// else is a string, as Windows shows it.
//
// The layout differs from evtx_dump's where that would lose content: namesakes are told apart by _1, _2, …,
// and unnamed Data beside named ones are kept. After MaxOutput bytes, values are left out.
func (d *Document) AppendJSON(dst []byte) []byte {
	if len(d.insts) == 0 {
		return append(dst, "{}"...)
	}
	d.fill()
	if p := d.Template().program(d); p != nil && p.fits(d) {
		from, before := len(dst), d.cut
		d.limit, d.cut = from+MaxOutput, false
		dst = p.run(d, dst)
		done := !d.cut && len(dst) <= d.limit
		if d.cut = before; done {
			return dst
		}
		dst = dst[:from] // the tree decides what is left out of a record that is cut
	}
	return d.AppendTreeJSON(dst)
}

// AppendTreeJSON appends the same as AppendJSON, by walking the tree. It is the reference for that layout;
// AppendJSON uses a compiled program if the record's shape has one.
func (d *Document) AppendTreeJSON(dst []byte) []byte {
	if len(d.insts) == 0 {
		return append(dst, "{}"...)
	}
	d.fill()
	d.limit = len(dst) + MaxOutput
	d.keys = d.keys[:0]
	dst = append(dst, '{')
	b := body{in: &d.insts[0], nodes: d.insts[0].prog.nodes, start: len(dst),
		dynamic: d.insts[0].arrays || d.insts[0].nested}
	return append(d.jsonChildren(dst, b.in, b.nodes, &b), '}')
}

// body is a JSON object that is being written.
type body struct {
	in        *instance
	nodes     []node
	start     int // length of the output at which its first member begins
	mark      int // length of d.keys before it
	container bool
	named     bool           // some Data of the container has a name
	listed    bool           // its unnamed Data have been written
	dynamic   bool           // names must be counted while writing
	more      map[string]int // how often each name occurred that has no place in d.keys
}

// jsonValue appends the value of an element. item is the index to which each array in it is reduced, -1 for
// whole arrays.
func (d *Document) jsonValue(dst []byte, in *instance, el *element, item int) []byte {
	if el.leaf {
		s := d.slot(in, int(el.only))
		if s == nil || s.typ == TypeNull {
			return append(dst, "null"...)
		}
		if !s.holds() {
			v := d.itemValue(s, item)
			if v.empty() {
				return append(dst, "null"...)
			}
			return d.jsonScalar(dst, v)
		}
	}
	elems := el.hasElem || in.nested && el.hasSubst && d.hasElements(in, el.nodes)
	attrs := len(el.attrs) > 0 && d.hasAttributes(in, el, item)
	switch {
	case elems || attrs:
		return d.jsonObject(dst, in, el, item)
	case d.hasText(in, el.nodes, item):
		return d.jsonContent(dst, in, el.nodes, item)
	}
	return append(dst, "null"...)
}

func (d *Document) jsonObject(dst []byte, in *instance, el *element, item int) []byte {
	dst = append(dst, '{')
	b := body{in: in, nodes: el.nodes, start: len(dst), mark: len(d.keys), container: el.container}
	if len(el.attrs) > 0 {
		dst = d.jsonAttributes(dst, in, el, item)
	}
	if len(el.nodes) == 0 {
		return append(dst, '}')
	}
	if d.hasText(in, el.nodes, item) {
		if len(dst) > b.start {
			dst = append(dst, ',')
		}
		dst = append(dst, `"#text":`...)
		dst = d.jsonContent(dst, in, el.nodes, item)
	}
	embeds := in.nested && el.hasSubst && d.holdsNested(in, el.nodes)
	if el.hasElem || embeds {
		b.dynamic = in.arrays || embeds || el.clash
		b.named = el.container && (el.named || d.anyNamed(in, el.nodes))
		dst = d.jsonChildren(dst, in, el.nodes, &b)
		d.keys = d.keys[:b.mark]
	}
	return append(dst, '}')
}

func (d *Document) jsonAttributes(dst []byte, in *instance, el *element, item int) []byte {
	first := true
	for i := range el.attrs {
		a := &el.attrs[i]
		if a.ready == "" && !d.hasText(in, a.nodes, item) {
			continue
		}
		if first {
			dst = append(dst, `"#attributes":{`...)
			first = false
		} else {
			dst = append(dst, ',')
		}
		if a.ready != "" {
			dst = append(dst, a.ready...)
			continue
		}
		dst = append(dst, a.key...)
		dst = d.jsonContent(dst, in, a.nodes, item)
	}
	if !first {
		dst = append(dst, '}')
	}
	return dst
}

// jsonChildren appends the elements among nodes as members of b, those inside BinXML
// values included.
func (d *Document) jsonChildren(dst []byte, in *instance, nodes []node, b *body) []byte {
	for i := range nodes {
		n := &nodes[i]
		switch n.kind {
		case nodeElement:
			el := n.elem
			if !b.dynamic && !in.arrays && el.leaf && !b.container {
				if len(dst) > b.start {
					dst = append(dst, ',')
				}
				dst = append(dst, el.key...)
				dst = d.jsonValue(dst, in, el, -1)
				continue
			}
			if b.listed && el.data && !b.named {
				continue
			}
			reps := d.repetitions(in, el)
			for k := range reps {
				if len(dst) > d.limit {
					d.cut = true
					return dst
				}
				if reps == 1 {
					k = -1
				}
				dst = d.jsonMember(dst, in, el, k, b)
			}
		case nodeSubst:
			if child := d.child(in, int(n.slot)); child != nil {
				dst = d.jsonChildren(dst, child, child.prog.nodes, b)
			}
		}
	}
	return dst
}

func (d *Document) jsonMember(dst []byte, in *instance, el *element, item int, b *body) []byte {
	if !b.container || !el.data {
		dst = d.memberKey(dst, b, el.name, el.key)
		return d.jsonValue(dst, in, el, item)
	}
	switch {
	case el.dataKey != "":
		dst = d.memberKey(dst, b, el.dataName, el.dataKey)
	default:
		name := d.dynamicName(in, el)
		if name == "" && !b.named {
			return d.jsonList(dst, b)
		}
		if name == "" {
			name = el.name
		}
		dst = d.memberKey(dst, b, name, "")
	}
	return d.jsonData(dst, in, el, item)
}

// memberKey appends the name of a member of b. ready is the name as worked out at compile time, which holds
// unless values bring in more members.
func (d *Document) memberKey(dst []byte, b *body, name, ready string) []byte {
	if len(dst) > b.start {
		dst = append(dst, ',')
	}
	if !b.dynamic && ready != "" {
		return append(dst, ready...)
	}
	n := 0
	at := b.mark
	for ; at < len(d.keys); at++ {
		if d.keys[at].name == name {
			n = d.keys[at].n
			d.keys[at].n++
			break
		}
	}
	switch {
	case at < len(d.keys):
	case at-b.mark < fewKeys:
		d.keys = append(d.keys, keyCount{name, 1})
	default:
		if b.more == nil {
			b.more = map[string]int{}
		}
		n = b.more[name]
		b.more[name]++
	}
	return appendJSONKey(dst, name, n)
}

func appendJSONKey(dst []byte, name string, n int) []byte {
	dst = utf.AppendString(append(dst, '"'), name, utf.InJSON)
	if n > 0 {
		dst = strconv.AppendInt(append(dst, '_'), int64(n), 10)
	}
	return append(dst, '"', ':')
}

// jsonData appends the value of a Data member: its text even where that is empty.
func (d *Document) jsonData(dst []byte, in *instance, el *element, item int) []byte {
	if el.only >= 0 && el.plain {
		s := d.slot(in, int(el.only))
		if s == nil || !s.holds() {
			var v Value
			if s != nil {
				v = d.itemValue(s, item)
			}
			return d.jsonScalar(dst, v)
		}
	}
	switch {
	case el.hasElem || in.nested && el.hasSubst && d.hasElements(in, el.nodes):
		return d.jsonObject(dst, in, el, item)
	case !el.plain && d.hasAttributes(in, el, item):
		return d.jsonObject(dst, in, el, item)
	}
	return d.jsonContent(dst, in, el.nodes, item)
}

// jsonList appends all unnamed Data of b in one member.
func (d *Document) jsonList(dst []byte, b *body) []byte {
	if b.listed {
		return dst
	}
	b.listed = true
	n := d.countData(b.in, b.nodes)
	dst = d.memberKey(dst, b, "Data", `"Data":`)
	dst = append(dst, `{"#text":`...)
	if n > 1 {
		dst = append(dst, '[')
	}
	from := len(dst)
	dst = d.jsonItems(dst, b.in, b.nodes, from)
	if n > 1 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (d *Document) jsonItems(dst []byte, in *instance, nodes []node, from int) []byte {
	for i := range nodes {
		switch n := &nodes[i]; {
		case n.kind == nodeElement && n.elem.data:
			reps := d.repetitions(in, n.elem)
			for k := range reps {
				if len(dst) > d.limit {
					d.cut = true
					return dst
				}
				if reps == 1 {
					k = -1
				}
				if len(dst) > from {
					dst = append(dst, ',')
				}
				dst = d.jsonData(dst, in, n.elem, k)
			}
		case n.kind == nodeSubst:
			if child := d.child(in, int(n.slot)); child != nil {
				dst = d.jsonItems(dst, child, child.prog.nodes, from)
			}
		}
	}
	return dst
}

// jsonContent appends the content of an element or attribute without its elements: a
// number or boolean where that is all there is, otherwise a string.
func (d *Document) jsonContent(dst []byte, in *instance, nodes []node, item int) []byte {
	only := -1
	for i := range nodes {
		if nodes[i].kind == nodeElement || nodes[i].kind == nodePI {
			continue
		}
		if only >= 0 {
			only = -1
			break
		}
		only = i
	}
	if only >= 0 && nodes[only].kind == nodeSubst {
		if s := d.slot(in, int(nodes[only].slot)); s != nil && !s.holds() {
			return d.jsonScalar(dst, d.itemValue(s, item))
		}
	}
	dst = append(dst, '"')
	dst = d.appendContent(dst, in, nodes, item, utf.InJSON)
	return append(dst, '"')
}

// jsonScalar appends one value.
func (d *Document) jsonScalar(dst []byte, v Value) []byte {
	if len(dst)+len(v.Data) > d.limit {
		d.cut = d.cut || len(v.Data) > 0
		return append(dst, `""`...)
	}
	switch v.Type {
	case TypeString:
		dst = append(dst, '"')
		dst = d.valueText(dst, v, utf.InJSON)
		return append(dst, '"')
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64:
		if n, ok := v.unsigned(); ok {
			return digits.AppendUint(dst, n)
		}
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		if n, ok := v.signed(); ok {
			return strconv.AppendInt(dst, n, 10)
		}
	case TypeBool:
		if b, ok := v.boolean(); ok {
			return strconv.AppendBool(dst, b)
		}
	}
	dst = append(dst, '"')
	dst = d.valueText(dst, v, utf.InJSON)
	return append(dst, '"')
}

// appendContent appends the text of content, without its elements.
func (d *Document) appendContent(dst []byte, in *instance, nodes []node, item int, e utf.Escape) []byte {
	for i := range nodes {
		n := &nodes[i]
		switch n.kind {
		case nodeText, nodeCDATA:
			if len(dst)+len(n.text) > d.limit {
				d.cut = true
				continue
			}
			dst = utf.AppendString(dst, n.text, e)
		case nodeEntity:
			dst = appendEntity(dst, n.text, e)
		case nodeCharRef:
			dst = appendRune(dst, n.ref, e)
		case nodeSubst:
			s := d.slot(in, int(n.slot))
			if s == nil {
				continue
			}
			if len(dst)+int(s.size) > d.limit {
				d.cut = d.cut || s.size > 0
				continue
			}
			if child := d.child(in, int(n.slot)); child != nil {
				dst = d.appendContent(dst, child, child.prog.nodes, -1, e)
				continue
			}
			dst = d.valueText(dst, d.itemValue(s, item), e)
		}
	}
	return dst
}

// appendEntity appends what an entity reference stands for, or the reference itself if it is not one of the
// five that XML predefines.
func appendEntity(dst []byte, name string, e utf.Escape) []byte {
	switch name {
	case "amp":
		return appendRune(dst, '&', e)
	case "lt":
		return appendRune(dst, '<', e)
	case "gt":
		return appendRune(dst, '>', e)
	case "quot":
		return appendRune(dst, '"', e)
	case "apos":
		return appendRune(dst, '\'', e)
	}
	dst = appendRune(dst, '&', e)
	dst = utf.AppendString(dst, name, e)
	return append(dst, ';')
}

func appendRune(dst []byte, r rune, e utf.Escape) []byte {
	if r < utf8.RuneSelf && utf.MustEscape[e][r] {
		return utf.AppendEscaped(dst, byte(r), e)
	}
	if r >= 0xfffe && r <= 0xffff && e >= utf.InXML {
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r)
}
