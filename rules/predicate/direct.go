package predicate

// Direct evaluates single conditions one leaf at a time: the simple way, for conditions over several events and for
// explanations. A Set evaluates many conditions together. The zero value is ready for use; a Direct belongs to one
// goroutine.
type Direct struct {
	cells  [][]cell
	values []Value
	frame  Frame
}

// Eval evaluates a condition. values appends the values of a slot to dst.
func (d *Direct) Eval(n *Condition, values func(s Slot, dst []Value) []Value) Truth {
	d.frame.reset()
	d.frame.cut = false
	return d.node(n, values)
}

// Cut reports whether BoundCombinations applied in the last evaluation.
func (d *Direct) Cut() bool { return d.frame.cut }

func (d *Direct) node(n *Condition, values func(Slot, []Value) []Value) Truth {
	switch n.op {
	case nodeMaybe:
		return Maybe
	case nodeTrue:
		return True
	case nodeLeaf:
		return d.leaf(n.leaf, values)
	case nodeNot:
		return d.node(n.kids[0], values).not()
	case nodeAnd:
		t := True
		for _, k := range n.kids {
			if t = min(t, d.node(k, values)); t == False {
				break
			}
		}
		return t
	case nodeOr:
		t := False
		for _, k := range n.kids {
			if t = max(t, d.node(k, values)); t == True {
				break
			}
		}
		return t
	}
	return False
}

func (d *Direct) leaf(l *leaf, values func(Slot, []Value) []Value) Truth {
	d.cells = resize(d.cells, len(l.slots))
	for i, s := range l.slots {
		d.values = values(s, d.values[:0])
		cells := d.cells[i][:0]
		for _, v := range d.values {
			cells = append(cells, cell{Value: v})
		}
		d.cells[i] = cells
	}
	return l.eval(d.cells, &d.frame)
}
