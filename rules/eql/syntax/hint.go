package syntax

import (
	"strings"
	"unicode/utf8"
)

// hintFor returns the correction that an unexpected token suggests.
func (p *parser) hintFor(t Token) string {
	if h := p.splitHint(t); h != "" {
		return h
	}
	word := ""
	if t.Kind == Ident && !t.Quoted {
		word = strings.ToLower(t.Text)
	}
	switch {
	case keywords[word]:
		return "keywords are lower case: write `" + word + "`"
	case word != "":
		if h := p.wordHint(t, word); h != "" {
			return h
		}
		if p.prevByte() == '"' && t.Pos == p.prev {
			return `write \" for a quote inside of text`
		}
		return "join conditions with `and` or `or`"
	case t.is("maxspan"):
		return "write `with maxspan=30s`"
	case t.is("and"), t.is("or"):
		return "a condition is missing before `" + t.Text + "`"
	case t.Kind == Keyword && !strings.HasSuffix(t.Text, "~"):
		return "if it is a field's name, write it in back-ticks: `" + t.Text + "`"
	case t.Kind == Text:
		return "an operator is missing before the string"
	case t.Kind == Operator:
		return p.operatorHint(t)
	}
	return ""
}

// splitHint returns the hint for text without quotes that the lexer splits into several tokens:
// 10.0.0.1, 1h, 0x10.
func (p *parser) splitHint(t Token) string {
	if t.Pos != p.prev || p.prevByte() < '0' || p.prevByte() > '9' {
		return ""
	}
	switch {
	case t.Kind == Decimal:
		return `put it in double quotes: "` + p.wordAround(t.Pos) + `"`
	case t.Kind != Ident || t.Quoted:
		return ""
	case t.Text[0] == 'x' || t.Text[0] == 'X':
		return `write number("` + p.wordAround(t.Pos) + `") for a hexadecimal number`
	case timeUnits[t.Text] > 0:
		return `time spans come only after maxspan=; a date is compared with text: "2024-05-01T12:00:00Z"`
	}
	return "write a name that begins with a digit in back-ticks: `" + p.wordAround(t.Pos) + "`"
}

// wordAround returns the text around a position up to the next blanks or brackets.
func (p *parser) wordAround(at Pos) string {
	text := p.src.Text
	const ends = " \t\r\n()[],\""
	from, to := int(at), int(at)
	for from > 0 && strings.IndexByte(ends, text[from-1]) < 0 {
		from--
	}
	for to < len(text) && strings.IndexByte(ends, text[to]) < 0 {
		to++
	}
	return text[from:to]
}

// wordHint returns the hint for words of other languages where an operator is expected.
func (p *parser) wordHint(t Token, word string) string {
	field := p.fieldName()
	compare := func(op, before, after string) string {
		value := "text"
		if p.tok == t { // otherwise the token after it is not available
			if next := p.peek(); next.Kind == Text && utf8.RuneCountInString(next.Text) <= maxShownText {
				value = next.Text
			}
		}
		return "write " + field + " " + op + " " + quote(before+value+after)
	}
	switch word {
	case "contains", "has":
		return compare(":", "*", "*")
	case "startswith", "begins":
		return compare(":", "", "*")
	case "endswith", "ends":
		return compare(":", "*", "")
	case "matches", "rlike", "regexp":
		return compare("regex~", "", "")
	case "equals", "eq":
		return compare("==", "", "")
	case "is":
		switch next := p.peek(); {
		case next.is("not"):
			return "write " + field + " != null"
		case next.is("true"), next.is("false"):
			return "write " + field + " == " + next.Text
		}
		return "write " + field + " == null, or " + field + " != null"
	case "exists":
		return "write " + field + " != null"
	case "between":
		return "write " + field + " >= 1 and " + field + " <= 3"
	case "head", "tail":
		return "write `| " + word + " 10`"
	case "limit", "take", "top":
		return "write `| head 10`"
	case "order", "sort":
		return "leave it out: results are in the order of time"
	case "group", "having", "count":
		return "remove it: EQL finds events and does not count them"
	case "as":
		return "`as` names a term of a sequence: [ … ] as name"
	}
	return ""
}

