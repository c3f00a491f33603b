// Package source describes where the text of a rule or query is and what is wrong with it: places,
// and mistakes with their place, the line, a caret and a correction. Every rule language reports its
// mistakes in this form.
package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// ErrUnsupported matches, with errors.Is, errors about text that is valid in its language, or in a
// dialect of it, but that hunt does not run.
var ErrUnsupported = errors.New("hunt does not support this")

// Pos is a byte offset in the text of a query.
type Pos int

// Text is a query, or part of a rule file, with its place.
type Text struct {
	File string // name for messages, may be empty
	Line int    // line of the text's first line within File, counted from 1; 0 means 1
	Text string
}

// Error is a mistake in a query, with its place.
type Error struct {
	File        string
	Line, Col   int // counted from 1; Col counts code points
	Msg         string
	Hint        string // a correction that can be typed, or ""
	SourceLine  string // the text of line Line
	Unsupported bool   // valid in its language, but hunt does not support it
}

// MaxShownLine bounds the part of a source line that a message repeats, in code points.
const MaxShownLine = 160

// Error returns "file:line:col: message", the source line, a caret below the
// place, and the hint.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Header())
	line, col := []rune(e.SourceLine), e.Col
	if len(line) > MaxShownLine {
		from := max(0, min(col-1-MaxShownLine/2, len(line)-MaxShownLine))
		line, col = line[from:from+MaxShownLine], col-from
	}
	var shown, caret strings.Builder
	for i, r := range line {
		text, under := showRune(r)
		shown.WriteString(text)
		if i < col-1 {
			caret.WriteString(under)
		}
	}
	b.WriteString("\n  " + shown.String() + "\n  " + caret.String())
	b.WriteByte('^')
	if e.Hint != "" {
		b.WriteString("\n  hint: ")
		b.WriteString(Printable(e.Hint))
	}
	return b.String()
}

// maxShownWord bounds a word in a message, in bytes: a name may be as long as a file.
const maxShownWord = 200

// Printable returns a text for a terminal: control characters and those that reverse the direction
// of a line are written out, and words that are too long are cut. Tabs and line ends stay.
func Printable(s string) string {
	if s = cutWords(s); !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if hidden(r) {
			fmt.Fprintf(&b, `\u{%04x}`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cutWords cuts words that are too long.
func cutWords(s string) string {
	if len(s) <= maxShownWord {
		return s
	}
	var b strings.Builder
	word := 0 // bytes of the current word
	for _, r := range s {
		if unicode.IsSpace(r) {
			word = 0
		} else {
			before := word
			if word += utf8.RuneLen(r); word > maxShownWord {
				if before <= maxShownWord {
					b.WriteString("…")
				}
				continue
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// hidden reports whether a terminal acts on a character instead of showing it.
func hidden(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) && r != '\t' && r != '\n'
}

// showRune returns a character as a message shows it, and what stands below it in the line of the
// caret.
func showRune(r rune) (text, under string) {
	switch k := width.LookupRune(r).Kind(); {
	case r == '\t':
		return "\t", "\t"
	case hidden(r):
		text = fmt.Sprintf(`\u{%04x}`, r)
		return text, strings.Repeat(" ", len(text))
	case unicode.In(r, unicode.Mn, unicode.Me): // combined with the letter before it
		return string(r), ""
	case k == width.EastAsianWide || k == width.EastAsianFullwidth:
		return string(r), "  "
	}
	return string(r), " "
}

// Header returns the first line of the message: "file:line:col: message".
func (e *Error) Header() string {
	if e.File == "" {
		return fmt.Sprintf("%d:%d: %s", e.Line, e.Col, Printable(e.Msg))
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, Printable(e.Msg))
}

// Is makes errors.Is(err, ErrUnsupported) distinguish what hunt does not support from mistakes.
func (e *Error) Is(target error) bool { return target == ErrUnsupported && e.Unsupported }

// Locate returns the line within the file and the column of a position, both counted from 1, and the
// text of that line.
func (s Text) Locate(pos Pos) (line, col int, text string) {
	p := max(0, min(int(pos), len(s.Text)))
	first := max(s.Line, 1)
	start := strings.LastIndexByte(s.Text[:p], '\n') + 1
	end := len(s.Text)
	if i := strings.IndexByte(s.Text[p:], '\n'); i >= 0 {
		end = p + i
	}
	line = first + strings.Count(s.Text[:start], "\n")
	return line, utf8.RuneCountInString(s.Text[start:p]) + 1, strings.TrimRight(s.Text[start:end], "\r")
}

// Errorf returns an error at a position.
func (s Text) Errorf(pos Pos, hint, format string, args ...any) *Error {
	line, col, text := s.Locate(pos)
	return &Error{File: s.File, Line: line, Col: col, Msg: fmt.Sprintf(format, args...), Hint: hint, SourceLine: text}
}

// Unsupportedf returns an error about valid text that hunt does not support.
func (s Text) Unsupportedf(pos Pos, hint, format string, args ...any) *Error {
	e := s.Errorf(pos, hint, format, args...)
	e.Unsupported = true
	return e
}
