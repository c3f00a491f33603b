package eql

import (
	"fmt"
	"strings"

	"hunt/rules/predicate"
)

// expressionText describes a computed value completely.
func expressionText(x predicate.Expression, slots []predicate.Slot) string {
	var b strings.Builder
	writeExpression(&b, x, slots)
	return b.String()
}

func writeExpression(b *strings.Builder, x predicate.Expression, slots []predicate.Slot) {
	list := func(name string, xs ...predicate.Expression) {
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
		b.WriteString("$" + slots[x].Key())
	case *compareExpr:
		list(fmt.Sprintf("%s%v", x.op, x.fold), x.x, x.y)
	case *nullExpr:
		list(fmt.Sprintf("null%v", x.not), x.x)
	case *logicalExpr:
		list(fmt.Sprintf("or%v", x.or), x.xs...)
	case *notExpr:
		list("not", x.x)
	case *inExpr:
		list(fmt.Sprintf("in%v", x.fold), append([]predicate.Expression{x.x}, x.list...)...)
	case *testExpr:
		list(x.t.Key(), x.x)
	case *arithmeticExpr:
		list(string(x.op), x.x, x.y)
	case *callExpr:
		list(fmt.Sprintf("%s%v", x.fn.name, x.fold), x.args...)
	}
}

// isConstant reports whether x depends on no field.
func isConstant(x predicate.Expression) bool {
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

func allConstant(xs []predicate.Expression) bool {
	for _, x := range xs {
		if !isConstant(x) {
			return false
		}
	}
	return true
}
