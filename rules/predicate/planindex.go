package predicate

import (
	"cmp"
	"math"
	"slices"
)

// planIndex leads from a text of a field to the roots that require it, or that require one text of a list which
// contains it.
type planIndex struct {
	space int32
	texts []int32 // that lead to roots, sorted
	first []int32 // roots[first[i]:first[i+1]] are those of texts[i]
	roots []int32
	all   []int32 // every root of the index, for events whose value is Pending
}

// of returns the roots that a text leads to.
func (x *planIndex) of(id int32) []int32 {
	i, ok := slices.BinarySearch(x.texts, id)
	if !ok {
		return nil
	}
	return x.roots[x.first[i]:x.first[i+1]]
}

// access is a text that a condition requires: without any of a list of them it cannot be true.
type access struct{ space, id int32 }

// maxAccess bounds the texts through which one root is reached.
const maxAccess = 1 << 13

// required returns texts of which an event must have one for the node to be true, ok=false if there is no such
// list.
func (b *planBuilder) required(id int32, depth int) (list []access, ok bool) {
	n := &b.plan.nodes[id]
	if depth > 100 { // deeper conditions are scanned
		return nil, false
	}
	switch n.op {
	case nodeLeaf:
		return b.accesses(&b.set.leaves[n.leaf])
	case nodeAnd:
		best := math.MaxInt
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

// accesses returns texts of which an event must have one for a leaf to be true.
func (b *planBuilder) accesses(l *setLeaf) (list []access, ok bool) {
	if l.space >= 0 {
		for _, id := range l.ids {
			list = append(list, access{l.space, id})
		}
		return list, true
	}
	best := 0
	for _, clause := range l.required {
		var kl []access
		for _, id := range clause {
			kl = append(kl, access{l.literals, id})
		}
		if cost := b.accessCost(kl); list == nil || cost < best {
			list, best = kl, cost
		}
	}
	return list, list != nil
}

const (
	// spaceCost is the cost of looking a field up for every event, measured in texts of a list.
	spaceCost = 8
	// searchCost is the additional cost of searching a field for literals, if it is not searched anyway.
	searchCost = 64
	// commonCost is the cost of a text that many events have, in texts of a list.
	commonCost = 100
	// fewRoots is the number of roots up to which a field is not worth that cost, if they can be reached
	// otherwise.
	fewRoots = 3
	// fewSought is the number of literals below which a field is not searched for them: testing each is as fast.
	fewSought = 12
)

// accessCost prefers few and rare texts in few fields, and fields that lead to many roots.
func (b *planBuilder) accessCost(list []access) int {
	cost := 0
	last := int32(-1)
	for _, a := range list {
		x := &b.set.spaces[a.space]
		cost++
		if x.form == formLiteral {
			cost += literalCost(len(x.literals[a.id].text))
		} else if x.common[a.id] {
			cost += commonCost
		}
		if a.space == last {
			continue
		}
		last = a.space
		cost += spaceCost
		if x.form == formLiteral && (b.searched == nil || !b.searched[a.space]) {
			cost += searchCost
		}
		if b.reached != nil && b.reached[a.space] <= fewRoots {
			cost += 3 * spaceCost
		}
	}
	return cost
}

// literalCost estimates how often a literal of so many bytes is found in vain, in texts of a list.
func literalCost(length int) int {
	switch {
	case length <= 1:
		return 200
	case length == 2:
		return 60
	case length == 3:
		return 20
	case length == 4:
		return 8
	}
	return max(0, 8-length/2)
}

// index separates the roots to which a text leads from those that are scanned.
func (b *planBuilder) index() {
	p := b.plan
	_, b.reached, b.searched = b.reach()
	chosen, _, searched := b.reach()
	bySpace := map[int32][]access{} // id and, in space, the root
	for i, list := range chosen {
		few := slices.ContainsFunc(spacesOf(list), func(s int32) bool {
			return b.set.spaces[s].form == formLiteral && !searched[s]
		})
		if list == nil || few {
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
		p.indexes = append(p.indexes, newPlanIndex(s, bySpace[s]))
	}
	// What the indexes look up anyway is evaluated first.
	for i := range p.nodes {
		slices.SortStableFunc(p.nodes[i].kids, func(x, y int32) int { return cmp.Compare(b.later(x), b.later(y)) })
	}
}

// reach chooses for each root the texts that lead to it, nil if there are none, and returns for each space to
// how many roots it leads and whether the field is searched for literals.
func (b *planBuilder) reach() (chosen [][]access, reached []int, searched []bool) {
	chosen, reached = make([][]access, len(b.plan.roots)), make([]int, len(b.set.spaces))
	sought := make([]int, len(b.set.spaces))
	for i := range b.plan.roots {
		list, ok := b.required(b.plan.roots[i].node, 0)
		if !ok {
			continue
		}
		chosen[i] = append([]access{}, list...) // not nil: without any text it never holds
		for _, a := range list {
			sought[a.space]++
		}
		for _, s := range spacesOf(list) {
			reached[s]++
		}
	}
	searched = make([]bool, len(sought))
	for s, n := range sought {
		searched[s] = b.set.spaces[s].form == formLiteral && n >= fewSought
	}
	return chosen, reached, searched
}

// spacesOf returns the spaces of a list of texts, once for each run of them.
func spacesOf(list []access) []int32 {
	var out []int32
	for _, a := range list {
		if !slices.Contains(out, a.space) {
			out = append(out, a.space)
		}
	}
	return out
}

// later returns 0 for a leaf, or the negation of one, that an index answers, otherwise 1.
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

func newPlanIndex(space int32, entries []access) planIndex {
	x := planIndex{space: space}
	slices.SortFunc(entries, func(a, b access) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.space, b.space))
	})
	entries = slices.Compact(entries)
	for i, e := range entries {
		if i == 0 || e.id != entries[i-1].id {
			x.texts, x.first = append(x.texts, e.id), append(x.first, int32(i))
		}
		x.roots = append(x.roots, e.space)
	}
	x.first = append(x.first, int32(len(x.roots)))
	x.all = slices.Clone(x.roots)
	slices.Sort(x.all)
	x.all = slices.Compact(x.all)
	return x
}
