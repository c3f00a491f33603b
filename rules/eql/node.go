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
func orNode(xs ...*node) *node  { return joinNodes(nodeOr, mergeSets(xs)) }

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

// dependent reports whether the condition refers to the event of an earlier stage.
func (n *node) dependent() bool {
	if n.op == nodeLeaf {
		return slices.ContainsFunc(n.leaf.slots, func(s slot) bool { return s.stage != current })
	}
	return slices.ContainsFunc(n.kids, (*node).dependent)
}
