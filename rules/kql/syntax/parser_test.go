package syntax

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// The forms follow from the grammar that Kibana publishes; each line was worked out by hand from it.
func TestCanonicalForm(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"", ""},
		{" \t\r\n\u00a0", ""},
		{"a:b", "a : b"},
		{"a : b", "a : b"},
		{"a:1 and not b:2 or c:3", "a : 1 and not b : 2 or c : 3"},
		{"a:1 AND (b:2 Or c:3)", "a : 1 and (b : 2 or c : 3)"},
		{"not (a:1 or b:2)", "not (a : 1 or b : 2)"},
		{"(not (not a:1))", "not (not a : 1)"},
		{"f:(a or b and not c)", "f : a or f : b and not f : c"},
		{"f:(a and (b or c))", "f : a and (f : b or f : c)"},
		{"f:(not (not a))", "not (not f : a)"},
		{"f>=10 and g < now", "f >= 10 and g < now"},
		{`f:"C:\Program Files"`, `f : "C:\\Program Files"`},
		{`f:"C:\temp\new\u0041"`, `f : "C:\temp\newA"`},
		{`f:"*\\IPC$"`, `f : "*\\IPC$"`},
		{`f:C\:\\Users\\*\\a.exe`, `f : C\:\\Users\\*\\a.exe`},
		{`f:hello world and g:x`, `f : hello world and g : x`},
		{`f:(a\ b)`, ""}, // a backslash before a blank escapes nothing
		{`f: \or`, `f : or`},
		{`f: a \or b`, `f : a\u0020or b`},
		{`f:cannot`, `f : can\not`},
		{"f:*", "f : *"},
		{"f:true or g:null or h:FALSE", "f : true or g : null or h : FALSE"},
		{"f:{ a:1 and b:2 }", "f : { a : 1 and b : 2 }"},
		{"a.*:x", "a.* : x"},
		{`"a b":x`, `"a b" : x`},
		{"a:1 and", `a : 1\u0020and`}, // no blank behind it: no operator
		{"word", "word"},
		{`"two words" or third`, `"two words" or third`},
		{"f:and x", "f : and x"}, // no blank before it: no operator
		{"f:a?b", "f : a?b"},     // an ordinary character
	} {
		q, err := Parse(Source{Text: tc.text})
		if err != nil {
			if tc.want != "" {
				t.Errorf("%s: %v", tc.text, err)
			}
			continue
		}
		if got := String(q); got != tc.want {
			t.Errorf("%s\nprints %s\nwant   %s", tc.text, got, tc.want)
		}
		if again, err := Parse(Source{Text: String(q)}); err != nil || String(again) != String(q) {
			t.Errorf("%s: the canonical form does not print itself: %v, %v", tc.want, again, err)
		}
	}
}

func TestMistakesHaveAPlaceAndAHint(t *testing.T) {
	for _, tc := range []struct{ text, want, hint string }{
		{"a:1 and ", "1:8: the query ends where a field or a value is missing", ""},
		{"a:", "1:3: the query ends where a field or a value is missing", ""},
		{"not not a:1", "1:5: `not` takes one condition", "write `not (not …)`, or leave both out"},
		{"(a:1", "1:1: `(` is not closed", "close it with `)`"},
		{"f:{ a:1", "1:3: `{` is not closed", "close it with `}`"},
		{`f:"x`, "1:3: a quoted text is not closed", "end the text with \""},
		{`f:C:\x`, "1:4: unexpected `:`", `write \: for a colon inside of a value, or put the value in double quotes`},
		{`f:\x`, `1:3: \ escapes nothing here`, `write \\ for a backslash, or put the value in double quotes`},
		{"(a:1)or b:2", "1:6: unexpected `o`", "a blank is missing before or after the operator"},
		{"a:1)", "1:4: unexpected `)`", "nothing is open that it could close"},
		{`a:1 "x"`, "1:5: unexpected `\"`", "join conditions with `and` or `or`"},
		{"a:cannot x", "1:6: unexpected `n`", "write `and not`; in a word, write \\not"},
		{"{ a:1 }", "1:1: unexpected `{`", "a nested query is written field : { … }"},
		{"a:(b c:d)", "1:7: unexpected `:`", "a list has values only: close it with `)` before the next field"},
		{"a:b c:d", "1:6: unexpected `:`", "join conditions with `and` or `or`; a colon inside of a value is \\:"},
		{"a:()", "1:4: a field or a value is missing before `)`", ""},
		{"a: <5", "1:4: unexpected `<`", "leave the colon out: field < 5"},
		{"not(a:1)", "1:4: unexpected `(`", "a blank is missing after `not`"},
		{"a:1 and(b:2)", "1:8: unexpected `(`", "a blank is missing after `and`"},
		{`a == "b"`, "1:6: unexpected `\"`", "KQL writes field : value"},
		{`a != "b"`, "1:6: unexpected `\"`", "KQL writes not field : value"},
		{`a like "b*"`, "1:8: unexpected `\"`", "this is EQL: KQL writes field : value, or field : (a or b)"},
		{"a:1 && b:2", "1:9: unexpected `:`", "KQL writes `and`, not &&"},
		{`a:("b", "c")`, "1:7: unexpected `,`", "join values with `or`"},
		{`a:"b"c"`, "1:6: unexpected `c`", `write \" for a quote inside of text`},
		{`a:"b" c:1`, "1:7: unexpected `c`", "join conditions with `and` or `or`"},
	} {
		_, err := Parse(Source{Text: tc.text})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", tc.text, err)
			continue
		}
		if e.Header() != tc.want || e.Hint != tc.hint {
			t.Errorf("%s:\n%s\nhint: %s\nwant\n%s\nhint: %s", tc.text, e.Header(), e.Hint, tc.want, tc.hint)
		}
	}
}

