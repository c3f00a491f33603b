package predicate

import "slices"

// Plan is a Set narrowed to a class of events. Read-only.
type Plan struct {
	set    *Set
	nodes  []planNode
	always []Hit // stages that are decided for every event of the class
	roots  []root
	// scan are the roots that are evaluated for each event of the class; the others are evaluated only
	// for events with a value from which an index leads to them.
	scan    []int32
	indexes []planIndex
}

// planNode is a node of the narrowed conditions.
type planNode struct {
	op   nodeOp
	leaf int32
	kids []int32
	refs int32 // parents and roots: a node with several caches its result
}

// The first nodes of every plan.
const (
	planFalse int32 = iota
	planMaybe
	planTrue
)

// Narrow folds into the predicates what is known of every event of a class, and keeps the stages that
// can still be true. known returns ok=false if the value of a field differs from event to event, and
// nil, true if it is always missing. Narrow is called once per class.
func (s *Set) Narrow(known func(FieldID) (vs []Value, ok bool)) *Plan {
	tables, _ := s.tables.Get().(*planTables)
	if tables == nil {
		tables = &planTables{known: make([][]cell, len(s.slots)), isKnown: make([]bool, len(s.slots)),
			folded: make([]int32, len(s.nodes))}
	}
	defer s.tables.Put(tables)
	b := planBuilder{set: s, planTables: tables, interned: map[string]int32{}}
	for i := range b.folded {
		b.folded[i] = -1
	}
	for i, f := range s.slots {
		vs, ok := known(f)
		b.isKnown[i], b.known[i] = ok, b.known[i][:0]
		for _, v := range vs {
			if ok {
				b.known[i] = append(b.known[i], cell{Value: v})
			}
		}
	}
	p := &Plan{set: s, nodes: []planNode{{op: nodeFalse}, {op: nodeMaybe}, {op: nodeTrue}}}
	b.plan = p
	for _, i := range b.possible() {
		r := s.roots[i]
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

// Empty reports whether no stage can be true for any event of the class.
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

// LeafID is a comparison of a Set.
type LeafID int32

// Asked is what the conditions of a plan ask about a field of the event under evaluation.
type Asked struct {
	Field FieldID
	// Leaves are the comparisons of the field with constants, if Apart.
	Leaves []LeafID
	// Apart says that the field is compared with no other field.
	Apart bool
}

// Asked returns what the conditions of the plan ask about the event under evaluation, field by field.
func (p *Plan) Asked() []Asked {
	var out []Asked
	at := make([]int, len(p.set.slots)) // of a slot in out, from 1
	for i := range p.nodes {
		if p.nodes[i].op != nodeLeaf {
			continue
		}
		slots := p.set.leaves[p.nodes[i].leaf].slots
		for _, s := range slots {
			if at[s] == 0 {
				out = append(out, Asked{Field: p.set.slots[s], Apart: true})
				at[s] = len(out)
			}
			a := &out[at[s]-1]
			if len(slots) > 1 {
				a.Apart, a.Leaves = false, nil
			} else if a.Apart {
				a.Leaves = append(a.Leaves, LeafID(p.nodes[i].leaf))
			}
		}
	}
	return out
}

// Alone reports whether conditions ask nothing about a field except whether it has one of some
// literals, in whatever parts (Parted) it is searched.
func (p *Plan) Alone(f FieldID) bool {
	return slices.ContainsFunc(p.set.spaces, func(x space) bool { return x.alone && p.set.slots[x.slot] == f })
}

// planTables are tables of a planBuilder, reused because they are as large as the set.
type planTables struct {
	known   [][]cell
	isKnown []bool
	folded  []int32 // set node -> plan node, -1: not done
}

type planBuilder struct {
	*planTables
	set      *Set
	plan     *Plan
	interned map[string]int32
	frame    Frame
	// For a first choice of texts, by space: reached counts the roots to which it leads, searched says
	// which fields are searched for literals of roots to which nothing else leads.
	reached  []int
	searched []bool
}

// possible returns the roots whose sources can hold, in order.
func (b *planBuilder) possible() []int32 {
	var out []int32
	for _, src := range b.set.sources {
		if src.node < 0 || b.fold(src.node) != planFalse {
			out = append(out, src.roots...)
		}
	}
	slices.Sort(out)
	return out
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
		// A cell keeps texts that are in the frame's scratch, which the next leaf overwrites.
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
