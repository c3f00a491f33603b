package sequence_test

import (
	"fmt"
	"slices"
	"time"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// logon is an event with an outcome (field 0) and a user (field 1).
type logon struct{ outcome, user string }

func (l logon) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	return append(dst, predicate.StringValue([]string{l.outcome, l.user}[f]))
}

// A failed logon, and within a minute a successful one of the same user.
func ExampleProgram_Run() {
	term := func(outcome string) sequence.Term {
		return sequence.Term{
			Condition: predicate.Leaf(predicate.Field(0), predicate.In(false, []string{outcome})),
			Keys:      []sequence.Key{{Field: 1, Known: true}},
		}
	}
	program := sequence.NewProgram(sequence.Definition{
		Form: sequence.Sequence, MaxSpan: int64(time.Minute), Terms: []sequence.Term{term("failure"), term("success")},
	})
	events := []sequence.Item{
		{Event: logon{"failure", "anna"}, Time: 0},
		{Event: logon{"success", "bob"}, Time: 1e9},
		{Event: logon{"success", "anna"}, Time: 2e9},
	}
	for m := range program.Run(slices.Values(events)) {
		fmt.Println(m.Keys[0].Text(), m.Events[0].Event, m.Events[1].Event)
	}
	// Output:
	// anna {failure anna} {success anna}
}
