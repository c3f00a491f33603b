package eql

import "math"

type constExpr struct{ v Value }

func (x constExpr) eval(*frame) Value { return x.v }

// slotExpr is the present value of one of the leaf's slots.
type slotExpr int

func (x slotExpr) eval(f *frame) Value { return f.value(int(x)) }

// compareExpr compares two values.
type compareExpr struct {
	op   compareOp
	fold bool // equality regardless of case
	x, y expression
}

func (x *compareExpr) eval(f *frame) Value {
	return compareComputed(x.op, x.fold, x.x.eval(f), x.y.eval(f))
}

func compareComputed(op compareOp, fold bool, a, b Value) Value {
	if v, ok := missing(a, b); ok {
		return v
	}
	if fold && a.Kind == String && b.Kind == String {
		return BoolValue(equalFold(a.Str, b.Str) == (op == opEq))
	}
	c, ordered := compareValues(a, b)
	switch {
	case ordered:
		return BoolValue(op.holds(c))
	case op == opEq:
		return BoolValue(false)
	case op == opNe:
		return BoolValue(true)
	}
	return Value{}
}

// missing returns Pending or Null if one of the values is that.
func missing(vs ...Value) (Value, bool) {
	null := false
	for _, v := range vs {
		switch v.Kind {
		case Pending:
			return v, true
		case Null:
			null = true
		}
	}
	return Value{}, null
}

// nullExpr is `x == null`, or `x != null`.
type nullExpr struct {
	x   expression
	not bool
}

func (x *nullExpr) eval(f *frame) Value {
	v := x.x.eval(f)
	if v.Kind == Pending {
		return v
	}
	return BoolValue((v.Kind == Null) != x.not)
}

// logicalExpr is and, or inside a computed value: three-valued, with Null for unknown.
type logicalExpr struct {
	or bool
	xs []expression
}

func (x *logicalExpr) eval(f *frame) Value {
	result := BoolValue(!x.or)
	for _, k := range x.xs {
		v := k.eval(f)
		if v.Kind == Bool && v.isTrue() == x.or {
			return BoolValue(x.or)
		}
		if v.Kind != Bool && result.Kind != Pending {
			result = Value{}
			if v.Kind == Pending {
				result = v
			}
		}
	}
	return result
}

type notExpr struct{ x expression }

func (x *notExpr) eval(f *frame) Value {
	v := x.x.eval(f)
	if v.Kind == Bool {
		return BoolValue(!v.isTrue())
	}
	return v
}

// inExpr is `x in (…)`.
type inExpr struct {
	fold bool
	x    expression
	list []expression
}

func (x *inExpr) eval(f *frame) Value {
	v := x.x.eval(f)
	if _, ok := missing(v); ok {
		return v
	}
	pending := false
	for _, k := range x.list {
		r := compareComputed(opEq, x.fold, v, k.eval(f))
		if r.isTrue() {
			return r
		}
		pending = pending || r.Kind == Pending
	}
	if pending {
		return Value{Kind: Pending}
	}
	return BoolValue(false)
}

// testExpr applies a test to a value: patterns, regular expressions, address blocks.
type testExpr struct {
	x expression
	t test
}

func (x *testExpr) eval(f *frame) Value {
	v := x.x.eval(f)
	if _, ok := missing(v); ok {
		return v
	}
	return BoolValue(f.holds(x.t, v))
}

// arithmeticExpr is + - * / %.
type arithmeticExpr struct {
	op   byte
	x, y expression
}

func (x *arithmeticExpr) eval(f *frame) Value { return arithmetic(x.op, x.x.eval(f), x.y.eval(f)) }

// arithmetic computes a op b. Two integers give an integer: division truncates
// toward zero and % keeps the sign of the dividend. Division by zero, an overflow and an operand that is
// no number give Null.
func arithmetic(op byte, a, b Value) Value {
	if v, ok := missing(a, b); ok {
		return v
	}
	if !a.isNumber() || !b.isNumber() {
		return Value{}
	}
	if a.Kind != Int || b.Kind != Int {
		return floatArithmetic(op, a.asFloat(), b.asFloat())
	}
	m, n := a.Num, b.Num
	switch op {
	case '+':
		if s := m + n; (s > m) == (n > 0) {
			return IntValue(s)
		}
	case '-':
		if s := m - n; (s < m) == (n > 0) {
			return IntValue(s)
		}
	case '*':
		if m == 0 || n == 0 {
			return IntValue(0)
		}
		p := m * n
		if p/n == m && (m != -1 || n != math.MinInt64) && (n != -1 || m != math.MinInt64) {
			return IntValue(p)
		}
	case '/':
		if n != 0 && (m != math.MinInt64 || n != -1) {
			return IntValue(m / n)
		}
	case '%':
		if n != 0 {
			return IntValue(m % n)
		}
	}
	return Value{}
}

func floatArithmetic(op byte, m, n float64) Value {
	switch op {
	case '+':
		return FloatValue(m + n)
	case '-':
		return FloatValue(m - n)
	case '*':
		return FloatValue(m * n)
	}
	if n == 0 {
		return Value{}
	}
	if op == '%' {
		return FloatValue(math.Mod(m, n))
	}
	return FloatValue(m / n)
}

// callExpr is a call of a function.
type callExpr struct {
	fn   *function
	fold bool
	args []expression
	in   test // of cidrMatch: the blocks of addresses
}

func (x *callExpr) eval(f *frame) Value {
	base := len(f.stack)
	for _, a := range x.args {
		v := a.eval(f)
		f.stack = append(f.stack, v)
	}
	v := Value{Kind: Pending}
	if !anyPending(f.stack[base:]) {
		v = x.fn.call(f, x, f.stack[base:])
	}
	f.stack = f.stack[:base]
	return v
}

func anyPending(vs []Value) bool {
	for i := range vs {
		if vs[i].Kind == Pending {
			return true
		}
	}
	return false
}
