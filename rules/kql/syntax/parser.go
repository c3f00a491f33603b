package syntax

import "strings"

// Parse parses a query. The empty query is nil and matches every document. The error is an *Error.
func Parse(src Source) (Query, error) {
	p := &parser{src: src}
	if len(src.Text) > MaxQueryLen {
		return nil, src.Errorf(0, "", "the query is longer than %d bytes", MaxQueryLen)
	}
	p.blanks()
	if p.at == len(src.Text) {
		return nil, nil
	}
	q := p.or()
	if p.err == nil {
		p.blanks()
		if p.at < len(src.Text) {
			p.unexpected()
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return q, nil
}

// parser is a recursive-descent parser over the text itself: whether a blank separates or belongs to
// a value depends on what follows it. After the first error every production returns at once.
type parser struct {
	src   Source
	at    int
	depth int
	lists int // number of open lists of values
	err   error
}

func (p *parser) fail(at int, hint, format string, args ...any) {
	if p.err == nil {
		p.err = p.src.Errorf(Pos(at), hint, format, args...)
	}
}

func (p *parser) rest() string { return p.src.Text[p.at:] }

func (p *parser) blanks() { p.at += blanksLen(p.rest()) }

// take consumes a character if it is the next one.
func (p *parser) take(c byte) bool {
	if p.at < len(p.src.Text) && p.src.Text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// join reads operands of one operator until it no longer follows.
func join[T any](p *parser, word string, operand func() T) []T {
	xs := []T{operand()}
	for p.err == nil {
		n := joinLen(p.rest(), word)
		if n == 0 {
			break
		}
		p.at += n
		xs = append(xs, operand())
	}
	return xs
}

// logical returns xs joined by op, or the only one of them. Nested queries of the same operator
// become one.
func logical(op Op, xs []Query) Query {
	if len(xs) == 1 {
		return xs[0]
	}
	x := &Logical{At: xs[0].Pos(), Op: op}
	for _, q := range xs {
		if inner, ok := q.(*Logical); ok && inner.Op == op {
			x.Xs = append(x.Xs, inner.Xs...)
		} else {
			x.Xs = append(x.Xs, q)
		}
	}
	return x
}

// failed stands for a query with a mistake.
var failed Query = &FreeText{}

func (p *parser) or() Query {
	if p.depth++; p.depth > MaxDepth {
		p.fail(p.at, "", "the query nests more than %d levels deep", MaxDepth)
		return failed
	}
	defer func() { p.depth-- }()
	return logical(Or, join(p, "or", p.and))
}

func (p *parser) and() Query { return logical(And, join(p, "and", p.not)) }

func (p *parser) not() Query {
	at := p.at
	if n := wordLen(p.rest(), "not"); n > 0 {
		p.at += n
		return &Not{At: Pos(at), X: p.sub()}
	}
	return p.sub()
}

func (p *parser) sub() Query {
	if p.err != nil {
		return failed
	}
	if !p.take('(') {
		return p.expression()
	}
	open := p.at - 1
	p.blanks()
	q := p.or()
	p.blanks()
	p.closed(open, ')')
	return q
}

// closed consumes the bracket that ends what began at open.
func (p *parser) closed(open int, bracket byte) {
	switch {
	case p.err != nil || p.take(bracket):
	case p.at == len(p.src.Text):
		p.fail(open, "close it with `"+string(bracket)+"`", "`%c` is not closed", p.src.Text[open])
	default:
		p.unexpected()
	}
}

func (p *parser) expression() Query {
	l, ok := p.literal()
	if !ok {
		p.missing()
		return failed
	}
	end := p.at
	p.blanks()
	for _, op := range []Comparison{"<=", ">=", "<", ">"} {
		if strings.HasPrefix(p.rest(), string(op)) {
			p.at += len(op)
			p.blanks()
			value, ok := p.literal()
			if !ok {
				p.missing()
				return failed
			}
			return &Range{Field: l, Op: op, Value: value}
		}
	}
	if !p.take(':') {
		p.at = end
		return &FreeText{Value: l}
	}
	p.blanks()
	if open := p.at; p.take('{') {
		p.blanks()
		q := p.or()
		p.blanks()
		p.closed(open, '}')
		return &Nested{Field: l, X: q}
	}
	return p.list(l)
}

// list reads a value, or values in parentheses, and gives the field to each.
func (p *parser) list(field Literal) Query {
	if p.err != nil {
		return failed
	}
	open := p.at
	if !p.take('(') {
		value, ok := p.literal()
		if !ok {
			p.missing()
			return failed
		}
		return &Match{Field: field, Value: value}
	}
	if p.depth++; p.depth > MaxDepth {
		p.fail(p.at, "", "the query nests more than %d levels deep", MaxDepth)
		return failed
	}
	p.lists++
	defer func() { p.depth, p.lists = p.depth-1, p.lists-1 }()
	p.blanks()
	negated := func() Query {
		at := p.at
		if n := wordLen(p.rest(), "not"); n > 0 {
			p.at += n
			return &Not{At: Pos(at), X: p.list(field)}
		}
		return p.list(field)
	}
	q := logical(Or, join(p, "or", func() Query { return logical(And, join(p, "and", negated)) }))
	p.blanks()
	p.closed(open, ')')
	return q
}
