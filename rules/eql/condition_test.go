package eql

import (
	"errors"
	"strings"
	"testing"

	"hunt/rules/predicate"
)

func conditionSchema() *testSchema {
	return newSchema("event.category", "event.type", "process.name", "process.args", "process.pid:long",
		"process.exit:long",
		"process.path", "user.name", "load:float", "signed:boolean", "@timestamp:date", "source.ip:ip", "free:unknown",
		"file.path", "code")
}

// evalCondition evaluates a condition in every way the engine has and fails if they disagree.
func evalCondition(t *testing.T, s *testSchema, cond, event string) predicate.Truth {
	t.Helper()
	p, err := CompileCondition(cond, s, Options{})
	if err != nil {
		t.Fatalf("%s: %v", cond, err)
	}
	return evalProgram(t, s, p, s.event(t, event))
}

// stageCondition is all that the first stage asks of an event.
func stageCondition(p *Query) *predicate.Condition {
	st := p.Conditions()[0]
	if st.Source == nil {
		return st.Condition
	}
	return predicate.And(st.Source, st.Condition)
}

func evalProgram(t testing.TB, s *testSchema, p *Query, ev *mapEvent) predicate.Truth {
	t.Helper()
	set := predicate.NewSet([]predicate.Program{p.Conditions()})
	truthOf := func(known func(predicate.FieldID) ([]predicate.Value, bool)) predicate.Truth {
		hits := set.NewEvaluator().Eval(set.Narrow(known), ev, nil)
		if len(hits) == 0 {
			return predicate.False
		}
		return hits[0].Truth
	}
	open := truthOf(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
	closed := truthOf(func(f predicate.FieldID) ([]predicate.Value, bool) { return ev.Values(f, nil), true })
	half := truthOf(func(f predicate.FieldID) ([]predicate.Value, bool) { return ev.Values(f, nil), f%2 == 0 })
	var d predicate.Direct
	simple := d.Eval(stageCondition(p), func(sl predicate.Slot, dst []predicate.Value) []predicate.Value {
		return ev.Values(sl.Field, dst)
	})
	if open != closed || open != half || open != simple {
		t.Fatalf("%s\non %v: open %v, closed %v, half closed %v, simple %v", p, ev, open, closed, half, simple)
	}
	return open
}

func TestConditions(t *testing.T) {
	const T, F, M = predicate.True, predicate.False, predicate.Maybe
	for _, tc := range []struct {
		cond, event string
		want        predicate.Truth
	}{
		// Strings.
		{`process.name == "cmd.exe"`, "process.name=cmd.exe", T},
		{`process.name == "CMD.exe"`, "process.name=cmd.exe", F},
		{`process.name : "CMD.exe"`, "process.name=cmd.exe", T},
		{`process.name : "CMD.*"`, "process.name=cmd.exe", T},
		{`process.name == "cmd.*"`, "process.name=cmd.exe", F},
		{`process.name in ("a", "cmd.*")`, "process.name=cmd.exe", F},
		{`process.name in~ ("a", "CMD.EXE")`, "process.name=cmd.exe", T},
		{`process.name in ("a", "CMD.EXE")`, "process.name=cmd.exe", F},
		{`process.name not in ("a", "CMD.EXE")`, "process.name=cmd.exe", T},
		{`process.name not in~ ("a", "CMD.EXE")`, "process.name=cmd.exe", F},
		{`process.name like "cmd.*"`, "process.name=cmd.exe", T},
		{`process.name like "CMD.*"`, "process.name=cmd.exe", F},
		{`process.name like~ ("x", "CMD.*")`, "process.name=cmd.exe", T},
		{`process.name : "?md.exe"`, "process.name=cmd.exe", T},
		{`process.name : "?cmd.exe"`, "process.name=cmd.exe", F},
		{`process.name : "cmd"`, "process.name=cmd.exe", F},
		{`process.name : "*md*.*xe"`, "process.name=cmd.exe", T},
		{`process.name : "c*cmd.exe"`, "process.name=cmd.exe", F},
		{`process.path : "C:\\*\\x?.exe"`, `process.path=c:\a\xy.exe`, T},
		{`process.path : """C:\*\x?.exe"""`, `process.path=c:\a\xy.exe`, T},
		{`process.name : "K"`, "process.name=\u212a", T},
		{`process.name : "straße"`, "process.name=STRASSE", F},
		{`process.name : "ÉCOLE*"`, "process.name=école.exe", T},
		{`process.name : "é?ole"`, "process.name=ÉÇOLE", T},
		{`process.name like "??"`, "process.name=é😀", T},
		{`process.name == "K"`, "process.name=\u212a", F},
		{`process.name < "d"`, "process.name=cmd.exe", T},
		{`process.name < "CMD"`, "process.name=cmd.exe", F},
		{`process.name >= "cmd.exe"`, "process.name=cmd.exe", T},
		{`"cmd.exe" == process.name`, "process.name=cmd.exe", T},
		{`"d" > process.name`, "process.name=cmd.exe", T},
		// Regular expressions.
		{`process.name regex "c.*"`, "process.name=cmd.exe", T},
		{`process.name regex "c"`, "process.name=cmd.exe", F},
		{`process.name regex "C.*"`, "process.name=cmd.exe", F},
		{`process.name regex~ ("x", "C.*")`, "process.name=cmd.exe", T},
		// Numbers, booleans, dates, addresses.
		{`process.pid == 5`, "process.pid=5", T},
		{`process.pid : 5`, "process.pid=5", T},
		{`process.pid == 5.0`, "process.pid=5", T},
		{`process.pid == "5"`, "process.pid=5", T},
		{`process.pid in (4, 5)`, "process.pid=5", T},
		{`process.pid > 4 and process.pid < 6`, "process.pid=5", T},
		{`process.pid > 4.5`, "process.pid=5", T},
		{`process.pid == -5`, "process.pid=-5", T},
		{`process.name == 5`, "process.name=5", T},
		{`process.name : (4, 5)`, "process.name=5", T},
		{`process.name in (4, 5)`, "process.name=5", T},
		{`code > 5`, "code=41", F},
		{`signed`, "signed=true", T},
		{`signed`, "signed=false", F},
		{`signed`, "", F},
		{`not signed`, "", T},
		{`signed == false`, "signed=false", T},
		{`signed != true`, "", T},
		{`signed : true`, "signed=true", T},
		{`@timestamp == "2024-05-01"`, "@timestamp=2024-05-01T12:00:00Z", T},
		{`@timestamp <= "2024-05-01"`, "@timestamp=2024-05-01T12:00:00Z", T},
		{`@timestamp < "2024-05-01"`, "@timestamp=2024-05-01T12:00:00Z", F},
		{`@timestamp > "2024-05-01"`, "@timestamp=2024-05-01T12:00:00Z", F},
		{`@timestamp >= "2024-05-01T13:00:00+01:00"`, "@timestamp=2024-05-01T12:00:00Z", T},
		{`@timestamp >= 1714564800000`, "@timestamp=2024-05-01T12:00:00Z", T},
		{`@timestamp > 1714564800000`, "@timestamp=2024-05-01T12:00:00Z", F},
		{`@timestamp == "1714564800000"`, "@timestamp=2024-05-01T12:00:00Z", T},
		{`source.ip == "10.0.0.1"`, "source.ip=10.0.0.1", T},
		{`source.ip == "::ffff:10.0.0.1"`, "source.ip=10.0.0.1", T},
		{`source.ip == "10.0.0.0/8"`, "source.ip=10.0.0.1", T},
		{`source.ip : "fe80::1"`, "source.ip=fe80:0::1", T},
		{`source.ip in ("1.2.3.4", "10.0.0.1")`, "source.ip=10.0.0.1", T},
		{`cidrMatch(source.ip, "192.168.0.0/16", "10.9.9.9/8")`, "source.ip=10.0.0.1", T},
		{`cidrmatch(source.ip, "fe80::/10")`, "source.ip=fe80::7", T},
		{`cidrMatch(source.ip, "10.0.0.0/8")`, "", F},
		{`not cidrMatch(source.ip, "10.0.0.0/8")`, "", T},
		{`cidrMatch(process.name, "10.0.0.0/8")`, "process.name=10.1.1.1", T},
		{`cidrMatch(process.name, null)`, "process.name=10.1.1.1", F},
		{`free == 5`, "free=5", T},
		{`free : "A*"`, "free=ab", T},
		{`free == process.pid`, "free=5 process.pid=5", T},
		{`free in (1, "x")`, "free=x", T},
		{`free`, "free=x", F},
		// Null.
		{`process.name == "a"`, "", F},
		{`not (process.name == "a")`, "", T},
		{`not process.name : "a"`, "", T},
		{`process.name != "a"`, "", T},
		{`process.pid != 5`, "", T},
		{`process.pid > 5 or process.pid <= 5`, "", F},
		{`process.name == null`, "", T},
		{`process.name != null`, "", F},
		{`null == process.name`, "process.name=x", F},
		{`process.args == null`, "process.args=[]", T},
		{`process.args == null`, "process.args=[null]", T},
		{`process.args != null`, "process.args=[null|a]", T},
		{`process.pid < null`, "process.pid=5", F},
		{`?nope == null`, "", T},
		{`?nope != null`, "", F},
		{`?nope != "a"`, "", F},
		{`?nope : "a"`, "", F},
		{`not ?nope : "a"`, "", T},
		{`?nope not in ("a")`, "", T},
		{`nope != "a"`, "", F},
		{`?nope`, "", F},
		{`length(process.name) != 3`, "", F},
		{`not length(process.name) == 3`, "", T},
		{`length(process.name) == null`, "", T},
		{`length(process.name) != null`, "process.name=a", T},
		// Many values.
		{`process.args : "-enc"`, "process.args=[ps|-ENC]", T},
		{`process.args : "-enc" and process.args : "ps"`, "process.args=[ps|-ENC]", T},
		{`process.args != "ps"`, "process.args=[ps|-ENC]", F},
		{`not process.args : "x"`, "process.args=[ps|-ENC]", T},
		{`process.args : ("x*", "-e*")`, "process.args=[ps|-ENC]", T},
		{`length(process.args) == 4`, "process.args=[ps|-ENC]", T},
		{`length(process.args) != 4`, "process.args=[ps|-ENC]", F},
		{`length(process.args) != 5`, "process.args=[ps|-ENC]", T},
		{`process.args == process.name`, "process.args=[ps|-ENC] process.name=ps", T},
		{`process.args != process.name`, "process.args=[ps|-ENC] process.name=ps", F},
		// Fields against fields, arithmetic.
		{`process.pid == process.exit`, "process.pid=5 process.exit=5", T},
		{`process.pid != process.exit`, "process.pid=5", T},
		{`process.pid > process.exit`, "process.pid=5", F},
		{`process.pid < process.exit`, "process.pid=5 process.exit=7", T},
		{`process.name == process.pid`, "process.name=5 process.pid=5", T},
		{`process.name in (user.name, "x")`, "process.name=a user.name=a", T},
		{`process.pid + 1 == 6`, "process.pid=5", T},
		{`process.pid / 2 == 2`, "process.pid=5", T},
		{`process.pid / 2 == -2`, "process.pid=-5", T},
		{`process.pid % 3 == -2`, "process.pid=-5", T},
		{`process.pid / 2.0 == 2.5`, "process.pid=5", T},
		{`process.pid / 0 == null`, "process.pid=5", T},
		{`process.pid % 0 == null`, "process.pid=5", T},
		{`-process.pid == -5`, "process.pid=5", T},
		{`2 + 3 * 2 == 8`, "", T},
		{`(2 + 3) * 2 == 10`, "", T},
		{`7 - 2 - 1 == 4`, "", T},
		{`true`, "", T},
		{`false or not false and true`, "", T},
		{`null`, "", F},
		// Pending.
		{`process.name == "a"`, "process.name=pending", M},
		{`process.name == "a"`, "process.name=[pending|a]", T},
		{`not process.name : "a*"`, "process.name=pending", M},
		{`process.name == null`, "process.name=pending", M},
		{`process.name == "a" and process.pid == 1`, "process.name=pending process.pid=2", F},
		{`process.name == "a" or process.pid == 2`, "process.name=pending process.pid=2", T},
		{`process.name == "a" and process.pid == 2`, "process.name=pending process.pid=2", M},
		{`length(process.name) > 3`, "process.name=pending", M},
		{`process.name in ("a", "b") and not process.pid == 1`, "process.name=pending", M},
	} {
		if got := evalCondition(t, conditionSchema(), tc.cond, tc.event); got != tc.want {
			t.Errorf("%s on {%s}: %v, want %v", tc.cond, tc.event, got, tc.want)
		}
	}
}

func TestFunctions(t *testing.T) {
	for _, tc := range []struct{ expr, want string }{
		{`add(2, 3)`, "5"}, {`add(2, 0.5)`, "2.5"}, {`subtract(2, 3)`, "-1"}, {`multiply(-2, 3)`, "-6"},
		{`divide(7, 2)`, "3"}, {`divide(-7, 2)`, "-3"}, {`divide(7, 2.0)`, "3.5"}, {`divide(1, 0)`, "null"},
		{`modulo(-7, 3)`, "-1"}, {`modulo(7, 0)`, "null"}, {`add(null, 1)`, "null"},
		{`multiply(9223372036854775807, 2)`, "null"}, {`add(9223372036854775807, 1)`, "null"},
		{`subtract(-9223372036854775807, 2)`, "null"}, {`add(9223372036854775806, 1)`, "9223372036854775807"},
		{`divide(subtract(-9223372036854775807, 1), -1)`, "null"},
		{`modulo(subtract(-9223372036854775807, 1), -1)`, "0"},
		{`between("welcome to event query language", "w", "t")`, "elcome "},
		{`between("welcome to event query language", "w", "t", true)`, "elcome to even"},
		{`between("welcome", "W", "o")`, ""}, {`between~("welcome", "W", "O")`, "elc"},
		{`between("welcome", "x", "o")`, ""}, {`between("welcome", "w", "x")`, ""}, {`between(null, "a", "b")`, "null"},
		{`between("aba", "a", "a")`, "b"}, {`between("oo", "o", "o", true)`, ""}, {`between("ba", "a", "b", true)`, ""},
		{`between("x--y--z", "x", "--", true)`, "--y"}, {`between("aXXXb", "a", "XX", true)`, "X"},
		{`between~("aXxXb", "A", "xx", true)`, "X"},
		{`concat("a", 1, true, 2.5, -3)`, "a1true2.5-3"}, {`concat("a", null)`, "null"}, {`concat("a")`, "a"},
		{`endsWith("explorer.exe", ".exe")`, "true"}, {`endsWith("explorer.exe", ".EXE")`, "false"},
		{`endsWith~("explorer.exe", ".EXE")`, "true"},
		{`startswith("explorer.exe", "explorer")`, "true"}, {`startsWith~("explorer.exe", "EXPL")`, "true"},
		{`startsWith(null, "a")`, "null"}, {`startsWith("a", "")`, "true"},
		{`indexOf("url.domain", ".")`, "3"}, {`indexOf("a.b.c", ".", 2)`, "3"}, {`indexOf("abc", "x")`, "null"},
		{`indexOf("abc", "a", -5)`, "0"},
		{`indexOf("abc", "C")`, "null"}, {`indexOf~("abc", "C")`, "2"}, {`indexOf("abc", "c", 9)`, "null"},
		{`indexOf("é😀x", "x")`, "3"}, {`indexOf("abc", "")`, "0"},
		{`length("abc")`, "3"}, {`length("")`, "0"}, {`length(null)`, "null"}, {`length("é😀")`, "3"},
		{`number("0x1f")`, "31"}, {`number("1337")`, "1337"}, {`number("4.5")`, "4.5"}, {`number("1f", 16)`, "31"},
		{`number("0x1f", 16)`, "31"}, {`number("101", 2)`, "5"},
		{`number("x")`, "null"}, {`number(null)`, "null"}, {`number("-32.5")`, "-32.5"}, {`number("5", null)`, "5"},
		{`number("  +1337 ")`, "1337"}, {`number("0xdeadbeef", null)`, "3735928559"},
		{`cidrMatch("10.0.0.1", "10.0.0.0/8", null)`, "null"},
		{`string(5)`, "5"}, {`string(5.0)`, "5.0"}, {`string(true)`, "true"}, {`string(null)`, "null"},
		{`string(1e10)`, "1.0E10"}, {`string(0.0001)`, "1.0E-4"},
		{`stringContains("start process", "rt pr")`, "true"}, {`stringContains("abc", "")`, "false"},
		{`stringContains("abc", "B")`, "false"}, {`stringcontains~("abc", "B")`, "true"},
		{`substring("start regsvr32.exe", 6)`, "regsvr32.exe"}, {`substring("start regsvr32.exe", 0, 5)`, "start"},
		{`substring("start regsvr32.exe", 6, 14)`, "regsvr32"},
		{`substring("start regsvr32.exe", -4)`, ".exe"}, {`substring("start regsvr32.exe", -4, -1)`, ".ex"},
		{`substring("abc", 2, 1)`, ""}, {`substring("abc", 9)`, ""}, {`substring("abc", -9, 2)`, "ab"},
		{`substring("abc", 1, null)`, "null"},
		{`cidrMatch("10.1.2.3", "10.0.0.0/8")`, "true"}, {`cidrMatch("::ffff:10.1.2.3", "10.0.0.0/8")`, "true"},
		{`cidrMatch(null, "10.0.0.0/8")`, "null"}, {`cidrMatch("fe80::1", "10.0.0.0/8", "fe80::1/64")`, "true"},
		{`ADD(1, 1)`, "2"}, {`string(1 == 1)`, "true"}, {`string("a" : ("A", "b"))`, "true"},
		{`string("a" in ("A", "b"))`, "false"}, {`string("a" like "?")`, "true"},
		{`string(null == null)`, "true"}, {`string(not true or false)`, "false"},
		{`length(concat("a", substring("bcd", 1)))`, "3"},
	} {
		s := conditionSchema()
		want := `"` + tc.want + `"`
		cond := "string(" + tc.expr + ") == " + want
		if tc.want == "null" {
			cond = tc.expr + " == null"
		}
		if evalCondition(t, s, cond, "") != predicate.True {
			t.Errorf("%s is not %s", tc.expr, tc.want)
		}
		// The same with the first string taken from a field, so that nothing is folded at compile time.
		open, rest, ok := strings.Cut(cond, `("`)
		if !ok || strings.HasPrefix(rest, `"`) {
			continue
		}
		text, rest, _ := strings.Cut(rest, `"`)
		p, err := CompileCondition(open+"(process.name"+rest, s, Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		ev := s.event(t, "process.name=x")
		ev.values["process.name"][0].Str = text
		if evalProgram(t, s, p, ev) != predicate.True {
			t.Errorf("%s with a field is not %s", p, tc.want)
		}
	}
}

func TestMistakesAreNamedWithPlaceAndHint(t *testing.T) {
	for _, tc := range []struct {
		query, want, hint string
		unsupported       bool
	}{
		{`process where process.name = "a"`, "f.eql:7:28: unexpected `=`", "use == to compare", false},
		{`process where process.name == 'a'`, "7:31: strings are written in double quotes", `write "text"`, false},
		{`process where process.name == ?"a"`, "7:31: raw strings", `"""text"""`, false},
		{`process where process.name == "a\d"`, `7:33: unknown escape sequence \d`, `write \\`, false},
		{`process where process.name : ("a", "b",)`, "a comma at the end", "remove the comma", false},
		{`process where a == 1 AND b == 2`, "found `AND`", "keywords are lower case: write `and`", false},
		{`process process.name == "a"`, "expected `where`", "put `where` between: process where process.name", false},
		{"sequence with maxspan=1m by host.id [a where true] [b where true]", "7:26: the keys come after",
			"put the keys before `with maxspan`", false},
		{"sequence by host.id with maxspan=30 [a where true] [b where true]", "no unit", "maxspan=30s", false},
		{"sequence with maxspan=1y [a where true] [b where true]", "unknown unit", "", false},
		{"sequence [a where true]", "at least two terms", "runs=2", false},
		{"sequence by a [a where true] [b where true] by c", "same number of keys", "", false},
		{"sequence [a where true] ![b where true]", "needs a maxspan", "maxspan=1m", false},
		{"sequence with maxspan=1m ![a where true] ![b where true]", "not missing", "", false},
		{"sequence [a where true] with runs=101 [b where true]", "from 1 to 100", "", false},
		{"sequence [a where true] with maxspan=1m [b where true]", "whole sequence",
			"sequence by host.id with maxspan=1m", false},
		{"sample [a where true] [b where true]", "at least one key", "", false},
		{"sample by a [a where true] [b where true] | head 3", "no pipes", "", false},
		{"join by a [a where true] [b where true]", "`join` is not supported", "sequence", true},
		{"a where true | unique x", "pipe `unique` is not supported", "head, tail", true},
		{"a where true | heda 3", "unknown pipe `heda`", "head, tail", false},
		{"a where true | head x", "whole number", "| head 10", false},
		{"process where child of [process where true]", "`child of` is not supported", "sequence", true},
		{"process where wildcard(process.name, \"a*\")", "function wildcard is not supported", ":", true},
		{"process where lengt(process.name) == 1", "unknown function lengt", "did you mean length?", false},
		{"process where length(process.name, 1) == 1", "takes one argument, not 2", "", false},
		{"process where length~(process.name) == 1", "no case-insensitive form", "length(", false},
		{"process where length(5) == 1", "length takes a string, not a number", "", false},
		{"process where process.name", "not a condition", "!= null", false},
		{"process where length(process.name)", "not a condition", "==", false},
		{"process where 1 == 1 == 1", "do not chain", "and", false},
		{"process where process.name regex \"a&b\"", "operator &", "rewrite", true},
		{"process where process.name regex \"~(a)\"", "operator ~", "rewrite", true},
		{"process where process.name regex \"<1-5>\"", "operator < >", "rewrite", true},
		{"process where process.name regex \"(a\"", ") is missing", "", false},
		{"process where process.name like 5", "takes strings", "==", false},
		{"process where process.name : process.path", "expected a constant", "==", false},
		{"process where process.name not like \"a\"", "put `not` before", "not process.name like", false},
		{"process where process.name in \"a\"", "expected `(`", "in (", false},
		{"process where (process.name == \"a\"", "7:15: a parenthesis is not closed", "close it", false},
		{"process where process.name == \"a\")", "found `)`", "one `)` too many", false},
		{"process where process.name == \"a\" || true", "unexpected `||`", "use `or`", false},
		{"process where process.name <> \"a\"", "found `>`", "use != to compare", false},
		{"process where process.name =~ \"a\"", "unexpected `=`", "use `:`", false},
		{"process where process.name contains \"a\"", "found `contains`", `write process.name : "*a*"`, false},
		{"process where process.name is null", "found `is`", "write process.name == null", false},
		{"process where process.name not : \"a\"", "put `not` before", "not process.name :", false},
		{"process where process.name == \"a\" process.pid == 1", "found `process`", "`and` or `or`", false},
		{"process where process.name == \"a\" head 5", "found `head`", "| head 10", false},
		{"process where process.pid == 0x10", "found `x10`", "number(", false},
		{"process where \"a\" in process.args", "expected `(`", "field first", false},
		{"process where process.name in (\"a\" \"b\")", "expected `,` or `)`", "commas", false},
		{"process where process.name == \"a\" and", "expected a condition", "for example", false},
		{"where process.name == \"a\"", "event category before", "any where", false},
		{"SEQUENCE by host.id [process where true]", "7:1: expected an event category", "write `sequence`", false},
		{"sequence by host.id maxspan=30s [a where true] [b where true]", "found `maxspan`", "with maxspan=30s", false},
		{"sequence with maxspan 30s [a where true] [b where true]", "expected `=`", "with maxspan=30s", false},
		{"sequence [a where true [b where true]", "expected `]`", "with `]`", false},
		{"sequence [a where true], [b where true]", "without `,`", "leave it out", false},
		{"sequence [a where true] and [b where true]", "without `and`", "leave it out", false},
		{"sequence [a where true] [b where true] by host.id", "same number", "sequence by", false},
		{"process where process.name regex \"a[\"", "] is missing", "", false},
		{"process where in == 1", "found `in`", "back-ticks", false},
		{"process where cidrMatch(source.ip, \"10.0.0.0/99\")", "not an address block", "10.0.0.0/8", false},
		{"process where cidrMatch(source.ip, process.name)", "constants", "", false},
		{"process where e1.x == 1 and process.name[0] == \"a\"", "index", "", true},
		{"sequence [a where e2.x == 1] [b where true] as e2", "not an earlier event", "", false},
		{"sequence [a where true] as e1 [b where true] as e1", "two terms", "", false},
		{"sequence with maxspan=1m [a where true] as e1 ![b where code == e1.code] [c where true]", "missing event",
			"", true},
		{"", "found nothing", "process where", false},
		{"process where a == 99999999999999999999", "too large", "", false},
		{"process where /* a", "a comment is not closed", "*/", false},
		{"process where `a == 1", "is not closed", "back-tick", false},
		{"process where \"a", "a string is not closed", "", false},
		{"process where 5a == 1", "found `a`", "back-ticks", false},
		{"process where x in ()", "the list of values is empty", "put a value", false},
		{"process where " + strings.Repeat("(", 300) + "true" + strings.Repeat(")", 300), "more than 200 levels deep",
			"", false},
		{"process where " + strings.Repeat("not ", 300) + "true", "more than 200 levels deep", "", false},
		{"process where 1" + strings.Repeat("+1", 300) + " == 1", "more than 200 levels deep", "", false},
	} {
		_, err := Compile(tc.query, conditionSchema(), Options{File: "f.eql", Line: 7})
		if err == nil {
			t.Errorf("%s: no error", tc.query)
			continue
		}
		if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), tc.hint) ||
			!strings.Contains(err.Error(), "^") {
			t.Errorf("%s:\n%v\nwants %q and hint %q", tc.query, err, tc.want, tc.hint)
		}
		if errors.Is(err, ErrUnsupported) != tc.unsupported {
			t.Errorf("%s: unsupported is %v", tc.query, !tc.unsupported)
		}
	}
}

