package screen

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/term"

	"hunt/mark"
)

// A file or pipe gets documents as they are. A terminal acts on control characters, also on those of the C1 set, and
// turns the reading direction where a character asks for it: for a terminal such characters are written as the
// escapes of the document's own language, which stand for the same text.

// JSON returns w, or what writes to it as JSON for a terminal.
func JSON(w io.Writer) io.Writer { return screenOf(w, jsonEscape) }

// XML returns w, or what writes to it as XML for a terminal.
func XML(w io.Writer) io.Writer {
	return screenOf(w, func(dst []byte, r rune) []byte { return fmt.Appendf(dst, "&#x%X;", r) })
}

func jsonEscape(dst []byte, r rune) []byte {
	if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
		return fmt.Appendf(dst, `\u%04x\u%04x`, hi, lo)
	}
	return fmt.Appendf(dst, `\u%04x`, r)
}

func screenOf(w io.Writer, escape func([]byte, rune) []byte) io.Writer {
	if f, ok := FileOf(w); ok && term.IsTerminal(int(f.Fd())) {
		return &screen{w: w, escape: escape}
	}
	return w
}

// screen writes text in which nothing but line ends and tabs acts on a terminal.
type screen struct {
	w      io.Writer
	escape func(dst []byte, r rune) []byte
	held   []byte // the beginning of a character whose rest comes with the next write
	buf    []byte
}

func (s *screen) Write(p []byte) (int, error) {
	text := p
	if len(s.held) > 0 {
		text = append(s.held, p...)
	}
	s.buf = s.buf[:0]
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 && !utf8.FullRune(text) {
			break
		}
		switch {
		case r == '\n' || r == '\t':
			s.buf = append(s.buf, byte(r))
		case r == utf8.RuneError && n == 1:
			s.buf = utf8.AppendRune(s.buf, utf8.RuneError)
		case mark.Visible(r):
			s.buf = append(s.buf, text[:n]...)
		default:
			s.buf = s.escape(s.buf, r)
		}
		text = text[n:]
	}
	s.held = append([]byte(nil), text...)
	if _, err := s.w.Write(s.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}
