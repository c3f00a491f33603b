package table

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Width returns how many columns of a terminal a printable text takes. East Asian characters and most emoji take two,
// combining marks none.
func Width[S string | []byte](text S) int {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			s := string(text)
			return displaywidth.String(s) + voiced(s)
		}
	}
	return len(text)
}

// voiced counts the sound marks of half-width Katakana that follow a character. For Unicode they are part of it,
// but terminals give them a column.
func voiced(text string) (n int) {
	const marks = "\uff9e\uff9f"
	for i := strings.IndexAny(text, marks); i >= 0; {
		if i > 0 {
			n++
		}
		behind := i + len("\uff9e")
		if i = strings.IndexAny(text[behind:], marks); i >= 0 {
			i += behind
		}
	}
	return n
}

// Cut returns a text that is no wider than a width of 1 or more. A text that was cut ends in an ellipsis.
func Cut(text string, width int) string {
	if len(text) <= width || Width(text) <= width {
		return text
	}
	const ellipsis = "…"
	n, end := Width(ellipsis), 0
	for g := displaywidth.StringGraphemes(text); g.Next(); end += len(g.Value()) {
		if n += Width(g.Value()); n > width {
			break
		}
	}
	return text[:end] + ellipsis
}
