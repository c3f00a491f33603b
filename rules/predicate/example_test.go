package predicate_test

import (
	"fmt"

	"hunt/rules/predicate"
)

// process is an event of two fields.
type process struct{ image, line string }

const (
	fieldImage predicate.FieldID = iota
	fieldLine
)

func (p process) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if f == fieldImage {
		return append(dst, predicate.StringValue(p.image))
	}
	return append(dst, predicate.StringValue(p.line))
}

func Example() {
	// A program of one stage: PowerShell whose command line holds an encoded command.
	encoded := predicate.Program{{Condition: predicate.And(
		predicate.Leaf(predicate.Field(fieldImage),
			predicate.Matches(true, predicate.Wildcard(`*\powershell.exe`, true))),
		predicate.Leaf(predicate.Field(fieldLine), predicate.Matches(true, predicate.Wildcard(`* -enc*`, true))),
	)}}
	set := predicate.NewSet([]predicate.Program{encoded})

	// Nothing is known of these events before they are seen.
	plan := set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })

	evaluator := set.NewEvaluator()
	for _, p := range []process{
		{`C:\Windows\System32\WindowsPowerShell\v1.0\PowerShell.exe`, `powershell -Enc SQBFAFgA`},
		{`C:\Windows\System32\cmd.exe`, `cmd /c echo -enc`},
	} {
		fmt.Println(evaluator.Eval(plan, p, nil))
	}
	// Output:
	// [{0 0 true false}]
	// []
}
