package eql

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

// compareOps maps the symbols of the comparisons to their operators.
var compareOps = map[string]predicate.Operator{"==": predicate.Equal, "!=": predicate.NotEqual, "<": predicate.Less,
	"<=": predicate.LessEqual, ">": predicate.Greater, ">=": predicate.GreaterEqual}

// valueCompiler compiles the values of one leaf; the fields that it finds become the leaf's slots.
type valueCompiler struct {
	c     *compiler
	slots []predicate.Slot
	types []predicate.Type
}

func newValueCompiler(c *compiler) *valueCompiler { return &valueCompiler{c: c} }

// value is a compiled operand of an expression.
type value struct {
	expr    predicate.Expression
	typ     valueType
	isField bool // a field and nothing else
	field   fieldRef
	isConst bool
}

func (v value) constant() predicate.Value { return v.expr.(constExpr).v }

func constValue(v predicate.Value) value {
	out := value{expr: constExpr{v}, isConst: true, typ: anyType}
	switch v.Kind {
	case predicate.Null:
		out.typ = nullType
	case predicate.String:
		out.typ = stringType
	case predicate.Int, predicate.Float, predicate.Unsigned:
		out.typ = numberType
	case predicate.Bool:
		out.typ = boolType
	case predicate.Time:
		out.typ = dateType
	}
	return out
}

func literalValue(l *syntax.Literal) predicate.Value {
	switch l.Kind {
	case syntax.BoolLiteral:
		return predicate.BoolValue(l.Bool)
	case syntax.IntLiteral:
		return predicate.IntValue(l.Int)
	case syntax.UnsignedLiteral:
		return predicate.UnsignedValue(l.Uint)
	case syntax.FloatLiteral:
		return predicate.FloatValue(l.Float)
	case syntax.StringLiteral:
		return predicate.StringValue(l.Str)
	}
	return predicate.Value{}
}

// leaf makes a leaf from a computed boolean, or a constant if it depends on no field.
func (v *valueCompiler) leaf(x predicate.Expression, negated bool) *predicate.Condition {
	return predicate.Computed(x, v.slots, expressionText(x, v.slots), negated)
}

// slotExpr returns the expression for a field, which becomes a slot of the leaf.
func (v *valueCompiler) slotExpr(f fieldRef) slotExpr {
	if i := slices.Index(v.slots, f.slot); i >= 0 {
		return slotExpr(i)
	}
	v.slots = append(v.slots, f.slot)
	v.types = append(v.types, f.typ)
	return slotExpr(len(v.slots) - 1)
}

// value compiles an operand. An expression without fields is computed at compile time.
func (v *valueCompiler) value(x syntax.Expr) (value, error) {
	out, err := v.operand(x)
	if err != nil || out.isConst || out.isField || !isConstant(out.expr) {
		return out, err
	}
	var f predicate.Frame
	r := out.expr.Eval(&f)
	r.Str = strings.Clone(r.Str) // out of scratch memory
	return constValue(r), nil
}

func (v *valueCompiler) operand(x syntax.Expr) (value, error) {
	switch x := x.(type) {
	case *syntax.Literal:
		return constValue(literalValue(x)), nil
	case *syntax.Name:
		f, err := v.c.resolve(x)
		if err != nil || !f.known {
			return constValue(predicate.Value{}), err
		}
		return value{expr: v.slotExpr(f), isField: true, field: f, typ: fieldValueType(f.typ)}, nil
	case *syntax.Logical:
		l := &logicalExpr{or: x.Op == "or"}
		for _, k := range x.Xs {
			e, err := v.typed(k, boolType, "a condition")
			if err != nil {
				return value{}, err
			}
			l.xs = append(l.xs, e)
		}
		return value{expr: l, typ: boolType}, nil
	case *syntax.Not:
		e, err := v.typed(x.X, boolType, "`not`")
		return value{expr: &notExpr{e}, typ: boolType}, err
	case *syntax.Unary:
		if l, ok := x.X.(*syntax.Literal); ok && x.Op == "-" && l.Kind == syntax.UnsignedLiteral && l.Uint == 1<<63 {
			return constValue(predicate.IntValue(math.MinInt64)), nil
		}
		e, err := v.typed(x.X, numberType, "a sign")
		if x.Op == "-" {
			e = &arithmeticExpr{op: '-', x: constExpr{predicate.IntValue(0)}, y: e}
		} else {
			e = &arithmeticExpr{op: '+', x: constExpr{predicate.IntValue(0)}, y: e}
		}
		return value{expr: e, typ: numberType}, err
	case *syntax.Binary:
		return v.binary(x)
	case *syntax.In:
		return v.in(x)
	case *syntax.Match:
		return v.match(x)
	case *syntax.Call:
		return v.call(x)
	}
	return value{}, v.c.src.Errorf(x.Pos(), "", "unexpected expression")
}

