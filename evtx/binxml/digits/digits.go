// Package digits writes numbers, GUIDs, SIDs and times as text, optimised for speed.
package digits

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// HexLower and HexUpper are the hexadecimal digits.
const HexLower, HexUpper = "0123456789abcdef", "0123456789ABCDEF"

// Decimals holds the numbers 00 to 99, the first digit in the low byte.
var Decimals = func() (t [100]uint16) {
	for i := range t {
		t[i] = uint16('0'+i/10) | uint16('0'+i%10)<<8
	}
	return t
}()

// Powers holds the powers of ten that fit 64 bits.
var Powers = func() (t [20]uint64) {
	for i, n := 0, uint64(1); i < len(t); i, n = i+1, n*10 {
		t[i] = n
	}
	return t
}()

// PutPair writes a number below 100 as two digits.
func PutPair(b []byte, n uint64) { binary.LittleEndian.PutUint16(b, Decimals[n]) }

// AppendUint appends a number in decimal.
func AppendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, byte('0'+v))
	}
	count := bits.Len64(v) * 1233 >> 12 // times log 2: the number of digits, or one less
	if v >= Powers[count] {
		count++
	}
	n := len(dst)
	dst = slices.Grow(dst, count)[:n+count]
	out := dst[n:]
	for v >= 100 {
		count -= 2
		PutPair(out[count:], v%100)
		v /= 100
	}
	if v < 10 {
		out[0] = byte('0' + v)
	} else {
		PutPair(out, v)
	}
	return dst
}

// Digits turns 32 bits into eight hexadecimal digits, the highest in the low byte. letters is the
// distance from digits to letters: 'a' or 'A' minus '0' minus ten.
func Digits(v uint32, letters uint64) uint64 {
	const ones = 0x0101010101010101
	n := uint64(bits.ReverseBytes32(v))
	n = (n | n<<16) & 0x0000ffff0000ffff
	n = (n | n<<8) & 0x00ff00ff00ff00ff
	n = (n>>4 | n<<8) & 0x0f0f0f0f0f0f0f0f
	over := (n + ones*6) >> 4 & ones // one in each byte above nine
	return n + ones*'0' + over*letters
}

const LowerLetters, UpperLetters = 'a' - '0' - 10, 'A' - '0' - 10

// AppendHexNumber appends a number as Windows shows flags and addresses: 0x3e7.
func AppendHexNumber(dst []byte, v uint64) []byte {
	count := max(bits.Len64(v)+3, 4) / 4
	v <<= 64 - 4*count
	n := len(dst)
	dst = slices.Grow(dst, 2+16)
	out := dst[n : n+18]
	out[0], out[1] = '0', 'x'
	binary.LittleEndian.PutUint64(out[2:], Digits(uint32(v>>32), LowerLetters))
	binary.LittleEndian.PutUint64(out[10:], Digits(uint32(v), LowerLetters))
	return dst[:n+2+count]
}

// AppendHexDump appends bytes as upper-case hexadecimal digits.
func AppendHexDump(dst, src []byte) []byte {
	dst = slices.Grow(dst, 2*len(src))
	for len(src) >= 4 {
		dst = binary.LittleEndian.AppendUint64(dst, Digits(binary.BigEndian.Uint32(src), UpperLetters))
		src = src[4:]
	}
	for _, c := range src {
		dst = append(dst, HexUpper[c>>4], HexUpper[c&15])
	}
	return dst
}

// AppendGUID appends the 16 bytes of a GUID in braces. Source: MS-DTYP 2.3.4.
func AppendGUID(dst, g []byte) []byte {
	const size = 38
	le, be := binary.LittleEndian, binary.BigEndian
	n := len(dst)
	dst = slices.Grow(dst, size)[:n+size]
	out := dst[n:]
	_ = g[15]
	first := Digits(le.Uint32(g), UpperLetters)
	second := Digits(uint32(le.Uint16(g[4:]))<<16|uint32(le.Uint16(g[6:])), UpperLetters)
	third := Digits(be.Uint32(g[8:]), UpperLetters)
	fourth := Digits(be.Uint32(g[12:]), UpperLetters)
	_ = out[size-1]
	out[0], out[9], out[14], out[19], out[24], out[37] = '{', '-', '-', '-', '-', '}'
	le.PutUint64(out[1:], first)
	le.PutUint32(out[10:], uint32(second))
	le.PutUint32(out[15:], uint32(second>>32))
	le.PutUint32(out[20:], uint32(third))
	le.PutUint32(out[25:], uint32(third>>32))
	le.PutUint64(out[29:], fourth)
	return dst
}

// AppendSID appends S-revision-authority-subauthorities; it returns false if the bytes are not a
// SID. Source: MS-DTYP 2.4.2.
func AppendSID(dst, b []byte) ([]byte, bool) {
	if len(b) < 8 || b[1] > 15 || len(b) < 8+4*int(b[1]) {
		return dst, false
	}
	dst = AppendUint(append(dst, 'S', '-'), uint64(b[0]))
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	if dst = append(dst, '-'); authority < 1<<32 {
		dst = AppendUint(dst, authority)
	} else {
		dst = AppendHexNumber(dst, authority)
	}
	for i := range int(b[1]) {
		dst = AppendUint(append(dst, '-'), uint64(binary.LittleEndian.Uint32(b[8+4*i:])))
	}
	return dst, true
}
