package binxml

import "hunt/evtx/binxml/utf"

// arrayInfo speeds up walking an array item by item. Without it, each item would need a walk from
// the start, and a crafted array of empty strings would cost the square of its length.
type arrayInfo struct {
	items   int32 // 0 until they are counted
	at      int32 // index of the item that rest begins with
	restOff uint32
}

// holds reports whether the slot is a BinXML value that was decoded.
func (s *slot) holds() bool { return s.typ == TypeBinXML && s.inst > 0 }

// child returns the instance that slot i holds, nil if it holds none.
func (d *Document) child(in *instance, i int) *instance {
	if !in.nested {
		return nil
	}
	if s := d.slot(in, i); s != nil && s.holds() {
		return &d.insts[s.inst]
	}
	return nil
}

// work returns how many nodes writing the document visits, or more than MaxWork.
func (d *Document) work() int64 {
	known := make([]int64, len(d.insts)) // by instance
	var of func(inst int32, nodes []node) int64
	of = func(inst int32, nodes []node) (n int64) {
		for i := range nodes {
			n++
			if el := nodes[i].elem; el != nil {
				once := of(inst, el.nodes)
				for j := range el.attrs {
					once += of(inst, el.attrs[j].nodes)
				}
				n += int64(d.repetitions(&d.insts[inst], el)) * once
			} else if nodes[i].kind == nodeSubst {
				if child := d.held(inst, nodes[i].slot); child > 0 {
					if known[child] == 0 {
						known[child] = 1 + of(child, d.insts[child].prog.nodes)
					}
					n += known[child]
				}
			}
			if n > MaxWork {
				return MaxWork + 1
			}
		}
		return n
	}
	return of(0, d.insts[0].prog.nodes)
}

// dropNested drops what the root's values hold.
func (d *Document) dropNested() {
	root := &d.insts[0]
	root.nested = false
	d.insts = d.insts[:1]
	slots := d.slots[root.first:][:root.n]
	for i := range slots {
		if slots[i].holds() {
			slots[i].inst = 0
		}
	}
}

// held returns the index of the instance that a slot of an instance holds, 0 (the root) for none.
func (d *Document) held(inst, slot int32) int32 {
	if s := d.slot(&d.insts[inst], int(slot)); s != nil && s.holds() {
		return s.inst
	}
	return 0
}

// itemValue returns a slot's value, or the given item of it if it is an array of several.
func (d *Document) itemValue(s *slot, item int) Value {
	v := d.slotValue(s)
	if !s.typ.IsArray() || item < 0 {
		return v
	}
	a := &d.arrays[s.inst]
	if item < int(a.at) {
		a.at, a.restOff = 0, 0
	}
	rest := v.Data[a.restOff:]
	for len(rest) > 0 {
		it, next := v.cut(rest)
		if int(a.at) == item {
			return it
		}
		a.at++
		rest = next
		a.restOff = uint32(len(v.Data) - len(rest))
	}
	return Value{}
}

// repetitions returns how often an element is to be written: an array among its values
// repeats it once per item. Source: MS-EVEN6 3.1.4.7.5.
func (d *Document) repetitions(in *instance, el *element) int {
	if !in.arrays {
		return 1
	}
	n := d.longestArray(in, el.nodes, 1)
	for i := range el.attrs {
		n = d.longestArray(in, el.attrs[i].nodes, n)
	}
	return n
}

// countItems returns the number of items of an array.
func (d *Document) countItems(s *slot) int {
	a := &d.arrays[s.inst]
	if a.items == 0 && s.size > 0 {
		a.items = int32(d.slotValue(s).Len()) // #nosec G115 -- below the size of a record
	}
	return int(a.items)
}

func (d *Document) longestArray(in *instance, nodes []node, n int) int {
	for i := range nodes {
		if nodes[i].kind != nodeSubst {
			continue
		}
		if s := d.slot(in, int(nodes[i].slot)); s != nil && s.typ.IsArray() {
			n = max(n, d.countItems(s))
		}
	}
	return n
}

// hasText reports whether content has any text.
func (d *Document) hasText(in *instance, nodes []node, item int) bool {
	for i := range nodes {
		n := &nodes[i]
		switch n.kind {
		case nodeText, nodeCharRef, nodeEntity:
			return true
		case nodeCDATA:
			if n.text != "" {
				return true
			}
		case nodeSubst:
			s := d.slot(in, int(n.slot))
			if s == nil {
				continue
			}
			if s.holds() {
				child := &d.insts[s.inst]
				if d.hasText(child, child.prog.nodes, -1) {
					return true
				}
				continue
			}
			if !d.itemValue(s, item).empty() {
				return true
			}
		}
	}
	return false
}

func (d *Document) hasAttributes(in *instance, el *element, item int) bool {
	for i := range el.attrs {
		if el.attrs[i].ready != "" || d.hasText(in, el.attrs[i].nodes, item) {
			return true
		}
	}
	return false
}

// hasElements reports whether there are elements among nodes or in the values of them.
func (d *Document) hasElements(in *instance, nodes []node) bool {
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			return true
		case nodeSubst:
			if child := d.child(in, int(n.slot)); child != nil && d.hasElements(child, child.prog.nodes) {
				return true
			}
		}
	}
	return false
}

// holdsNested reports whether a value among nodes holds BinXML.
func (d *Document) holdsNested(in *instance, nodes []node) bool {
	for i := range nodes {
		if nodes[i].kind == nodeSubst && d.child(in, int(nodes[i].slot)) != nil {
			return true
		}
	}
	return false
}

// anyNamed reports whether some Data among nodes has a name.
func (d *Document) anyNamed(in *instance, nodes []node) bool {
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			if n.elem.data && (n.elem.dataName != "" || d.dynamicName(in, n.elem) != "") {
				return true
			}
		case nodeSubst:
			if child := d.child(in, int(n.slot)); child != nil && d.anyNamed(child, child.prog.nodes) {
				return true
			}
		}
	}
	return false
}

// countData counts the Data elements among nodes.
func (d *Document) countData(in *instance, nodes []node) int {
	total := 0
	for i := range nodes {
		switch n := &nodes[i]; n.kind {
		case nodeElement:
			if n.elem.data {
				total += d.repetitions(in, n.elem)
			}
		case nodeSubst:
			if child := d.child(in, int(n.slot)); child != nil {
				total += d.countData(child, child.prog.nodes)
			}
		}
	}
	return total
}

// dynamicName returns the Name of a Data element, "" if it has none.
func (d *Document) dynamicName(in *instance, el *element) string {
	if el.dataName != "" {
		return el.dataName
	}
	a := el.attr("Name")
	if a == nil {
		return ""
	}
	return string(d.appendContent(nil, in, a.nodes, -1, utf.Plain))
}
