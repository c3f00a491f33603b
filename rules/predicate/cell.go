package predicate

import (
	"regexp"
	"unsafe"

	"hunt/automaton"
)

// cell is one value of an event with the forms of its text that comparisons need, each made once.
type cell struct {
	Value
	hasText, hasFold, ascii bool
	text, folded            string
	memo                    *memoEntry // for a string, if there is room for one
}

// Scratch is memory for the evaluation of one event. Strings made from it are valid until reset;
// none leaves the evaluation.
type Scratch struct {
	Bytes []byte
	Args  []Value // arguments of function calls in progress

	automata automaton.Set
}

// matches reports whether a regular expression is found in a text.
func (sc *Scratch) matches(re *regexp.Regexp, s string) bool {
	return sc.automata.Match(re, s)
}

func (sc *Scratch) reset() { sc.Bytes = sc.Bytes[:0] }

// maxKeptScratch bounds the memory that stays allocated after one huge event.
const maxKeptScratch = 1 << 20

// Text returns the bytes appended since mark as a string. When the buffer
// grows, older strings keep the old array alive, so they stay valid.
func (sc *Scratch) Text(mark int) string {
	b := sc.Bytes[mark:]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// textOf returns the value as text.
func (c *cell) textOf(sc *Scratch) string {
	if c.Kind == String {
		return c.Str
	}
	if !c.hasText {
		mark := len(sc.Bytes)
		sc.Bytes = c.AppendText(sc.Bytes)
		c.text, c.hasText = sc.Text(mark), true
	}
	return c.text
}

// foldedOf returns the folded text and whether it is ASCII.
func (c *cell) foldedOf(sc *Scratch) (string, bool) {
	if c.hasFold {
		return c.folded, c.ascii
	}
	s := c.textOf(sc)
	c.hasFold, c.folded = true, s
	if isFolded(s) {
		c.ascii = true
		return s, true
	}
	mark := len(sc.Bytes)
	sc.Bytes = appendFold(sc.Bytes, s)
	c.folded = sc.Text(mark)
	c.ascii = isASCII(c.folded)
	return c.folded, c.ascii
}

// Fold returns the folded form of s in scratch memory.
func (sc *Scratch) Fold(s string) string {
	if isFolded(s) {
		return s
	}
	mark := len(sc.Bytes)
	sc.Bytes = appendFold(sc.Bytes, s)
	return sc.Text(mark)
}