func fieldValueType(t predicate.Type) valueType {
	switch t {
	case predicate.TypeKeyword, predicate.TypeIP, predicate.TypeVersion:
		return stringType
	case predicate.TypeLong, predicate.TypeFloat:
		return numberType
	case predicate.TypeBoolean:
		return boolType
	case predicate.TypeDate:
		return dateType
	}
	return anyType
}

// typed compiles an operand with an expected type. A constant of another type is an error; a field of another type
// is a warning, because its mapping may differ from the one for which the rule was written.
func (v *valueCompiler) typed(x syntax.Expr, want valueType, where string) (predicate.Expression, error) {
	e, err := v.value(x)
	if err != nil {
		return nil, err
	}
	if want == integerType && e.typ == numberType {
		if e.isConst && e.constant().Kind != predicate.Int {
			hint := "remove the fraction"
			if f := e.constant().AsFloat(); f == math.Trunc(f) && math.Abs(f) >= 1<<53 {
				hint = "the largest number is 9223372036854775807"
			}
			return nil, v.c.src.Errorf(x.Pos(), hint, "%s takes %s, not %s", where, want, e.constant().Text())
		}
		if e.isField && e.field.typ == predicate.TypeFloat {
			v.c.warn(x.Pos(), fmt.Sprint("type", x.Pos()), "%s takes %s, but %s has the type %s: the value may be null",
				where, want, x.(*syntax.Name), e.field.typ)
		}
		return e.expr, nil
	}
	if e.typ == want || e.typ == anyType || e.typ == nullType || want == anyType {
		return e.expr, nil
	}
	if e.isField {
		v.c.warn(x.Pos(), fmt.Sprint("type", x.Pos()), "%s takes %s, but %s has the type %s: the value may be null",
			where, want, x.(*syntax.Name), e.field.typ)
		return e.expr, nil
	}
	hint := ""
	switch {
	case want == stringType && (e.typ == numberType || e.typ == boolType):
		hint = "write string(" + syntax.ExprString(x) + ")"
	case (want == numberType || want == integerType) && e.typ == stringType:
		hint = "write number(" + syntax.ExprString(x) + ")"
	case want == boolType:
		hint = "compare it: " + syntax.ExprString(x) + " == …"
	}
	return nil, v.c.src.Errorf(x.Pos(), hint, "%s takes %s, not %s", where, want, e.typ)
}

func (v *valueCompiler) binary(b *syntax.Binary) (value, error) {
	op, isCompare := compareOps[string(b.Op)]
	if !isCompare {
		x, err := v.typed(b.X, numberType, "`"+string(b.Op)+"`")
		if err != nil {
			return value{}, err
		}
		y, err := v.typed(b.Y, numberType, "`"+string(b.Op)+"`")
		return value{expr: &arithmeticExpr{op: b.Op[0], x: x, y: y}, typ: numberType}, err
	}
	x, err := v.value(b.X)
	if err != nil {
		return value{}, err
	}
	y, err := v.value(b.Y)
	if err != nil {
		return value{}, err
	}
	x, y = v.c.asNumber(x, y, op, b.OpPos), v.c.asNumber(y, x, op, b.OpPos)
	if (isNull(b.X) || isNull(b.Y)) && (op == predicate.Equal || op == predicate.NotEqual) {
		if isNull(b.X) {
			x = y
		}
		return value{expr: &nullExpr{x: x.expr, not: op == predicate.NotEqual}, typ: boolType}, nil
	}
	return value{expr: &compareExpr{op: op, x: x.expr, y: y.expr}, typ: boolType}, nil
}

