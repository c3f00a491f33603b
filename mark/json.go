package mark

import "unicode/utf8"

// AppendJSON appends s as a JSON string. Controls, invalid UTF-8 and the line
// separators that JavaScript does not allow are escaped.
func AppendJSON[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0 // of what is written as it is
	for i := 0; i < len(s); {
		c, size := s[i], 1
		if asIs[c] {
			i++
			continue
		}
		var escaped string
		switch {
		case c == '"':
			escaped = `\"`
		case c == '\\':
			escaped = `\\`
		case c == '\n':
			escaped = `\n`
		case c == '\r':
			escaped = `\r`
		case c == '\t':
			escaped = `\t`
		case c < utf8.RuneSelf:
			dst = append(dst, s[start:i]...)
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			i++
			start = i
			continue
		default:
			var r rune
			switch r, size = utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))])); {
			case r == utf8.RuneError && size == 1:
				escaped = `\ufffd`
			case r == '\u2028':
				escaped = `\u2028`
			case r == '\u2029':
				escaped = `\u2029`
			default:
				i += size
				continue
			}
		}
		dst = append(append(dst, s[start:i]...), escaped...)
		i += size
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// asIs are the bytes that stand for themselves in a JSON string.
var asIs = func() (is [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()
