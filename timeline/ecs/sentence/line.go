package sentence

import (
	"slices"
	"unicode/utf8"
)

// AppendLine appends a value on one line: runs of blanks and line ends become one
// blank, and what is longer than limit is cut with an ellipsis.
func AppendLine(dst []byte, s string, limit int) []byte {
	blank, n := false, 0
	for _, c := range s {
		if c == '\r' || c == '\n' || c == '\t' || c == ' ' {
			blank = n > 0
			continue
		}
		if n >= limit {
			return append(dst, " …"...)
		}
		if blank {
			dst = append(dst, ' ')
			blank = false
		}
		dst = utf8.AppendRune(dst, c)
		n++
	}
	return dst
}

// Ellipsis cuts the sentence to n characters. Fields that were cut off no longer count as named.
func (t *Trace) Ellipsis(told string, n int) string {
	s := Ellipsis(told, n)
	if s != told {
		t.Named = slices.DeleteFunc(t.Named, func(v Span) bool { return v.To > len(s)-len("…") })
	}
	return s
}

// Ellipsis cuts s to n characters.
func Ellipsis(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}
