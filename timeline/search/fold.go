package search

import (
	"encoding/binary"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"
)

// foldRune returns the one character that represents all that Unicode's simple case folding treats as
// equal: K, k and the Kelvin sign give k. A character is folded to one character, so that ß and ss
// differ, as they do in regular expressions of Go, grep and PowerShell.
func foldRune(r rune) rune {
	least := r
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		least = min(least, x)
	}
	if least >= 'A' && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

// orbit returns all characters that fold to the same one.
func orbit(r rune) []rune {
	out := []rune{r}
	for x := unicode.SimpleFold(r); x != r; x = unicode.SimpleFold(x) {
		out = append(out, x)
	}
	return out
}

var asciiFold = func() (t [utf8.RuneSelf]byte) {
	for i := range t {
		t[i] = byte(foldRune(rune(i)))
	}
	return t
}()

// wideFold holds foldRune for the characters of two bytes of UTF-16. It is made when the first one that
// is not ASCII is found.
var wideFold = sync.OnceValue(func() []uint16 {
	t := make([]uint16, 1<<16)
	for i := range t {
		t[i] = uint16(i)
		if r := foldRune(rune(i)); r < 1<<16 {
			t[i] = uint16(r)
		}
	}
	return t
})

// appendFold appends text with each character folded.
func appendFold[S string | []byte](dst []byte, s S) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			dst = append(dst, asciiFold[c])
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if i += n; r < 1<<16 {
			r = rune(wideFold()[r])
		} else {
			r = foldRune(r)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// appendASCIIFold appends ASCII text with each character folded. It reports whether all of s is ASCII; if
// not, the appended bytes are meaningless.
func appendASCIIFold(dst, s []byte) (_ []byte, ascii bool) {
	const (
		high  = 0x8080808080808080
		below = 0x0101010101010101 * (0x80 - 'A')     // sets the high bit of A and what is above
		above = 0x0101010101010101 * (0x80 - 'Z' - 1) // of what is above Z
	)
	n := len(dst)
	dst = slices.Grow(dst, len(s))[:n+len(s)]
	out := dst[n:]
	for len(s) >= 8 {
		x := binary.LittleEndian.Uint64(s)
		if x&high != 0 {
			return dst, false
		}
		upper := (x + below) &^ (x + above) & high
		binary.LittleEndian.PutUint64(out, x|upper>>2)
		s, out = s[8:], out[8:]
	}
	for i, c := range s {
		if c >= utf8.RuneSelf {
			return dst, false
		}
		out[i] = asciiFold[c]
	}
	return dst, true
}

// unfolded returns where in s the part begins and ends that corresponds to the bytes from and to of
// appendFold's result.
func unfolded(s []byte, from, to int) (start, end int) {
	at := 0
	start, end = len(s), len(s)
	for i := 0; i < len(s); {
		if at >= from && start == len(s) {
			start = i
		}
		if at >= to {
			return start, i
		}
		_, n := utf8.DecodeRune(s[i:])
		var buf [utf8.UTFMax]byte
		at += len(appendFold(buf[:0], s[i:i+n]))
		i += n
	}
	return start, end
}
