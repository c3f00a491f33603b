package eql

import "unsafe"

// cell is one value of an event with the forms of its text that comparisons ask for, each made once.
type cell struct {
	Value
	hasText, hasFold, ascii bool
	text, folded            string
	memo                    *memoEntry // of a string, where there is room for one
}

// scratch is memory that lives as long as the evaluation of one event. Strings
// made of it are valid until reset; none leaves the evaluation.
type scratch struct {
	buf   []byte
	stack []Value // arguments of functions under way
}

func (sc *scratch) reset() { sc.buf = sc.buf[:0] }

// maxKeptScratch bounds the memory that one huge event leaves behind.
const maxKeptScratch = 1 << 20

// textFrom returns the bytes appended since mark as a string. When the buffer
// grows, older strings keep the old array alive, so they stay valid.
func (sc *scratch) textFrom(mark int) string {
	b := sc.buf[mark:]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// textOf returns the value as text.
func (c *cell) textOf(sc *scratch) string {
	if c.Kind == String {
		return c.Str
	}
	if !c.hasText {
		mark := len(sc.buf)
		sc.buf = c.appendText(sc.buf)
		c.text, c.hasText = sc.textFrom(mark), true
	}
	return c.text
}

// foldedOf returns the folded text and whether it is ASCII.
func (c *cell) foldedOf(sc *scratch) (string, bool) {
	if c.hasFold {
		return c.folded, c.ascii
	}
	s := c.textOf(sc)
	c.hasFold, c.folded = true, s
	if isFolded(s) {
		c.ascii = true
		return s, true
	}
	mark := len(sc.buf)
	sc.buf = appendFold(sc.buf, s)
	c.folded = sc.textFrom(mark)
	c.ascii = isASCII(c.folded)
	return c.folded, c.ascii
}

// fold returns the folded form of s in scratch memory.
func (sc *scratch) fold(s string) string {
	if isFolded(s) {
		return s
	}
	mark := len(sc.buf)
	sc.buf = appendFold(sc.buf, s)
	return sc.textFrom(mark)
}
