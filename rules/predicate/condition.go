package predicate

import (
	"cmp"
	"slices"
)

// nodeOp is the operation of a node of a condition.
type nodeOp uint8

const (
	nodeFalse nodeOp = iota
	nodeMaybe        // in sets and plans: only a Matcher, or the end of history, can decide it
	nodeTrue
	nodeLeaf
	nodeNot
	nodeAnd
	nodeOr
)

// Condition is a condition: and, or, not over leaves. Immutable. Kids are ordered by cost,
// cheapest first, so that and and or decide early.
type Condition struct {
	op   nodeOp
	kids []*Condition
	leaf *leaf
	cost int
}

var (
	Never  = &Condition{op: nodeFalse}
	Always = &Condition{op: nodeTrue}
)

func Constant(b bool) *Condition {
	if b {
		return Always
	}
	return Never
}

func leafNode(l *leaf) *Condition { return &Condition{op: nodeLeaf, leaf: l, cost: l.cost} }

func Not(x *Condition) *Condition {
	switch x.op {
	case nodeFalse:
		return Always
	case nodeTrue:
		return Never
	case nodeNot:
		return x.kids[0]
	}
	return &Condition{op: nodeNot, kids: []*Condition{x}, cost: x.cost}
}

func And(xs ...*Condition) *Condition { return joinNodes(nodeAnd, xs) }
func Or(xs ...*Condition) *Condition  { return joinNodes(nodeOr, mergeLeaves(xs)) }

// joinNodes folds constants: false in and, true in or decide; the other constant is dropped.
func joinNodes(op nodeOp, xs []*Condition) *Condition {
	decides, drops := nodeFalse, nodeTrue
	if op == nodeOr {
		decides, drops = nodeTrue, nodeFalse
	}
	var kids []*Condition
	cost := 0
	for _, x := range xs {
		switch x.op {
		case decides:
			return x
		case drops:
			continue
		case op:
			kids = append(kids, x.kids...)
		default:
			kids = append(kids, x)
		}
		cost += x.cost
	}
	switch len(kids) {
	case 0:
		return Constant(op == nodeAnd)
	case 1:
		return kids[0]
	}
	slices.SortStableFunc(kids, func(a, b *Condition) int { return cmp.Compare(a.cost, b.cost) })
	return &Condition{op: op, kids: kids, cost: cost}
}

// Dependent reports whether the condition refers to the event of an earlier stage.
func (n *Condition) Dependent() bool {
	if n.op == nodeLeaf {
		return slices.ContainsFunc(n.leaf.slots, func(s Slot) bool { return s.Stage != ThisEvent })
	}
	return slices.ContainsFunc(n.kids, (*Condition).Dependent)
}

// AppendReferred appends the fields of the events of earlier stages that the condition refers to.
func (n *Condition) AppendReferred(dst []FieldID) []FieldID {
	if n.op == nodeLeaf {
		for _, s := range n.leaf.slots {
			if s.Stage != ThisEvent {
				dst = append(dst, s.Field)
			}
		}
	}
	for _, k := range n.kids {
		dst = k.AppendReferred(dst)
	}
	return dst
}
