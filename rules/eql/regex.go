package eql

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"hunt/rules/predicate"
)

// Regular expressions of EQL are Lucene's: org.apache.lucene.util.automaton.RegExp with all its operators. They are
// anchored at both ends; `^` and `$` are plain characters; a second quantifier applies to the first (`a+?` is
// `(a+)?`). They are translated to RE2, the dialect of package regexp, whose running time is linear.

// Limits of a regular expression: RE2's own bound on repetition, and a nesting that cannot exhaust the stack.
const (
	maxRegexLen         = 64 << 10
	maxRegexRepeat      = 1000
	maxRegexDepth       = 100
	maxRegexQuantifiers = 8 // on one element
	// maxRegexSize bounds the elements of an expression with its repetitions written out, which determines the time
	// and memory of compiling it.
	maxRegexSize = 20_000
	// maxRegexTotal bounds the elements of all expressions of a query together.
	maxRegexTotal = 500_000
)

// errRegexUnsupported is wrapped by errors about Lucene operators that RE2 cannot express, errRegexSize by those
// about valid expressions that are larger than hunt accepts.
var (
	errRegexUnsupported = errors.New("not supported")
	errRegexSize        = fmt.Errorf("%w", errRegexUnsupported)
)

// parseRegex translates a Lucene regular expression. size is the number of its elements with its repetitions written
// out.
func parseRegex(src string, fold bool) (re *predicate.Expr, size int, err error) {
	if len(src) > maxRegexLen {
		return nil, 0, fmt.Errorf("a regular expression longer than %d bytes is %w", maxRegexLen, errRegexSize)
	}
	t := luceneTranslator{src: src}
	t.union()
	if t.err == nil && t.pos < len(src) {
		t.fail("unexpected %q", src[t.pos:t.pos+1])
	}
	if t.err != nil {
		return nil, 0, t.err
	}
	flags := "(?s)"
	if fold {
		flags = "(?si)"
	}
	re, err = predicate.ParseExpr(flags + `\A(?:` + t.out.String() + `)\z`)
	if err != nil {
		return nil, 0, fmt.Errorf("the regular expression is too large: %w", errRegexSize)
	}
	return re, t.size, nil
}

type luceneTranslator struct {
	src   string
	pos   int
	out   bytes.Buffer
	depth int
	size  int // elements so far, repetitions written out
	err   error
}

func (t *luceneTranslator) fail(format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf(format, args...)
	}
	t.pos = len(t.src)
}

func (t *luceneTranslator) peek(set string) bool {
	return t.pos < len(t.src) && strings.IndexByte(set, t.src[t.pos]) >= 0
}

func (t *luceneTranslator) take(c byte) bool {
	if t.pos < len(t.src) && t.src[t.pos] == c {
		t.pos++
		return true
	}
	return false
}

func (t *luceneTranslator) union() {
	if t.depth++; t.depth > maxRegexDepth {
		t.fail("groups that nest more than %d deep are %w", maxRegexDepth, errRegexSize)
		return
	}
	t.concatenation()
	for t.take('|') {
		t.out.WriteByte('|')
		t.concatenation()
	}
	t.depth--
}

func (t *luceneTranslator) concatenation() {
	if t.pos >= len(t.src) && t.src != "" || t.peek("|)&") && t.pos < len(t.src) {
		if t.peek("&") {
			t.fail("the operator & (both sides must match) is %w", errRegexUnsupported)
		} else if t.depth > 1 && t.pos >= len(t.src) {
			t.fail(unclosed)
		} else if t.err == nil {
			t.fail("an alternative is empty: write () for the empty text")
		}
		return
	}
	for t.pos < len(t.src) && !t.peek("|)") {
		if t.peek("&") {
			t.fail("the operator & (both sides must match) is %w", errRegexUnsupported)
			return
		}
		t.repetition()
	}
}

// repetition translates one element and its quantifiers, each in a separate group so that RE2 does not read a second
// one as laziness.
func (t *luceneTranslator) repetition() {
	start, before := t.out.Len(), t.size
	t.element()
	t.size++
	for n := 1; t.err == nil && t.peek("?*+{"); n++ {
		if n > maxRegexQuantifiers {
			t.fail("more than %d quantifiers on one element are %w", maxRegexQuantifiers, errRegexSize)
			return
		}
		c := t.src[t.pos]
		t.pos++
		q := string(c)
		if c == '{' {
			var times int
			q, times = t.counts()
			t.size = before + (t.size-before)*times
		}
		atom := string(t.out.Bytes()[start:])
		t.out.Truncate(start)
		t.out.WriteString("(?:" + atom + ")" + q)
	}
	if t.size > maxRegexSize {
		t.fail("an expression of more than %d elements is %w", maxRegexSize, errRegexSize)
	}
}

