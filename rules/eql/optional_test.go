package eql

import (
	"testing"

	"hunt/rules/predicate"
)

// TestOptionalFieldsThatDoNotExistAreNull asks for fields that the schema does not have, in every place where a field
// can stand: a comparison with null is null, so a leaf of it is false; `== null` is true; what stands above a leaf
// has two values.
func TestOptionalFieldsThatDoNotExistAreNull(t *testing.T) {
	t.Parallel()
	s := conditionSchema()
	for cond, want := range map[string]bool{
		`?x == "a"`: false, `?x != "a"`: false, `not ?x == "a"`: true, `not ?x != "a"`: true, `"a" != ?x`: false,
		`?x == null`: true, `?x != null`: false, `null == ?x`: true, `not ?x == null`: false,
		`?x == ?y`: false, `?x != ?y`: false, `?x < ?y`: false, `not ?x == ?y`: true, `?x == process.name`: false,
		`process.name != ?x`: false,
		`?x : "a"`:           false, `not ?x : "a"`: true, `?x like "a*"`: false, `not ?x like~ "a*"`: true,
		`?x regex "a.*"`: false, `not ?x regex~ ".*"`: true,
		`?x in ("a", "b")`: false, `?x not in ("a", "b")`: true, `?x in~ ("a")`: false,
		`process.name in (?x, "cmd.exe")`: true, `process.name in (?x)`: false,
		`?x`: false, `not ?x`: true, `?x == true`: false, `?x == false`: false, `?x > 1`: false, `?x + 1 == 2`: false,
		`not ?x + 1 == 2`: true,
		`length(?x) > 0`:  false, `length(?x) == null`: true, `length(?x) != null`: false, `startsWith(?x, "a")`: false,
		`not startsWith~(?x, "a")`:     true,
		`startsWith(process.name, ?x)`: false, `endsWith(?x, "a") == false`: true, `concat(?x, "a") == "a"`: false,
		`concat(?x, "a") != "b"`:      false,
		`cidrMatch(?x, "10.0.0.0/8")`: false, `not cidrMatch(?x, "10.0.0.0/8")`: true, `string(?x) == "null"`: false,
		`substring(?x, 0, 1) : "a"`: false,
		`number(?x) == 1`:           false, `stringContains(?x, "a")`: false, `between(?x, "a", "b") != ""`: false,
		`?x == null and process.name == "cmd.exe"`: true,
	} {
		if got := evalCondition(t, s, cond, "process.name=cmd.exe process.pid=4") == predicate.True; got != want {
			t.Errorf("%s is %v, want %v", cond, got, want)
		}
	}
}