// A value of a mebibyte prints in a moment: with a look at all of the rest for each character it
// would take hours.
func TestLongValuesPrint(t *testing.T) {
	for _, value := range []string{
		"a" + strings.Repeat(" ", 1<<19) + "b", strings.Repeat("nota", 1<<17), strings.Repeat("a ", 1<<18) + "a",
		`\u0020` + strings.Repeat("\u00a0 ", 1<<17) + `or\u0020and`,
	} {
		q, err := Parse(Source{Text: "f : " + value})
		if err != nil {
			t.Fatalf("%.40s…: %v", value, err)
		}
		again, err := Parse(Source{Text: String(q)})
		if err != nil || !reflect.DeepEqual(q.(*Match).Value.Parts, again.(*Match).Value.Parts) {
			t.Errorf("%.40s… prints as another value: %v", value, err)
		}
	}
}

func TestLimitsAreNamed(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{strings.Repeat(" ", MaxQueryLen+1), "longer than 1048576 bytes"},
		{strings.Repeat("(", 300) + "a", "more than 200 levels deep"},
		{"f:" + strings.Repeat("(", 300) + "a", "more than 200 levels deep"},
		{strings.Repeat("f:{", 300), "more than 200 levels deep"},
	} {
		if _, err := Parse(Source{Text: tc.text}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.40s…: %v, want %q", tc.text, err, tc.want)
		}
	}
	for _, text := range []string{"a" + strings.Repeat(" ", MaxQueryLen-3) + "b",
		"f:(" + strings.Repeat("a or ", 20000) + "b)", strings.Repeat("nota", 200000)} {
		if _, err := Parse(Source{Text: text}); err != nil {
			t.Errorf("%.40s…: %v", text, err)
		}
	}
}

// Each published rule at hand parses, and its canonical form parses to the same.
func TestPublishedRules(t *testing.T) {
	dir := os.Getenv("HUNT_RULES")
	if dir == "" {
		dir = "../../../../shared/upstream-rules"
	}
	files, err := filepath.Glob(filepath.Join(dir, "elastic", "*", "*.toml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("HUNT_REQUIRE") == "1" {
			t.Fatalf("no rules in %s; set HUNT_RULES", dir)
		}
		t.Skipf("SKIPPED: no rules in %s; set HUNT_RULES", dir)
	}
	n := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Rule struct{ Language, Query string }
		}
		if err := toml.Unmarshal(data, &f); err != nil || f.Rule.Language != "kuery" {
			continue
		}
		n++
		q, err := Parse(Source{File: file, Text: f.Rule.Query})
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := Parse(Source{Text: String(q)})
		if err != nil || String(again) != String(q) {
			t.Errorf("%s prints %s: %v", file, String(q), err)
		}
	}
	if n < 40 {
		t.Errorf("only %d rules in KQL", n)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`a:1 and not b:(x or "y\"z" and not *q*) or c >= 5`, `f:{ a:b and c.*:\*\\ }`, "cannot x", `f: \or\u0041\t`,
		"\u00a0a\u00a0:\u00a0b", "true or null:false",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(Source{File: "f", Text: text})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		printed := String(q)
		again, err := Parse(Source{Text: printed})
		if err != nil {
			t.Fatalf("%q prints %q, which does not parse: %v", text, printed, err)
		}
		if String(again) != printed {
			t.Fatalf("%q prints %q, which prints %q", text, printed, String(again))
		}
	})
}