// counts translates the rest of {n}, {n,} or {n,m} and returns the largest number.
func (t *luceneTranslator) counts() (q string, times int) {
	lo, ok := t.integer()
	if !ok {
		t.fail("a number must follow {")
		return "", 1
	}
	q, times = "{"+strconv.Itoa(lo), lo
	if t.take(',') {
		q += ","
		if hi, ok := t.integer(); ok {
			if hi < lo {
				t.fail("in {%d,%d} the first number is larger than the second", lo, hi)
			}
			q += strconv.Itoa(hi)
			times = hi
		}
	}
	if !t.take('}') {
		t.fail("} is missing")
	}
	return q + "}", max(times, 1)
}

func (t *luceneTranslator) integer() (int, bool) {
	start := t.pos
	for t.peek("0123456789") {
		t.pos++
	}
	if start == t.pos {
		return 0, false
	}
	n, err := strconv.Atoi(t.src[start:t.pos])
	if err != nil || n > maxRegexRepeat {
		t.fail("a repetition of more than %d is %w", maxRegexRepeat, errRegexSize)
		return 0, true
	}
	return n, true
}

func (t *luceneTranslator) element() {
	c := t.src[t.pos]
	switch c {
	case '?', '*', '+', '{':
		t.fail("there is nothing before %c", c)
	case '~':
		t.fail("the operator ~ (anything but) is %w", errRegexUnsupported)
	case '<':
		t.fail("the operator < > (a range of numbers, or a named expression) is %w", errRegexUnsupported)
	case '.':
		t.pos++
		t.out.WriteByte('.')
	case '@': // any text
		t.pos++
		t.out.WriteString("(?:.*)")
	case '#': // no text at all, not even the empty one
		t.pos++
		t.out.WriteString(`[^\x00-\x{10FFFF}]`)
	case '"':
		end := strings.IndexByte(t.src[t.pos+1:], '"')
		if end < 0 {
			t.fail(`the closing " is missing`)
			return
		}
		t.out.WriteString("(?:" + regexp.QuoteMeta(t.src[t.pos+1:t.pos+1+end]) + ")")
		t.pos += end + 2
	case '(':
		t.group()
	case '[':
		t.class()
	default:
		if set, ok := t.predefined(); ok {
			t.out.WriteString("[" + set + "]")
			return
		}
		t.out.WriteString(regexp.QuoteMeta(string(t.char())))
	}
}

// unclosed is the error of a group without an end.
const unclosed = `) is missing: close the group, or write \( for the character`

func (t *luceneTranslator) group() {
	t.pos++
	if t.take(')') {
		t.out.WriteString("(?:)")
		return
	}
	t.out.WriteString("(?:")
	t.union()
	if !t.take(')') {
		t.fail(unclosed)
	}
	t.out.WriteByte(')')
}

// predefined translates \d \D \s \S \w \W to the inside of a class.
func (t *luceneTranslator) predefined() (string, bool) {
	if !strings.HasPrefix(t.src[t.pos:], `\`) || t.pos+1 >= len(t.src) {
		return "", false
	}
	set := map[byte]string{
		'd': `0-9`, 'D': `\x00-/:-\x{10FFFF}`,
		's': ` \t\n\r`, 'S': `\x00-\x08\x0b\x0c\x0e-\x1f!-\x{10FFFF}`,
		'w': `0-9A-Z_a-z`, 'W': "\\x00-/:-@\\[-\\^`{-\\x{10FFFF}",
	}[t.src[t.pos+1]]
	if set == "" {
		return "", false
	}
	t.pos += 2
	return set, true
}

// char reads one character, escaped or not.
func (t *luceneTranslator) char() rune {
	escaped := t.take('\\')
	if t.pos >= len(t.src) {
		t.fail(`a character must follow \`)
		return 0
	}
	r, n := utf8.DecodeRuneInString(t.src[t.pos:])
	if escaped && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
		t.fail(`\%c has no meaning in Lucene, which knows only \d \s \w and their capitals: for a backslash before %[1]c, write \\%[1]c in a raw string`, r)
		return 0
	}
	t.pos += n
	return r
}

// class translates [ … ] and [^ … ].
func (t *luceneTranslator) class() {
	t.pos++
	t.out.WriteByte('[')
	if t.take('^') {
		t.out.WriteByte('^')
	}
	for first := true; first || t.pos < len(t.src) && !t.peek("]"); first = false {
		if set, ok := t.predefined(); ok {
			t.out.WriteString(set)
			continue
		}
		if t.pos >= len(t.src) {
			break
		}
		lo := t.char()
		hi := lo
		if t.take('-') {
			if t.peek("]") {
				t.out.WriteString(`\-`)
			} else {
				hi = t.char()
			}
		}
		if t.err != nil {
			return
		}
		if hi < lo {
			t.fail("the range %c-%c runs backwards", lo, hi)
			return
		}
		t.out.WriteString(classChar(lo) + "-" + classChar(hi))
	}
	if !t.take(']') {
		t.fail("] is missing")
	}
	t.out.WriteByte(']')
}

// classChar writes a character so that it is never read as syntax of a class.
func classChar(r rune) string { return fmt.Sprintf(`\x{%x}`, r) }