func TestUnknownFieldsAreReportedOnce(t *testing.T) {
	p, err := Compile("process where process.nam == \"a\" and\n process.nam == \"b\" and ?process.other == 1",
		conditionSchema(), Options{File: "r.toml", Line: 3})
	if err != nil {
		t.Fatal(err)
	}
	want := "r.toml:3:15: process.nam is not a known field, so its value is null; did you mean process.name?"
	if w := p.Warnings(); len(w) != 1 || w[0] != want {
		t.Errorf("warnings %q, want %q", w, want)
	}
}

func TestKeysThatNeverAreEqualAreSaid(t *testing.T) {
	for _, tc := range []struct{ query, want string }{
		{"sequence [a where true] by process.pid [b where true] by process.name",
			"1:58: the keys process.pid (long) and process.name (keyword) are never equal"},
		{"sequence by code [a where true] by signed [b where true] by signed until [c where true] by @timestamp",
			"1:92: the keys signed (boolean) and @timestamp (date)"},
		{"sample [a where true] by load [b where true] by source.ip", "the keys load (float) and source.ip (ip)"},
		{"sequence [a where true] by process.pid [b where true] by load", ""},
		{"sequence [a where true] by source.ip [b where true] by process.name", ""},
		{"sequence [a where true] by free [b where true] by process.pid", ""},
		{"sequence [a where true] by ?nope [b where true] by process.pid", ""},
	} {
		p, err := Compile(tc.query, conditionSchema(), Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if got := strings.Join(p.Warnings(), "\n"); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: warnings %q, want %q", tc.query, got, tc.want)
		}
	}
}
