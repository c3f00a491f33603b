package search

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// needle finds a text in the bytes of a chunk, in UTF-16LE and in the code page of ANSI strings, in
// any case. It may report a wrong place, but never misses the text: what it finds is compared again
// when the record is decoded.
type needle struct {
	units   [][]uint16 // for each UTF-16 unit, its possible values
	ansi    [][]byte   // for each character, its possible bytes; nil if the code page lacks one
	bytes   []byte     // the possible bytes of the anchor: the low one in UTF-16
	inUnits int        // bytes of UTF-16 before the anchor
	inANSI  int
}

// newNeedle returns the needle for a text; exact means that case counts. ok is false if there can be
// none.
func newNeedle(text string, exact bool) (n needle, ok bool) {
	var starts []int // of each character of text, in units
	whole := true
	for _, r := range text {
		variants := []rune{r}
		if !exact {
			variants = orbit(r)
		}
		starts = append(starts, len(n.units))
		if n.units, ok = appendUnits(n.units, variants); !ok {
			return n, false
		}
		ansi := ansiBytes(variants)
		whole = whole && len(ansi) > 0
		n.ansi = append(n.ansi, ansi)
	}
	if len(starts) == 0 {
		return n, false
	}
	if !whole {
		n.ansi = nil
	}
	n.anchor(starts)
	return n, true
}

// appendUnits appends the possible values of a character's units. ok is false if its variants have
// different numbers of units, which no variants in Unicode have.
func appendUnits(dst [][]uint16, variants []rune) (_ [][]uint16, ok bool) {
	from := len(dst)
	for i, r := range variants {
		units := utf16.Encode([]rune{r})
		if i == 0 {
			dst = append(dst, make([][]uint16, len(units))...)
		}
		if len(dst)-from != len(units) {
			return dst, false
		}
		for j, u := range units {
			dst[from+j] = append(dst[from+j], u)
		}
	}
	return dst, true
}

// windows1252 are the characters of the bytes 0x80 to 0x9f; hunt reads ANSI strings in that code
// page.
const windows1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"

// ansiBytes returns the bytes that characters have in the code page.
func ansiBytes(variants []rune) (out []byte) {
	for _, r := range variants {
		switch {
		case r < utf8.RuneSelf, r >= 0xa0 && r <= 0xff:
			out = append(out, byte(r))
		default:
			at := byte(0x80)
			for _, c := range windows1252 {
				if c == r {
					out = append(out, at)
				}
				at++
			}
		}
	}
	return out
}

// anchor chooses the character whose bytes are the rarest in logs.
func (n *needle) anchor(starts []int) {
	best := -1
	for i, at := range starts {
		var set []byte
		add := func(b byte) {
			if bytes.IndexByte(set, b) < 0 {
				set = append(set, b)
			}
		}
		for _, u := range n.units[at] {
			add(byte(u))
		}
		if n.ansi != nil {
			for _, b := range n.ansi[i] {
				add(b)
			}
		}
		cost := passCost * len(set)
		for _, b := range set {
			cost += int(frequency[b])
		}
		if best < 0 || cost < best {
			best, n.bytes, n.inUnits, n.inANSI = cost, set, 2*at, i
		}
	}
}

// in reports whether the text may be in b.
func (n *needle) in(b []byte) bool {
	for _, c := range n.bytes {
		for at := 0; ; at++ {
			i := bytes.IndexByte(b[at:], c)
			if i < 0 {
				break
			}
			at += i
			if n.wide(b, at-n.inUnits) || n.ansi != nil && n.narrow(b, at-n.inANSI) {
				return true
			}
		}
	}
	return false
}

// wide reports whether the text is at b[at:] in UTF-16.
func (n *needle) wide(b []byte, at int) bool {
	if at < 0 || at+2*len(n.units) > len(b) {
		return false
	}
	b = b[at : at+2*len(n.units)]
	for _, variants := range n.units {
		u := uint16(b[0]) | uint16(b[1])<<8
		if u != variants[0] && !has(variants[1:], u) {
			return false
		}
		b = b[2:]
	}
	return true
}

// narrow reports whether the text is at b[at:] in the code page.
func (n *needle) narrow(b []byte, at int) bool {
	if at < 0 || at+len(n.ansi) > len(b) {
		return false
	}
	for i, variants := range n.ansi {
		if c := b[at+i]; c != variants[0] && !has(variants[1:], c) {
			return false
		}
	}
	return true
}

func has[T comparable](list []T, x T) bool {
	for i := range list {
		if list[i] == x {
			return true
		}
	}
	return false
}

// passCost is the cost of one pass over a chunk, measured in occurrences of a byte that have to be
// checked.
const passCost = 250
