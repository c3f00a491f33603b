package sequence

import (
	"fmt"
	"testing"

	"hunt/rules/predicate"
)

// keyed is an event whose every field has its text as value.
type keyed string

func (e keyed) Values(_ predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, predicate.StringValue(string(e)))
}

func TestStateStaysSmallWhenKeysNeverRepeat(t *testing.T) {
	term := func(missing bool) Term {
		return Term{Stage: Stage{Missing: missing}, Condition: predicate.Always, Keys: []Key{{Field: 1, Known: true}}}
	}
	m := NewProgram(Definition{Form: Sequence, MaxSpan: 10e9, Terms: []Term{term(true), term(false), term(false)}}).
		NewMatcher()
	for i := range 100_000 {
		m.Push(Item{Event: keyed(fmt.Sprint(i)), Time: int64(i) * 1e9, Stages: []int{i % 2}}, func(Match) {})
	}
	if len(m.keys) > 3*minSweep {
		t.Errorf("%d keys are held after maxspan has passed", len(m.keys))
	}
}
