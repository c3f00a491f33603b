// Package utf converts the text of values, which logs hold in UTF-16LE or in a code page, to UTF-8: plain, or
// escaped for JSON or XML.
package utf

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"hunt/evtx/binxml/digits"
)

// Escape is the kind of output for which text is escaped.
type Escape uint8

const (
	Plain   Escape = iota // UTF-8 as it is
	InJSON                // inside a JSON string literal
	InExact               // the same, with unpaired surrogates as escapes
	InXML                 // XML character data
	InAttr                // an XML attribute value in double quotes
	escapes               // number of kinds
)

// MustEscape holds, per kind, the ASCII characters that cannot be written as they are.
var MustEscape = func() (t [escapes][128]bool) {
	for c := range 0x20 {
		t[InJSON][c], t[InExact][c] = true, true
		t[InXML][c] = c != '\t' && c != '\n'
		t[InAttr][c] = true // attribute normalisation would turn them into blanks
	}
	for _, c := range `"\` {
		t[InJSON][c], t[InExact][c] = true, true
	}
	for _, c := range `<>&` {
		t[InXML][c], t[InAttr][c] = true, true
	}
	t[InAttr]['"'] = true
	return t
}()

// shortEscapes maps each character that JSON escapes with a single letter or sign to that one.
var shortEscapes = [256]byte{'"': '"', '\\': '\\', '\n': 'n', '\r': 'r', '\t': 't'}

// AppendEscaped appends one ASCII character that MustEscape names.
func AppendEscaped(dst []byte, c byte, e Escape) []byte {
	if e == InJSON || e == InExact {
		if s := shortEscapes[c]; s != 0 {
			return append(dst, '\\', s)
		}
		return append(dst, '\\', 'u', '0', '0', digits.HexLower[c>>4], digits.HexLower[c&15])
	}
	switch c {
	case '<':
		return append(dst, "&lt;"...)
	case '>':
		return append(dst, "&gt;"...)
	case '&':
		return append(dst, "&amp;"...)
	case '"':
		return append(dst, "&quot;"...)
	}
	if c == '\t' || c == '\n' || c == '\r' {
		return append(dst, '&', '#', 'x', digits.HexUpper[c], ';')
	}
	// XML 1.0 has no way to write the other control characters, not even as references, and a
	// parser would refuse the whole document. Their pictures (U+2400 and on) show what was there.
	return utf8.AppendRune(dst, ControlPictures+rune(c))
}

// ControlPictures is the first of Unicode's visible symbols for control characters.
const ControlPictures = 0x2400

// Append appends UTF-16LE text, as Encode does.
func Append(dst, src []byte, e Escape) []byte {
	dst, _ = Encode(dst, src, e)
	return dst
}

// Encode appends UTF-16LE text. Unpaired surrogates, which no Unicode text has, become U+FFFD, and lone is true;
// with InExact they become \uXXXX, which keeps everything, but many JSON readers reject it. An odd last byte is not
// a character and is left out.
func Encode(dst, src []byte, e Escape) (_ []byte, lone bool) {
	src = src[:len(src)&^1]
	for len(src) > 0 {
		if dst, src = appendASCIIRun(dst, src, e); len(src) == 0 {
			return dst, lone
		}
		u := rune(src[0]) | rune(src[1])<<8
		src = src[2:]
		switch {
		case u < utf8.RuneSelf:
			if MustEscape[e][u] {
				dst = AppendEscaped(dst, byte(u), e)
			} else {
				dst = append(dst, byte(u))
			}
		case u < 0x800:
			dst = append(dst, byte(0xc0|u>>6), byte(0x80|u&0x3f))
		case u >= 0xfffe && e >= InXML: // no characters of XML
			dst = utf8.AppendRune(dst, utf8.RuneError)
		case !utf16.IsSurrogate(u):
			dst = append(dst, byte(0xe0|u>>12), byte(0x80|u>>6&0x3f), byte(0x80|u&0x3f))
		default:
			if len(src) >= 2 {
				r := utf16.DecodeRune(u, rune(src[0])|rune(src[1])<<8)
				if r != utf8.RuneError {
					dst = utf8.AppendRune(dst, r)
					src = src[2:]
					continue
				}
			}
			if lone = true; e == InExact {
				dst = append(dst, '\\', 'u', 'd', digits.HexLower[u>>8&15], digits.HexLower[u>>4&15],
					digits.HexLower[u&15])
			} else {
				dst = utf8.AppendRune(dst, utf8.RuneError)
			}
		}
	}
	return dst, lone
}

// LoneSurrogate reports whether UTF-16LE text has an unpaired surrogate.
func LoneSurrogate(src []byte) bool {
	for i := 0; i+1 < len(src); i += 2 {
		if src[i+1]&0xf8 != 0xd8 {
			continue
		}
		if src[i+1] >= 0xdc || i+3 >= len(src) || src[i+3]&0xfc != 0xdc {
			return true
		}
		i += 2
	}
	return false
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
	// wide masks the bits of four characters that are zero in ASCII.
	wide = 0xff80ff80ff80ff80
)

// narrow packs the eight characters of two words, as far as they are ASCII, into one. A character that is not ASCII
// spoils only its own byte and those after it.
func narrow(a, b uint64) uint64 {
	a = (a | a>>8) & 0x0000ffff0000ffff
	b = (b | b>>8) & 0x0000ffff0000ffff
	return uint64(uint32(a|a>>16)) | uint64(uint32(b|b>>16))<<32
}

// specialJSON sets the high bit of the first byte that is below 0x20, '"' or '\\', if all bytes before it are below
// 0x80: subtracting more than a byte holds sets its high bit. Bytes after the first may be marked wrongly, because
// the subtraction borrows from them.
func specialJSON(v uint64) uint64 {
	quote, slash := v^(ones*'"'), v^(ones*'\\')
	return ((v - ones*0x20) | (quote - ones) | (slash - ones)) & highs
}

// specialXML does the same for the characters that one of the kinds of XML text has to escape.
func specialXML(v uint64) uint64 {
	quote, amp, lt, gt := v^(ones*'"'), v^(ones*'&'), v^(ones*'<'), v^(ones*'>')
	return ((v - ones*0x20) | (quote - ones) | (amp - ones) | (lt - ones) | (gt - ones)) & highs
}

// appendASCIIRun appends the leading ASCII characters of src that are written as they are, eight at
// a time, and returns what is left: nearly all text in event logs is ASCII.
func appendASCIIRun(dst, src []byte, e Escape) (_, rest []byte) {
	if e == InJSON || e == InExact {
		return AppendJSONRun(dst, src)
	}
	n := len(dst)
	dst = slices.Grow(dst, len(src)/2+8) // a whole word for the last ones
	out := dst[:cap(dst)]
	for len(src) >= 2 {
		a, b, count := loadWords(src)
		v := narrow(a, b)
		binary.LittleEndian.PutUint64(out[n:], v)
		m := firstWide(a, b)
		if e != Plain {
			m |= specialXML(v)
		}
		at := min(bits.TrailingZeros64(m)/8, count)
		n += at
		if src = src[2*at:]; at < count {
			break
		}
	}
	return out[:n], src
}

// AppendJSONRun does the same inside a JSON string, and also writes the short escapes: paths are full of
// backslashes.
func AppendJSONRun(dst, src []byte) (_, rest []byte) {
	n := len(dst)
	// Two bytes a character where all are escaped, and a whole word for the last ones.
	if room := len(src) + 8; cap(dst)-n < room {
		dst = slices.Grow(dst, room)
	}
	out := dst[:cap(dst)]
	for len(src) >= 16 {
		a, b := binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])
		v := narrow(a, b)
		binary.LittleEndian.PutUint64(out[n:], v)
		m := specialJSON(v)
		if (a|b)&wide != 0 {
			m |= firstWide(a, b)
		}
		if m == 0 {
			n += 8
			src = src[16:]
			continue
		}
		at := bits.TrailingZeros64(m) / 8
		n += at
		src = src[2*at:]
		short := shortEscapes[src[0]]
		if short == 0 || src[1] != 0 {
			return out[:n], src
		}
		out[n], out[n+1] = '\\', short
		n += 2
		src = src[2:]
	}
	for len(src) >= 2 {
		a, b, count := loadWords(src)
		v := narrow(a, b)
		binary.LittleEndian.PutUint64(out[n:], v)
		at := min(bits.TrailingZeros64(specialJSON(v)|firstWide(a, b))/8, count)
		n += at
		if src = src[2*at:]; at == count {
			break
		}
		short := shortEscapes[src[0]]
		if short == 0 || src[1] != 0 {
			break
		}
		out[n], out[n+1] = '\\', short
		n += 2
		src = src[2:]
	}
	return out[:n], src
}

// loadWords loads eight characters, or all of a shorter text followed by arbitrary bytes, and returns how many
// there are. If its buffer extends beyond the text, the bytes there are loaded, too, which is faster than a copy.
func loadWords(src []byte) (a, b uint64, count int) {
	if cap(src) >= 16 {
		t := src[:16]
		return binary.LittleEndian.Uint64(t), binary.LittleEndian.Uint64(t[8:]), min(len(src)/2, 8)
	}
	var buf [16]byte
	copy(buf[:], src)
	return binary.LittleEndian.Uint64(buf[:]), binary.LittleEndian.Uint64(buf[8:]), len(src) / 2
}

// firstWide marks the first of eight characters that is not ASCII, if one is not, as specialJSON marks bytes.
func firstWide(a, b uint64) uint64 {
	if a &= wide; a != 0 {
		return 0x80 << (bits.TrailingZeros64(a) / 16 * 8)
	}
	if b &= wide; b != 0 {
		return 0x80 << (bits.TrailingZeros64(b)/16*8 + 32)
	}
	return 0
}

// AppendString appends UTF-8 text that hunt itself produced from UTF-16.
func AppendString[S string | []byte](dst []byte, s S, e Escape) []byte {
	from := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c < utf8.RuneSelf && MustEscape[e][c]:
			dst = append(dst, s[from:i]...)
			dst = AppendEscaped(dst, c, e)
			from = i + 1
		case c == 0xef && e >= InXML && i+2 < len(s) && s[i+1] == 0xbf && s[i+2] >= 0xbe: // U+FFFE, U+FFFF
			dst = append(dst, s[from:i]...)
			dst = utf8.AppendRune(dst, utf8.RuneError)
			from = i + 3
		}
	}
	return append(dst, s[from:]...)
}

// windows1252 holds what the code page puts at 0x80 to 0x9f; its five gaps map to the
// control characters of the same number, as Windows maps them.
var windows1252 = [32]rune{
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
	0x8d, 0x017d, 0x8f,
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153,
	0x9d, 0x017e, 0x0178,
}

// AppendANSI appends text in the writer's code page. The log does not say which that
// was; hunt takes Windows-1252, which is right for ASCII and for western hosts.
func AppendANSI(dst, src []byte, e Escape) []byte {
	for _, c := range src {
		switch {
		case c < utf8.RuneSelf && MustEscape[e][c]:
			dst = AppendEscaped(dst, c, e)
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		case c < 0xa0:
			dst = utf8.AppendRune(dst, windows1252[c-0x80])
		default:
			dst = utf8.AppendRune(dst, rune(c))
		}
	}
	return dst
}

// TrimNULs returns UTF-16LE text without the NULs at its end, which come from how the writer measured the text.
func TrimNULs(b []byte) []byte {
	b = b[:len(b)&^1]
	for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return b
}
