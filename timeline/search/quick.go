package search

import (
	"math/bits"
	"unicode/utf8"
)

// quick finds all of a few literals in short ASCII texts, in one pass: a table of states says which of them end
// at a character. It is read-only and may be shared.
type quick struct {
	class [utf8.RuneSelf]uint16 // of a character; those of one case if case does not count
	shift int                   // a row of next has 1<<shift entries
	next  []uint16              // by row and class: the beginning of the next row
	ends  []uint64              // by state: a bit for each literal that ends there
	all   uint64                // the bits of all literals, some of which may be in no ASCII text
}

const (
	// maxQuick bounds the literals: there is a bit for each.
	maxQuick = 64
	// maxStates bounds the states, so that the table stays small.
	maxStates = 1 << 10
)

// newQuick returns nil if there are too many literals, or if they are too long.
func newQuick(literals []*literal) *quick {
	if len(literals) > maxQuick {
		return nil
	}
	q := &quick{all: ^uint64(0) >> (maxQuick - max(len(literals), 1))}
	texts := make([]string, len(literals)) // "" for what is in no ASCII text
	classes := uint16(1)
	for i, l := range literals {
		text := string(l.folded)
		if l.exact {
			text = l.text
		}
		if !ascii(text) {
			continue
		}
		texts[i] = text
		for _, c := range []byte(text) {
			if q.class[c] == 0 {
				q.class[c] = classes
				classes++
			}
		}
	}
	for c := range q.class {
		if folded := asciiFold[c]; int(folded) != c && len(literals) > 0 && !literals[0].exact {
			q.class[c] = q.class[folded]
		}
	}
	q.shift = bits.Len16(classes - 1)
	if !q.grow(texts) {
		return nil
	}
	return q
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// grow makes the states: first the tree of the texts, then, starting at the root, where each state continues
// when a character leads out of the tree.
func (q *quick) grow(texts []string) bool {
	width := 1 << q.shift
	q.next, q.ends = make([]uint16, width), make([]uint64, 1)
	for i, text := range texts {
		if text == "" {
			continue
		}
		at := 0
		for _, c := range []byte(text) {
			to := &q.next[at<<q.shift+int(q.class[c])]
			if *to == 0 {
				if len(q.ends) == maxStates || len(q.next) > 1<<15 {
					return false
				}
				*to = uint16(len(q.ends)) // #nosec G115 -- below maxStates
				q.ends = append(q.ends, 0)
				q.next = append(q.next, make([]uint16, width)...)
				to = &q.next[at<<q.shift+int(q.class[c])]
			}
			at = int(*to)
		}
		q.ends[at] |= 1 << i
	}
	back := make([]int, len(q.ends)) // the longest other text that ends where a state's does
	order := make([]int, 1, len(q.ends))
	for n := 0; n < len(order); n++ {
		at := order[n]
		q.ends[at] |= q.ends[back[at]]
		for c := range width {
			to := &q.next[at<<q.shift+c]
			switch {
			case *to != 0:
				if at != 0 {
					back[*to] = int(q.next[back[at]<<q.shift+c])
				}
				order = append(order, int(*to))
			case at != 0:
				*to = q.next[back[at]<<q.shift+c]
			}
		}
	}
	for i := range q.next {
		q.next[i] <<= q.shift
	}
	return true
}

// wide returns the literals in a text that is given in UTF-16, a bit for each. ok is false if it is not ASCII.
func (q *quick) wide(b []byte) (found uint64, ok bool) {
	at, next, ends, shift := uint16(0), q.next, q.ends, q.shift&15
	for i := 1; i < len(b); i += 2 {
		c := b[i-1]
		if b[i] != 0 || c >= utf8.RuneSelf {
			return 0, false
		}
		at = next[at+q.class[c]]
		if found |= ends[at>>shift]; found == q.all {
			break
		}
	}
	return found, true
}

// narrow is wide for text as it is in JSON. ok is false for text with escapes, too.
func (q *quick) narrow(b []byte) (found uint64, ok bool) {
	at := uint16(0)
	for _, c := range b {
		if c >= utf8.RuneSelf || c == '\\' {
			return 0, false
		}
		at = q.next[at+q.class[c]]
		if found |= q.ends[at>>(q.shift&15)]; found == q.all {
			break
		}
	}
	return found, true
}
