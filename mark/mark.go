// Package mark makes text from strangers safe to show.
//
// Log text is hostile: a file name may turn the reading direction around, a command line may carry
// terminal escapes. Every view therefore shows the characters that have no shape of their own, or
// that change how others are shown, as marks: control characters as their control picture (␛), all
// else as ⟦U+202E⟧, a byte that is not UTF-8 as ⟦0xFF⟧. Nothing is dropped: what was there can be
// read off the mark.
package mark

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Piece is a run of text to show: as it is, or a mark in place of one character.
type Piece struct {
	Text string
	Mark bool
	Name string // of a mark: what it stands for
}

// LineMode says what becomes of line ends and tabs.
type LineMode int

const (
	OneLine   LineMode = iota // line ends and tabs are marks
	ManyLines                 // \n, \r\n and \t stay
)

// maxCombining is the number of combining marks on one letter that are left alone;
// no script needs more, and a tall stack paints over the lines around it.
const maxCombining = 3

// firstCombining is the first combining mark; the letters before it are those of most languages of Europe.
const firstCombining = 0x300

// Pieces splits s into runs of plain text and marks.
func Pieces(s string, mode LineMode) []Piece {
	if Plain(s, mode) {
		if s == "" {
			return nil
		}
		return []Piece{{Text: s}}
	}
	var out []Piece
	start, combining := 0, 0
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if mode == ManyLines && r == '\r' && strings.HasPrefix(s[i+1:], "\n") {
			if start < i {
				out = append(out, Piece{Text: s[start:i]})
			}
			i++
			start = i
			continue
		}
		if r >= firstCombining && unicode.Is(unicode.M, r) {
			combining++
		} else {
			combining = 0
		}
		mark := markOf(r, n, s[i], mode)
		if mark == "" && combining > maxCombining {
			mark = codePoint(r)
		}
		if mark == "" {
			i += n
			continue
		}
		if start < i {
			out = append(out, Piece{Text: s[start:i]})
		}
		out = append(out, Piece{Text: mark, Mark: true, Name: markName(r, n, s[i])})
		i += n
		start = i
	}
	if start < len(s) {
		out = append(out, Piece{Text: s[start:]})
	}
	return out
}

// Plain reports whether s shows as it is, which nearly all text does.
func Plain[S string | []byte](s S, mode LineMode) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x80 || c == 0x7f || c < 0x20 && (mode != ManyLines || c != '\n' && c != '\t') {
			return false
		}
	}
	return true
}

// markOf returns what stands in for the rune r, which took n bytes of which b is the first, or "" where r shows as
// it is.
func markOf(r rune, n int, b byte, mode LineMode) string {
	switch {
	case r == utf8.RuneError && n == 1:
		return fmt.Sprintf("⟦0x%02X⟧", b)
	case mode == ManyLines && (r == '\n' || r == '\t'):
		return ""
	case r < 0x20:
		return string(0x2400 + r)
	case r == 0x7f:
		return "␡"
	case invisible(r):
		return codePoint(r)
	}
	return ""
}

func codePoint(r rune) string { return fmt.Sprintf("⟦U+%04X⟧", r) }

// markName says in words what a mark stands for.
func markName(r rune, n int, b byte) string {
	switch {
	case r == utf8.RuneError && n == 1:
		return fmt.Sprintf("byte 0x%02X, not UTF-8", b)
	case bidi(r):
		return fmt.Sprintf("U+%04X, changes the reading direction", r)
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return fmt.Sprintf("U+%04X", r)
	case unicode.Is(unicode.M, r):
		return fmt.Sprintf("U+%04X, combining mark", r)
	}
	return fmt.Sprintf("U+%04X, not visible", r)
}

// bidi reports whether r changes the reading direction (Unicode TR 9, section 2).
func bidi(r rune) bool {
	return r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// invisible reports whether r has no shape, or is a control, a format character, a
// line separator, a noncharacter or a filler that looks like nothing.
func invisible(r rune) bool {
	switch {
	case r < 0x7f:
		return r < 0x20
	case r >= 0xa0 && r < firstCombining:
		return r == 0x00ad
	}
	switch {
	case r >= 0x7f && r < 0xa0,
		r == 0x00ad, r == 0x034f,
		r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0, // Hangul fillers
		r == 0x17b4, r == 0x17b5,
		r >= 0x180b && r <= 0x180f,
		r >= 0x200b && r <= 0x200f,
		r >= 0x2028 && r <= 0x202e,
		r >= 0x2060 && r <= 0x206f,
		r == 0x2800,                // the blank Braille pattern
		r >= 0xfdd0 && r <= 0xfdef, // noncharacters
		r >= 0xfe00 && r <= 0xfe0f, // variation selectors
		r == 0xfeff,
		r >= 0xfff0 && r <= 0xfffb,
		r&0xfffe == 0xfffe,
		r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return unicode.In(r, unicode.Cf, unicode.Cc, unicode.Cs)
}

// Visible reports whether a character has a shape of its own and changes nothing of how others are
// shown: Printable leaves it as it is.
func Visible(r rune) bool { return !invisible(r) }

// Printable returns s as one line with its marks in place: everything that a terminal would act on,
// and everything that changes how text is read; line ends and tabs too.
func Printable(s string) string {
	if Plain(s, OneLine) {
		return s
	}
	var b strings.Builder
	for _, p := range Pieces(s, OneLine) {
		b.WriteString(p.Text)
	}
	return b.String()
}

// PrintableLines is Printable line by line.
func PrintableLines(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i := range lines {
		lines[i] = Printable(lines[i])
	}
	return strings.Join(lines, "\n")
}
