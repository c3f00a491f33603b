package syntax

import "strings"

// String returns the query in its canonical form, which parses to the same tree. The empty query is
// the empty text.
func String(q Query) string {
	if q == nil {
		return ""
	}
	var b strings.Builder
	printQuery(&b, q, Or)
	return b.String()
}

// printQuery writes q as an operand of op: if it binds less tightly, it gets parentheses.
func printQuery(b *strings.Builder, q Query, op Op) {
	switch x := q.(type) {
	case *Logical:
		if x.Op == Or && op == And {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, operand := range x.Xs {
			if i > 0 {
				b.WriteString(" " + x.Op.String() + " ")
			}
			printQuery(b, operand, And)
		}
	case *Not:
		b.WriteString("not ")
		switch x.X.(type) {
		case *Logical, *Not:
			b.WriteByte('(')
			printQuery(b, x.X, Or)
			b.WriteByte(')')
		default:
			printQuery(b, x.X, And)
		}
	case *Match:
		b.WriteString(x.Field.String() + " : " + x.Value.String())
	case *Range:
		b.WriteString(x.Field.String() + " " + string(x.Op) + " " + x.Value.String())
	case *Nested:
		b.WriteString(x.Field.String() + " : { ")
		printQuery(b, x.X, Or)
		b.WriteString(" }")
	case *FreeText:
		b.WriteString(x.Value.String())
	}
}

// String returns the literal as it is written.
func (l Literal) String() string {
	switch l.Kind {
	case True, False, Null:
		return l.Text()
	case Quoted:
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\t", `\t`, "\r", `\r`, "\n", `\n`).Replace(l.Text()) +
			`"`
	}
	var b strings.Builder
	for i, part := range l.Parts {
		if i > 0 {
			b.WriteByte('*')
		}
		printWord(&b, part, i == 0, i == len(l.Parts)-1)
	}
	return b.String()
}

// blankRunes are the blanks, as a cut set.
const blankRunes = " \t\r\n\u00a0"

// printWord writes a part of an unquoted literal. Blanks at its ends and in front of keywords are
// escaped, so that they are kept; a blank may follow the part.
func printWord(b *strings.Builder, part string, first, last bool) {
	begins, ends := 0, len(part) // blanks before and after these are at the literal's ends
	if first {
		begins = len(part) - len(strings.TrimLeft(part, blankRunes))
	}
	if last {
		ends = len(strings.TrimRight(part, blankRunes))
	}
	followed := part + " "
	joins := -1 // the end of the blanks that are before the next word, once they are looked for
	beforeKeyword := false
	for i, r := range part {
		if i > joins && spaceLen(part[i:]) > 0 {
			joins = i + blanksLen(part[i:]) - 1
			beforeKeyword = atJoin(followed[i:])
		}
		escaped := i < begins || i >= ends || beforeKeyword
		switch {
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == ' ' && escaped:
			b.WriteString(`\u0020`)
		case r == '\u00a0' && escaped:
			b.WriteString(`\u00a0`)
		case strings.ContainsRune(special, r), wordLen(followed[i:], "not") > 0:
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
}
