package syntax

import "strings"

// wordHints are for words of other languages where an operator is expected.
var wordHints = map[string]string{
	"contains":   `write field : "*text*", or stringContains(field, "text")`,
	"startswith": `write field : "text*", or startsWith(field, "text")`,
	"endswith":   `write field : "*text", or endsWith(field, "text")`,
	"matches":    `write field regex~ "expression"`,
	"equals":     "use == to compare",
	"is":         "write field == null, or field != null",
	"head":       "write `| head 10`",
	"tail":       "write `| tail 10`",
	"as":         "`as` names a term of a sequence: [ … ] as name",
}

// hintFor returns the correction that an unexpected token suggests.
func (p *parser) hintFor(t Token) string {
	word := ""
	if t.Kind == Ident && !t.Quoted {
		word = strings.ToLower(t.Text)
	}
	digits := p.prevByte() >= '0' && p.prevByte() <= '9' && t.Pos == p.prev
	switch {
	case t.is("="):
		return "use == to compare"
	case keywords[word]:
		return "keywords are lower case: write `" + word + "`"
	case digits && strings.HasPrefix(word, "x"):
		return `write number("0x10") for a hexadecimal number`
	case digits && word != "":
		return "write a name that begins with a digit in back-ticks"
	case wordHints[word] != "":
		return wordHints[word]
	case t.is("maxspan"):
		return "write `with maxspan=30s`"
	case t.Kind == Keyword && !strings.HasSuffix(t.Text, "~"):
		return "if it is a field's name, write it in back-ticks: `" + t.Text + "`"
	case t.is("![") || t.is("["):
		return "brackets stand around the terms of a sequence: sequence [a where true] [b where true]"
	case t.is(")"):
		return "there is one `)` too many"
	case t.is(">") && p.prevByte() == '<':
		return "use != to compare"
	case word != "":
		return "join conditions with `and` or `or`"
	case t.Kind == Text:
		return "an operator is missing before the string"
	}
	return ""
}

// prevByte is the last byte of the token before the present one, 0 if there is none.
func (p *parser) prevByte() byte {
	if p.prev < 1 || int(p.prev) > len(p.src.Text) {
		return 0
	}
	return p.src.Text[p.prev-1]
}
