package syntax

import (
	"strconv"
	"strings"
)

// condition parses a boolean expression: not binds tighter than and, and tighter than or.
func (p *parser) condition() Expr {
	return p.logical("or", func() Expr { return p.logical("and", p.negation) })
}

func (p *parser) logical(op Op, operand func() Expr) Expr {
	x := operand()
	if !p.tok.is(string(op)) {
		return x
	}
	l := &Logical{At: x.Pos(), Op: op, Xs: flatten(nil, op, x)}
	for p.accept(string(op)) {
		l.Xs = flatten(l.Xs, op, operand())
	}
	return l
}

// flatten appends x to xs, or its operands if it is joined by the same operator.
func flatten(xs []Expr, op Op, x Expr) []Expr {
	if l, ok := x.(*Logical); ok && l.Op == op {
		return append(xs, l.Xs...)
	}
	return append(xs, x)
}

// enter counts the nesting; the caller leaves with p.depth--.
func (p *parser) enter() {
	if p.depth++; p.depth > MaxDepth {
		p.errorf(p.tok.Pos, "", "the expression nests more than %d levels deep", MaxDepth)
	}
}

func (p *parser) negation() Expr {
	p.enter()
	defer func() { p.depth-- }()
	if p.tok.is("not") {
		at := p.tok.Pos
		p.advance()
		return &Not{At: at, X: p.negation()}
	}
	return p.comparison()
}

func isComparison(t Token) bool {
	if t.Kind != Operator {
		return false
	}
	switch t.Text {
	case "==", "!=", "<", "<=", ">", ">=":
		return true
	}
	return false
}

func (p *parser) comparison() Expr {
	x := p.sum()
	if p.tok.is("=") {
		hint := "use == to compare"
		if strings.HasPrefix(p.src.Text[p.tok.End:], "~") {
			hint = "use `:` to compare regardless of case"
		}
		if rest := p.src.Text[p.tok.End:]; rest != "" && (rest[0] == '<' || rest[0] == '>') {
			hint = "write `" + rest[:1] + "=`"
		}
		p.errorf(p.tok.Pos, hint, "unexpected `=`")
	}
	if !isComparison(p.tok) {
		return x
	}
	op := p.tok
	p.advance()
	b := &Binary{OpPos: op.Pos, Op: Op(op.Text), X: x, Y: p.sum()}
	if isComparison(p.tok) {
		p.errorf(p.tok.Pos, "write `a < b and b < c`", "comparisons do not chain")
	}
	return b
}

func (p *parser) sum() Expr     { return p.arithmetic(p.product, "+", "-") }
func (p *parser) product() Expr { return p.arithmetic(p.sign, "*", "/", "%") }

// arithmetic parses a chain of left-associative operators. Each link nests one level deeper.
func (p *parser) arithmetic(operand func() Expr, ops ...string) Expr {
	x, depth := operand(), p.depth
	defer func() { p.depth = depth }()
	for {
		op := p.tok
		if op.Kind != Operator || !contains(ops, op.Text) {
			return x
		}
		p.enter()
		p.advance()
		x = &Binary{OpPos: op.Pos, Op: Op(op.Text), X: x, Y: operand()}
	}
}

func contains(ss []string, s string) bool {
	for _, x := range ss {
		if x == s {
			return true
		}
	}
	return false
}

func (p *parser) sign() Expr {
	if !p.tok.is("-") && !p.tok.is("+") {
		return p.predicate(p.primary())
	}
	p.enter()
	defer func() { p.depth-- }()
	op := p.tok
	p.advance()
	return &Unary{At: op.Pos, Op: Op(op.Text), X: p.sign()}
}

// predicate parses what may follow a primary: in, :, like, regex.
func (p *parser) predicate(x Expr) Expr {
	if p.tok.is("not") {
		next := p.peek()
		if !next.is("in") && !next.is("in~") {
			if p.err == nil && (next.Kind == Keyword || next.is(":") || isComparison(next)) {
				p.errorf(p.tok.Pos, "write `not "+ExprString(x)+" "+next.Text+" …`",
					"put `not` before the whole comparison, except in `not in`")
			}
			return x
		}
		p.advance()
		in := p.in(x)
		in.Not = true
		return in
	}
	switch {
	case p.tok.is("in"), p.tok.is("in~"):
		return p.in(x)
	case p.tok.is(":"), p.tok.is("like"), p.tok.is("like~"), p.tok.is("regex"), p.tok.is("regex~"):
		return p.match(x)
	}
	return x
}

