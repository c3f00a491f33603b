package predicate

import (
	"cmp"
	"slices"
)

// Plan is a Set narrowed to a class of events. Read-only.
type Plan struct {
	set    *Set
	nodes  []planNode
	always []Hit // stages that are decided for every event of the class
	roots  []root
	// scan are the roots that are evaluated for each event of the class; the others
	// only for events with a value that an index leads from.
	scan    []int32
	indexes []planIndex
}

// planNode is a node of the narrowed conditions.
type planNode struct {
	op   nodeOp
	leaf int32
	kids []int32
	refs int32 // parents and roots: a node with several remembers its result
}

// The first nodes of every plan.
const (
	planFalse int32 = iota
	planMaybe
	planTrue
)

// planIndex leads from a text of a field to the roots that require one of its texts.
type planIndex struct {
	space int32
	first []int32 // by text: roots[first[id]:first[id+1]]
	roots []int32
	all   []int32 // every root of the index, for events whose value is Pending
}

// Narrow folds what is known of every event of a class (known returns ok=false where the
// value differs from event to event; nil, true where it is always missing) into the predicates, and
// keeps the stages that can still be true. Done once per class.
func (s *Set) Narrow(known func(FieldID) (vs []Value, ok bool)) *Plan {
	b := planBuilder{set: s, known: make([][]cell, len(s.slots)), isKnown: make([]bool, len(s.slots)),
		folded: make([]int32, len(s.nodes)), interned: map[string]int32{}}
	for i := range b.folded {
		b.folded[i] = -1
	}
	for i, f := range s.slots {
		vs, ok := known(f)
		b.isKnown[i] = ok
		for _, v := range vs {
			if ok {
				b.known[i] = append(b.known[i], cell{Value: v})
			}
		}
	}
	p := &Plan{set: s, nodes: []planNode{{op: nodeFalse}, {op: nodeMaybe}, {op: nodeTrue}}}
	b.plan = p
	for _, r := range s.roots {
		switch id := b.fold(r.node); id {
		case planFalse:
		case planMaybe, planTrue:
			p.always = append(p.always, Hit{Program: r.program, Stage: r.stage, Truth: Truth(id)})
		default:
			p.nodes[id].refs++
			p.roots = append(p.roots, root{node: id, program: r.program, stage: r.stage})
		}
	}
	b.index()
	return p
}

// Empty reports whether no stage can be true of any event of the class.
func (p *Plan) Empty() bool { return len(p.always) == 0 && len(p.roots) == 0 }

// Stages calls f for each stage that can still be true of an event of the class.
func (p *Plan) Stages(f func(program, stage int)) {
	for _, h := range p.always {
		f(h.Program, h.Stage)
	}
	for _, r := range p.roots {
		f(r.program, r.stage)
	}
}

type planBuilder struct {
	set      *Set
	plan     *Plan
	known    [][]cell
	isKnown  []bool
	folded   []int32 // set node -> plan node, -1: not done
	interned map[string]int32
	frame    Frame
	// reached counts, by space, the roots that a first choice of texts leads to.
	reached []int
}

// fold returns the plan's node for a node of the set.
func (b *planBuilder) fold(id int32) int32 {
	if b.folded[id] >= 0 {
		return b.folded[id]
	}
	n := &b.set.nodes[id]
	var out int32
	switch n.op {
	case nodeFalse:
		out = planFalse
	case nodeMaybe:
		out = planMaybe
	case nodeTrue:
		out = planTrue
	case nodeLeaf:
		out = b.leaf(n.leaf)
	case nodeNot:
		switch k := b.fold(n.kids[0]); k {
		case planFalse, planMaybe, planTrue:
			out = planTrue - k
		default:
			out = b.intern(setNode{op: nodeNot, leaf: -1, kids: []int32{k}})
		}
	case nodeAnd:
		out = b.join(n, planFalse, planTrue)
	case nodeOr:
		out = b.join(n, planTrue, planFalse)
	}
	b.folded[id] = out
	return out
}

func (b *planBuilder) join(n *setNode, decides, drops int32) int32 {
	var kids distinct
	for _, k := range n.kids {
		id := b.fold(k)
		if id == decides {
			return decides
		}
		if id != drops {
			kids.add(id)
		}
	}
	switch len(kids.ids) {
	case 0:
		return drops
	case 1:
		return kids.ids[0]
	}
	return b.intern(setNode{op: n.op, leaf: -1, kids: kids.ids})
}

// leaf evaluates a leaf if the class decides it.
func (b *planBuilder) leaf(id int32) int32 {
	l := &b.set.leaves[id]
	cells := make([][]cell, 0, len(l.slots))
	for _, s := range l.slots {
		if !b.isKnown[s] {
			return b.intern(setNode{op: nodeLeaf, leaf: id})
		}
		// A cell remembers texts that lie in the frame's scratch, which the next leaf overwrites.
		cells = append(cells, slices.Clone(b.known[s]))
	}
	b.frame.reset()
	return int32(l.eval(cells, &b.frame))
}

