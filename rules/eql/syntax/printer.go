package syntax

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Binding strength of the operators: an operand that binds less tightly than its place needs
// gets parentheses.
const (
	bindOr = iota + 1
	bindAnd
	bindNot
	bindCompare
	bindSum
	bindProduct
	bindSign
	bindPredicate
	bindPrimary
)

// String returns the canonical text of the statement: parsing it gives the same tree.
func (s *Statement) String() string {
	var p printer
	p.query(s.Query)
	for _, pipe := range s.Pipes {
		fmt.Fprintf(&p, "\n| %s", pipe.Name)
		switch {
		case pipe.Where != nil:
			fmt.Fprintf(&p, " %s", ExprString(pipe.Where))
		case pipe.Name == "head" || pipe.Name == "tail":
			fmt.Fprintf(&p, " %d", pipe.N)
		}
		for i, f := range pipe.Fields {
			if i > 0 {
				p.WriteByte(',')
			}
			fmt.Fprintf(&p, " %s", f)
		}
	}
	return p.String()
}

// ExprString returns the canonical text of an expression.
func ExprString(x Expr) string {
	var p printer
	p.expr(x, 0)
	return p.String()
}

// EventQueryString returns the canonical text of `category where condition`.
func EventQueryString(q *EventQuery) string {
	var p printer
	p.eventQuery(q)
	return p.String()
}

type printer struct{ strings.Builder }

func (p *printer) query(q Query) {
	switch q := q.(type) {
	case *EventQuery:
		p.eventQuery(q)
	case *Sequence:
		p.WriteString("sequence")
		p.keys(q.Keys)
		if q.MaxSpan != nil {
			fmt.Fprintf(p, " with maxspan=%d%s", q.MaxSpan.N, q.MaxSpan.Unit)
		}
		for _, t := range q.Terms {
			p.term("\n  ", t)
		}
		if q.Until != nil {
			p.term("\nuntil ", q.Until)
		}
	case *Sample:
		p.WriteString("sample")
		p.keys(q.Keys)
		for _, t := range q.Terms {
			p.term("\n  ", t)
		}
	}
}

func (p *printer) term(lead string, t *Term) {
	p.WriteString(lead)
	if t.Missing {
		p.WriteByte('!')
	}
	p.WriteByte('[')
	p.eventQuery(t.Query)
	p.WriteByte(']')
	p.keys(t.Keys)
	if t.Runs > 0 {
		fmt.Fprintf(p, " with runs=%d", t.Runs)
	}
	if t.As != "" {
		p.WriteString(" as ")
		p.ident(t.As)
	}
}

func (p *printer) keys(ks []*Name) {
	for i, k := range ks {
		if i == 0 {
			p.WriteString(" by ")
		} else {
			p.WriteString(", ")
		}
		p.name(k)
	}
}

func (p *printer) eventQuery(q *EventQuery) {
	switch {
	case q.Any:
		p.WriteString("any")
	case isPlainIdent(q.Category):
		p.WriteString(q.Category)
	default:
		p.text(q.Category)
	}
	p.WriteString(" where ")
	p.expr(q.Where, 0)
}

// expr prints x in a place whose operands must bind at least as tightly as need.
func (p *printer) expr(x Expr, need int) {
	b := binding(x)
	if b < need {
		p.WriteByte('(')
		defer p.WriteByte(')')
	}
	switch x := x.(type) {
	case *Logical:
		for i, k := range x.Xs {
			if i > 0 {
				p.WriteString(" " + string(x.Op) + " ")
			}
			p.expr(k, b+1)
		}
	case *Not:
		p.WriteString("not ")
		p.expr(x.X, bindNot)
	case *Binary:
		left := b
		if b == bindCompare {
			left++ // comparisons do not chain
		}
		p.expr(x.X, left)
		p.WriteString(" " + string(x.Op) + " ")
		p.expr(x.Y, b+1)
	case *Unary:
		p.WriteString(string(x.Op))
		p.expr(x.X, bindSign)
	case *In:
		p.expr(x.X, bindPrimary)
		if x.Not {
			p.WriteString(" not")
		}
		p.WriteString(" in")
		if x.Fold {
			p.WriteByte('~')
		}
		p.WriteString(" (")
		p.list(x.List)
		p.WriteByte(')')
	case *Match:
		p.match(x)
	case *Call:
		p.WriteString(x.Name)
		if x.Fold {
			p.WriteByte('~')
		}
		p.WriteByte('(')
		p.list(x.Args)
		p.WriteByte(')')
	case *Name:
		p.name(x)
	case *Literal:
		p.literal(x)
	}
}

