package hits

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// soundJSON returns valid JSON as strict readers take it: an escaped surrogate without its other
// half and bytes that are no UTF-8 become U+FFFD. altered says that there were some; otherwise the
// text is the one that was given.
func soundJSON(text []byte) (_ []byte, altered bool) {
	if !bytes.Contains(text, []byte(`\u`)) && utf8.Valid(text) {
		return text, false
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && text[i+1] != 'u':
			out = append(out, c, text[i+1])
			i += 2
		case c == '\\':
			n := 6
			if r := escaped(text[i:]); utf16.IsSurrogate(r) {
				if utf16.DecodeRune(r, escaped(text[min(i+6, len(text)):])) != utf8.RuneError {
					n = 12
				} else {
					out = append(out, `\ufffd`...)
					i, altered = min(i+6, len(text)), true
					continue
				}
			}
			n = min(n, len(text)-i)
			out = append(out, text[i:i+n]...)
			i += n
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			r, n := utf8.DecodeRune(text[i:])
			altered = altered || r == utf8.RuneError && n == 1
			out = utf8.AppendRune(out, r)
			i += n
		}
	}
	return out, altered
}

// escaped returns the code of an escape \uXXXX that text begins with, 0 if it begins with none.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}
