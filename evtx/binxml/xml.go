package binxml

import (
	"strings"
	"unicode"

	"hunt/evtx/binxml/utf"
)

// AppendXML appends the document as XML, without declaration or indentation. Attributes whose
// value is absent are left out, elements never. Past MaxOutput bytes content is left out; the
// result is well-formed even then.
func (d *Document) AppendXML(dst []byte) []byte {
	if len(d.insts) == 0 {
		return dst
	}
	d.fill()
	d.limit = len(dst) + MaxOutput
	in := &d.insts[0]
	return d.xmlNodes(dst, in, in.prog.nodes, -1)
}

func (d *Document) xmlNodes(dst []byte, in *instance, nodes []node, item int) []byte {
	for i := range nodes {
		n := &nodes[i]
		if len(dst) > d.limit {
			d.cut = true
			return dst
		}
		switch n.kind {
		case nodeElement:
			reps := d.repetitions(in, n.elem)
			for k := range reps {
				if len(dst) > d.limit {
					d.cut = true
					return dst
				}
				if reps == 1 {
					k = -1
				}
				dst = d.xmlElement(dst, in, n.elem, k)
			}
		case nodeCDATA, nodeText, nodeEntity, nodeCharRef:
			dst = d.appendContent(dst, in, nodes[i:i+1], item, utf.InXML)
		case nodePI:
			dst = append(append(dst, "<?"...), n.text...)
			if n.data != "" {
				dst = append(append(dst, ' '), n.data...)
			}
			dst = append(dst, "?>"...)
		case nodeSubst:
			if child := d.child(in, int(n.slot)); child != nil {
				dst = d.xmlNodes(dst, child, child.prog.nodes, -1)
				continue
			}
			dst = d.appendContent(dst, in, nodes[i:i+1], item, utf.InXML)
		}
	}
	return dst
}

func (d *Document) xmlElement(dst []byte, in *instance, el *element, item int) []byte {
	dst = append(append(dst, '<'), el.tag...)
	for i := range el.attrs {
		a := &el.attrs[i]
		if d.absent(in, a.nodes, item) {
			continue
		}
		dst = append(append(append(dst, ' '), a.tag...), '=', '"')
		dst = d.appendContent(dst, in, a.nodes, item, utf.InAttr)
		dst = append(dst, '"')
	}
	dst = append(dst, '>')
	from := len(dst)
	dst = d.xmlNodes(dst, in, el.nodes, item)
	if len(dst) == from {
		return append(dst[:from-1], '/', '>')
	}
	return append(append(append(dst, '<', '/'), el.tag...), '>')
}

// absent reports whether content consists only of substitutions without a value.
func (d *Document) absent(in *instance, nodes []node, item int) bool {
	for i := range nodes {
		if nodes[i].kind != nodeSubst {
			return false
		}
		if s := d.slot(in, int(nodes[i].slot)); s != nil && !d.itemValue(s, item).empty() {
			return false
		}
	}
	return true
}

// xmlName returns a name unchanged if XML allows it, as it does all names in honest logs, and
// otherwise with underscores for the characters that it does not allow: a crafted name must not
// become markup.
func xmlName(name string) string {
	ok := func(i int, r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
			return true
		case r >= '0' && r <= '9', r == '-', r == '.', r == ':':
			return i > 0
		}
		return r > 0x7f && unicode.IsLetter(r)
	}
	i := 0
	clean := strings.Map(func(r rune) rune {
		good := ok(i, r)
		i++
		if good {
			return r
		}
		return '_'
	}, name)
	if clean == "" || strings.HasSuffix(clean, ":") || strings.Count(clean, ":") > 1 {
		return strings.ReplaceAll(clean, ":", "_") + "_"
	}
	return clean
}

// xmlInstruction returns the data of a processing instruction without anything that would end it
// early or is not allowed in XML.
func xmlInstruction(data string) string {
	data = strings.ReplaceAll(data, "?>", "? >")
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20 && r != '\t' && r != '\n':
			return utf.ControlPictures + r
		case r == 0xfffe || r == 0xffff:
			return unicode.ReplacementChar
		}
		return r
	}, data)
}
