package notation

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// MaxArguments bounds the arguments taken from one command line. Windows allows
// 32,767 characters, which gives at most 16,384 arguments; only a crafted log has more.
const MaxArguments = 1 << 14

// CountArguments returns the number of arguments of a command line.
func CountArguments(line []byte) int {
	var scratch [256]byte
	n := 0
	for n < MaxArguments {
		_, rest, ok := NextArgument(scratch[:0], line)
		if !ok {
			break
		}
		line = rest
		n++
	}
	return n
}

// NextArgument appends the first argument of line to dst and returns what follows it; ok is false if
// only blanks are left. Blanks are space and tab. 2n backslashes before a quote are n backslashes
// and the quote switches quoting; 2n+1 are n backslashes and a quote; other backslashes are
// themselves; two quotes inside quotes are one quote and end the quoting (the C runtime's rule
// before 2008).
//
// Source: "How Command Line Parameters Are Parsed", daviddeley.com, section 5; Go's os package for
// Windows splits in the same way.
func NextArgument(dst, line []byte) (arg, rest []byte, ok bool) {
	line = bytes.TrimLeft(line, " \t")
	if len(line) == 0 {
		return dst, nil, false
	}
	quoted, slashes := false, 0
	flush := func(n int) {
		for range n {
			dst = append(dst, '\\')
		}
		slashes = 0
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			slashes++
		case c == '"' && slashes%2 == 1:
			flush(slashes / 2)
			dst = append(dst, '"')
		case c == '"':
			flush(slashes / 2)
			if quoted && i+1 < len(line) && line[i+1] == '"' {
				dst = append(dst, '"')
				i++
			}
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			flush(slashes)
			return dst, line[i+1:], true
		default:
			flush(slashes)
			dst = append(dst, c)
		}
	}
	flush(slashes)
	return dst, nil, true
}

// NextBlankSeparated returns the first argument of line as Elastic's mapping of Security 4688 splits
// it, and what follows it; more is false if nothing does. Every blank outside quotes ends an
// argument, so that consecutive blanks make empty ones, and quotes stay in the arguments.
func NextBlankSeparated(line []byte) (arg, rest []byte, more bool) {
	end := blankOutsideQuotes(line)
	if end == len(line) {
		return line, nil, false
	}
	_, size := utf8.DecodeRune(line[end:])
	return line[:end], line[end+size:], true
}

// CountBlankSeparated returns the number of arguments that NextBlankSeparated gives.
func CountBlankSeparated(line []byte) int {
	n := 1
	for ; n < MaxArguments; n++ {
		var more bool
		if _, line, more = NextBlankSeparated(line); !more {
			break
		}
	}
	return n
}

// blankOutsideQuotes returns the index of the first blank of b that is not
// between quotes, or len(b). Every argument starts outside quotes, since only
// blanks outside them end one.
func blankOutsideQuotes(b []byte) int {
	quoted := false
	for i := 0; i < len(b); {
		c, size := rune(b[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(b[i:])
		}
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted && isJavaSpace(c):
			return i
		}
		i += size
	}
	return len(b)
}

// isJavaSpace is Java's Character.isWhitespace: Unicode blanks that may break a line, and the
// separator controls.
func isJavaSpace(c rune) bool {
	if c > ' ' && c < utf8.RuneSelf {
		return false
	}
	switch c {
	case '\u00a0', '\u2007', '\u202f', '\u0085':
		return false
	case 0x1c, 0x1d, 0x1e, 0x1f:
		return true
	}
	return unicode.IsSpace(c)
}
