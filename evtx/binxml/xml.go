package binxml

// AppendXML appends the document as XML, without declaration or indentation. Attributes whose
// value is absent are left out, elements never. Past MaxOutput bytes content is left out; the
// result is well-formed even then.
func (d *Document) AppendXML(dst []byte) []byte {
	if len(d.insts) == 0 {
		return dst
	}
	d.limit = len(dst) + MaxOutput
	in := &d.insts[0]
	return d.xmlNodes(dst, in, in.prog.nodes, -1)
}

func (d *Document) xmlNodes(dst []byte, in *instance, nodes []node, item int) []byte {
	for i := range nodes {
		n := &nodes[i]
		if len(dst) > d.limit {
			return dst
		}
		switch n.kind {
		case nodeElement:
			reps := d.repetitions(in, n.elem)
			for k := range reps {
				if len(dst) > d.limit {
					return dst
				}
				if reps == 1 {
					k = -1
				}
				dst = d.xmlElement(dst, in, n.elem, k)
			}
		case nodeCDATA, nodeText, nodeEntity, nodeCharRef:
			dst = d.appendContent(dst, in, nodes[i:i+1], item, inXML)
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
			dst = d.appendContent(dst, in, nodes[i:i+1], item, inXML)
		}
	}
	return dst
}

func (d *Document) xmlElement(dst []byte, in *instance, el *element, item int) []byte {
	dst = append(append(dst, '<'), el.name...)
	for i := range el.attrs {
		a := &el.attrs[i]
		if d.absent(in, a.nodes, item) {
			continue
		}
		dst = append(append(append(dst, ' '), a.name...), '=', '"')
		dst = d.appendContent(dst, in, a.nodes, item, inAttr)
		dst = append(dst, '"')
	}
	dst = append(dst, '>')
	from := len(dst)
	dst = d.xmlNodes(dst, in, el.nodes, item)
	if len(dst) == from {
		return append(dst[:from-1], '/', '>')
	}
	return append(append(append(dst, '<', '/'), el.name...), '>')
}

// absent reports whether content is nothing but substitutions without a value.
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