// listOp is how each item of a list is compared, for messages.
func listOp(x *syntax.In) predicate.Operator {
	if x.Not {
		return predicate.NotEqual
	}
	return predicate.Equal
}

func (v *valueCompiler) in(x *syntax.In) (value, error) {
	e, err := v.value(x.X)
	if err != nil {
		return value{}, err
	}
	in := &inExpr{fold: x.Fold, x: e.expr}
	for _, k := range x.List {
		item, err := v.value(k)
		if err != nil {
			return value{}, err
		}
		in.list = append(in.list, v.c.asNumber(item, e, listOp(x), x.OpPos).expr)
	}
	if x.Not {
		return value{expr: &notExpr{in}, typ: boolType}, nil
	}
	return value{expr: in, typ: boolType}, nil
}

func (v *valueCompiler) match(m *syntax.Match) (value, error) {
	e, err := v.value(m.X)
	if err != nil {
		return value{}, err
	}
	tests, err := v.c.matchTests(m, e, m.Op != "like" && m.Op != "regex")
	if err != nil {
		return value{}, err
	}
	or := &logicalExpr{or: true}
	for _, t := range tests {
		or.xs = append(or.xs, &testExpr{x: e.expr, t: t})
	}
	return value{expr: or, typ: boolType}, nil
}

// asNumber returns the number that a text stands for when it is compared with a computed number, as in a
// comparison with a field of numbers. Text that is not a number equals none and has no order relative to them,
// which is a warning.
func (c *compiler) asNumber(x, other value, op predicate.Operator, at syntax.Pos) value {
	if !x.isConst || x.typ != stringType || other.typ != numberType {
		return x
	}
	n, ok := predicate.ParseNumber(x.constant().Str)
	if !ok {
		holds := "never"
		if op == predicate.NotEqual {
			holds = "always"
		}
		c.warn(at, fmt.Sprint("number", at),
			"a number is compared with %q, which is not a number, so the comparison %s holds: write a number (== 4688)",
			x.constant().Str, holds)
		if op != predicate.Equal && op != predicate.NotEqual {
			return constValue(predicate.Value{})
		}
		return x
	}
	return constValue(n)
}

func (v *valueCompiler) call(x *syntax.Call) (value, error) {
	fn := functions[strings.ToLower(x.Name)]
	if fn == nil {
		return value{}, v.c.unknownFunction(x)
	}
	if x.Fold && !fn.fold {
		return value{}, v.c.src.Errorf(x.At, "write "+fn.name+"(…)", "%s has no case-insensitive form", fn.name)
	}
	if n := len(x.Args); n < fn.min || fn.max >= 0 && n > fn.max {
		return value{}, v.c.src.Errorf(x.At, "write "+fn.usage(), "%s takes %s, not %d", fn.name, fn.arity(), n)
	}
	call := &callExpr{fn: fn, fold: x.Fold}
	for i, a := range x.Args {
		e, err := v.typed(a, fn.param(i), fn.name)
		if err != nil {
			return value{}, err
		}
		call.args = append(call.args, e)
	}
	if fn.name == "cidrMatch" {
		var blocks []netip.Prefix
		for i, a := range call.args[1:] {
			k, ok := a.(constExpr)
			if !ok {
				return value{}, v.c.src.Errorf(x.Args[i+1].Pos(), `write a constant: "10.0.0.0/8"`,
					"the address blocks of cidrMatch are constants")
			}
			if k.v.Kind == predicate.Null { // null in, null out
				return constValue(predicate.Value{}), nil
			}
			block, ok := predicate.ParseBlock(k.v.Str)
			if !ok {
				return value{}, v.c.src.Errorf(x.Args[i+1].Pos(), `write, for example, "10.0.0.0/8" or "fe80::/10"`,
					"%q is not an address block", k.v.Text())
			}
			blocks = append(blocks, block)
		}
		call.in = predicate.CIDR(blocks)
	}
	return value{expr: call, typ: fn.result}, nil
}

func isUnsupportedRegex(err error) bool { return errors.Is(err, errRegexUnsupported) }
