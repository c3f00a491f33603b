package eql

import (
	"unicode/utf8"
)

// utf16Len returns the length of s in UTF-16 code units. A byte that is not UTF-8 counts as one.
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

// utf16Offset returns the byte offset of the UTF-16 code unit n of s, at most len(s). Inside a
// surrogate pair it is the offset after the pair.
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
