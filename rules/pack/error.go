package pack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"hunt/rules/eql"
	"hunt/rules/source"
)

// Error is one mistake in a rule or tuning file, with its place in that file.
type Error struct {
	File      string // as given on the command line; "built in" files are named library/…
	Line, Col int    // counted from 1; Col counts characters, not bytes; 0 = the file as a whole
	Msg       string
	Text      string // the line of the file
	Hint      string // something that can be typed, or ""
	// Unsupported distinguishes valid EQL, or a valid rule of Elastic's, that hunt does not run from a mistake.
	Unsupported bool
}

// Head returns the first line of the message: file:line:col: why.
func (e *Error) Head() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, source.Printable(e.Msg))
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, source.Printable(e.Msg))
}

// Context returns the offending line, a caret below the column, and the hint: each line indented by two blanks,
// without a final newline. It is empty if there is nothing to show.
func (e *Error) Context() string {
	var b strings.Builder
	if e.Line > 0 && strings.TrimSpace(e.Text) != "" {
		text, col := shorten(e.Text, e.Col)
		fmt.Fprintf(&b, "  %s\n  %s^", text, caretPad(text, col))
	}
	if e.Hint != "" {
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("  hint: " + source.Printable(e.Hint))
	}
	return b.String()
}

// Error returns the whole message, which has several lines.
func (e *Error) Error() string {
	if c := e.Context(); c != "" {
		return e.Head() + "\n" + c
	}
	return e.Head()
}

// Is lets errors.Is distinguish what hunt does not support from mistakes, as the errors of package eql do.
func (e *Error) Is(target error) bool { return e.Unsupported && target == eql.ErrUnsupported }

// contextWidth bounds the line shown with an error, in characters: rule files have lines of many thousand (a list
// of hashes), and the caret is only below its place if the line does not wrap.
const contextWidth = 160

// shorten cuts a long line to the surroundings of col and returns the column within the result.
func shorten(text string, col int) (string, int) {
	text = strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' || r == 0x7f || r == utf8.RuneError {
			return '�' // control characters do not reach the terminal
		}
		return r
	}, strings.TrimRight(text, "\r\n"))
	runes := []rune(text)
	if len(runes) <= contextWidth {
		return text, col
	}
	from := min(max(0, col-contextWidth/2), len(runes)-contextWidth)
	cut := string(runes[from : from+contextWidth])
	if from > 0 {
		return "…" + cut, col - from + 1
	}
	return cut + "…", col
}

// caretPad returns the white space before the caret: tabs stay tabs, so that the caret is below its character.
func caretPad(text string, col int) string {
	var b strings.Builder
	n := 1
	for _, r := range text {
		if n >= col {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
		n++
	}
	for ; n < col; n++ {
		b.WriteByte(' ')
	}
	return b.String()
}

// Errors are the mistakes of one or more files, in the order of file and place.
type Errors []*Error

// Error returns all messages, one below the other.
func (es Errors) Error() string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = e.Error()
	}
	return strings.Join(parts, "\n")
}

// Unwrap makes errors.As find each of them.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// sort orders errors by place within each file and keeps the order of the files.
func (es Errors) sort() Errors {
	slices.SortStableFunc(es, func(a, b *Error) int {
		if a.File != b.File {
			return 0
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	return es
}

// maxErrorsOfFile bounds the mistakes of one file that are reported.
const maxErrorsOfFile = 20

// fold reports a repeated mistake of a file once, with its number, and counts what is beyond maxErrorsOfFile: a
// crafted file of thousands of documents does not fill the screen. The order is kept.
func (es Errors) fold() Errors {
	type same struct{ file, msg string }
	again, more := map[same]int{}, map[string]int{}
	var out Errors
	told := map[string]int{}
	for _, e := range es {
		k := same{e.File, e.Msg}
		if again[k]++; again[k] > 1 && e.Line > 0 {
			continue
		}
		if told[e.File]++; told[e.File] > maxErrorsOfFile {
			more[e.File]++
			continue
		}
		out = append(out, e)
	}
	for i, e := range out {
		if n := again[same{e.File, e.Msg}] - 1; n > 0 && e.Line > 0 {
			told := *e
			told.Msg += fmt.Sprintf(" (and %s of this file)", plural(n, "more place"))
			out[i] = &told
		}
	}
	for _, file := range slices.Sorted(maps.Keys(more)) {
		out = append(out, &Error{File: file, Msg: plural(more[file], "more mistake") + " of this file not listed"})
	}
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// err returns es as an error, nil if it is empty.
func (es Errors) err() error {
	if len(es) == 0 {
		return nil
	}
	return es
}
