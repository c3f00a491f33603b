package predicate

import "fmt"

// Constructors of leaves. Leaves with equal keys are one leaf in a Set.

// Leaf returns a condition that is true if any value of the field passes the test. A test for one
// of no texts never holds.
func Leaf(s Slot, t Test) *Condition {
	switch t := t.(type) {
	case *setTest:
		if len(t.values) == 0 {
			return Never
		}
	case *patternTest:
		if len(t.patterns) == 0 {
			return Never
		}
	}
	l := &leaf{key: t.Key() + " " + s.Key(), slots: []Slot{s}, test: t, cost: t.cost()}
	return leafNode(l)
}

// Exists returns a condition that is true if the field has a value.
func Exists(s Slot) *Condition {
	return leafNode(&leaf{key: "exists " + s.Key(), slots: []Slot{s}, cost: costExists, exists: true})
}

// Computed returns a condition that is true if x is true for any combination of the values of the
// slots. text describes x completely. If negated, x is the `==` of a `!=`: see evalComputed.
// Without slots it is a constant.
func Computed(x Expression, slots []Slot, text string, negated bool) *Condition {
	l := &leaf{slots: slots, cost: costComputed, computed: x, negated: negated}
	if len(slots) == 0 {
		var f Frame
		return Constant(l.evalComputed(nil, &f) == True)
	}
	l.key = fmt.Sprintf("computed %v %s", negated, text)
	return leafNode(l)
}

// mergeLeaves merges, among the operands of an or, the leaves over one field that look for texts,
// or for patterns, in the same way.
func mergeLeaves(kids []*Condition) []*Condition {
	type group struct {
		slot       Slot
		fold, sets bool
	}
	type merged struct {
		at       int // in out
		leaves   int
		texts    []string
		patterns []*Pattern
	}
	groups := map[group]*merged{}
	var out []*Condition
	for _, k := range kids {
		var texts []string
		var patterns []*Pattern
		var g group
		if k.op == nodeLeaf {
			switch t := k.leaf.test.(type) {
			case *setTest:
				g, texts = group{k.leaf.slots[0], t.fold, true}, t.values
			case *patternTest:
				g, patterns = group{k.leaf.slots[0], t.fold, false}, t.patterns
			}
		}
		if texts == nil && patterns == nil {
			out = append(out, k)
			continue
		}
		m := groups[g]
		if m == nil {
			m = &merged{at: len(out)}
			groups[g] = m
			out = append(out, k)
		}
		m.leaves++
		m.texts, m.patterns = append(m.texts, texts...), append(m.patterns, patterns...)
	}
	for g, m := range groups {
		switch {
		case m.leaves == 1:
		case g.sets:
			out[m.at] = Leaf(g.slot, In(g.fold, m.texts))
		default:
			out[m.at] = Leaf(g.slot, Matches(g.fold, m.patterns...))
		}
	}
	return out
}