func (p *parser) in(x Expr) *In {
	in := &In{OpPos: p.tok.Pos, X: x, Fold: p.tok.Text == "in~"}
	p.advance()
	if !p.tok.is("(") {
		hint := `write the values in parentheses: in ("a", "b")`
		if p.tok.Kind == Ident {
			hint = "write the field first: " + p.wordAround(p.tok.Pos) + " in (…); a field with many values " +
				"satisfies it with any of them"
		}
		p.errorf(p.tok.Pos, hint, "expected `(` after `in`, found %s", p.tok.describe())
	}
	p.advance()
	in.List = p.list("the list of values")
	if len(in.List) == 0 && p.err == nil {
		p.errorf(in.OpPos, "put a value between the parentheses", "the list of values is empty")
	}
	return in
}

// list parses expressions up to the closing parenthesis; the opening one is consumed.
func (p *parser) list(what string) []Expr {
	var xs []Expr
	for p.err == nil && !p.accept(")") {
		xs = append(xs, p.condition())
		if p.accept(",") {
			if p.tok.is(")") {
				p.errorf(p.prev-1, "remove the comma", "a comma at the end of %s", what)
			}
			continue
		}
		if p.err == nil && !p.tok.is(")") {
			hint := p.splitHint(p.tok)
			if hint == "" {
				hint = "separate them with commas, and close with `)`"
			}
			p.errorf(p.tok.Pos, hint, "expected `,` or `)` in %s, found %s", what, p.tok.describe())
		}
	}
	return xs
}

// match parses the constants after :, like or regex.
func (p *parser) match(x Expr) Expr {
	m := &Match{OpPos: p.tok.Pos, Op: Op(p.tok.Text), X: x}
	p.advance()
	if !p.accept("(") {
		m.List = []*Literal{p.patternLiteral(m.Op)}
		return m
	}
	for p.err == nil {
		m.List = append(m.List, p.patternLiteral(m.Op))
		if p.accept(")") {
			return m
		}
		if p.err == nil && !p.tok.is(",") {
			p.errorf(p.tok.Pos, "separate them with commas, and close with `)`",
				"expected `,` or `)` in the list of patterns, found %s", p.tok.describe())
		}
		p.advance()
		if p.tok.is(")") {
			p.errorf(p.prev-1, "remove the comma", "a comma at the end of the list of patterns")
		}
	}
	return m
}

func (p *parser) patternLiteral(op Op) *Literal {
	t := p.tok
	l := p.literal()
	if l == nil {
		hint := p.hintFor(t)
		if t.Kind == Ident {
			hint = "put text in double quotes (" + quote(p.wordAround(t.Pos)) + "), or compare two fields with =="
		}
		if t.Kind == EOF || t.is(")") || t.is("]") {
			hint = "write a constant here, for example " + p.fieldName() + " " + string(op) + ` "text"`
		}
		if t.is("-") || t.is("+") {
			hint = "compare a signed number with =="
		}
		p.errorf(t.Pos, hint, "expected a constant after `%s`, found %s", op, t.describe())
		return &Literal{At: t.Pos}
	}
	if op != ":" && l.Kind != StringLiteral {
		p.errorf(t.Pos, "use == for other constants", "`%s` takes strings", op)
	}
	return l
}

// literal parses a constant; nil if there is none.
func (p *parser) literal() *Literal {
	t := p.tok
	l := &Literal{At: t.Pos}
	switch {
	case t.Kind == Text:
		l.Kind, l.Str, l.List = StringLiteral, t.Text, t.List
	case t.Kind == Integer:
		if n, err := strconv.ParseInt(t.Text, 10, 64); err == nil {
			l.Kind, l.Int = IntLiteral, n
			break
		}
		n, err := strconv.ParseUint(t.Text, 10, 64) // unsigned_long
		if err != nil {
			p.errorf(t.Pos, "", "the number %s is too large", t.Text)
		}
		l.Kind, l.Uint = UnsignedLiteral, n
	case t.Kind == Decimal:
		f, err := strconv.ParseFloat(t.Text, 64)
		if err != nil {
			p.errorf(t.Pos, "", "the number %s is too large", t.Text)
		}
		l.Kind, l.Float = FloatLiteral, f
	case t.is("true"), t.is("false"):
		l.Kind, l.Bool = BoolLiteral, t.Text == "true"
	case t.is("null"):
	default:
		return nil
	}
	p.advance()
	return l
}

