package eql

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

var anyText = rapid.StringOfN(rapid.RuneFrom([]rune("abAB kKsSéÉßſK😀*?\n\\.")), 0, 12, -1)

func TestFoldedTextsAreEqualIfEqualFoldSaysSo(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := anyText.Draw(rt, "a"), anyText.Draw(rt, "b")
		want := strings.EqualFold(a, b)
		if got := foldString(a) == foldString(b); got != want {
			rt.Fatalf("%q %q: folded %v, EqualFold %v", a, b, got, want)
		}
		if got := equalFold(a, b); got != want {
			rt.Fatalf("%q %q: equalFold %v, strings.EqualFold %v", a, b, got, want)
		}
	})
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if f := foldRune(r); foldRune(f) != f {
			t.Fatalf("%q folds to %q, which folds to %q", r, f, foldRune(f))
		}
	}
}

func TestWildcardsMatchAsTheirRegularExpressions(t *testing.T) {
	pattern := rapid.StringOfN(rapid.RuneFrom([]rune("abAé😀**??.")), 0, 9, -1)
	subject := rapid.StringOfN(rapid.RuneFrom([]rune("abAÉé😀.\n")), 0, 10, -1)
	rapid.Check(t, func(rt *rapid.T) {
		p, s, fold := pattern.Draw(rt, "pattern"), subject.Draw(rt, "subject"), rapid.Bool().Draw(rt, "fold")
		expr := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p))
		flags := "(?s)"
		if fold {
			flags = "(?si)"
		}
		want := regexp.MustCompile(flags + `\A(?:` + expr + `)\z`).MatchString(s)
		w, text := compileWildcard(p, fold), s
		if fold {
			text = foldString(s)
		}
		if got := w.match(text, isASCII(text)); got != want {
			rt.Fatalf("%q on %q, fold %v: %v, want %v", p, s, fold, got, want)
		}
		if isASCII(text) && w.match(text, false) != want {
			rt.Fatalf("%q on %q: the slow path disagrees", p, s)
		}
	})
}

func TestWildcardsWithManyStarsTakeNoExponentialTime(t *testing.T) {
	p := compileWildcard(strings.Repeat("*a?", 2000)+"b", false)
	if p.match(strings.Repeat("ac", 20000), true) {
		t.Error("matches")
	}
}

