package eql

import (
	"fmt"
	"slices"
	"strings"
)

// Constructors of leaves and their keys. Leaves with equal keys are one leaf in a Set.

func newSetTest(fold bool, texts []string) *setTest {
	t := &setTest{fold: fold, in: make(map[string]struct{}, len(texts))}
	for _, s := range texts {
		if fold {
			s = foldString(s)
		}
		t.in[s] = struct{}{}
	}
	for s := range t.in {
		t.values = append(t.values, s)
	}
	slices.Sort(t.values)
	return t
}

func newSetLeaf(s slot, fold bool, texts []string) *leaf {
	return newTestLeaf(fieldRef{slot: s}, newSetTest(fold, texts))
}

func newCompareLeaf(f fieldRef, op compareOp, v Value) *leaf {
	return newTestLeaf(f, &compareTest{typ: f.typ, op: op, k: newConstant(v)})
}

func newTestLeaf(f fieldRef, t test) *leaf {
	l := &leaf{key: testText(t) + " " + f.slot.text(), slots: []slot{f.slot}, test: t}
	switch t := t.(type) {
	case *setTest:
		l.cost, l.set = costSet, t
	case *patternTest:
		l.cost = costPattern + len(t.patterns)
	case *regexTest:
		l.cost = costRegex * len(t.exprs)
	case *cidrTest:
		l.cost = costCIDR
	default:
		l.cost = costCompare
	}
	return l
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
		out[i] = leafNode(newSetLeaf(g.slot, g.fold, texts[g]))
	}
	return out
}

// testText describes a test completely.
func testText(t test) string {
	var b strings.Builder
	switch t := t.(type) {
	case *setTest:
		fmt.Fprintf(&b, "set %v %q", t.fold, t.values)
	case *patternTest:
		fmt.Fprintf(&b, "pattern %v", t.fold)
		for i := range t.patterns {
			fmt.Fprintf(&b, " %v%q", t.patterns[i].verbatim, t.patterns[i].src)
		}
	case *regexTest:
		for _, re := range t.exprs {
			fmt.Fprintf(&b, "regex %q", re.String())
		}
	case *compareTest:
		fmt.Fprintf(&b, "compare %d %s %d %q", t.typ, t.op, t.k.Kind, t.k.text)
	case *cidrTest:
		fmt.Fprintf(&b, "cidr %v", t.blocks)
	}
	return b.String()
}

// expressionText describes a computed value completely.
func expressionText(x expression, slots []slot) string {
	var b strings.Builder
	writeExpression(&b, x, slots)
	return b.String()
}

func writeExpression(b *strings.Builder, x expression, slots []slot) {
	list := func(name string, xs ...expression) {
		b.WriteString(name + "(")
		for _, k := range xs {
			writeExpression(b, k, slots)
			b.WriteByte(' ')
		}
		b.WriteByte(')')
	}
	switch x := x.(type) {
	case constExpr:
		fmt.Fprintf(b, "%d:%q", x.v.Kind, x.v.Text())
	case slotExpr:
		b.WriteString("$" + slots[x].text())
	case *compareExpr:
		list(fmt.Sprintf("%s%v", x.op, x.fold), x.x, x.y)
	case *nullExpr:
		list(fmt.Sprintf("null%v", x.not), x.x)
	case *logicalExpr:
		list(fmt.Sprintf("or%v", x.or), x.xs...)
	case *notExpr:
		list("not", x.x)
	case *inExpr:
		list(fmt.Sprintf("in%v", x.fold), append([]expression{x.x}, x.list...)...)
	case *testExpr:
		list(testText(x.t), x.x)
	case *arithmeticExpr:
		list(string(x.op), x.x, x.y)
	case *callExpr:
		list(fmt.Sprintf("%s%v%v", x.fn.name, x.fold, x.blocks), x.args...)
	}
}

// isConstant reports whether x depends on no field.
func isConstant(x expression) bool {
	switch x := x.(type) {
	case constExpr:
		return true
	case *compareExpr:
		return isConstant(x.x) && isConstant(x.y)
	case *nullExpr:
		return isConstant(x.x)
	case *logicalExpr:
		return allConstant(x.xs)
	case *notExpr:
		return isConstant(x.x)
	case *inExpr:
		return isConstant(x.x) && allConstant(x.list)
	case *testExpr:
		return isConstant(x.x)
	case *arithmeticExpr:
		return isConstant(x.x) && isConstant(x.y)
	case *callExpr:
		return allConstant(x.args)
	}
	return false
}

func allConstant(xs []expression) bool {
	for _, x := range xs {
		if !isConstant(x) {
			return false
		}
	}
	return true
}
