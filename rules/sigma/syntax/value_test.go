package syntax

import (
	"strings"
	"testing"
)

// shown writes parts so that wildcards can be told from plain characters: «*», «?», «-», literals
// as they are.
func shown(parts []Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch p.Kind {
		case Literal:
			b.WriteString(p.Text)
		case AnyRun:
			b.WriteString("«*»")
		case AnyChar:
			b.WriteString("«?»")
		case AnyDash:
			b.WriteString("«-»")
		case placeholder:
			b.WriteString("«%" + p.Text + "»")
		}
	}
	return b.String()
}

func TestABackslashTakesTheMeaningOnlyFromWildcardsAndFromItself(t *testing.T) {
	for in, want := range map[string]string{
		`a*b?c`:       `a«*»b«?»c`,
		`a\*b`:        `a*b`,
		`a\\*b`:       `a\«*»b`,
		`a\\\*b`:      `a\*b`,
		`C:\Windows`:  `C:\Windows`,
		`C:\\Windows`: `C:\Windows`,
		`\\\\srv\x`:   `\\srv\x`,
		`end\`:        `end\`,
		`a\?b`:        `a?b`,
		`100\%`:       `100\%`,
		`***`:         `«*»«*»«*»`,
		``:            ``,
	} {
		if got := shown(parseText(in, false)); got != want {
			t.Errorf("%s is %s, not %s", in, got, want)
		}
	}
	for in, want := range map[string]string{
		`%a_b%\x`: `«%a_b»\x`,
		`100\%x%`: `100%x%`,
		`50% of`:  `50% of`,
		`%%`:      `%%`,
	} {
		if got := shown(parseText(in, true)); got != want {
			t.Errorf("with expand %s is %s, not %s", in, got, want)
		}
	}
}

func TestNumbersAreReadInDecimalAndHexadecimal(t *testing.T) {
	for in, want := range map[string]string{"4688": "4688", "0x1410": "5136", "0XfF": "255", "-1": "-1", "+7": "7",
		"012": "12", "18446744073709551615": "18446744073709551615"} {
		if n, ok := ParseNumber(in); !ok || n.String() != want {
			t.Errorf("%s is %s (%t), not %s", in, n, ok, want)
		}
	}
	for _, in := range []string{"", "-", "0x", "1.5", "1_000", "0x-1", "--1", "18446744073709551616", "1e3", " 1"} {
		if n, ok := ParseNumber(in); ok {
			t.Errorf("%q is the number %s", in, n)
		}
	}
}

func TestNumbersCompareAsNumbers(t *testing.T) {
	order := []string{"-18446744073709551615", "-2", "-1", "0", "1", "9", "10", "18446744073709551615"}
	for i, a := range order {
		for j, b := range order {
			x, _ := ParseNumber(a)
			y, _ := ParseNumber(b)
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := x.Cmp(y); got != want {
				t.Errorf("%s to %s is %d", a, b, got)
			}
		}
	}
}