// primary parses a constant, a call, a field name or a condition in parentheses.
func (p *parser) primary() Expr {
	p.enter()
	defer func() { p.depth-- }()
	if l := p.literal(); l != nil {
		return l
	}
	at := p.tok.Pos
	if p.tok.Kind == Ident && !p.tok.Quoted && p.tok.Text != "not" && strings.EqualFold(p.tok.Text, "not") {
		p.errorf(at, "keywords are lower case: write `not`", "expected a condition, found `%s`", p.tok.Text)
	}
	switch {
	case p.accept("("):
		x := p.condition()
		if p.tok.is(",") {
			p.errorf(p.tok.Pos, "write `"+p.fieldName()+" in ("+ExprString(x)+", …)`",
				"a list comes only after in, :, like and regex")
		}
		if p.err == nil && p.tok.Kind == EOF {
			p.errorf(at, "close it with `)`", "a parenthesis is not closed")
		}
		p.expect(")", "to close the parenthesis")
		return x
	case p.accept("?"):
		if p.tok.Kind != Ident {
			p.unexpected("expected a field name after `?`")
		}
		return p.name(at, true)
	case p.tok.Kind == FoldName, p.tok.Kind == Ident && !p.tok.Quoted && p.peek().is("("):
		return p.call()
	case p.tok.Kind == Ident && p.peek().is("of"):
		p.unsupportedf(at, "join by process.entity_id and process.parent.entity_id in a sequence instead",
			"`%s of` is not supported", p.tok.Text)
	case p.tok.Kind == Ident:
		return p.name(at, false)
	case p.err == nil && p.tok.Kind == EOF && p.listExpected():
		p.errorf(at, "write a value here, for example "+p.fieldName()+` == "text"`, "expected a value, found %s",
			p.tok.describe())
	case p.err == nil && (p.tok.Kind == EOF || p.tok.is("]") || p.tok.is("|")):
		p.errorf(at, `write a condition here, for example process.name : "cmd.exe"; true is every event`,
			"expected a condition, found %s", p.tok.describe())
	case p.tok.is("not"):
		p.errorf(at, "put it in parentheses: (not …)", "expected a value, found `not`")
	case (p.tok.is("regex") || p.tok.is("like")) && p.peek().is("("):
		p.errorf(at, "write field "+p.tok.Text+` "…"`, "`%s` is an operator, not a function", p.tok.Text)
	case p.err == nil:
		p.unexpected("expected a field, a constant, a function or `(`")
	}
	return &Literal{At: at} // after an error
}

func (p *parser) name(at Pos, optional bool) Expr {
	n := &Name{At: at, Optional: optional}
	for {
		if p.tok.Kind != Ident {
			hint := p.hintFor(p.tok)
			switch {
			case p.tok.Kind == Integer:
				hint = "write a name that begins with a digit in back-ticks"
			case p.tok.is("."):
				hint = "leave out one of the dots"
			}
			p.errorf(p.tok.Pos, hint, "expected a name after `.`, found %s", p.tok.describe())
			return n
		}
		n.Parts = append(n.Parts, p.tok.Text)
		p.advance()
		if p.tok.is("[") && p.tok.Pos == p.prev && p.peek().Kind == Integer {
			p.unsupportedf(p.tok.Pos, "leave the index out: a comparison is true if any value satisfies it",
				"an index into the values of a field is not supported")
		}
		if p.tok.Kind == Decimal && strings.HasPrefix(p.tok.Text, ".") && p.tok.Pos == p.prev {
			p.errorf(p.tok.Pos, "write a name that begins with a digit in back-ticks",
				"expected a name after `.`, found %s", p.tok.describe())
		}
		if !p.accept(".") {
			p.subject = ExprString(n)
			return n
		}
	}
}

func (p *parser) call() Expr {
	c := &Call{At: p.tok.Pos, Name: p.tok.Text, Fold: p.tok.Kind == FoldName}
	p.advance()
	if !p.tok.is("(") {
		p.errorf(p.tok.Pos, "", "expected `(` after the function `%s~`, found %s", c.Name, p.tok.describe())
	}
	p.advance()
	c.Args = p.list("the arguments")
	return c
}
