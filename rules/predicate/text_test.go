package predicate

import (
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
		if got := Fold(a) == Fold(b); got != want {
			rt.Fatalf("%q %q: folded %v, EqualFold %v", a, b, got, want)
		}
		if got := EqualFold(a, b); got != want {
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
		w, text := Wildcard(p, fold), s
		if fold {
			text = Fold(s)
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
	p := Wildcard(strings.Repeat("*a?", 2000)+"b", false)
	if p.match(strings.Repeat("ac", 20000), true) {
		t.Error("matches")
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
	for _, text := range []string{"", "x", "2024-13-01", "2024-02-30", "2024-05-01T25", "2024-05-01T01:02:03.",
		"2024-05-01 01:02", "2024-05-01T01:02:03Zx", "2024-05-01T01:02:03+99:00", "24-05-01", "2024-5-1"} {
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
		{"10.6.48.157/8", "10.200.1.1", true}, {"10.0.0.0/8", "11.0.0.1", false}, {"0.0.0.0/0", "1.2.3.4", true},
		{"1.2.3.4", "1.2.3.4", true},
		{"fe80::1/10", "febf::1", true}, {"fe80::/10", "fec0::1", false}, {"::/0", "1.2.3.4", true},
		{"::ffff:0:0/95", "1.2.3.4", true}, {"2001::/16", "1.2.3.4", false}, {"::ffff:10.0.0.0/104", "10.9.9.9", true},
		{"10.0.0.0/8", "::ffff:10.1.1.1", true},
	} {
		b, ok := ParseBlock(tc.block)
		a, aok := ParseAddress(tc.address)
		if !ok || !aok || inBlock(b, a) != tc.want {
			t.Errorf("%s contains %s: %v, want %v", tc.block, tc.address, !tc.want, tc.want)
		}
	}
	for _, s := range []string{"", "10.0.0.0/33", "10.0.0/8", "x/8", "10.0.0.0/-1", "10.0.0.0/+1", "fe80::1%eth0/64",
		"10.0.0.0/"} {
		if _, ok := ParseBlock(s); ok {
			t.Errorf("%q is taken for a block", s)
		}
	}
}
