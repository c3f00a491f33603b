package syntax

import (
	"strings"
	"unicode/utf8"
)

// missing reports that a field or a value is missing here.
func (p *parser) missing() {
	rest := p.rest()
	switch {
	case p.err != nil:
	case strings.TrimSpace(rest) == "":
		p.fail(len(strings.TrimRight(p.src.Text, " \t\r\n")), "", "the query ends where a field or a value is missing")
	case wordLen(rest, "not") > 0:
		p.fail(p.at, "write `not (not …)`, or leave both out", "`not` takes one condition")
	case rest[0] == ')' || rest[0] == '}':
		p.fail(p.at, "", "a field or a value is missing before `%c`", rest[0])
	case (rest[0] == '<' || rest[0] == '>') && strings.HasSuffix(p.before(), ":"):
		p.fail(p.at, "leave the colon out: field < 5", "unexpected `%c`", rest[0])
	default:
		p.unexpected()
	}
}

// before returns the text up to here, without trailing blanks.
func (p *parser) before() string { return strings.TrimRight(p.src.Text[:p.at], blankRunes) }

// words returns the words before this place, back to the last special character.
func (p *parser) words() []string {
	before := p.before()
	return strings.Fields(before[strings.LastIndexAny(before, special)+1:])
}

// unexpected reports what cannot stand here.
func (p *parser) unexpected() {
	rest := p.rest()
	if rest == "" {
		p.missing()
		return
	}
	r, _ := utf8.DecodeRuneInString(rest)
	p.fail(p.at, p.unexpectedHint(rest, r), "unexpected `%c`", r)
}

func (p *parser) unexpectedHint(rest string, r rune) string {
	words := p.words()
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	glued := p.at > 0 && spaceLen(p.src.Text[p.at-1:]) == 0
	switch {
	case isKeyword(last) && glued && (r == '(' || r == '"'):
		return "a blank is missing after `" + last + "`"
	case r == '"' && operatorHint(words) != "":
		return operatorHint(words)
	case r == '"' && glued && p.src.Text[p.at-1] != ')':
		return `write \" for a quote inside of text`
	case r == '"', r == '(':
		return "join conditions with `and` or `or`"
	case r == ')', r == '}':
		return "nothing is open that it could close"
	case r == ':':
		return p.colonHint(words)
	case r == '\\':
		return `write \\ for a backslash, or put the value in double quotes`
	case r == '{':
		return `a nested query is written field : { … }`
	case r == ',':
		return "join values with `or`"
	case wordLen(rest, "not") > 0:
		return "write `and not`; in a word, write \\not"
	case strings.HasPrefix(strings.ToLower(rest), "and"), strings.HasPrefix(strings.ToLower(rest), "or"):
		return "a blank is missing before or after the operator"
	case glued && p.src.Text[p.at-1] == '"':
		return `write \" for a quote inside of text`
	}
	return "join conditions with `and` or `or`"
}

// colonHint returns the hint for a colon after the words of a value.
func (p *parser) colonHint(words []string) string {
	const escaped = `write \: for a colon inside of a value, or put the value in double quotes`
	if hint := operatorHint(words); hint != "" {
		return hint
	}
	switch {
	case len(words) > 1 && p.lists > 0:
		return "a list has values only: close it with `)` before the next field"
	case len(words) > 1:
		return "join conditions with `and` or `or`; a colon inside of a value is \\:"
	}
	return escaped
}

func isKeyword(word string) bool {
	return strings.EqualFold(word, "and") || strings.EqualFold(word, "or") || strings.EqualFold(word, "not")
}

// operatorHint returns the hint for words that contain an operator of another language, otherwise
// "".
func operatorHint(words []string) string {
	for i, word := range words {
		switch strings.ToLower(word) {
		case "=", "==":
			return "KQL writes field : value"
		case "!=":
			return "KQL writes not field : value"
		case "&&":
			return "KQL writes `and`, not &&"
		case "||":
			return "KQL writes `or`, not ||"
		case "like", "like~", "in", "in~", "regex", "regex~", "where":
			if i > 0 {
				return "this is EQL: KQL writes field : value, or field : (a or b)"
			}
		}
	}
	return ""
}

// Mistake returns a correction for a text without a field that is meant as something else: it
// contains an operator of another language, or is an operator itself. It is "" for any other.
func (x *FreeText) Mistake() string {
	words := strings.Fields(x.Value.Text())
	if x.Value.Kind != Word {
		return ""
	}
	if hint := operatorHint(words); hint != "" {
		return hint
	}
	if len(words) == 1 && isKeyword(words[0]) {
		return "an operator stands between two conditions"
	}
	return ""
}
