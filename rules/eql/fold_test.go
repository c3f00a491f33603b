package eql

import (
	"testing"

	"hunt/rules/predicate"
)

// TestFoldingOneLeafDoesNotSpoilTheValuesOfTheNext: evalProgram compares a plan that knows every value, one that
// knows some and one that knows none.
func TestFoldingOneLeafDoesNotSpoilTheValuesOfTheNext(t *testing.T) {
	for _, cond := range []string{
		`b == false or s : ("a*", "b")`, `not b != false or s : ("a*", "")`, `s : ("a*", "b") or b == false`,
		`n == 4 or s : ("x", "a*") or b == false`, `s like~ ("q*", "a") and not s : "z*" and b == true`,
	} {
		t.Run(cond, func(t *testing.T) {
			s := propertySchema()
			p, err := CompileCondition(cond, s, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := evalProgram(t, s, p, s.event(t, "b=true s=A n=5")); got != predicate.True {
				t.Errorf("%v, want true", got)
			}
		})
	}
}
