package eql

// expression computes one value. A missing operand gives Null (null in, null out),
// unless the operation says otherwise; Pending gives Pending.
type expression interface {
	eval(f *frame) Value
}

// frame is the state of the evaluation of one leaf.
type frame struct {
	scratch
	current []Value // one value for each slot of the leaf
	index   []int   // which of the slot's values
	one     cell    // a computed value under test
	cut     bool    // maxCombinations bit, since the caller cleared it
}

// value is the present value of one of the leaf's slots.
func (f *frame) value(slot int) Value { return f.current[slot] }

// holds applies a test to a computed value.
func (f *frame) holds(t test, v Value) bool {
	f.one = cell{Value: v}
	return t.holds(&f.one, &f.scratch)
}
