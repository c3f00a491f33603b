package eql

import (
	"errors"
	"strings"
	"testing"

	"hunt/rules/eql/syntax"
)

// TestHintsCanBeTypedAndThenWork: what people bring along from SQL, KQL, Lucene, Sigma and shells. Each message has a
// hint that holds the text given here, and the query that follows it compiles.
func TestHintsCanBeTypedAndThenWork(t *testing.T) {
	for _, tc := range []struct{ query, hint, corrected string }{
		{`SELECT * FROM process WHERE name = "cmd.exe"`, `process where process.name : "cmd.exe"`,
			`process where process.name : "cmd.exe"`},
		{`process.name : "cmd.exe" and user.name : "bob"`, `any where process.name : "cmd.exe" and user.name : "bob"`,
			`any where process.name : "cmd.exe" and user.name : "bob"`},
		{`process.name: "cmd.exe"`, `any where process.name: "cmd.exe"`, `any where process.name: "cmd.exe"`},
		{`process`, "process where true", "process where true"},
		{`process | where true`, "leave out the `|`: process where", "process where true"},
		{`process process.pid == 1`, "process where process.pid", "process where process.pid == 1"},
		{`sequence [process true] [file where true]`, "process where true",
			"sequence [process where true] [file where true]"},
		{`process, file where true`, `any where event.category in ("process", "file") and`,
			`any where event.category in ("process", "file") and true`},
		{`(process or file) where true`, `any where event.category in ("process", "file") and`,
			`any where event.category in ("process", "file") and true`},
		{`* where true`, "any where", "any where true"},
		{`"process where true"`, "leave out the quotes", "process where true"},
		{`any WHERE true`, "write `where`", "any where true"},
		{`any where process.name = "a"`, "==", `any where process.name == "a"`},
		{`any where process.name =~ "a"`, "`:`", `any where process.name : "a"`},
		{`any where process.name !~ "a"`, "not field :", `any where not process.name : "a"`},
		{`any where process.name ~ "a"`, "`:`", `any where process.name : "a"`},
		{`any where process.pid => 3`, "`>=`", `any where process.pid >= 3`},
		{`any where process.pid =< 3`, "`<=`", `any where process.pid <= 3`},
		{`any where process.pid <> 3`, "!=", `any where process.pid != 3`},
		{`any where process.pid ≥ 3`, ">=", `any where process.pid >= 3`},
		{`any where process.name == 'a'`, `"text"`, `any where process.name == "a"`},
		{`any where process.name : cmd.exe`, `("cmd.exe")`, `any where process.name : "cmd.exe"`},
		{`any where process.name == cmd.exe"`, `put a " before`, `any where process.name == "cmd.exe"`},
		{`any where process.name == "a"b"`, `\"`, `any where process.name == "a\"b"`},
		{`any where process.path == "C:\users"`, `\\`, `any where process.path == "C:\\users"`},
		{`any where source.ip == 10.0.0.1`, `"10.0.0.1"`, `any where source.ip == "10.0.0.1"`},
		{`any where cidrMatch(source.ip, 10.0.0.0/8)`, `"10.0.0.0/8"`, `any where cidrMatch(source.ip, "10.0.0.0/8")`},
		{`any where process.pid == 0x1F`, `number("0x1F")`, `any where process.pid == number("0x1F")`},
		{`any where @timestamp > now() - 1h`, `"2024-05-01T12:00:00Z"`,
			`any where @timestamp > "2024-05-01T12:00:00Z"`},
		{`any where @timestamp > now()`, `"2024-05-01T12:00:00Z"`, `any where @timestamp > "2024-05-01T12:00:00Z"`},
		{`any where process.pid == 1 && true`, "`and`", `any where process.pid == 1 and true`},
		{`any where process.pid == 1 & true`, "`and`", `any where process.pid == 1 and true`},
		{`any where process.pid == 1 || true`, "`or`", `any where process.pid == 1 or true`},
		{`any where !(process.pid == 1)`, "`not`", `any where not (process.pid == 1)`},
		{`any where NOT process.pid == 1`, "`not`", `any where not process.pid == 1`},
		{`any where NOT (process.pid == 1)`, "`not`", `any where not (process.pid == 1)`},
		{`any where process.pid == 1 AND true`, "`and`", `any where process.pid == 1 and true`},
		{`any where process.name LIKE "a*"`, "`like`", `any where process.name like "a*"`},
		{`any where process.name not like "a*"`, "not process.name like", `any where not process.name like "a*"`},
		{`any where process.name is null`, "process.name == null", `any where process.name == null`},
		{`any where process.name is not null`, "process.name != null", `any where process.name != null`},
		{`any where signed is true`, "signed == true", `any where signed == true`},
		{`any where process.name contains "md"`, `process.name : "*md*"`, `any where process.name : "*md*"`},
		{`any where process.name startswith "c"`, `process.name : "c*"`, `any where process.name : "c*"`},
		{`any where process.name|endswith: "c"`, `process.name : "*text"`, `any where process.name : "*text"`},
		{`any where process.name matches "c.*"`, `process.name regex~ "c.*"`, `any where process.name regex~ "c.*"`},
		{`any where process.name == /c.*/`, `process.name regex "…"`, `any where process.name regex "c.*"`},
		{`any where regex(process.name, "c.*")`, `regex "…"`, `any where process.name regex "c.*"`},
		{`any where process.name regex "*c*"`, `".*"`, `any where process.name regex ".*c.*"`},
		{`any where process.name regex "(?i)c"`, `regex~`, `any where process.name regex~ "c"`},
		{`any where process.pid between 1 and 3`, `process.pid >= 1 and process.pid <= 3`,
			`any where process.pid >= 1 and process.pid <= 3`},
		{`any where process.name == *`, `process.name != null`, `any where process.name != null`},
		{`any where exists(process.name)`, `process.name != null`, `any where process.name != null`},
		{`any where lower(process.name) == "a"`, `process.name : "text"`, `any where process.name : "text"`},
		{`any where contains(process.name, "md")`, `stringContains(process.name, "md")`,
			`any where stringContains(process.name, "md")`},
		{`any where len(process.name) > 3`, `length(process.name)`, `any where length(process.name) > 3`},
		{`any where startsWith(process.name)`, `startsWith(source, text)`, `any where startsWith(process.name, "a")`},
		{`any where process.name.startsWith("a")`, `startsWith(process.name, …)`,
			`any where startsWith(process.name, "a")`},
		{`any where startWith(process.name, "a")`, `startsWith`, `any where startsWith(process.name, "a")`},
		{`any where length(5) == 1`, `string(5)`, `any where length(string(5)) == 1`},
		{`any where process.name in ["a", "b"]`, `in ("a", "b")`, `any where process.name in ("a", "b")`},
		{`any where process.name : ["a", "b"]`, `process.name in ("a", "b")`, `any where process.name in ("a", "b")`},
		{`any where process.name : "a", "b"`, `process.name in ("a", "b")`, `any where process.name in ("a", "b")`},
		{`any where process.name == ("a", "b")`, `process.name in ("a", …)`, `any where process.name in ("a", "b")`},
		{`any where process.name : "a" or "b"`, `process.name : ("a", "b")`, `any where process.name : ("a", "b")`},
		{`any where process.name == "a" or "b"`, `process.name in ("a", "b")`, `any where process.name in ("a", "b")`},
		{`any where "a" in process.args`, `process.args in (`, `any where process.args in ("a")`},
		{`any where process.name`, `process.name != null`, `any where process.name != null`},
		{`any where true # x`, `//`, `any where true // x`},
		{`any where process.name : "a" -- x`, `//`, `any where process.name : "a" // x`},
		{`any where true;`, `leave it out`, `any where true`},
		{`any where true | limit 5`, "`| head 10`", `any where true | head 10`},
		{`any where true limit 5`, "`| head 10`", `any where true | head 10`},
		{`any where true | Head 5`, "`| head 10`", `any where true | head 10`},
		{"any where\u00a0true", "blank", `any where true`},
		{`Sequence by host.id [a where true] [b where true]`, "`sequence`",
			`sequence by code [a where true] [b where true]`},
		{`sequence with maxspan=1m by code [a where true] [b where true]`, "sequence by host.id with maxspan=1m",
			`sequence by code with maxspan=1m [a where true] [b where true]`},
		{`sequence by code, [a where true] [b where true]`, "remove the comma",
			`sequence by code [a where true] [b where true]`},
		{`sequence by code, with maxspan=1m [a where true] [b where true]`, "remove the comma",
			`sequence by code with maxspan=1m [a where true] [b where true]`},
		{`sequence by "code" [a where true] [b where true]`, "by code",
			`sequence by code [a where true] [b where true]`},
		{`sequence by code user.name [a where true] [b where true]`, "by code, user.name",
			`sequence by code, user.name [a where true] [b where true]`},
		{`sequence on code [a where true] [b where true]`, "`by`", `sequence by code [a where true] [b where true]`},
		{`sequence by code within 1m [a where true] [b where true]`, "`with maxspan=1m`",
			`sequence by code with maxspan=1m [a where true] [b where true]`},
		{`sequence with maxspan:30s [a where true] [b where true]`, "`with maxspan=30s`",
			`sequence with maxspan=30s [a where true] [b where true]`},
		{`sequence with maxspan=30 [a where true] [b where true]`, "maxspan=30s",
			`sequence with maxspan=30s [a where true] [b where true]`},
		{`sequence [a where true] then [b where true]`, "leave it out", `sequence [a where true] [b where true]`},
		{`sequence [a where true] -> [b where true]`, "leave it out", `sequence [a where true] [b where true]`},
		{`sequence [a where true] runs=3 [b where true]`, "`with runs=3`",
			`sequence [a where true] with runs=3 [b where true]`},
		{`sequence [a where true] with runs 3 [b where true]`, "`with runs=3`",
			`sequence [a where true] with runs=3 [b where true]`},
		{`sequence with maxspan=1s [a where true] not [b where true]`, "`![ … ]`",
			`sequence with maxspan=1s [a where true] ![b where true]`},
		{`sequence with maxspan=1s [a where true] ! [b where true]`, "`![`",
			`sequence with maxspan=1s [a where true] ![b where true]`},
		{`sequence [a where true] [b where true`, "`]`", `sequence [a where true] [b where true]`},
		{`sequence a where true b where true`, "[process where true] [file where true]",
			`sequence [process where true] [file where true]`},
		{`sequence [a where true] [b where true] until c where true`, "brackets",
			`sequence [a where true] [b where true] until [c where true]`},
		{`sequence [a where true] [b where true] head 1`, "`| head 10`",
			`sequence [a where true] [b where true] | head 10`},
		{`sequence by`, "by host.id", `sequence by host.id [a where true] [b where true]`},
		{`sequence with`, "`with maxspan=30s`", `sequence with maxspan=30s [a where true] [b where true]`},
		{`sequence [a where true] with`, "`with runs=3`", `sequence [a where true] with runs=3`},
		{`any where true |`, "`| head 10`", `any where true | head 10`},
		{`any where process.name ==`, `process.name == "text"`, `any where process.name == "text"`},
		{`any where process.name :`, `process.name : "text"`, `any where process.name : "text"`},
		{`any where process.name : ()`, `process.name : "text"`, `any where process.name : "text"`},
		{`sequence [a where true] [b where true]]`, "one `]` too many", `sequence [a where true] [b where true]`},
	} {
		_, err := Compile(tc.query, conditionSchema(), Options{File: "f.eql"})
		var e *syntax.Error
		if !errors.As(err, &e) || !strings.Contains(e.Hint, tc.hint) {
			t.Errorf("%s:\n%v\nwants hint %q", tc.query, err, tc.hint)
		}
		if _, err := Compile(tc.corrected, conditionSchema(), Options{}); err != nil {
			t.Errorf("%s: the correction does not compile: %v", tc.query, err)
		}
	}
}

