package syntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// special are the characters that end an unquoted literal unless a backslash precedes them.
const special = `\():<>"*{}`

// spaceLen returns the length of the blank at the start of text, 0 if there is none. Blanks are the space, the
// tab, line ends and the no-break space.
func spaceLen(text string) int {
	switch {
	case text == "":
		return 0
	case text[0] == ' ', text[0] == '\t', text[0] == '\r', text[0] == '\n':
		return 1
	case strings.HasPrefix(text, "\u00a0"):
		return len("\u00a0")
	}
	return 0
}

// blanksLen returns the length of all blanks at the start of text.
func blanksLen(text string) int {
	n := 0
	for {
		size := spaceLen(text[n:])
		if size == 0 {
			return n
		}
		n += size
	}
}

// joinLen returns the length of ` and ` or ` or ` at the start of text, blanks included, 0 if it is
// not there.
func joinLen(text, word string) int {
	before := blanksLen(text)
	if before == 0 {
		return 0
	}
	if n := wordLen(text[before:], word); n > 0 {
		return before + n
	}
	return 0
}

// wordLen returns the length of a keyword in any case and the blanks after it, 0 if one of them is missing.
func wordLen(text, word string) int {
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return 0
	}
	after := blanksLen(text[len(word):])
	if after == 0 {
		return 0
	}
	return len(word) + after
}

// atJoin reports whether ` and ` or ` or ` follows, blanks included.
func atJoin(text string) bool { return joinLen(text, "or") > 0 || joinLen(text, "and") > 0 }

// literal reads a field name or a value.
func (p *parser) literal() (Literal, bool) {
	if p.at < len(p.src.Text) && p.src.Text[p.at] == '"' {
		return p.quoted()
	}
	return p.unquoted()
}

func (p *parser) quoted() (Literal, bool) {
	l := Literal{At: Pos(p.at), Kind: Quoted}
	var b strings.Builder
	for i := p.at + 1; i < len(p.src.Text); {
		rest := p.src.Text[i:]
		switch c := rest[0]; {
		case c == '"':
			p.at = i + 1
			l.Parts = []string{b.String()}
			return l, true
		case c == '\\' && len(rest) > 1:
			if text, size := whiteOrUnicode(rest); size > 0 {
				b.WriteString(text)
				i += size
				continue
			}
			if rest[1] == '\\' || rest[1] == '"' {
				b.WriteByte(rest[1])
				i += 2
				continue
			}
			b.WriteByte(c) // a backslash before anything else stays
			i++
		default:
			b.WriteByte(c)
			i++
		}
	}
	p.fail(p.at, `end the text with "`, "a quoted text is not closed")
	return l, false
}

func (p *parser) unquoted() (Literal, bool) {
	l := Literal{At: Pos(p.at)}
	var part strings.Builder
	var parts []string
	i := p.at
scan:
	for i < len(p.src.Text) {
		rest := p.src.Text[i:]
		var text string
		size := 1
		switch blanks := blanksLen(rest); {
		case rest[0] == '\\':
			if text, size = escape(rest); size == 0 {
				p.fail(i, `write \\ for a backslash, or put the value in double quotes`, `\ escapes nothing here`)
				return l, false
			}
		case rest[0] == '*':
			parts = append(parts, part.String())
			part.Reset()
		case strings.IndexByte(special, rest[0]) >= 0, atJoin(rest), wordLen(rest, "not") > 0:
			break scan // as in Kibana, `not` needs no blank before it: `cannot x` ends at `not`
		case blanks > 0:
			text, size = rest[:blanks], blanks
		default:
			_, size = utf8.DecodeRuneInString(rest)
			text = rest[:size]
		}
		part.WriteString(text)
		i += size
	}
	if i == p.at {
		return l, false
	}
	l.Parts = trimmed(append(parts, part.String()))
	p.at = i
	if len(l.Parts) == 1 {
		if l.Parts[0] == "" { // only blanks
			return l, false
		}
		l.Kind = bareWord(l.Parts[0])
	}
	if l.Kind != Word {
		l.Parts = nil
	}
	return l, true
}

func bareWord(text string) Kind {
	switch text {
	case "true":
		return True
	case "false":
		return False
	case "null":
		return Null
	}
	return Word
}

// trimmed removes the blanks around a literal.
func trimmed(parts []string) []string {
	parts[0] = strings.TrimLeft(parts[0], blankRunes)
	last := len(parts) - 1
	parts[last] = strings.TrimRight(parts[last], blankRunes)
	return parts
}

// escape returns the meaning of an escape in unquoted text and its length, 0 if it is not one.
func escape(text string) (string, int) {
	if len(text) < 2 {
		return "", 0
	}
	for _, word := range []string{"or", "and", "not"} { // before \n: \not is the word
		if len(text) > len(word) && strings.EqualFold(text[1:1+len(word)], word) {
			return text[1 : 1+len(word)], 1 + len(word)
		}
	}
	if strings.IndexByte(special, text[1]) >= 0 {
		return text[1:2], 2
	}
	return whiteOrUnicode(text)
}

// whiteOrUnicode returns the meaning of \t, \r, \n or \uXXXX and its length, 0 if it is not one of them. An
// unpaired surrogate stands for U+FFFD.
func whiteOrUnicode(text string) (string, int) {
	switch text[1] {
	case 't':
		return "\t", 2
	case 'r':
		return "\r", 2
	case 'n':
		return "\n", 2
	case 'u':
		if len(text) >= 6 {
			if n, err := strconv.ParseUint(text[2:6], 16, 16); err == nil {
				return string(rune(n)), 6
			}
		}
	}
	return "", 0
}
