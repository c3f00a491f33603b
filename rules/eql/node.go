package eql

import (
	"cmp"
	"slices"
)

// nodeOp is the operation of a node of a condition.
type nodeOp uint8

const (
	nodeFalse nodeOp = iota
	nodeMaybe        // in sets and plans: what only a Matcher, or the end of history, can tell
	nodeTrue
	nodeLeaf
	nodeNot
	nodeAnd
	nodeOr
)

// node is a condition: and, or, not over leaves. Immutable. Kids are in the order of
// their cost, cheapest first, so that and, or decide early.
type node struct {
	op   nodeOp
	kids []*node
	leaf *leaf
	cost int
}

var (
	falseNode = &node{op: nodeFalse}
	trueNode  = &node{op: nodeTrue}
)

func constNode(b bool) *node {
	if b {
		return trueNode
	}
	return falseNode
}

func leafNode(l *leaf) *node { return &node{op: nodeLeaf, leaf: l, cost: l.cost} }

func notNode(x *node) *node {
	switch x.op {
	case nodeFalse:
		return trueNode
	case nodeTrue:
		return falseNode
	case nodeNot:
		return x.kids[0]
	}
	return &node{op: nodeNot, kids: []*node{x}, cost: x.cost}
}

func andNode(xs ...*node) *node { return joinNodes(nodeAnd, xs) }
func orNode(xs ...*node) *node  { return joinNodes(nodeOr, xs) }

// joinNodes folds constants away: false in and, true in or decide; the other constant drops out.
func joinNodes(op nodeOp, xs []*node) *node {
	decides, drops := nodeFalse, nodeTrue
	if op == nodeOr {
		decides, drops = nodeTrue, nodeFalse
	}
	var kids []*node
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
		return constNode(op == nodeAnd)
	case 1:
		return kids[0]
	}
	slices.SortStableFunc(kids, func(a, b *node) int { return cmp.Compare(a.cost, b.cost) })
	return &node{op: op, kids: kids, cost: cost}
}

// eval evaluates the condition one leaf at a time: the simple way, for conditions
// over several events and for explanations. Set evaluates many conditions together.
func (n *node) eval(values func(slot) []cell, f *frame) Truth {
	switch n.op {
	case nodeMaybe:
		return Maybe
	case nodeTrue:
		return True
	case nodeLeaf:
		var vs [4][]cell
		cells := vs[:0]
		for _, s := range n.leaf.slots {
			cells = append(cells, values(s))
		}
		return n.leaf.eval(cells, f)
	case nodeNot:
		return n.kids[0].eval(values, f).not()
	case nodeAnd:
		t := True
		for _, k := range n.kids {
			if t = min(t, k.eval(values, f)); t == False {
				break
			}
		}
		return t
	case nodeOr:
		t := False
		for _, k := range n.kids {
			if t = max(t, k.eval(values, f)); t == True {
				break
			}
		}
		return t
	}
	return False
}

// walk calls f for every leaf below n.
func (n *node) walk(f func(*leaf)) {
	if n.op == nodeLeaf {
		f(n.leaf)
	}
	for _, k := range n.kids {
		k.walk(f)
	}
}