func TestQueriesThatRunButMeanSomethingElseAreSaid(t *testing.T) {
	for _, tc := range []struct{ query, want string }{
		{`any where process.name == notepad.exe`,
			`1:27: notepad.exe is not a known field, so its value is null; to compare with text, write "notepad.exe"`},
		{`any where process.name like "cmd%"`, "1:29: `%` is an ordinary character"},
		{`any where process.name regex "^cmd$"`, "1:30: `^` and `$` are ordinary characters"},
		{`any where @timestamp > 2024-05-01`,
			`number 2018, which means milliseconds since 1970: write a date in double quotes`},
		{`any where length(process.name) == "many"`, `"many", which is not a number`},
		{`any where (process.pid + 1) in ("x", 2)`, `"x", which is not a number`},
		{`any where length(process.name) : "1*"`, "compares its text"},
		{`any where process.name == NULL`, "write null"},
		{`any where code > 999`, "1:16: `>` compares a field of type keyword with 999 as text, where 10 comes " +
			"before 9: write number(…) > 999"},
		{`any where 999 <= code`, "`>=` compares a field of type keyword with 999 as text"},
		{`any where process.pid == "cmd"`, "the comparison never holds"},
		{`any where process.pid != "cmd"`, "the comparison always holds"},
		{`any where (process.pid == "cmd") == true`, "never holds"},
		{`any where code == 999 and number(code) > 999`, ""},
		{`any where process.name like "%comspec%"`, ""},
		{`any where process.name regex "a\\$"`, ""},
		{`any where @timestamp > 1714521600000`, ""},
		{`any where length(process.name) == "4"`, ""},
	} {
		p, err := Compile(tc.query, conditionSchema(), Options{})
		if err != nil {
			t.Errorf("%s: %v", tc.query, err)
			continue
		}
		if got := strings.Join(p.Warnings(), "\n"); (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
			t.Errorf("%s: warnings %q, want %q", tc.query, got, tc.want)
		}
	}
}
