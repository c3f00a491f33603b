package predicate

import (
	"slices"
	"strconv"
	"strings"
)

// Hit says that an event satisfies (or, with Pending values, may satisfy) a stage of a program.
type Hit struct {
	Program, Stage int
	Truth          Truth
}

// Set evaluates the stage predicates of many programs together: sub-predicates that are the same are
// evaluated once per event. Read-only after NewSet.
type Set struct {
	nodes  []setNode
	leaves []setLeaf
	roots  []root
	slots  []FieldID // fields of the event that leaves ask for
	tests  []int     // by slot: the number of its leaves with a test
	spaces []space
}

// setNode is a node of the conditions of all programs, in one graph. Kids come before their parents.
type setNode struct {
	op   nodeOp
	leaf int32
	kids []int32
}

// root is the condition of one stage.
type root struct {
	node           int32
	program, stage int
}

// setLeaf is a leaf with the numbers that its slots have in the set.
type setLeaf struct {
	*leaf
	slots []int32
	space int32   // of a leaf with a plain set of texts, else -1
	test  int32   // of another leaf with a test: its number among those of its slot, else -1
	ids   []int32 // the texts' numbers in the space, sorted
	bits  []uint64
}

// space numbers the texts that leaves compare one field with, so that one
// look-up per value answers all of those leaves. Texts that are compared regardless of case have a space of their own.
type space struct {
	slot int32
	fold bool
	ids  map[string]int32
}

// Program are what a program asks of single events: one condition for each of its stages.
type Program []*Condition

// NewSet returns a set over programs compiled against the same Schema; a Hit's Program is the index in progs.
func NewSet(progs []Program) *Set {
	b := setBuilder{set: &Set{}, nodes: map[string]int32{}, leaves: map[string]int32{}, slots: map[FieldID]int32{}, spaces: map[[2]int32]int32{}}
	for i, p := range progs {
		for j, n := range p {
			b.set.roots = append(b.set.roots, root{node: b.node(n), program: i, stage: j})
		}
	}
	b.finish()
	return b.set
}

// Leaves returns the number of different comparisons.
func (s *Set) Leaves() int { return len(s.leaves) }

// setBuilder interns: equal nodes get equal numbers.
type setBuilder struct {
	set    *Set
	nodes  map[string]int32
	leaves map[string]int32
	slots  map[FieldID]int32
	spaces map[[2]int32]int32
}

func (b *setBuilder) node(n *Condition) int32 {
	sn := setNode{op: n.op, leaf: -1}
	switch n.op {
	case nodeLeaf:
		if sn.leaf = b.leaf(n.leaf); sn.leaf < 0 {
			sn.op = nodeMaybe
		}
	case nodeNot, nodeAnd, nodeOr:
		var kids distinct
		for _, k := range n.kids {
			kids.add(b.node(k))
		}
		sn.kids = kids.ids
	}
	key := sn.key()
	id, ok := b.nodes[key]
	if !ok {
		id = int32(len(b.set.nodes))
		b.nodes[key] = id
		b.set.nodes = append(b.set.nodes, sn)
	}
	return id
}

// distinct gathers numbers, each once, in their order.
type distinct struct {
	ids  []int32
	seen map[int32]bool // once there are many
}

// fewDistinct is the number up to which a list is searched rather than looked up.
const fewDistinct = 32

func (d *distinct) add(id int32) {
	if d.seen == nil {
		if slices.Contains(d.ids, id) {
			return
		}
		if len(d.ids) >= fewDistinct {
			d.seen = make(map[int32]bool, 2*len(d.ids))
			for _, x := range d.ids {
				d.seen[x] = true
			}
		}
	}
	if d.seen != nil {
		if d.seen[id] {
			return
		}
		d.seen[id] = true
	}
	d.ids = append(d.ids, id)
}

// key identifies a node by its operation and kids. The order of the kids counts:
// it is by cost, and equal conditions mostly have it in common.
func (n *setNode) key() string {
	var b strings.Builder
	b.WriteByte('0' + byte(n.op))
	b.WriteString(strconv.Itoa(int(n.leaf)))
	for _, k := range n.kids {
		b.WriteByte(',')
		b.WriteString(strconv.Itoa(int(k)))
	}
	return b.String()
}

// leaf returns the number of a leaf; -1 for one that refers to an earlier stage, which only a Matcher can evaluate.
func (b *setBuilder) leaf(l *leaf) int32 {
	for _, s := range l.slots {
		if s.Stage != ThisEvent {
			return -1
		}
	}
	if id, ok := b.leaves[l.key]; ok {
		return id
	}
	sl := setLeaf{leaf: l, space: -1, test: -1}
	for _, s := range l.slots {
		sl.slots = append(sl.slots, b.slot(s.Field))
	}
	if l.set != nil {
		sl.space = b.space(sl.slots[0], l.set.fold)
		ids := b.set.spaces[sl.space].ids
		for _, v := range l.set.values {
			id, ok := ids[v]
			if !ok {
				id = int32(len(ids))
				ids[v] = id
			}
			sl.ids = append(sl.ids, id)
		}
		slices.Sort(sl.ids)
	} else if l.test != nil {
		n := &b.set.tests[sl.slots[0]]
		sl.test = int32(*n)
		*n++
	}
	id := int32(len(b.set.leaves))
	b.set.leaves = append(b.set.leaves, sl)
	b.leaves[l.key] = id
	return id
}

func (b *setBuilder) slot(f FieldID) int32 {
	id, ok := b.slots[f]
	if !ok {
		id = int32(len(b.set.slots))
		b.slots[f] = id
		b.set.slots = append(b.set.slots, f)
		b.set.tests = append(b.set.tests, 0)
	}
	return id
}

func (b *setBuilder) space(slot int32, fold bool) int32 {
	k := [2]int32{slot, 0}
	if fold {
		k[1] = 1
	}
	id, ok := b.spaces[k]
	if !ok {
		id = int32(len(b.set.spaces))
		b.spaces[k] = id
		b.set.spaces = append(b.set.spaces, space{slot: slot, fold: fold, ids: map[string]int32{}})
	}
	return id
}

// fewIDs is the number of texts up to which a leaf is searched rather than looked up in a bit set.
const fewIDs = 4

// finish gives leaves with many texts a bit set, now that the spaces are complete.
func (b *setBuilder) finish() {
	for i := range b.set.leaves {
		l := &b.set.leaves[i]
		if l.space < 0 || len(l.ids) <= fewIDs {
			continue
		}
		l.bits = make([]uint64, len(b.set.spaces[l.space].ids)/64+1)
		for _, id := range l.ids {
			l.bits[id/64] |= 1 << (id % 64)
		}
	}
}

// has reports whether a text is among the leaf's.
func (l *setLeaf) has(id int32) bool {
	if l.bits != nil {
		return l.bits[id/64]&(1<<(id%64)) != 0
	}
	for _, x := range l.ids {
		if x == id {
			return true
		}
	}
	return false
}
