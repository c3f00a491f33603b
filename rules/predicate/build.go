package predicate

import "fmt"

// Constructors of leaves. Leaves with equal keys are one leaf in a Set.

// Leaf is true if any value of the field passes the test.
func Leaf(s Slot, t Test) *Condition {
	l := &leaf{key: t.Key() + " " + s.Key(), slots: []Slot{s}, test: t, cost: t.cost()}
	l.set, _ = t.(*setTest)
	return leafNode(l)
}

// Exists is true if the field has a value.
func Exists(s Slot) *Condition {
	return leafNode(&leaf{key: "exists " + s.Key(), slots: []Slot{s}, cost: costExists, exists: true})
}

// Computed is true if x is true of any combination of the values of the slots. text describes x completely. If negated, x is the
// `==` of a `!=`: see evalComputed. Without slots it is a constant.
func Computed(x Expression, slots []Slot, text string, negated bool) *Condition {
	l := &leaf{slots: slots, cost: costComputed, computed: x, negated: negated}
	if len(slots) == 0 {
		var f Frame
		return Constant(l.evalComputed(nil, &f) == True)
	}
	l.key = fmt.Sprintf("computed %v %s", negated, text)
	return leafNode(l)
}

// mergeSets joins the set leaves over the same field among the operands of an or.
func mergeSets(kids []*Condition) []*Condition {
	type group struct {
		slot Slot
		fold bool
	}
	at := map[group]int{}
	texts := map[group][]string{}
	var out []*Condition
	for _, k := range kids {
		if k.op != nodeLeaf || k.leaf.set == nil {
			out = append(out, k)
			continue
		}
		g := group{k.leaf.slots[0], k.leaf.set.fold}
		if _, ok := at[g]; !ok {
			at[g] = len(out)
			out = append(out, k)
		}
		texts[g] = append(texts[g], k.leaf.set.values...)
	}
	for g, i := range at {
		out[i] = Leaf(g.slot, In(g.fold, texts[g]))
	}
	return out
}
