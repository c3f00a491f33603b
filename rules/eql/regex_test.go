package eql

import (
	"errors"
	"strings"
	"testing"
)

func TestLuceneRegularExpressions(t *testing.T) {
	for _, tc := range []struct {
		expr, text string
		want       bool
	}{
		{"a.c", "abc", true}, {"a.c", "a\nc", true}, {"a.c", "xabc", false}, {"a", "ab", false}, {"", "", true},
		{"", "a", false},
		{"a?b*c+", "cc", true}, {"a{2}", "aa", true}, {"a{2,}", "aaaa", true}, {"a{1,2}", "aaa", false},
		{"a+?", "", true}, {"a{2}{3}", "aaaaaa", true},
		{"(ab|c)d", "cd", true}, {"()", "", true}, {"a()b", "ab", true}, {"[a-c]x", "bx", true}, {"[^a-c]", "d", true},
		{"[^a-c]", "b", false},
		{"[a-]", "-", true}, {"[]a]", "]", true}, {`[\-\_\.]`, "_", true}, {`[\^a]`, "^", true}, {"[a^]", "^", true},
		{"[.]", "x", false},
		{"^a$", "^a$", true}, {"^a$", "a", false}, {`\.`, ".", true}, {`\.`, "x", false}, {`\\`, `\`, true},
		{`\d+`, "42", true},
		{`\w`, "_", true}, {`\W`, "-", true}, {`\s`, " ", true}, {`\S`, " ", false}, {`\D`, "5", false},
		{`[\d-]+`, "5-6", true},
		{"@", "anything\n", true}, {"a@", "a", true}, {"#", "", false}, {`"a.b"`, "a.b", true}, {`"a.b"`, "axb", false},
		{">", ">", true}, {"a}", "a}", true}, {"a]", "a]", true},
		{`C:\\Program Files( \(x86\))?\\.*`, `C:\Program Files (x86)\x`, true}, {"[ʰ-˿]", "ʰ", true},
		{"😀+", "😀😀", true},
	} {
		re, _, err := parseRegex(tc.expr, false)
		if err != nil {
			t.Errorf("%s: %v", tc.expr, err)
			continue
		}
		if got := re.Regexp().MatchString(tc.text); got != tc.want {
			t.Errorf("%s on %q: %v, want %v (%s)", tc.expr, tc.text, got, tc.want, re.Regexp())
		}
	}
	for _, tc := range []struct {
		expr, want  string
		unsupported bool
	}{
		{"a&b", "operator &", true}, {"~a", "operator ~", true}, {"<1-9>", "operator < >", true},
		{"a{1001}", "more than 1000", true}, {"(a{1000}){1000}", "more than 20000 elements", true},
		{"(abcdefghijklmnopqrstuvwxyz){1000}", "more than 20000 elements", true},
		{strings.Repeat("a", 70000), "longer than", true},
		{"a" + strings.Repeat("?", 20), "more than 8 quantifiers", true},
		{strings.Repeat("(", 200), "nest", true}, {"(a", ") is missing", false},
		{"a(", ") is missing", false}, {"a|(", ") is missing", false},
		{"a)", "unexpected", false},
		{"[a", "] is missing", false}, {"[c-a]", "backwards", false},
		{"*a", "there is nothing before", false}, {"a|", "alternative is empty", false},
		{"|a", "alternative is empty", false}, {"(|a)", "alternative is empty", false},
		{"a{x}", "number must follow", false}, {"a{2,1}", "the first number is larger", false},
		{"a{2", "} is missing", false}, {`a\`, "must follow", false}, {`"a`, `closing "`, false},
		{`a\n`, `\n has no meaning`, false}, {`[\b]`, `\b has no meaning`, false},
		{`C:\Windows\cmd`, `write \\c`, false},
	} {
		_, _, err := parseRegex(tc.expr, false)
		if err == nil || !strings.Contains(err.Error(), tc.want) ||
			errors.Is(err, errRegexUnsupported) != tc.unsupported {
			t.Errorf("%.30s: %v, want %q, unsupported %v", tc.expr, err, tc.want, tc.unsupported)
		}
	}
	if re, _, err := parseRegex("É.[a-c]", true); err != nil || !re.Regexp().MatchString("éxB") {
		t.Errorf("case is not ignored: %v", err)
	}
}

// Each expression is small enough; all of them together would take gigabytes.
func TestAllExpressionsOfAQueryAreBounded(t *testing.T) {
	const one = `".{1000}.{1000}.{1000}.{1000}.{1000}x", `
	for n, want := range map[int]string{10: "",
		9000: "more than 500000 elements in all regular expressions of a query"} {
		_, err := Compile("any where process.name regex ("+strings.Repeat(one, n)+`"a")`, newSchema("process.name"),
			Options{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%d expressions: %v, want %q", n, err, want)
		}
	}
}
