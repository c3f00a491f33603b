package syntax

import (
	"strings"
	"testing"

	"hunt/rules/source"
)

func TestCanonicalForm(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"process where true", "process where true"},
		{"any where a==1 and(b==2 and c==3)or d", "any where a == 1 and b == 2 and c == 3 or d"},
		{"any where (a or b) and not (c)", "any where (a or b) and not c"},
		{"any where not (a == 1)", "any where not a == 1"},
		{"any where not (a and b)", "any where not (a and b)"},
		{"any where (not a) == b", "any where (not a) == b"},
		{"any where a - (b - c) - d * (e + 1) % 2 == -(1) + +2", "any where a - (b - c) - d * (e + 1) % 2 == -1 + +2"},
		{"any where (a + 1) in (1,2)", "any where (a + 1) in (1, 2)"},
		{"any where a + b in (1)", "any where a + b in (1)"},
		{"any where (a < b) == (c > d)", "any where (a < b) == (c > d)"},
		{`any where a:"x" and b like~("y","z") and c regex """\d"""`,
			`any where a : "x" and b like~ ("y", "z") and c regex "\\d"`},
		{`any where a not in~ ("x")`, `any where a not in~ ("x")`},
		{"any where ?a.`b c`.where_ == null and ?`in` == 1.0", "any where ?a.`b c`.where_ == null and ?`in` == 1.0"},
		{`any where startsWith~(a, "x\u{200f}é")`, `any where startsWith~(a, "x\u{200f}é")`},
		{`"my cat" where true`, `"my cat" where true`},
		{"`my-cat` where true | head 5|tail 3", "\"my-cat\" where true\n| head 5\n| tail 3"},
		{"sequence by a,?b with maxspan = 1 m [a where true] by c with runs = 2 as x ![b where true] by c until " +
			"[c where true] by d",
			"sequence by a, ?b with maxspan=1m\n  [a where true] by c with runs=2 as x\n  ![b where true] by c\n" +
				"until [c where true] by d"},
		{"sample by a [a where true] [b where true]", "sample by a\n  [a where true]\n  [b where true]"},
		{"any where 1e100 > 0.000001", "any where 1e+100 > 1e-06"},
	} {
		st, err := Parse(Source{Text: tc.text}, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if st.String() != tc.want {
			t.Errorf("%s\nprints %s\nwant   %s", tc.text, st, tc.want)
		}
		if again, err := Parse(Source{Text: st.String()}, nil); err != nil || again.String() != tc.want {
			t.Errorf("%s: the canonical form does not print itself: %v", tc.want, err)
		}
	}
}

func TestErrorShowsLineCaretAndHint(t *testing.T) {
	_, err := Parse(Source{File: "rules/x.toml", Line: 12, Text: "process where\n\tprocess.näme = \"a\""}, nil)
	if err == nil {
		t.Fatal("no error")
	}
	_, err = Parse(Source{File: "rules/x.toml", Line: 12, Text: "process where\n\tprocess.name = \"a\""}, nil)
	want := "rules/x.toml:13:15: unexpected `=`\n  \tprocess.name = \"a\"\n  \t             ^\n  hint: use == to " +
		"compare"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestLongLinesAreCutAroundTheMistake(t *testing.T) {
	_, err := Parse(Source{Text: "any where a in (" + strings.Repeat("1, ", 5000) + "'x')"}, nil)
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines[1]) > source.MaxShownLine+2 || lines[1][strings.IndexByte(lines[2], '^')] != '\'' {
		t.Errorf("the caret does not point at the quote:\n%v", err)
	}
}

func TestLimitsAreNamed(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{strings.Repeat(" ", MaxQueryLen+1), "longer than 1048576 bytes"},
		{"sequence" + strings.Repeat("[a where true] with runs=100", 6), "the limit is 500"},
		{"sequence" + strings.Repeat("[a where true]", 600), "more than 500 terms"},
		{"any where " + strings.Repeat("-", 300) + "1 == 1", "more than 200 levels deep"},
		{"any where " + strings.Repeat("length(", 300), "more than 200 levels deep"},
	} {
		if _, err := Parse(Source{Text: tc.text}, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.40s…: %v, want %q", tc.text, err, tc.want)
		}
	}
	if _, err := Parse(Source{Text: "any where " + strings.Repeat("a or ", 20000) + "b"}, nil); err != nil {
		t.Errorf("a long list of alternatives does not nest: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"process where process.name == \"a\" | head 1",
		"sequence by a with maxspan=1s [a where true] ![b where not c] by d with runs=2 as e until [c where 1+2*3 " +
			"== -4]",
		"sample by ?a [any where x : (\"*\", 1)] [\"b c\" where y regex~ \"\"\"\\d\"\"\"]",
		"any where f~(a, `b c`.d, null) in~ (1.5, true)", "/* /* */ */ any where // x\n \"\\u{1F600}\" < .5",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		st, err := Parse(Source{File: "f", Text: text}, nil)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		printed := st.String()
		again, err := Parse(Source{Text: printed}, nil)
		if err != nil {
			t.Fatalf("%q prints %q, which does not parse: %v", text, printed, err)
		}
		if again.String() != printed {
			t.Fatalf("%q prints %q, which prints %q", text, printed, again)
		}
	})
}

func TestTheCaretStandsUnderTheMistakeWhateverTheWidthOfTheLetters(t *testing.T) {
	for _, tc := range []struct{ text, line string }{
		{`any where a == "日本語" and b = 1`, strings.Repeat(" ", 30) + "^"},       // twice as wide
		{"any where a == \"e\u0301\" and b = 1", strings.Repeat(" ", 25) + "^"}, // an accent on the letter before it
		{`any where a == "é😀" and b = 1`, strings.Repeat(" ", 27) + "^"},
		{"any where a == \"\u200f\" and b = 1", strings.Repeat(" ", 32) + "^"}, // shown as \u{200f}
		{"any where\ta == 1 and\tb = 1", "         \t          \t  ^"},
		{`any where a == "ｱ" and b = 1`, strings.Repeat(" ", 25) + "^"}, // half as wide
	} {
		_, err := Parse(Source{Text: tc.text}, nil)
		if err == nil {
			t.Fatalf("%s: no error", tc.text)
		}
		if got := strings.Split(err.Error(), "\n")[2]; strings.TrimPrefix(got, "  ") != tc.line {
			t.Errorf("%s\n%s\nwant\n%s", tc.text, got, tc.line)
		}
	}
}

// A list that a query names is read as its values, and printed by its name.
func TestListsAreReadByTheirNames(t *testing.T) {
	lists := Lists{"browsers": {"chrome.exe", "msedge.exe"}, "one": {"a*"}}
	for _, text := range []string{
		`any where a in~ ($browsers)`,
		`any where a in~ ("x", $browsers, "y") and b : ($one)`,
		`any where a in~ ($browsers, $one) or cidrMatch(b, $one)`,
		`any where a in ($browsers, $browsers)`,
	} {
		st, err := Parse(Source{Text: text}, lists)
		if err != nil || st.String() != text {
			t.Errorf("%s: %v, %v", text, st, err)
			continue
		}
		if in, ok := st.Query.(*EventQuery).Where.(*In); ok && len(in.List) < 2 {
			t.Errorf("%s has %d values", text, len(in.List))
		}
	}
	_, err := Parse(Source{Text: `any where a in ($browser)`}, lists)
	if err == nil || !strings.Contains(err.Error(), "1:17: no list is named $browser") ||
		!strings.Contains(err.Error(), "use $browsers") {
		t.Errorf("%v", err)
	}
}
