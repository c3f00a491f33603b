package binxml

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const hexLower, hexUpper = "0123456789abcdef", "0123456789ABCDEF"

// decimals holds the numbers 00 to 99, the first digit in the low byte.
var decimals = func() (t [100]uint16) {
	for i := range t {
		t[i] = uint16('0'+i/10) | uint16('0'+i%10)<<8
	}
	return t
}()

// powers holds the powers of ten that fit 64 bits.
var powers = func() (t [20]uint64) {
	for i, n := 0, uint64(1); i < len(t); i, n = i+1, n*10 {
		t[i] = n
	}
	return t
}()

// putPair writes a number below 100 as two digits.
func putPair(b []byte, n uint64) { binary.LittleEndian.PutUint16(b, decimals[n]) }

// appendUint appends a number in decimal.
func appendUint(dst []byte, v uint64) []byte {
	if v < 10 {
		return append(dst, byte('0'+v))
	}
	count := bits.Len64(v) * 1233 >> 12 // times log 2: the number of digits, or one less
	if v >= powers[count] {
		count++
	}
	n := len(dst)
	dst = slices.Grow(dst, count)[:n+count]
	out := dst[n:]
	for v >= 100 {
		count -= 2
		putPair(out[count:], v%100)
		v /= 100
	}
	if v < 10 {
		out[0] = byte('0' + v)
	} else {
		putPair(out, v)
	}
	return dst
}

// hexDigits turns 32 bits into eight digits, the highest in the low byte. letters is what separates the
// letters from the digits: 'a' or 'A' less '0' and ten.
func hexDigits(v uint32, letters uint64) uint64 {
	n := uint64(bits.ReverseBytes32(v))
	n = (n | n<<16) & 0x0000ffff0000ffff
	n = (n | n<<8) & 0x00ff00ff00ff00ff
	n = (n>>4 | n<<8) & 0x0f0f0f0f0f0f0f0f
	over := (n + ones*6) >> 4 & ones // one in each byte above nine
	return n + ones*'0' + over*letters
}

const lowerLetters, upperLetters = 'a' - '0' - 10, 'A' - '0' - 10

// appendHexNumber appends a number as Windows shows those that are flags or addresses: 0x3e7.
func appendHexNumber(dst []byte, v uint64) []byte {
	count := max(bits.Len64(v)+3, 4) / 4
	v <<= 64 - 4*count
	n := len(dst)
	dst = slices.Grow(dst, 2+16)
	out := dst[n : n+18]
	out[0], out[1] = '0', 'x'
	binary.LittleEndian.PutUint64(out[2:], hexDigits(uint32(v>>32), lowerLetters))
	binary.LittleEndian.PutUint64(out[10:], hexDigits(uint32(v), lowerLetters))
	return dst[:n+2+count]
}

// appendHexDump appends bytes as upper-case digits.
func appendHexDump(dst, src []byte) []byte {
	dst = slices.Grow(dst, 2*len(src))
	for len(src) >= 4 {
		dst = binary.LittleEndian.AppendUint64(dst, hexDigits(binary.BigEndian.Uint32(src), upperLetters))
		src = src[4:]
	}
	for _, c := range src {
		dst = append(dst, hexUpper[c>>4], hexUpper[c&15])
	}
	return dst
}

// appendGUID appends the 16 bytes of a GUID in braces. Source: MS-DTYP 2.3.4.
func appendGUID(dst, g []byte) []byte {
	const size = 38
	le, be := binary.LittleEndian, binary.BigEndian
	n := len(dst)
	dst = slices.Grow(dst, size)[:n+size]
	out := dst[n:]
	_ = g[15]
	first := hexDigits(le.Uint32(g), upperLetters)
	second := hexDigits(uint32(le.Uint16(g[4:]))<<16|uint32(le.Uint16(g[6:])), upperLetters)
	third := hexDigits(be.Uint32(g[8:]), upperLetters)
	fourth := hexDigits(be.Uint32(g[12:]), upperLetters)
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

// appendSID appends S-revision-authority-subauthorities; false where the bytes are no SID. Source:
// MS-DTYP 2.4.2.
func appendSID(dst, b []byte) ([]byte, bool) {
	if len(b) < 8 || b[1] > 15 || len(b) < 8+4*int(b[1]) {
		return dst, false
	}
	dst = appendUint(append(dst, 'S', '-'), uint64(b[0]))
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	if dst = append(dst, '-'); authority < 1<<32 {
		dst = appendUint(dst, authority)
	} else {
		dst = appendHexNumber(dst, authority)
	}
	for i := range int(b[1]) {
		dst = appendUint(append(dst, '-'), uint64(binary.LittleEndian.Uint32(b[8+4*i:])))
	}
	return dst, true
}
