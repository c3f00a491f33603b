package eql

import (
	"fmt"
	"strings"
	"testing"

	"hunt/rules/predicate"
)

// The event of these tables: process.name is "Cmd.EXE", process.path "é😀C:\a", user.name "", process.pid 5, load 2.5,
// signed true; code, process.exit and source.ip have no value.
const functionEvent = `process.name=Cmd.EXE process.path=é😀C:\a process.pid=5 load=2.5 signed=true`

// TestFunctionsAtTheirEdges holds every function to what it does with null, values of another type, positions out of
// range, empty texts and letters beyond ASCII, in both of its case forms. "null" means that the value is missing.
func TestFunctionsAtTheirEdges(t *testing.T) {
	for _, tc := range []struct{ expr, want string }{
		// Arithmetic.
		{`add(process.pid, process.exit)`, "null"}, {`add(load, process.pid)`, "7.5"}, {`add(-2, -2)`, "-4"},
		{`add(0.5, 0.25)`, "0.75"},
		{`subtract(process.exit, 1)`, "null"}, {`subtract(null, null)`, "null"}, {`subtract(1, load)`, "-1.5"},
		{`subtract(10.5, 0.5)`, "10.0"},
		{`multiply(process.pid, null)`, "null"}, {`multiply(process.pid, load)`, "12.5"}, {`multiply(0.5, 2)`, "1.0"},
		{`multiply(0, -5)`, "0"},
		{`divide(process.pid, 0)`, "null"}, {`divide(process.pid, 0.0)`, "null"}, {`divide(-4, -2)`, "2"},
		{`divide(4, 0.5)`, "8.0"}, {`divide(4, 3)`, "1"}, {`divide(0, 5)`, "0"},
		{`divide(null, 0)`, "null"}, {`divide(process.pid, -2)`, "-2"}, {`divide(load, 2)`, "1.25"},
		{`modulo(10, -6)`, "4"}, {`modulo(-10, -6)`, "-4"}, {`modulo(10, 0.5)`, "0.0"}, {`modulo(-5.5, 2)`, "-1.5"},
		{`modulo(process.pid, 0.0)`, "null"}, {`modulo(null, 2)`, "null"}, {`modulo(process.pid, 7)`, "5"},
		// between.
		{`between(process.name, "C", ".")`, "md"}, {`between(process.name, "c", ".")`, ""},
		{`between~(process.name, "c", ".e")`, "md"}, {`between(process.name, ".", ".")`, ""},
		{`between(code, "a", "b")`, "null"}, {`between("abc", null, "c")`, "null"},
		{`between("abc", "a", null)`, "null"}, {`between("abc", "a", "c", null)`, "null"},
		{`between("", "a", "b")`, ""},
		{`between("", "", "")`, ""}, {`between("abc", "", "c")`, "abc"}, {`between("abc", "a", "")`, "abc"},
		{`between("C:\\a\\b\\c", "\\", "\\", false)`, "a"}, {`between("C:\\a\\b\\c", "\\", "\\", true)`, `a\\b`},
		{`between~("xÉyéz", "é", "É")`, "y"}, {`between~("xÉyézéw", "é", "É", true)`, "yéz"},
		{`between(process.path, "é", "C")`, "😀"}, {`between("abab", "b", "a")`, ""},
		// cidrMatch.
		{`cidrMatch(source.ip, "10.0.0.0/8")`, "null"}, {`cidrMatch("no address", "0.0.0.0/0")`, "false"},
		{`cidrMatch("", "0.0.0.0/0")`, "false"}, {`cidrMatch("10.0.0.1", "10.0.0.1/32")`, "true"},
		{`cidrMatch("10.0.0.1", "10.0.0.1")`, "true"},
		{`cidrMatch("1.2.3.4", "::/0")`, "true"}, {`cidrMatch("1.2.3.4", "::/96")`, "false"},
		{`cidrMatch("::1", "0.0.0.0/0")`, "false"}, {`cidrMatch("2001:DB8::A", "2001:db8::/32")`, "true"},
		{`cidrMatch("fe80::1%eth0", "fe80::/10")`, "false"}, {`cidrMatch("10.0.0.1", null, "10.0.0.0/8")`, "null"},
		// concat, string, length.
		{`concat(process.name, process.pid, load, signed)`, "Cmd.EXE52.5true"}, {`concat(process.name, code)`, "null"},
		{`concat("")`, ""}, {`concat("", "")`, ""}, {`concat(null)`, "null"}, {`concat("é", "😀")`, "é😀"},
		{`concat(process.pid)`, "5"},
		{`string(code)`, "null"}, {`string("")`, ""}, {`string(process.pid)`, "5"}, {`string(load)`, "2.5"},
		{`string(signed)`, "true"}, {`string(-5)`, "-5"}, {`string(false)`, "false"}, {`string(1e7)`, "1.0E7"},
		{`string(9999999.5)`, "9999999.5"}, {`string(-0.001)`, "-0.001"},
		{`string(9223372036854775807)`, "9223372036854775807"},
		{`string(-9223372036854775808)`, "-9223372036854775808"},
		{`length(code)`, "null"}, {`length(process.path)`, "7"}, {`length("\u{200f}")`, "1"},
		{`length("\u{1F600}")`, "2"}, {`length("""\n""")`, "2"}, {`length("\n")`, "1"},
		// endsWith, startsWith, stringContains.
		{`endsWith(process.name, ".EXE")`, "true"}, {`endsWith(process.name, ".exe")`, "false"},
		{`endsWith~(process.name, ".exe")`, "true"}, {`endsWith(process.name, "")`, "true"},
		{`endsWith("", "")`, "true"}, {`endsWith("", "a")`, "false"},
		{`endsWith(process.name, null)`, "null"}, {`endsWith("", null)`, "null"}, {`endsWith(null, null)`, "null"},
		{`endsWith(code, "a")`, "null"}, {`endsWith~("aÉ", "é")`, "true"}, {`endsWith("é", "\u{a9}")`, "false"},
		{`endsWith("exe", "cmd.exe")`, "false"}, {`endsWith("cmd.EXE", process.name)`, "false"},
		{`endsWith~("x cmd.exe", process.name)`, "true"},
		{`startsWith(process.name, "Cmd")`, "true"}, {`startsWith(process.name, "cmd")`, "false"},
		{`startsWith~(process.name, "cMD")`, "true"}, {`startsWith("", "")`, "true"}, {`startsWith("", "a")`, "false"},
		{`startsWith(process.name, null)`, "null"}, {`startsWith(code, "")`, "null"},
		{`startsWith~("Éa", "é")`, "true"}, {`startsWith~("ßa", "SS")`, "false"},
		{`startsWith(process.path, "é😀")`, "true"},
		{`stringContains(process.name, "md.E")`, "true"}, {`stringContains(process.name, "MD")`, "false"},
		{`stringContains~(process.name, "MD.e")`, "true"}, {`stringContains("", "")`, "false"},
		{`stringContains~(process.name, "")`, "false"}, {`stringContains(null, "a")`, "null"},
		{`stringContains(process.name, null)`, "null"}, {`stringContains(code, "")`, "null"},
		{`stringContains~(process.path, "É😀c")`, "true"}, {`stringContains(process.name, "*")`, "false"},
		// indexOf.
		{`indexOf(process.name, ".")`, "3"}, {`indexOf(process.name, ".", 3)`, "3"},
		{`indexOf(process.name, ".", 4)`, "null"}, {`indexOf(process.name, "e")`, "null"},
		{`indexOf~(process.name, "e")`, "4"}, {`indexOf(process.name, ".", -6)`, "3"}, {`indexOf("", "")`, "0"},
		{`indexOf(process.name, "", 2)`, "2"}, {`indexOf(process.name, "", -2)`, "0"},
		{`indexOf~(process.name, "", 2)`, "2"}, {`indexOf(process.name, "", 7)`, "7"},
		{`indexOf(process.name, ".", 30)`, "null"}, {`indexOf(process.name, ".", 9223372036854775807)`, "null"},
		{`indexOf(code, ".")`, "null"}, {`indexOf(process.name, null, 1)`, "null"},
		{`indexOf(process.name, ".", null)`, "null"}, {`indexOf(process.name, ".", process.exit)`, "null"},
		{`indexOf(process.path, "C", 2)`, "3"}, {`indexOf~(process.path, "c")`, "3"},
		{`indexOf(process.path, "\\")`, "5"},
		// number.
		{`number("")`, "null"}, {`number("  ")`, "null"}, {`number("-0")`, "0"}, {`number("-1337")`, "-1337"},
		{`number("+ 1")`, "null"}, {`number("1 2")`, "null"}, {`number("1e3")`, "1000.0"}, {`number(".5")`, "0.5"},
		{`number("5.")`, "5.0"}, {`number("1_000")`, "null"}, {`number("0b11")`, "null"}, {`number("0xZZ")`, "null"},
		{`number("0x")`, "null"}, {`number("0x10", 10)`, "null"}, {`number("z", 36)`, "35"},
		{`number("12", 2)`, "null"}, {`number("1", 1)`, "null"}, {`number("1", 99)`, "null"},
		{`number("1", -2)`, "null"}, {`number("-ff", 16)`, "-255"},
		{`number("9223372036854775807")`, "9223372036854775807"}, {`number("Infinity")`, "null"},
		{`number("NaN")`, "null"}, {`number(code)`, "null"}, {`number(null, 16)`, "null"}, {`number("é")`, "null"},
		{`number("1.5", 16)`, "null"},
		// substring.
		{`substring(process.name, 0)`, "Cmd.EXE"}, {`substring(process.name, 4)`, "EXE"},
		{`substring(process.name, 7)`, ""}, {`substring(process.name, 8)`, ""}, {`substring(process.name, -3)`, "EXE"},
		{`substring(process.name, -30)`, "Cmd.EXE"}, {`substring(process.name, -30, -40)`, ""},
		{`substring(process.name, 0, 0)`, ""}, {`substring(process.name, 3, 2)`, ""},
		{`substring(process.name, 0, 99)`, "Cmd.EXE"}, {`substring(process.name, -4, -1)`, ".EX"},
		{`substring(process.name, 0, -4)`, "Cmd"},
		{`substring("", 0)`, ""}, {`substring("", -1, 1)`, ""}, {`substring(code, 0)`, "null"},
		{`substring(process.name, null)`, "null"}, {`substring(process.name, process.exit)`, "null"},
		{`substring(process.path, 3)`, `C:\\a`}, {`substring(process.path, 0, 1)`, "é"},
		{`substring(process.path, 1, 3)`, "😀"},
		{`substring(process.name, -9223372036854775807, 9223372036854775807)`, "Cmd.EXE"},
	} {
		cond := fmt.Sprintf("string(%s) == \"%s\"", tc.expr, tc.want)
		if tc.want == "null" {
			cond = tc.expr + " == null"
		}
		if evalCondition(t, conditionSchema(), cond, functionEvent) != predicate.True {
			t.Errorf("%s is not %s", tc.expr, tc.want)
		}
	}
}

