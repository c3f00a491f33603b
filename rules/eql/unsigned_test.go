package eql

import (
	"testing"

	"hunt/rules/predicate"
)

// TestWholeNumbersBeyond63BitsStayExact compares, joins and prints numbers that a double cannot tell apart.
func TestWholeNumbersBeyond63BitsStayExact(t *testing.T) {
	t.Parallel()
	const a, b = uint64(18446744073709551615), uint64(18446744073709551614)
	x, y := predicate.UnsignedValue(a), predicate.UnsignedValue(b)
	if x.Text() != "18446744073709551615" || y.Text() != "18446744073709551614" {
		t.Errorf("they print as %s and %s", x.Text(), y.Text())
	}
	if predicate.CompareNumbers(y, x) != -1 || predicate.CompareNumbers(predicate.IntValue(1<<63-1), y) != -1 ||
		predicate.CompareNumbers(x, predicate.IntValue(-1)) != 1 || predicate.CompareNumbers(x, x) != 0 {
		t.Error("they are not in order")
	}
	s := newSchema("n:long", "m:long", "s")
	for cond, want := range map[string]bool{
		"n == 18446744073709551615": true, "n == 18446744073709551614": false, "n != 18446744073709551614": true,
		"n > 18446744073709551614": true,
		"n == m":                   false, "n > m": true, "m < n": true, `string(n) == "18446744073709551615"`: true,
		"n > 9223372036854775807": true, `n == "18446744073709551615"`: true,
	} {
		p, err := CompileCondition(cond, s, Options{})
		if err != nil {
			t.Fatalf("%s: %v", cond, err)
		}
		ev := &mapEvent{schema: s, values: map[string][]predicate.Value{"n": {x}, "m": {y}}}
		if got := evalProgram(t, s, p, ev) == predicate.True; got != want {
			t.Errorf("%s is %v, want %v", cond, got, want)
		}
		if again, err := CompileCondition(cond, s, Options{}); err != nil || again.String() != p.String() {
			t.Errorf("%s prints as %s", cond, p)
		}
	}
}