func (p *printer) match(x *Match) {
	p.expr(x.X, bindPrimary)
	p.WriteString(" " + string(x.Op) + " ")
	if len(x.List) == 1 && x.List[0].List == "" {
		p.literal(x.List[0])
		return
	}
	p.WriteByte('(')
	for i, l := range x.List {
		if i > 0 && !sameList(x.List[i-1], l) {
			p.WriteString(", ")
		}
		if i == 0 || !sameList(x.List[i-1], l) {
			p.literal(l)
		}
	}
	p.WriteByte(')')
}

// sameList reports whether two values come from one named list, which is printed once.
func sameList(a, b *Literal) bool { return a.List != "" && a.List == b.List && a.At == b.At }

func (p *printer) list(xs []Expr) {
	for i, x := range xs {
		if i > 0 {
			before, ok := xs[i-1].(*Literal)
			if l, ok2 := x.(*Literal); ok && ok2 && sameList(before, l) {
				continue
			}
			p.WriteString(", ")
		}
		p.expr(x, 0)
	}
}

func binding(x Expr) int {
	switch x := x.(type) {
	case *Logical:
		if x.Op == "or" {
			return bindOr
		}
		return bindAnd
	case *Not:
		return bindNot
	case *Binary:
		switch x.Op {
		case "+", "-":
			return bindSum
		case "*", "/", "%":
			return bindProduct
		}
		return bindCompare
	case *Unary:
		return bindSign
	case *In, *Match:
		return bindPredicate
	}
	return bindPrimary
}

func (p *printer) name(n *Name) {
	if n.Optional {
		p.WriteByte('?')
	}
	for i, part := range n.Parts {
		if i > 0 {
			p.WriteByte('.')
		}
		p.ident(part)
	}
}

func (p *printer) ident(s string) {
	if isPlainIdent(s) {
		p.WriteString(s)
		return
	}
	p.WriteString("`" + strings.ReplaceAll(s, "`", "``") + "`")
}

// isPlainIdent reports whether s can be written without back-ticks.
func isPlainIdent(s string) bool {
	for i := range len(s) {
		if !isIdentStart(s[i]) && (i == 0 || !isDigit(s[i])) || i > 0 && s[i] == '@' {
			return false
		}
	}
	return s != "" && !keywords[s]
}

func (p *printer) literal(l *Literal) {
	if l.List != "" {
		p.WriteString("$" + l.List)
		return
	}
	switch l.Kind {
	case NullLiteral:
		p.WriteString("null")
	case BoolLiteral:
		p.WriteString(strconv.FormatBool(l.Bool))
	case IntLiteral:
		p.WriteString(strconv.FormatInt(l.Int, 10))
	case UnsignedLiteral:
		p.WriteString(strconv.FormatUint(l.Uint, 10))
	case FloatLiteral:
		p.WriteString(floatText(l.Float))
	case StringLiteral:
		p.text(l.Str)
	}
}

// floatText returns a decimal that the lexer reads back as the same float.
func floatText(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") && !math.IsInf(f, 0) {
		s += ".0"
	}
	return s
}

// text prints a string literal. Invisible characters are escaped, so that a canonical query
// shows what it contains.
func (p *printer) text(s string) {
	p.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '\\' || r == '"':
			p.WriteByte('\\')
			p.WriteRune(r)
		case r == '\n':
			p.WriteString(`\n`)
		case r == '\r':
			p.WriteString(`\r`)
		case r == '\t':
			p.WriteString(`\t`)
		case r == '\b':
			p.WriteString(`\b`)
		case r == '\f':
			p.WriteString(`\f`)
		case r == unicode.ReplacementChar && s[i] != "\uFFFD"[0]:
			p.WriteByte(s[i]) // not UTF-8: kept as it is
		case !unicode.IsPrint(r):
			fmt.Fprintf(p, `\u{%02x}`, r)
		default:
			p.WriteRune(r)
		}
	}
	p.WriteByte('"')
}