func (b *planBuilder) intern(n setNode) int32 {
	key := n.key()
	id, ok := b.interned[key]
	if !ok {
		id = int32(len(b.plan.nodes))
		b.interned[key] = id
		b.plan.nodes = append(b.plan.nodes, planNode{op: n.op, leaf: n.leaf, kids: n.kids})
		for _, k := range n.kids {
			b.plan.nodes[k].refs++
		}
	}
	return id
}

// access is a text that a condition requires: without one of a list of them it cannot hold.
type access struct{ space, id int32 }

// maxAccess bounds the texts through which one root is reached: beyond it a scan is as good.
const maxAccess = 512

// required returns texts of which an event must have one for the node to be true, or
// ok=false if there is no such list.
func (b *planBuilder) required(id int32, depth int) (list []access, ok bool) {
	n := &b.plan.nodes[id]
	if depth > 100 { // deeper conditions are scanned
		return nil, false
	}
	switch n.op {
	case nodeLeaf:
		l := &b.set.leaves[n.leaf]
		if l.space < 0 {
			return nil, false
		}
		for _, id := range l.ids {
			list = append(list, access{l.space, id})
		}
		return list, true
	case nodeAnd:
		best := maxAccess + 1
		for _, k := range n.kids {
			if kl, kok := b.required(k, depth+1); kok && b.accessCost(kl) < best {
				list, ok, best = kl, true, b.accessCost(kl)
			}
		}
		return list, ok
	case nodeOr:
		for _, k := range n.kids {
			kl, kok := b.required(k, depth+1)
			if list = append(list, kl...); !kok || len(list) > maxAccess {
				return nil, false
			}
		}
		return list, true
	}
	return nil, false
}

const (
	// spaceCost is what looking a field up for every event costs, in texts of a list.
	spaceCost = 8
	// fewRoots is the number of roots up to which a field is not worth that, if they can be reached otherwise.
	fewRoots = 3
)

// accessCost prefers few texts in few fields, and fields that lead to many roots.
func (b *planBuilder) accessCost(list []access) int {
	cost := len(list)
	last := int32(-1)
	for _, a := range list {
		if a.space == last {
			continue
		}
		last = a.space
		cost += spaceCost
		if b.reached != nil && b.reached[a.space] <= fewRoots {
			cost += 3 * spaceCost
		}
	}
	return cost
}

// index sorts the roots into those that a text leads to and those that are scanned.
func (b *planBuilder) index() {
	p := b.plan
	reached := make([]int, len(b.set.spaces))
	for i := range p.roots {
		last := int32(-1)
		list, _ := b.required(p.roots[i].node, 0)
		for _, a := range list {
			if a.space != last {
				last = a.space
				reached[last]++
			}
		}
	}
	b.reached = reached
	bySpace := map[int32][]access{} // id and, in space, the root
	for i := range p.roots {
		list, ok := b.required(p.roots[i].node, 0)
		if !ok {
			p.scan = append(p.scan, int32(i))
			continue
		}
		for _, a := range list {
			bySpace[a.space] = append(bySpace[a.space], access{space: int32(i), id: a.id})
		}
	}
	var spaces []int32
	for s := range bySpace {
		spaces = append(spaces, s)
	}
	slices.Sort(spaces)
	for _, s := range spaces {
		p.indexes = append(p.indexes, newPlanIndex(s, len(b.set.spaces[s].ids), bySpace[s]))
	}
	// What the indexes look up anyway is asked first.
	for i := range p.nodes {
		slices.SortStableFunc(p.nodes[i].kids, func(x, y int32) int { return cmp.Compare(b.later(x), b.later(y)) })
	}
}

// later is 0 for a leaf, or the negation of one, that an index answers, else 1.
func (b *planBuilder) later(id int32) int {
	n := &b.plan.nodes[id]
	if n.op == nodeNot {
		n = &b.plan.nodes[n.kids[0]]
	}
	if n.op == nodeLeaf {
		space := b.set.leaves[n.leaf].space
		if slices.ContainsFunc(b.plan.indexes, func(x planIndex) bool { return x.space == space }) {
			return 0
		}
	}
	return 1
}

func newPlanIndex(space int32, ids int, entries []access) planIndex {
	x := planIndex{space: space, first: make([]int32, ids+1)}
	slices.SortFunc(entries, func(a, b access) int { return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.space, b.space)) })
	entries = slices.Compact(entries)
	for _, e := range entries {
		x.first[e.id+1]++
		x.roots = append(x.roots, e.space)
	}
	for i := range ids {
		x.first[i+1] += x.first[i]
	}
	x.all = slices.Clone(x.roots)
	slices.Sort(x.all)
	x.all = slices.Compact(x.all)
	return x
}