func TestLuceneRegularExpressions(t *testing.T) {
	for _, tc := range []struct {
		expr, text string
		want       bool
	}{
		{"a.c", "abc", true}, {"a.c", "a\nc", true}, {"a.c", "xabc", false}, {"a", "ab", false}, {"", "", true}, {"", "a", false},
		{"a?b*c+", "cc", true}, {"a{2}", "aa", true}, {"a{2,}", "aaaa", true}, {"a{1,2}", "aaa", false}, {"a+?", "", true}, {"a{2}{3}", "aaaaaa", true},
		{"(ab|c)d", "cd", true}, {"()", "", true}, {"a()b", "ab", true}, {"[a-c]x", "bx", true}, {"[^a-c]", "d", true}, {"[^a-c]", "b", false},
		{"[a-]", "-", true}, {"[]a]", "]", true}, {`[\-\_\.]`, "_", true}, {`[\^a]`, "^", true}, {"[a^]", "^", true}, {"[.]", "x", false},
		{"^a$", "^a$", true}, {"^a$", "a", false}, {`\.`, ".", true}, {`\.`, "x", false}, {`\\`, `\`, true}, {`\d+`, "42", true},
		{`\w`, "_", true}, {`\W`, "-", true}, {`\s`, " ", true}, {`\S`, " ", false}, {`\D`, "5", false}, {`[\d-]+`, "5-6", true},
		{"@", "anything\n", true}, {"a@", "a", true}, {"#", "", false}, {`"a.b"`, "a.b", true}, {`"a.b"`, "axb", false}, {">", ">", true}, {"a}", "a}", true}, {"a]", "a]", true},
		{`C:\\Program Files( \(x86\))?\\.*`, `C:\Program Files (x86)\x`, true}, {"[ʰ-˿]", "ʰ", true}, {"😀+", "😀😀", true},
	} {
		re, err := compileRegex(tc.expr, false)
		if err != nil {
			t.Errorf("%s: %v", tc.expr, err)
			continue
		}
		if got := re.MatchString(tc.text); got != tc.want {
			t.Errorf("%s on %q: %v, want %v (%s)", tc.expr, tc.text, got, tc.want, re)
		}
	}
	for _, tc := range []struct {
		expr, want  string
		unsupported bool
	}{
		{"a&b", "operator &", true}, {"~a", "operator ~", true}, {"<1-9>", "operator < >", true}, {"a{1001}", "more than 1000", true}, {"(a{1000}){1000}", "more than 20000 elements", true}, {"(abcdefghijklmnopqrstuvwxyz){1000}", "more than 20000 elements", true},
		{strings.Repeat("a", 70000), "longer than", true}, {"a" + strings.Repeat("?", 20), "more than 8 quantifiers", true},
		{strings.Repeat("(", 200), "nest", false}, {"(a", ") is missing", false}, {"a)", "unexpected", false}, {"[a", "] is missing", false}, {"[c-a]", "backwards", false},
		{"*a", "nothing stands before", false}, {"a|", "alternative is empty", false}, {"|a", "alternative is empty", false}, {"(|a)", "alternative is empty", false},
		{"a{x}", "number must follow", false}, {"a{2,1}", "counts down", false}, {"a{2", "} is missing", false}, {`a\`, "must follow", false}, {`"a`, `closing "`, false}, {`a\n`, `\n means nothing`, false}, {`[\b]`, `\b means nothing`, false}, {`C:\Windows\cmd`, `write \\c`, false},
	} {
		_, err := compileRegex(tc.expr, false)
		if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, errRegexUnsupported) != tc.unsupported {
			t.Errorf("%.30s: %v, want %q, unsupported %v", tc.expr, err, tc.want, tc.unsupported)
		}
	}
	if re, err := compileRegex("É.[a-c]", true); err != nil || !re.MatchString("éxB") {
		t.Errorf("case is not ignored: %v", err)
	}
}

func TestDates(t *testing.T) {
	const sec, ms = int64(1e9), int64(1e6)
	base := int64(1714521600) * sec // 2024-05-01T00:00:00Z
	for _, tc := range []struct {
		text   string
		lo, hi int64
	}{
		{"2024-05-01", base, base + 86400*sec - 1},
		{"2024-05", base, base + 31*86400*sec - 1},
		{"2024", base - 121*86400*sec, base + 245*86400*sec - 1},
		{"2024-05-01T01", base + 3600*sec, base + 7200*sec - 1},
		{"2024-05-01T01:02", base + 3720*sec, base + 3780*sec - 1},
		{"2024-05-01T01:02:03", base + 3723*sec, base + 3724*sec - 1},
		{"2024-05-01T01:02:03Z", base + 3723*sec, base + 3724*sec - 1},
		{"2024-05-01T01:02:03.5Z", base + 3723*sec + 500*ms, base + 3723*sec + 600*ms - 1},
		{"2024-05-01T01:02:03.123Z", base + 3723*sec + 123*ms, base + 3723*sec + 124*ms - 1},
		{"2024-05-01T01:02:03.123456789Z", base + 3723*sec + 123456789, base + 3723*sec + 123456789},
		{"2024-05-01T01:02:03+01:00", base + 123*sec, base + 124*sec - 1},
		{"2024-05-01T01:02:03-0130", base + 9123*sec, base + 9124*sec - 1},
		{"1714521600000", base, base + ms - 1},
		{"-62135596800000", millis(-62135596800000), millis(-62135596800000)},
	} {
		lo, hi, ok := parseDate(tc.text)
		if strings.HasPrefix(tc.text, "-") {
			if !ok {
				t.Errorf("%s: not a date", tc.text)
			}
			continue
		}
		if !ok || lo != tc.lo || hi != tc.hi {
			t.Errorf("%s: %d to %d, %v; want %d to %d", tc.text, lo, hi, ok, tc.lo, tc.hi)
		}
	}
	for _, text := range []string{"", "x", "2024-13-01", "2024-02-30", "2024-05-01T25", "2024-05-01T01:02:03.", "2024-05-01 01:02", "2024-05-01T01:02:03Zx", "2024-05-01T01:02:03+99:00", "24-05-01", "2024-5-1"} {
		if _, _, ok := parseDate(text); ok {
			t.Errorf("%q is taken for a date", text)
		}
	}
}

func millis(ms int64) int64 { lo, _ := millisRange(ms); return lo }

func TestAddressBlocks(t *testing.T) {
	for _, tc := range []struct {
		block, address string
		want           bool
	}{
		{"10.6.48.157/8", "10.200.1.1", true}, {"10.0.0.0/8", "11.0.0.1", false}, {"0.0.0.0/0", "1.2.3.4", true}, {"1.2.3.4", "1.2.3.4", true},
		{"fe80::1/10", "febf::1", true}, {"fe80::/10", "fec0::1", false}, {"::/0", "1.2.3.4", true}, {"::ffff:0:0/95", "1.2.3.4", true}, {"2001::/16", "1.2.3.4", false}, {"::ffff:10.0.0.0/104", "10.9.9.9", true}, {"10.0.0.0/8", "::ffff:10.1.1.1", true},
	} {
		b, ok := parseBlock(tc.block)
		a, aok := parseAddress(tc.address)
		if !ok || !aok || inBlock(b, a) != tc.want {
			t.Errorf("%s contains %s: %v, want %v", tc.block, tc.address, !tc.want, tc.want)
		}
	}
	for _, s := range []string{"", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/-1", "10.0.0.0/+1", "fe80::1%eth0/64", "10.0.0.0/"} {
		if _, ok := parseBlock(s); ok {
			t.Errorf("%q is taken for a block", s)
		}
	}
}
