package eql

import "fmt"

// Constructors of leaves. Leaves with equal keys are one leaf in a Set.

// testNode is true if any value of the field passes the test.
func testNode(s slot, t test) *node {
	l := &leaf{key: t.key() + " " + s.key(), slots: []slot{s}, test: t, cost: t.cost()}
	l.set, _ = t.(*setTest)
	return leafNode(l)
}

// existsNode is true if the field has a value.
func existsNode(s slot) *node {
	return leafNode(&leaf{key: "exists " + s.key(), slots: []slot{s}, cost: costExists, exists: true})
}

// computedNode is true if x is true of any combination of the values of the slots. text describes x completely. If negated, x is the
// `==` of a `!=`: see evalComputed. Without slots it is a constant.
func computedNode(x expression, slots []slot, text string, negated bool) *node {
	l := &leaf{slots: slots, cost: costComputed, computed: x, negated: negated}
	if len(slots) == 0 {
		var f frame
		return constNode(l.evalComputed(nil, &f) == True)
	}
	l.key = fmt.Sprintf("computed %v %s", negated, text)
	return leafNode(l)
}

// mergeSets joins the set leaves over the same field among the operands of an or.
func mergeSets(kids []*node) []*node {
	type group struct {
		slot slot
		fold bool
	}
	at := map[group]int{}
	texts := map[group][]string{}
	var out []*node
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
		out[i] = testNode(g.slot, newSetTest(g.fold, texts[g]))
	}
	return out
}