// operatorHint returns the hint for misplaced punctuation.
func (p *parser) operatorHint(t Token) string {
	field := p.fieldName()
	switch t.Text {
	case "=":
		return "use == to compare"
	case "![", "[":
		if p.listExpected() {
			return "write the list in parentheses: " + field + ` in ("a", "b")`
		}
		return "brackets go around the terms of a sequence: sequence [a where true] [b where true]"
	case ")":
		return "there is one `)` too many"
	case ">":
		switch p.prevByte() {
		case '<':
			return "use != to compare"
		case '-':
			return "leave it out"
		}
		return "a value is missing before `>`"
	case "==", "!=", "<", "<=", ">=", ":":
		return "a value is missing before `" + t.Text + "`"
	case "*":
		if p.listExpected() {
			return "for any value write " + field + " != null"
		}
	case "/":
		if p.listExpected() {
			return "write " + field + ` regex "…"`
		}
	case ",":
		return "write a list in parentheses: " + field + ` in ("a", "b")`
	case "?":
		return "write ?" + field + " for a field that may be unknown"
	case "(":
		if dot := strings.LastIndexByte(p.subject, '.'); dot > 0 {
			return "the field is an argument of the function: " + p.subject[dot+1:] + "(" + p.subject[:dot] + ", …)"
		}
	}
	return ""
}

// listExpected reports whether the token before the current one is an operator that a value follows.
func (p *parser) listExpected() bool {
	switch p.prevByte() {
	case ':', '=', '<', '>':
		return true
	}
	return false
}

// fieldName returns the field read last, for corrections.
func (p *parser) fieldName() string {
	if p.subject == "" {
		return "field"
	}
	return p.subject
}

// maxShownText bounds the text that a correction repeats, in code points.
const maxShownText = 60

// quote writes text as a constant.
func quote(s string) string { return ExprString(&Literal{Kind: StringLiteral, Str: s}) }

// prevByte returns the last byte of the token before the current one, 0 if there is none.
func (p *parser) prevByte() byte {
	if p.prev < 1 || int(p.prev) > len(p.src.Text) {
		return 0
	}
	return p.src.Text[p.prev-1]
}

const severalCategories = `for several categories write any where event.category in ("process", "file") and …`

// noWhere fails because `where` does not follow a category.
func (p *parser) noWhere(q *EventQuery) {
	t, word := p.tok, strings.ToLower(q.Category)
	if t.name("of") || t.is("of") {
		p.unsupportedf(q.At, "join by process.entity_id and process.parent.entity_id in a sequence instead",
			"`%s of` is not supported", q.Category)
		return
	}
	if word != q.Category && keywords[word] {
		p.errorf(q.At, "keywords are lower case: write `"+word+"`", "expected an event category or `any`, found `%s`",
			q.Category)
		return
	}
	category := p.src.Text[q.At:p.prev]
	hint := "write `category where condition`; `any where condition` for every category"
	switch {
	case word == "select" || word == "search" || word == "from" || word == "index":
		hint = `EQL has no ` + word + `: write, for example, process where process.name : "cmd.exe"`
	case t.Kind == Ident && keywords[strings.ToLower(t.Text)]:
		hint = p.hintFor(t)
	case t.Kind == EOF && strings.Contains(q.Category, " where "):
		hint = "leave out the quotes around the query"
	case t.Kind == EOF:
		hint = "write `" + category + " where true` for every event of the category"
	case t.is("|"):
		hint = "leave out the `|`: " + category + " where …"
	case t.is(","), t.is("or"), t.is("and"):
		hint = severalCategories
	case t.Kind == Operator && !t.is("]") && !t.is(")") || t.is("in") || t.is("in~") || t.is("like") || t.is("regex"):
		condition := strings.TrimSpace(p.src.Text[q.At:])
		if strings.ContainsAny(condition, "\r\n]|") || len(condition) > 2*maxShownText {
			condition = "…"
		}
		hint = "put a category and `where` before the condition: any where " + condition
	case t.Kind == Ident && t.Text[0] == 'w' && len(t.Text) <= len("where")+1: // were, wher, when
	case t.Kind == Ident || t.is("true") || t.is("false") || t.is("not"):
		hint = "put `where` between: " + category + " where " + p.wordAround(t.Pos) + " …"
	}
	p.errorf(t.Pos, hint, "expected `where` after the event category, found %s", t.describe())
}

