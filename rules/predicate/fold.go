package predicate

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// Case-insensitive comparison uses Unicode simple case folding, code point by code point: two
// texts are equal if their folded forms are. Bytes that are not UTF-8 fold to themselves.

// Eight bytes are processed at a time, as the bytes of a word.
const (
	ones     = 0x0101010101010101
	highBits = 0x80 * ones
)

// word returns eight bytes of s, the first lowest.
func word(s string, at int) uint64 {
	_ = s[at+7]
	return uint64(s[at]) | uint64(s[at+1])<<8 | uint64(s[at+2])<<16 | uint64(s[at+3])<<24 |
		uint64(s[at+4])<<32 | uint64(s[at+5])<<40 | uint64(s[at+6])<<48 | uint64(s[at+7])<<56
}

// capitals returns a word of ASCII with the highest bit of each byte that is an upper-case letter.
func capitals(w uint64) uint64 {
	return (w + (0x80-'A')*ones) &^ (w + (0x7f-'Z')*ones) & highBits
}

// foldRune returns the representative of the code points that differ from r only
// in case: for ASCII letters the lower-case one.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	least := r
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least = min(least, x)
	}
	if 'A' <= least && least <= 'Z' { // ſ folds with s, the Kelvin sign with k
		least += 'a' - 'A'
	}
	return least
}

// Fold returns the folded form of s.
func Fold(s string) string {
	if isFolded(s) {
		return s
	}
	return string(appendFold(make([]byte, 0, len(s)), s))
}

// isFolded reports whether s is ASCII without upper-case letters, hence its own folded form.
func isFolded(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if w := word(s, i); w&highBits != 0 || capitals(w) != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if word(s, i)&highBits != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendFold appends the folded form of s.
func appendFold(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			if w := word(s, i); w&highBits == 0 {
				dst = binary.LittleEndian.AppendUint64(dst, w|capitals(w)>>2)
				i += 8
				continue
			}
		}
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, c)
		} else {
			dst = utf8.AppendRune(dst, foldRune(r))
		}
		i += n
	}
	return dst
}

// EqualFold reports whether a and b are equal under simple case folding.
func EqualFold(a, b string) bool { return PrefixFold(a, b) == len(a) }

// PrefixFold returns the length of the beginning of s that equals prefix under simple case
// folding, or -1.
func PrefixFold(s, prefix string) int {
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
