package predicate

import (
	"fmt"
	"testing"
)

func TestAnEvaluatorForgetsAHugeEvent(t *testing.T) {
	set := NewSet([]Program{{{Condition: Leaf(Field(1), Matches(true, Wildcard("X*", true)))}}})
	plan := set.Narrow(func(FieldID) ([]Value, bool) { return nil, false })
	v := set.NewEvaluator()
	v.Eval(plan, &numbered{maxKeptCells * 4}, nil)
	v.Eval(plan, &numbered{1}, nil)
	if c := cap(v.slots[0].cells); c > maxKeptCells {
		t.Errorf("room for %d values is kept after an event with many", c)
	}
}

// TestAConditionOfManyPartsIsLookedUp: whether a part is there already is asked for each part, so it must not cost a
// walk over all of them.
func TestAConditionOfManyPartsIsLookedUp(t *testing.T) {
	var d distinct
	for i := range int32(20_000) {
		d.add(i % 10_000)
	}
	if len(d.ids) != 10_000 || len(d.seen) != len(d.ids) {
		t.Fatalf("%d parts, %d of them can be looked up, want 10,000", len(d.ids), len(d.seen))
	}
	for i, id := range d.ids {
		if id != int32(i) {
			t.Fatalf("part %d is %d", i, id)
		}
	}
}

// numbered is an event whose every field has n values.
type numbered struct{ n int }

func (e *numbered) Values(f FieldID, dst []Value) []Value {
	for i := range e.n {
		dst = append(dst, StringValue(fmt.Sprint(f, "-", i)))
	}
	return dst
}
