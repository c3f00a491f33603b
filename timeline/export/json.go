package export

import (
	"strconv"
	"unicode/utf8"
)

// jsonLine writes the columns as one JSON object per line.
type jsonLine struct{ view }

func (l jsonLine) append(dst []byte, f *facts) []byte {
	dst = append(dst, '{')
	for i := range l.columns {
		dst = l.columns[i].appendMember(dst, l.columns[i].name, f, lines)
	}
	return append(dst, "}\n"...)
}

// dialect is how a format writes JSON.
type dialect uint8

const (
	lines dialect = iota // documents are objects, and rare columns are omitted if they are empty
	flat                 // documents are text, and only text is omitted: names from logs would make endless columns
)

// appendMember appends the column as a member of a JSON object.
func (c *column) appendMember(dst []byte, name string, f *facts, d dialect) []byte {
	var s []byte
	var n int64
	var is bool
	switch c.kind {
	case signed, unsigned:
		n = c.number(f)
	case flag:
		is = c.flag(f)
	default:
		s = f.read(c)
	}
	isText := c.kind == text || c.kind == object || c.kind == digits
	if c.rare && len(s) == 0 && n == 0 && !is && (isText || d == lines) {
		return dst
	}
	dst = appendName(dst, name)
	switch c.kind {
	case signed:
		dst = strconv.AppendInt(dst, n, 10)
	case unsigned:
		dst = strconv.AppendUint(dst, uint64(n), 10)
	case flag:
		dst = strconv.AppendBool(dst, is)
	case object:
		if d == lines {
			return append(dst, s...)
		}
		dst = appendString(dst, s)
	default:
		dst = appendString(dst, s)
	}
	return dst
}

// appendName appends the name of a member, after a comma unless it is the first.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	return append(appendString(dst, name), ':')
}

// appendString appends a JSON string as encoding/json does, without the escapes for HTML.
func appendString[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			switch {
			case r == utf8.RuneError && n == 1:
				dst = append(append(dst, s[start:i]...), `\ufffd`...)
			case r == '\u2028' || r == '\u2029': // line ends in JavaScript
				dst = append(append(dst, s[start:i]...), `\u202`...)
				dst = append(dst, hex[r&0xf])
			default:
				i += n
				continue
			}
			i += n
			start = i
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&0xf])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
