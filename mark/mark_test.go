package mark_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"hunt/mark"
)

func ExamplePrintable() {
	fmt.Println(mark.Printable("invoice\u202efdp.exe\x1b[2J\xff"))
	// Output: invoice⟦U+202E⟧fdp.exe␛[2J⟦0xFF⟧
}

func TestPiecesLoseNothing(t *testing.T) {
	for _, s := range []string{"", "plain", "a\x00b", "tab\tand\r\nline", "\u202egnp",
		"é\u0301\u0301\u0301\u0301\u0301", "\xff\xfe", "\u200b", "\U000e0041"} {
		var text strings.Builder
		for _, p := range mark.Pieces(s, mark.OneLine) {
			if p.Mark != (p.Name != "") {
				t.Errorf("%q: mark %t is called %q", s, p.Mark, p.Name)
			}
			text.WriteString(p.Text)
		}
		got := text.String()
		if got != mark.Printable(s) || !utf8.ValidString(got) ||
			strings.ContainsFunc(got, func(r rune) bool { return !mark.Visible(r) }) {
			t.Errorf("%q becomes %q", s, got)
		}
		if mark.Plain(s, mark.OneLine) && got != s {
			t.Errorf("%q is plain and becomes %q", s, got)
		}
	}
}
