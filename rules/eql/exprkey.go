package eql

import (
	"fmt"
	"strings"
)

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
		b.WriteString("$" + slots[x].key())
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
		list(x.t.key(), x.x)
	case *arithmeticExpr:
		list(string(x.op), x.x, x.y)
	case *callExpr:
		list(fmt.Sprintf("%s%v", x.fn.name, x.fold), x.args...)
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
