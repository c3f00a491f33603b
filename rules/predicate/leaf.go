package predicate

import "fmt"

// ThisEvent is the stage of a slot that belongs to the event under evaluation.
const ThisEvent = -1

// Slot is a field of the event under evaluation, or of the event that an earlier stage of the sequence matched.
type Slot struct {
	Stage int // ThisEvent, or the index of an earlier stage
	Field FieldID
}

// Field returns the slot of a field of the event under evaluation.
func Field(f FieldID) Slot { return Slot{Stage: ThisEvent, Field: f} }

// Key identifies the slot in the keys of leaves.
func (s Slot) Key() string { return fmt.Sprintf("%d.%d", s.Stage, s.Field) }

// leaf is one comparison. Immutable.
type leaf struct {
	key   string // equal leaves have equal keys, over all programs of a schema
	slots []Slot
	cost  int  // relative time of one evaluation
	test  Test // of a leaf over one slot: true if any value satisfies it
	// exists says that the leaf asks whether its slot has a value.
	exists bool
	// computed is for a leaf over any number of slots, which is true if computed is true for any combination of
	// their values.
	computed Expression
	negated  bool // computed is `==` of a `!=`: see evalComputed
}

// eval evaluates the leaf over the values of its slots.
func (l *leaf) eval(values [][]cell, f *Frame) Truth {
	if l.computed != nil {
		return l.evalComputed(values, f)
	}
	cells, pending := values[0], false
	for i := range cells {
		switch {
		case cells[i].Kind == Pending:
			pending = true
		case cells[i].Kind == Null:
		case l.exists || l.test.holds(&cells[i], &f.Scratch):
			return True
		}
	}
	if pending {
		return Maybe
	}
	return False
}

// maxCombinations bounds the combinations of values that a comparison of several many-valued fields tries; the
// result of the rest is unknown (BoundCombinations).
const maxCombinations = 1 << 16

// evalComputed evaluates an expression for each combination of the values of its slots. It is true if any
// combination makes it true. A negated leaf is the `!=` of two values: false if any combination is equal,
// otherwise true if any has two values to compare, because a comparison with a missing value is neither. It is
// Maybe if too many combinations are left.
func (l *leaf) evalComputed(values [][]cell, f *Frame) Truth {
	n := len(l.slots)
	f.current = resize(f.current, n)
	f.index = resize(f.index, n)
	for i := range n {
		f.index[i] = 0
		for j := range values[i] {
			if values[i][j].Kind == Pending {
				return Maybe
			}
		}
	}
	compared := false
	for range maxCombinations {
		for i := range n {
			f.current[i] = Value{}
			if len(values[i]) > 0 {
				f.current[i] = values[i][f.index[i]].Value
			}
		}
		switch v := l.computed.Eval(f); {
		case v.IsTrue():
			return truth(!l.negated)
		case v.Kind == Pending:
			return Maybe
		case v.Kind != Null:
			compared = true
		}
		i := 0
		for ; i < n; i++ {
			if f.index[i]++; f.index[i] < len(values[i]) {
				break
			}
			f.index[i] = 0
		}
		if i == n {
			return truth(l.negated && compared)
		}
	}
	f.cut = true
	return Maybe
}

func resize[T any](s []T, n int) []T {
	for len(s) < n {
		var zero T
		s = append(s, zero)
	}
	return s
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}
