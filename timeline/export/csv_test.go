package export

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"testing"
	"unicode"

	"hunt/mark"
	"hunt/report/reporttest"
)

func TestCellsOfATableAreTextWhateverTheLogsSay(t *testing.T) {
	formulas := map[string]bool{}
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "\u2212"} {
		for _, before := range []string{"", " ", "\t", "\u00a0", "\u3000 \u2003", "\u200b", "\ufeff", "\x00", "\n",
			"\r\n", "x;", "x,", "x; ", "x,\u00a0", `x;"`, ";;", "a,b;\t"} {
			formulas[before+sign+"cmd|'/C calc'!A0"] = true
		}
	}
	for _, blank := range []string{"\tx", "\rx", "\nx", "\n"} {
		formulas[blank] = true
	}
	attacks := append(reporttest.AttackList(), "", " ", "a", "a,b", "a;b", `a"b`, `"`, "a\nb", "a\r\nb", "\ufeff",
		"a=b", "a -b", "a;b=c", "C:\\x.exe /a=b", "\u202egnp.exe", "\u009b31m", "x\x1b]0;t\x07")
	formula := regexp.MustCompile(
		"^[\\s\\p{Z}\\p{C}]*[=+\\-@＝＋－＠﹦﹢﹣﹫−]|[;,][\\s\\p{Z}\\p{C}\"']*[=+\\-@＝＋－＠﹦﹢﹣﹫−]|^[\\t\\r\\n]")
	for _, a := range reporttest.AttackList() {
		formulas[a] = formulas[a] || formula.MatchString(a)
	}
	for a, is := range formulas {
		if is {
			attacks = append(attacks, a)
		}
	}
	for _, a := range attacks {
		row := []string{a, "x", a}
		text := AppendCSV(nil, append([]string(nil), row...))
		if !bytes.HasSuffix(text, []byte("\r\n")) {
			t.Errorf("%q: the line does not end with CR LF", text)
		}
		if bytes.ContainsFunc(text[:len(text)-2], func(r rune) bool {
			return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		}) {
			t.Errorf("%q acts on who shows it", text)
		}
		got, err := csv.NewReader(bytes.NewReader(text)).Read()
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want := mark.Printable(a)
		if formulas[a] {
			want = "'" + want
		}
		if len(got) != 3 || got[0] != want || got[1] != "x" || got[2] != want {
			t.Errorf("%q is read as %q, want %q", a, got, want)
		}
	}
}
