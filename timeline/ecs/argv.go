package ecs

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxArgs bounds the arguments taken from one command line. Windows allows
// 32,767 characters, which gives at most 16,384 arguments; only a crafted log has more.
const maxArgs = 1 << 14

// fewArgs is the number of arguments up to which they are compared with each other rather than put
// into a map.
const fewArgs = 32

// Args returns the values of process.args and process.args_count that Security
// 4688 gives a command line, none for an empty one: the arguments of both
// splitters, each once, and the count of each where they differ. It is for
// enrichment, which learns a parent's command line from another record.
func Args(commandLine string) (args, counts []Value) {
	if commandLine == "" {
		return nil, nil
	}
	line := []byte(commandLine)
	return (*workspace)(nil).appendBothArgs(nil, line), appendBothCounts(nil, line)
}

// appendBothCounts appends the number of arguments by both splitters.
func appendBothCounts(dst []Value, line []byte) []Value {
	from := len(dst)
	return appendNew(append(dst, Int(int64(countBlankSeparated(line)))), from, Int(int64(countArgs(line))))
}

// appendArgs appends the arguments of a command line.
func (w *workspace) appendArgs(dst []Value, line []byte) []Value {
	var scratch []byte
	if w != nil {
		scratch = w.buf2
	}
	for range maxArgs {
		arg, rest, ok := nextArg(scratch[:0], line)
		if !ok {
			break
		}
		dst = append(dst, String(w.string(arg)))
		scratch, line = arg, rest
	}
	if w != nil {
		w.buf2 = scratch
	}
	return dst
}

// countArgs returns the number of arguments of a command line.
func countArgs(line []byte) int {
	var scratch [256]byte
	n := 0
	for n < maxArgs {
		_, rest, ok := nextArg(scratch[:0], line)
		if !ok {
			break
		}
		line = rest
		n++
	}
	return n
}

// nextArg appends the first argument of line to dst and returns what follows
// it; ok is false where only blanks are left. Blanks are space and tab. 2n
// backslashes before a quote are n backslashes and the quote switches quoting;
// 2n+1 are n backslashes and a quote; backslashes elsewhere are themselves; two
// quotes inside quotes are one quote and end the quoting (the C runtime's rule
// before 2008).
//
// Source: "How Command Line Parameters Are Parsed", daviddeley.com, section 5;
// Go's os package for Windows splits in the same way.
func nextArg(dst, line []byte) (arg, rest []byte, ok bool) {
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

// appendBothArgs appends the arguments as Elastic's mapping of Security 4688
// splits them, then those that nextArg gives and the first list lacks, so that
// a rule finds an argument whichever form it expects.
func (w *workspace) appendBothArgs(dst []Value, line []byte) []Value {
	from := len(dst)
	for rest, n := line, 0; n < maxArgs; n++ {
		end := blankOutsideQuotes(rest)
		dst = append(dst, String(w.string(rest[:end])))
		if end == len(rest) {
			break
		}
		_, size := utf8.DecodeRune(rest[end:])
		rest = rest[end+size:]
	}
	first := len(dst)
	dst = w.appendArgs(dst, line)
	kept := dst[:first]
	if len(dst)-from <= fewArgs {
		for _, v := range dst[first:] {
			kept = appendNew(kept, from, v)
		}
		return kept
	}
	seen := make(map[string]bool, first-from)
	for _, v := range kept[from:] {
		seen[v.Str] = true
	}
	for _, v := range dst[first:] {
		if !seen[v.Str] {
			seen[v.Str] = true
			kept = append(kept, v)
		}
	}
	return kept
}

// countBlankSeparated returns the number of arguments in the first of these lists.
func countBlankSeparated(line []byte) int {
	n := 1
	for rest := line; n < maxArgs; n++ {
		end := blankOutsideQuotes(rest)
		if end == len(rest) {
			break
		}
		_, size := utf8.DecodeRune(rest[end:])
		rest = rest[end+size:]
	}
	return n
}

// blankOutsideQuotes returns the index of the first blank of b that is not
// between quotes, or len(b). Every part starts outside quotes, since only blanks
// outside them end one. Quotes stay in the arguments and blanks in a row make
// empty ones.
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

// isJavaSpace is Java's Character.isWhitespace: Unicode blanks that may break a
// line, and the controls that separate.
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
