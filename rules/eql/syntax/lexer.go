package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lexer splits a query into tokens.
type Lexer struct {
	src Source
	pos int
}

// NewLexer returns a lexer over src.
func NewLexer(src Source) *Lexer { return &Lexer{src: src} }

// Next returns the next token; at the end of the text it always returns one of kind EOF.
func (l *Lexer) Next() (Token, error) {
	if err := l.skipBlank(); err != nil {
		return Token{}, err
	}
	start := l.pos
	if start >= len(l.src.Text) {
		return Token{Kind: EOF, Pos: Pos(start), End: Pos(start)}, nil
	}
	rest := l.src.Text[start:]
	switch c := rest[0]; {
	case isIdentStart(c):
		return l.word(start), nil
	case c == '`':
		return l.quotedName(start)
	case c == '"':
		if strings.HasPrefix(rest, `"""`) {
			return l.rawString(start)
		}
		return l.quotedString(start)
	case isDigit(c), c == '.' && len(rest) > 1 && isDigit(rest[1]):
		return l.number(start), nil
	case c == '$' && len(rest) > 1 && isIdentStart(rest[1]):
		l.pos++
		t := l.word(l.pos)
		return Token{Kind: ListName, Pos: Pos(start), End: Pos(l.pos), Text: t.Text}, nil
	case c == '\'':
		return Token{}, l.src.Errorf(Pos(start), `write "text"`, "strings are written in double quotes")
	case c == '?' && len(rest) > 1 && (rest[1] == '"' || rest[1] == '\''):
		return Token{}, l.src.Errorf(Pos(start), `write """text"""`,
			`raw strings are written in three double quotes, not ?"…"`)
	}
	for _, op := range operators {
		if strings.HasPrefix(rest, op) {
			l.pos += len(op)
			return l.token(Operator, start, op), nil
		}
	}
	return Token{}, l.badCharacter(start)
}

func (l *Lexer) token(k Kind, start int, text string) Token {
	return Token{Kind: k, Pos: Pos(start), End: Pos(l.pos), Text: text}
}

func (l *Lexer) badCharacter(start int) error {
	rest := l.src.Text[start:]
	r, size := utf8.DecodeRuneInString(rest)
	hint := ""
	switch r {
	case '&':
		hint = "use `and`"
	case '!':
		switch next := strings.TrimLeft(rest[1:], " \t\r\n"); {
		case strings.HasPrefix(next, "["):
			hint = "write `![` without a blank"
		case strings.HasPrefix(next, "~"):
			hint = `write not field : "text"`
		default:
			hint = "use `not`, or `!=` to compare"
		}
	case '\u201c', '\u201d', '\u201e':
		hint = `use straight double quotes: "text"`
	case '~':
		hint = "use `:` to compare regardless of case; `~` follows a function name, `in`, `like` or `regex` " +
			"without a blank"
	case '{', '}':
		hint = "put lists in ( ) and the terms of a sequence in [ ]"
	case '#':
		hint = "comments begin with //"
	case ';':
		hint = "leave it out"
	case '$':
		hint = "leave it out: fields and aliases are written by their names alone; a list is $name"
	case '^':
		hint = `for a text that begins so write : "text*"; there is no power`
	case '\\':
		hint = `put text in double quotes: """C:\Windows"""`
	case '\u2260':
		hint = "write !="
	case '\u2264':
		hint = "write <="
	case '\u2265':
		hint = "write >="
	case '\u2013', '\u2014', '\u2212':
		hint = "write -"
	default:
		switch {
		case unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b':
			hint = "write an ordinary blank"
		case unicode.IsLetter(r):
			hint = "put names with letters other than a to z in back-ticks, and text in double quotes"
		}
	}
	if size == 1 && r == utf8.RuneError {
		return l.src.Errorf(Pos(start), "save the query as UTF-8", "a byte is not UTF-8")
	}
	return l.src.Errorf(Pos(start), hint, "unexpected character %s", strconv.QuoteRune(r))
}