// betweenTerms fails at something that does not belong after a term of a sequence or a sample.
func (p *parser) betweenTerms() {
	t := p.tok
	switch {
	case p.err != nil || t.Kind == EOF || t.is("until") || t.is("|"):
	case t.is(",") || t.is("and") || t.is("or") || t.name("then") || t.name("and") || t.name("followed") || t.is("-") &&
		p.peek().is(">"):
		p.errorf(t.Pos, "leave it out", "the terms of a sequence follow each other without `%s`", t.Text)
	case t.is("not"):
		p.errorf(t.Pos, "write `![ … ]` for an event that must not happen", "expected `[`, found `not`")
	case t.name("runs"):
		p.errorf(t.Pos, "write `with runs=3`", "expected `with` before `runs`")
	case t.name("head"), t.name("tail"):
		p.errorf(t.Pos, "write `| "+t.Text+" 10`", "expected `|` before `%s`", t.Text)
	case t.is("]") || t.is(")"):
		p.errorf(t.Pos, "there is one `"+t.Text+"` too many",
			"expected `[`, `until`, `|` or the end of the query, found %s", t.describe())
	default:
		p.errorf(t.Pos, "put each term in brackets: [process where true] [file where true]",
			"expected `[`, `until`, `|` or the end of the query, found %s", t.describe())
	}
}

// noTerms fails because the first term of a sequence or a sample does not follow.
func (p *parser) noTerms() {
	hint := "put each term in brackets: [process where true] [file where true]"
	switch t := p.tok; {
	case t.is("maxspan"):
		hint = "write `with maxspan=30s`"
	case t.name("within"):
		hint = "write `with maxspan=1m`"
	case t.name("on"), t.name("BY"), t.name("By"):
		hint = "write `by`"
	case t.is(","):
		hint = "remove the comma"
	case t.is("until"):
		hint = "put `until [ … ]` after the last term"
	case t.Kind == Ident && p.subject != "":
		hint = "separate keys with commas (by " + p.subject + ", " + p.wordAround(t.Pos) + "); " + hint
	}
	p.errorf(p.tok.Pos, hint, "expected `[`, found %s", p.tok.describe())
}

// pipeHint returns the hint for words of other languages after `|`.
func (p *parser) pipeHint(word string) string {
	field := p.fieldName()
	switch word {
	case "head", "tail":
		return "keywords are lower case: write `| " + word + " 10`"
	case "limit", "take", "top":
		return "write `| head 10`"
	case "where", "search":
		return "join the conditions with `and`; " + p.pipeNames()
	case "endswith":
		return "write " + field + ` : "*text"`
	case "startswith":
		return "write " + field + ` : "text*"`
	case "contains":
		return "write " + field + ` : "*text*"`
	case "re":
		return "write " + field + ` regex~ ".*text.*"`
	case "cidr":
		return "write cidrMatch(" + field + `, "10.0.0.0/8")`
	}
	return p.pipeNames()
}

// pipeNames lists the pipes.
func (p *parser) pipeNames() string {
	names := []string{"head", "tail"}
	if p.piped {
		names = append(names, FirstPipes...)
	}
	return "supported pipes: " + strings.Join(names, ", ")
}
