package eql

import (
	"unicode/utf8"
)

// equalFold reports whether a and b are equal under simple case folding.
func equalFold(a, b string) bool { return prefixFold(a, b) == len(a) }

// prefixFold returns the length of the beginning of s that equals prefix under simple
// case folding, or -1.
func prefixFold(s, prefix string) int {
	i := 0
	for j := 0; j < len(prefix); {
		if i >= len(s) {
			return -1
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		q, m := utf8.DecodeRuneInString(prefix[j:])
		if r == utf8.RuneError && n == 1 || q == utf8.RuneError && m == 1 {
			if n != m || s[i] != prefix[j] {
				return -1
			}
		} else if r != q && foldRune(r) != foldRune(q) {
			return -1
		}
		i += n
		j += m
	}
	return i
}

// utf16Len returns the length of s in UTF-16 code units. A byte that is no UTF-8 counts as one.
func utf16Len(s string) int {
	n := 0
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r > 0xFFFF {
			n++
		}
		n++
		i += size
	}
	return n
}

// utf16Offset returns the byte offset of the UTF-16 code unit n of s, at most len(s).
// Inside of a surrogate pair it is the offset after the pair.
func utf16Offset(s string, n int) int {
	i := 0
	for i < len(s) && n > 0 {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r > 0xFFFF {
			n--
		}
		n--
		i += size
	}
	return i
}
