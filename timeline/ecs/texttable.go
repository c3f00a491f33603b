package ecs

import "bytes"

// textTable gives the words for codes.
type textTable struct {
	texts map[string]string // keys in lower case
	flags []flagText        // for bit sets, in the order of output
}

type flagText struct {
	bit  uint64
	text string
}

func newTextTable(texts map[string]string) *textTable { return &textTable{texts: texts} }

// lookup returns the text of a code, ignoring its case and the %% that marks
// Windows' message codes.
func (t *textTable) lookup(code []byte) (string, bool) {
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

// appendFlags appends the texts of the bits that are set.
func (t *textTable) appendFlags(dst []Value, n uint64) []Value {
	for _, f := range t.flags {
		if n&f.bit == f.bit {
			dst = append(dst, String(f.text))
		}
	}
	return dst
}

// isListBreak separates the items of Windows' code lists: blanks and commas.
func isListBreak(c rune) bool {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','
}
