package eql

import (
	"math"

	"hunt/rules/predicate"
)

type constExpr struct{ v predicate.Value }

func (x constExpr) Eval(*predicate.Frame) predicate.Value { return x.v }

// slotExpr is the current value of one of the leaf's slots.
type slotExpr int

func (x slotExpr) Eval(f *predicate.Frame) predicate.Value { return f.Value(int(x)) }

// compareExpr compares two values.
type compareExpr struct {
	op   predicate.Operator
	fold bool // equality regardless of case
	x, y predicate.Expression
}

func (x *compareExpr) Eval(f *predicate.Frame) predicate.Value {
	return compareComputed(x.op, x.fold, x.x.Eval(f), x.y.Eval(f))
}

func compareComputed(op predicate.Operator, fold bool, a, b predicate.Value) predicate.Value {
	if v, ok := missing(a, b); ok {
		return v
	}
	if fold && a.Kind == predicate.String && b.Kind == predicate.String {
		return predicate.BoolValue(predicate.EqualFold(a.Str, b.Str) == (op == predicate.Equal))
	}
	c, ordered := predicate.CompareValues(a, b)
	switch {
	case ordered:
		return predicate.BoolValue(op.Holds(c))
	case op == predicate.Equal:
		return predicate.BoolValue(false)
	case op == predicate.NotEqual:
		return predicate.BoolValue(true)
	}
	return predicate.Value{}
}

// missing returns Pending or Null if one of the values is Pending or Null.
func missing(vs ...predicate.Value) (predicate.Value, bool) {
	null := false
	for _, v := range vs {
		switch v.Kind {
		case predicate.Pending:
			return v, true
		case predicate.Null:
			null = true
		}
	}
	return predicate.Value{}, null
}

// nullExpr is `x == null`, or `x != null`.
type nullExpr struct {
	x   predicate.Expression
	not bool
}

func (x *nullExpr) Eval(f *predicate.Frame) predicate.Value {
	v := x.x.Eval(f)
	if v.Kind == predicate.Pending {
		return v
	}
	return predicate.BoolValue((v.Kind == predicate.Null) != x.not)
}

// logicalExpr is and or or inside a computed value: three-valued, with Null for unknown.
type logicalExpr struct {
	or bool
	xs []predicate.Expression
}

func (x *logicalExpr) Eval(f *predicate.Frame) predicate.Value {
	result := predicate.BoolValue(!x.or)
	for _, k := range x.xs {
		v := k.Eval(f)
		if v.Kind == predicate.Bool && v.IsTrue() == x.or {
			return predicate.BoolValue(x.or)
		}
		if v.Kind != predicate.Bool && result.Kind != predicate.Pending {
			result = predicate.Value{}
			if v.Kind == predicate.Pending {
				result = v
			}
		}
	}
	return result
}

type notExpr struct{ x predicate.Expression }

func (x *notExpr) Eval(f *predicate.Frame) predicate.Value {
	v := x.x.Eval(f)
	if v.Kind == predicate.Bool {
		return predicate.BoolValue(!v.IsTrue())
	}
	return v
}

// inExpr is `x in (…)`.
type inExpr struct {
	fold bool
	x    predicate.Expression
	list []predicate.Expression
}

func (x *inExpr) Eval(f *predicate.Frame) predicate.Value {
	v := x.x.Eval(f)
	if _, ok := missing(v); ok {
		return v
	}
	pending := false
	for _, k := range x.list {
		r := compareComputed(predicate.Equal, x.fold, v, k.Eval(f))
		if r.IsTrue() {
			return r
		}
		pending = pending || r.Kind == predicate.Pending
	}
	if pending {
		return predicate.Value{Kind: predicate.Pending}
	}
	return predicate.BoolValue(false)
}

// testExpr applies a test to a value: patterns, regular expressions, address blocks.
type testExpr struct {
	x predicate.Expression
	t predicate.Test
}

func (x *testExpr) Eval(f *predicate.Frame) predicate.Value {
	v := x.x.Eval(f)
	if _, ok := missing(v); ok {
		return v
	}
	return predicate.BoolValue(f.Holds(x.t, v))
}

// arithmeticExpr is + - * / %.
type arithmeticExpr struct {
	op   byte
	x, y predicate.Expression
}

func (x *arithmeticExpr) Eval(f *predicate.Frame) predicate.Value {
	return arithmetic(x.op, x.x.Eval(f), x.y.Eval(f))
}

// arithmetic computes a op b. Two integers give an integer: division truncates toward zero and % keeps the sign of
// the dividend. Division by zero, overflow and an operand that is not a number give Null.
func arithmetic(op byte, a, b predicate.Value) predicate.Value {
	if v, ok := missing(a, b); ok {
		return v
	}
	if !a.IsNumber() || !b.IsNumber() {
		return predicate.Value{}
	}
	if a.Kind != predicate.Int || b.Kind != predicate.Int {
		return floatArithmetic(op, a.AsFloat(), b.AsFloat())
	}
	m, n := a.Num, b.Num
	switch op {
	case '+':
		if s := m + n; (s > m) == (n > 0) {
			return predicate.IntValue(s)
		}
	case '-':
		if s := m - n; (s < m) == (n > 0) {
			return predicate.IntValue(s)
		}
	case '*':
		if m == 0 || n == 0 {
			return predicate.IntValue(0)
		}
		p := m * n
		if p/n == m && (m != -1 || n != math.MinInt64) && (n != -1 || m != math.MinInt64) {
			return predicate.IntValue(p)
		}
	case '/':
		if n != 0 && (m != math.MinInt64 || n != -1) {
			return predicate.IntValue(m / n)
		}
	case '%':
		if n != 0 {
			return predicate.IntValue(m % n)
		}
	}
	return predicate.Value{}
}

func floatArithmetic(op byte, m, n float64) predicate.Value {
	switch op {
	case '+':
		return predicate.FloatValue(m + n)
	case '-':
		return predicate.FloatValue(m - n)
	case '*':
		return predicate.FloatValue(m * n)
	}
	if n == 0 {
		return predicate.Value{}
	}
	if op == '%' {
		return predicate.FloatValue(math.Mod(m, n))
	}
	return predicate.FloatValue(m / n)
}

// callExpr is a call of a function.
type callExpr struct {
	fn   *function
	fold bool
	args []predicate.Expression
	in   predicate.Test // of cidrMatch: the blocks of addresses
}

func (x *callExpr) Eval(f *predicate.Frame) predicate.Value {
	base := len(f.Args)
	for _, a := range x.args {
		v := a.Eval(f)
		f.Args = append(f.Args, v)
	}
	v := predicate.Value{Kind: predicate.Pending}
	if !anyPending(f.Args[base:]) {
		v = x.fn.call(f, x, f.Args[base:])
	}
	f.Args = f.Args[:base]
	return v
}

func anyPending(vs []predicate.Value) bool {
	for i := range vs {
		if vs[i].Kind == predicate.Pending {
			return true
		}
	}
	return false
}
