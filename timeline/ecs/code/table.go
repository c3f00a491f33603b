package code

import (
	"bytes"
	"iter"
)

// Table gives the words for codes.
type Table struct {
	texts map[string]string // keys in lower case
	flags []flag            // for bit sets, in the order of output
}

type flag struct {
	bit  uint64
	text string
}

// New returns a table of texts by code; codes are in lower case.
func New(texts map[string]string) *Table { return &Table{texts: texts} }

// Text returns the text of a code, ignoring its case and the %% that marks
// Windows' message codes.
func (t *Table) Text(code []byte) (string, bool) {
	code = bytes.TrimPrefix(code, []byte("%%"))
	if s, ok := t.texts[string(code)]; ok {
		return s, true
	}
	const longest = 64 // no code is longer
	if len(code) > longest {
		return "", false
	}
	s, ok := t.texts[string(bytes.ToLower(code))]
	return s, ok
}

// Flags yields the texts of the bits that are set in n, in the order of the table.
func (t *Table) Flags(n uint64) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range t.flags {
			if n&f.bit == f.bit && !yield(f.text) {
				return
			}
		}
	}
}

// Items yields the codes of a list, separated by blanks or commas.
func Items(list []byte) iter.Seq[[]byte] { return bytes.FieldsFuncSeq(list, isListBreak) }

func isListBreak(c rune) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','
}
