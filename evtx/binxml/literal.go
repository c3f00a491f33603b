package binxml

import "hunt/evtx/binxml/utf"

// Kinds is a set of kinds of values whose text, as shown, does not stand in the log.
type Kinds uint16

const (
	KindInteger Kinds = 1 << iota // decimal digits, perhaps with a minus
	KindHex                       // 0x and lower-case digits
	KindBool                      // true, false
	KindReal                      // 1.5, 1e+06, INF, -INF, NaN
	KindGUID                      // {…} with upper-case digits
	KindTime                      // RFC 3339
	KindSID                       // S-1-…
	KindBinary                    // upper-case hexadecimal digits; also a value whose size does not fit its type
	AllKinds    = KindBinary<<1 - 1
)

// Kinds returns the kinds as which the value may be shown, 0 for text and for absent values.
func (v Value) Kinds() Kinds {
	switch v.Type {
	case TypeNull, TypeString, TypeAnsiString, TypeEvtXML:
		return 0
	case TypeInt8, TypeUint8, TypeInt16, TypeUint16, TypeInt32, TypeUint32, TypeInt64, TypeUint64:
		return KindInteger | v.unless(len(v.Data) <= 8)
	case TypeHexInt32, TypeHexInt64, TypeSizeT, TypeEvtHandle:
		return KindHex | v.unless(len(v.Data) <= 8)
	case TypeBool:
		return KindBool | v.unless(len(v.Data) <= 8)
	case TypeReal32, TypeReal64:
		return KindReal | v.unless(len(v.Data) == v.Type.width())
	case TypeGUID:
		return KindGUID | v.unless(len(v.Data) == v.Type.width())
	case TypeFiletime:
		return KindTime | v.unless(len(v.Data) == v.Type.width())
	case TypeSystemTime:
		return KindTime | KindBinary // a time out of range is shown as bytes
	case TypeSID:
		return KindSID | KindBinary
	}
	return KindBinary
}

// unless returns KindBinary for a value whose size may not fit its type.
func (v Value) unless(regular bool) Kinds {
	switch n := len(v.Data); {
	case !regular, v.Type.width() <= 8 && n != 0 && n&(n-1) != 0: // no number has three bytes
		return KindBinary
	}
	return 0
}

// AppendComputed appends the texts of all values of these kinds, each followed by a newline. They are the texts of
// the document that are stored as text neither in the record nor in its definitions.
func (d *Document) AppendComputed(dst []byte, kinds Kinds) []byte {
	d.fill()
	for i := range d.slots {
		s := &d.slots[i]
		if s.holds() || s.size == 0 || textTypes[s.typ] {
			continue
		}
		v := d.slotValue(s)
		if !s.typ.IsArray() {
			if v.Kinds()&kinds != 0 {
				dst = append(v.appendText(dst, utf.Plain), '\n')
			}
			continue
		}
		for rest := v.Data; len(rest) > 0; {
			var item Value
			if item, rest = v.cut(rest); item.Kinds()&kinds != 0 {
				dst = append(item.appendText(dst, utf.Plain), '\n')
			}
		}
	}
	return dst
}

// textTypes are the types of values that are text, or nothing.
var textTypes = func() (t [256]bool) {
	for _, typ := range []Type{TypeNull, TypeString, TypeAnsiString, TypeEvtXML} {
		t[typ], t[typ|TypeArray] = true, true
	}
	return t
}()

// AppendLiterals appends the names and the literal texts of the document's definitions, each followed by a
// newline. They are the same for all records of a Template.
func (d *Document) AppendLiterals(dst []byte) []byte {
	for i := range d.insts {
		dst = appendLiterals(dst, d.insts[i].prog.nodes)
	}
	return dst
}

func appendLiterals(dst []byte, nodes []node) []byte {
	for i := range nodes {
		n := &nodes[i]
		switch n.kind {
		case nodeText, nodeCDATA:
			dst = append(append(dst, n.text...), '\n')
		case nodeElement:
			dst = append(append(dst, n.elem.name...), '\n')
			for j := range n.elem.attrs {
				a := &n.elem.attrs[j]
				dst = append(append(dst, a.name...), '\n')
				dst = appendLiterals(dst, a.nodes)
			}
			dst = appendLiterals(dst, n.elem.nodes)
		}
	}
	return dst
}

// Pieced reports whether some text of the document is composed of several pieces, so that the log does not hold it
// in one piece. The answer is the same for all records of a Template.
func (d *Document) Pieced() bool {
	for i := range d.insts {
		if d.insts[i].prog.pieced {
			return true
		}
	}
	return false
}

// Namesakes reports whether the definitions have siblings of the same name, which JSON tells apart by _1, _2 and
// so on. The answer is the same for all records of a Template. Elements that an array repeats do not count.
func (d *Document) Namesakes() bool {
	if len(d.insts) > 2 {
		return true
	}
	for i := range d.insts {
		if d.insts[i].prog.namesakes {
			return true
		}
	}
	return len(d.insts) == 2 && d.insts[0].prog.names(d.insts[1].prog.nodes)
}

// Repetitions returns how often an element that an array repeats stands in the document at most, 0 if no value is an
// array: siblings of the same name have no higher number.
func (d *Document) Repetitions() (n int) {
	d.fill()
	arrays := false
	for i := range d.insts {
		in := &d.insts[i]
		arrays = arrays || in.arrays
		for j := range int(in.n) {
			if n++; d.slot(in, j) != nil && d.slot(in, j).typ.IsArray() {
				n += d.countItems(d.slot(in, j))
			}
		}
	}
	if !arrays {
		return 0
	}
	return n
}

// names reports whether an element of the program has the name of one of the nodes.
func (p *program) names(nodes []node) bool {
	for i := range nodes {
		if el := nodes[i].elem; el != nil && named(p.nodes, el.name) {
			return true
		}
	}
	return false
}

func named(nodes []node, name string) bool {
	for i := range nodes {
		if el := nodes[i].elem; el != nil && (el.name == name || named(el.nodes, name)) {
			return true
		}
	}
	return false
}