// TestFunctionsOfFieldsOfAnotherTypeAreNull: a field's mapping may differ from the one that a rule was written for.
func TestFunctionsOfFieldsOfAnotherTypeAreNull(t *testing.T) {
	for _, expr := range []string{
		`add(process.name, 1)`, `divide(signed, 2)`, `length(process.pid)`, `startsWith(process.pid, "5")`,
		`endsWith~(process.pid, "5")`, `stringContains(load, "2")`, `indexOf(process.pid, "5")`,
		`indexOf(process.name, "m", process.name)`, `substring(process.pid, 0)`, `substring(process.name, load)`,
		`indexOf(process.name, "m", load)`, `between(process.pid, "1", "2")`, `between("abc", "a", "c", process.pid)`,
		`number(process.pid)`, `cidrMatch(process.pid, "10.0.0.0/8")`,
	} {
		s := conditionSchema()
		p, err := CompileCondition(expr+" == null", s, Options{})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if evalProgram(t, s, p, s.event(t, functionEvent)) != predicate.True {
			t.Errorf("%s is not null", expr)
		}
		if len(p.Warnings()) == 0 {
			t.Errorf("%s: no warning", expr)
		}
	}
}

func TestPositionsAreWholeNumbers(t *testing.T) {
	for query, want := range map[string]string{
		`any where substring(process.name, 1.0) == "a"`:          "1:35: substring takes a whole number, not 1.0",
		`any where substring(process.name, 1, 2.5) == "a"`:       "1:38: substring takes a whole number, not 2.5",
		`any where indexOf(process.name, "a", 1.5) == 1`:         "1:38: indexOf takes a whole number, not 1.5",
		`any where number(process.name, 16.0) == 1`:              "1:32: number takes a whole number, not 16.0",
		`any where substring(process.name, "1") == "a"`:          "substring takes a whole number, not a string",
		`any where substring(process.name, 4 / 2) == "a"`:        "",
		`any where substring(process.name, -1) == "a"`:           "",
		`any where substring(process.name, length("ab")) == "a"`: "",
	} {
		_, err := Compile(query, conditionSchema(), Options{})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", query, err, want)
		}
	}
}
