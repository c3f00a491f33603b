package hits

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// soundJSON returns valid JSON for strict readers: an escaped unpaired surrogate and bytes that
// are not UTF-8 become U+FFFD. altered says that there were some; otherwise the text is returned
// as it is.
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

// escaped returns the code of the escape \uXXXX with which text begins, 0 if there is none.
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
