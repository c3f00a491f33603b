package syntax

import (
	"strings"
	"unicode/utf8"
)

// missing reports that a field or a value should stand here.
func (p *parser) missing() {
	rest := p.rest()
	switch {
	case p.err != nil:
	case strings.TrimSpace(rest) == "":
		p.fail(len(strings.TrimRight(p.src.Text, " \t\r\n")), "", "the query ends where a field or a value is missing")
	case wordLen(rest, "not") > 0:
		p.fail(p.at, "write `not (not …)`, or leave both out", "`not` takes one condition")
	default:
		p.unexpected()
	}
}

// unexpected reports what cannot stand here.
func (p *parser) unexpected() {
	rest := p.rest()
	if rest == "" {
		p.missing()
		return
	}
	r, _ := utf8.DecodeRuneInString(rest)
	hint := ""
	switch {
	case r == '"' && p.at > 0 && spaceLen(p.src.Text[p.at-1:]) == 0:
		hint = `write \" for a quote inside of text`
	case r == '"', r == '(':
		hint = "join conditions with `and` or `or`"
	case r == ')', r == '}':
		hint = "nothing is open that it could close"
	case r == ':':
		hint = `write \: for a colon inside of a value, or put the value in double quotes`
	case r == '\\':
		hint = `write \\ for a backslash, or put the value in double quotes`
	case r == '{':
		hint = `a nested query is written field : { … }`
	case wordLen(rest, "not") > 0:
		hint = "write `and not`; in a word, write \\not"
	case strings.HasPrefix(strings.ToLower(rest), "and"), strings.HasPrefix(strings.ToLower(rest), "or"):
		hint = "a blank is missing before or after the operator"
	}
	p.fail(p.at, hint, "unexpected `%c`", r)
}
