package predicate

// Expression computes one value. A missing operand gives Null, unless the operation says
// otherwise; a Pending one gives Pending.
type Expression interface {
	Eval(f *Frame) Value
}

// Frame is the state of the evaluation of one leaf.
type Frame struct {
	Scratch
	current []Value // one value for each slot of the leaf
	index   []int   // which of the slot's values
	one     cell    // a computed value under test
	cut     bool    // maxCombinations applied since the caller cleared it
}

// Value is the present value of one of the leaf's slots.
func (f *Frame) Value(slot int) Value { return f.current[slot] }

// Holds applies a test to a computed value.
func (f *Frame) Holds(t Test, v Value) bool {
	f.one = cell{Value: v}
	return t.holds(&f.one, &f.Scratch)
}