// skipBlank skips white space and comments; block comments nest.
func (l *Lexer) skipBlank() error {
	text := l.src.Text
	for l.pos < len(text) {
		switch rest := text[l.pos:]; {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\n' || rest[0] == '\r':
			l.pos++
		case strings.HasPrefix(rest, "//"):
			if i := strings.IndexByte(rest, '\n'); i >= 0 {
				l.pos += i + 1
			} else {
				l.pos = len(text)
			}
		case strings.HasPrefix(rest, "/*"):
			if err := l.blockComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (l *Lexer) blockComment() error {
	text, start, depth := l.src.Text, l.pos, 0
	for l.pos < len(text) {
		switch {
		case strings.HasPrefix(text[l.pos:], "/*"):
			if depth++; depth > MaxCommentDepth {
				return l.src.Errorf(Pos(l.pos), "", "comments nest more than %d levels deep", MaxCommentDepth)
			}
			l.pos += 2
		case strings.HasPrefix(text[l.pos:], "*/"):
			depth--
			l.pos += 2
			if depth == 0 {
				return nil
			}
		default:
			l.pos++
		}
	}
	return l.src.Errorf(Pos(start), "close it with `*/`; block comments nest", "a comment is not closed")
}

// word reads an identifier or a keyword, including a `~` that follows without a blank.
func (l *Lexer) word(start int) Token {
	text := l.src.Text
	for l.pos < len(text) &&
		(isIdentStart(text[l.pos]) && text[l.pos] != '@' || isDigit(text[l.pos]) || l.pos == start) {
		l.pos++
	}
	word := text[start:l.pos]
	if l.pos < len(text) && text[l.pos] == '~' {
		l.pos++
		if keywords[word+"~"] {
			return l.token(Keyword, start, word+"~")
		}
		return l.token(FoldName, start, word)
	}
	if keywords[word] {
		return l.token(Keyword, start, word)
	}
	return l.token(Ident, start, word)
}

// quotedName reads a name in back-ticks; two back-ticks stand for one.
func (l *Lexer) quotedName(start int) (Token, error) {
	text := l.src.Text
	var b strings.Builder
	for l.pos = start + 1; l.pos < len(text) && text[l.pos] != '\n'; l.pos++ {
		if text[l.pos] != '`' {
			b.WriteByte(text[l.pos])
			continue
		}
		if strings.HasPrefix(text[l.pos:], "``") {
			b.WriteByte('`')
			l.pos++
			continue
		}
		l.pos++
		if b.Len() == 0 {
			return Token{}, l.src.Errorf(Pos(start), "write a name between the back-ticks", "a name is empty")
		}
		t := l.token(Ident, start, b.String())
		t.Quoted = true
		return t, nil
	}
	return Token{}, l.src.Errorf(Pos(start), "close it with a back-tick", "a name in back-ticks is not closed")
}

// rawString reads """text""": no escapes, one line. Up to two quotes before the closing three belong to the text.
func (l *Lexer) rawString(start int) (Token, error) {
	body := l.src.Text[start+3:]
	line := body
	if i := strings.IndexAny(body, "\r\n"); i >= 0 {
		line = body[:i]
	}
	end := strings.Index(line, `"""`)
	if end < 0 {
		return Token{}, l.src.Errorf(Pos(start), `close it with """ on the same line`, "a raw string is not closed")
	}
	for n := 0; n < 2 && end+3 < len(line) && line[end+3] == '"'; n++ {
		end++
	}
	l.pos = start + 3 + end + 3
	return l.token(Text, start, line[:end]), nil
}

func (l *Lexer) quotedString(start int) (Token, error) {
	text := l.src.Text
	var b strings.Builder
	for i := start + 1; i < len(text); {
		switch c := text[i]; c {
		case '"':
			l.pos = i + 1
			return l.token(Text, start, b.String()), nil
		case '\r', '\n':
			return Token{}, l.src.Errorf(Pos(start), `close it with " on the same line, or write \n for a line break`,
				"a string is not closed")
		case '\\':
			n, err := l.escape(i, &b)
			if err != nil {
				return Token{}, err
			}
			i += n
		default:
			b.WriteByte(c)
			i++
		}
	}
	hint := `close it with "`
	if start > 0 && (isIdentStart(text[start-1]) || isDigit(text[start-1])) {
		hint = `put a " before the text, too`
	}
	return Token{}, l.src.Errorf(Pos(start), hint, "a string is not closed")
}

// escape decodes the escape sequence at offset i and returns its length.
func (l *Lexer) escape(i int, b *strings.Builder) (int, error) {
	rest := l.src.Text[i:]
	if len(rest) < 2 {
		return 0, l.src.Errorf(Pos(i), `close it with "`, "a string is not closed")
	}
	switch rest[1] {
	case '\\', '"', '\'':
		b.WriteByte(rest[1])
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'u':
		return l.unicodeEscape(i, b)
	default:
		r, _ := utf8.DecodeRuneInString(rest[1:])
		return 0, l.src.Errorf(Pos(i), `write \\ for a backslash, or use a raw string: """text"""`,
			"unknown escape sequence \\%c in a string", r)
	}
	return 2, nil
}

// unicodeEscape decodes \u{…}: two to eight hexadecimal digits.
func (l *Lexer) unicodeEscape(i int, b *strings.Builder) (int, error) {
	rest := l.src.Text[i:]
	hint := `write \u{200f}: two to eight hexadecimal digits`
	if len(rest) < 3 || rest[2] != '{' {
		hint = `write \\ for a backslash, or use a raw string: """text"""; a code point is \u{200f}`
	}
	end := strings.IndexByte(rest[:min(len(rest), 12)], '}')
	if len(rest) < 3 || rest[2] != '{' || end < 5 || end > 11 {
		return 0, l.src.Errorf(Pos(i), hint, "bad unicode escape")
	}
	n, err := strconv.ParseUint(rest[3:end], 16, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, l.src.Errorf(Pos(i), hint, "bad unicode escape: %s is not a code point", rest[3:end])
	}
	b.WriteRune(rune(n))
	return end + 1, nil
}

func (l *Lexer) number(start int) Token {
	text, kind := l.src.Text, Integer
	digits := func() {
		for l.pos < len(text) && isDigit(text[l.pos]) {
			l.pos++
		}
	}
	digits()
	if l.pos < len(text) && text[l.pos] == '.' {
		kind = Decimal
		l.pos++
		digits()
	}
	if e := text[l.pos:]; len(e) > 1 && (e[0] == 'e' || e[0] == 'E') {
		n := 1
		if e[1] == '+' || e[1] == '-' {
			n = 2
		}
		if len(e) > n && isDigit(e[n]) {
			kind = Decimal
			l.pos += n
			digits()
		}
	}
	return l.token(kind, start, text[start:l.pos])
}

func isIdentStart(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == '@'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
