package syntax

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"hunt/spelling"
)

// Lists are the named lists of texts to which a query may refer: $name in a list of values or
// patterns stands for all of them.
type Lists map[string][]string

// Parse parses a query that may use lists. The error is an *Error.
func Parse(src Source, lists Lists) (*Statement, error) { return parse(src, lists, false) }

func parse(src Source, lists Lists, piped bool) (*Statement, error) {
	if len(src.Text) > MaxQueryLen {
		return nil, src.Errorf(0, "", "the query is longer than %d bytes", MaxQueryLen)
	}
	p := &parser{src: src, lex: NewLexer(src), lists: lists, piped: piped}
	p.advance()
	st := p.statement()
	if p.err != nil {
		return nil, p.err
	}
	return st, nil
}

// ParsePiped is Parse for queries outside rules, which may have the pipes of the first EQL.
func ParsePiped(src Source, lists Lists) (*Statement, error) { return parse(src, lists, true) }

// ParseExpr parses a condition outside a query, as `hunt timeline --where` accepts it.
func ParseExpr(src Source, lists Lists) (Expr, error) {
	if len(src.Text) > MaxQueryLen {
		return nil, src.Errorf(0, "", "the condition is longer than %d bytes", MaxQueryLen)
	}
	p := &parser{src: src, lex: NewLexer(src), lists: lists}
	p.advance()
	x := p.condition()
	p.end()
	if p.err != nil {
		return nil, p.err
	}
	return x, nil
}

// parser is a recursive-descent parser. After the first error (err) tok stays EOF, so that every
// loop over tokens ends.
type parser struct {
	src   Source
	lex   *Lexer
	tok   Token
	next  *Token // one token read ahead
	lists Lists
	piped bool    // the pipes of the first EQL are allowed
	queue []Token // of a list that is being read
	prev  Pos     // end of the token before tok
	err   error
	depth int
	// subject is the field read last, for hints.
	subject string
}

func (p *parser) advance() {
	p.prev = p.tok.End
	if p.next != nil {
		p.tok, p.next = *p.next, nil
		return
	}
	p.tok = p.read()
}

func (p *parser) read() Token {
	if p.err != nil {
		return Token{Kind: EOF, Pos: Pos(len(p.src.Text)), End: Pos(len(p.src.Text))}
	}
	if len(p.queue) > 0 {
		t := p.queue[0]
		p.queue = p.queue[1:]
		return t
	}
	t, err := p.lex.Next()
	if err != nil {
		p.fail(err)
		return p.tok
	}
	if t.Kind == ListName {
		return p.expand(t)
	}
	return t
}

// expand returns the first value of the list that t names, and queues the others with commas in
// between.
func (p *parser) expand(t Token) Token {
	values := p.lists[t.Text]
	if len(values) == 0 {
		known := slices.Sorted(maps.Keys(p.lists))
		hint := spelling.Nearest(t.Text, known, 2)
		if hint != "" {
			hint = "use $" + hint
		} else {
			hint = "leave out the $; it marks the name of a list"
		}
		p.errorf(t.Pos, hint, "no list is named $%s", t.Text)
		return p.tok
	}
	text := func(value string) Token { return Token{Kind: Text, Pos: t.Pos, End: t.End, Text: value, List: t.Text} }
	p.queue = p.queue[:0]
	for _, v := range values[1:] {
		p.queue = append(p.queue, Token{Kind: Operator, Pos: t.Pos, End: t.End, Text: ","}, text(v))
	}
	return text(values[0])
}

func (p *parser) peek() Token {
	if p.next == nil {
		t := p.read()
		if p.err != nil {
			return p.tok
		}
		p.next = &t
	}
	return *p.next
}

// fail keeps the first error and stops the parser.
func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
	end := Pos(len(p.src.Text))
	p.tok, p.next = Token{Kind: EOF, Pos: end, End: end}, nil
}

func (p *parser) errorf(pos Pos, hint, format string, args ...any) {
	if p.err == nil {
		p.fail(p.src.Errorf(pos, hint, format, args...))
	}
}

func (p *parser) unsupportedf(pos Pos, hint, format string, args ...any) {
	if p.err == nil {
		p.fail(p.src.Unsupportedf(pos, hint, format, args...))
	}
}

// accept consumes the keyword or operator s if it is next.
func (p *parser) accept(s string) bool {
	if !p.tok.is(s) {
		return false
	}
	p.advance()
	return true
}

// expect consumes the keyword or operator s, or fails saying what it belongs to.
func (p *parser) expect(s, context string) {
	if p.accept(s) || p.err != nil {
		return
	}
	p.unexpected("expected `" + s + "` " + context)
}

// unexpected fails at the current token, with the hint that it suggests.
func (p *parser) unexpected(msg string) {
	p.errorf(p.tok.Pos, p.hintFor(p.tok), "%s, found %s", msg, p.tok.describe())
}

func (p *parser) end() {
	if p.tok.Kind != EOF && p.err == nil {
		p.unexpected("expected the end of the query")
	}
}

func (p *parser) statement() *Statement {
	st := &Statement{}
	switch {
	case p.tok.is("sequence"):
		st.Query = p.sequence()
	case p.tok.is("sample"):
		st.Query = p.sample()
	case p.tok.is("join"):
		p.unsupportedf(p.tok.Pos, "use `sequence by …`, or `sample by …` if the order does not matter",
			"`join` is not supported")
		return st
	default:
		st.Query = p.eventQuery()
	}
	for p.tok.is("|") {
		pipe := p.pipe()
		if _, ok := st.Query.(*Sample); ok && p.err == nil {
			p.errorf(pipe.At, "remove the pipe", "a sample takes no pipes")
		}
		st.Pipes = append(st.Pipes, pipe)
	}
	p.end()
	return st
}

func (p *parser) eventQuery() *EventQuery {
	q := &EventQuery{At: p.tok.Pos}
	switch {
	case p.tok.is("any"):
		q.Any = true
		p.advance()
	case p.tok.Kind == Ident || p.tok.Kind == Text:
		q.Category = p.tok.Text
		p.advance()
	case p.tok.Kind == EOF && p.err == nil:
		p.errorf(p.tok.Pos, `write, for example: process where process.name : "cmd.exe"`,
			"expected a query, found nothing")
	case p.tok.is("where"), p.tok.is("*"):
		p.errorf(p.tok.Pos, "write `any where …` for every category", "expected an event category before `where`")
	case p.tok.is("("):
		p.errorf(p.tok.Pos, severalCategories, "expected an event category or `any`, found `(`")
	default:
		p.unexpected("expected an event category or `any`")
	}
	if p.err == nil && !p.tok.is("where") {
		p.noWhere(q)
	}
	p.accept("where")
	q.WherePos = p.tok.Pos
	q.Where = p.condition()
	q.WhereEnd = p.prev
	return q
}

func (p *parser) sequence() *Sequence {
	q := &Sequence{At: p.tok.Pos}
	p.advance()
	q.Keys = p.keys()
	if p.accept("with") {
		q.MaxSpan = p.maxspan()
		if p.tok.is("by") {
			p.errorf(p.tok.Pos, "put the keys before `with maxspan`: sequence by host.id with maxspan=1m",
				"the keys come after `with maxspan`")
		}
		if p.tok.is("with") {
			p.errorf(p.tok.Pos, "", "`with` is here a second time")
		}
	}
	p.terms(&q.Terms, true)
	p.betweenTerms()
	if p.tok.is("until") {
		p.advance()
		q.Until = p.term(true)
		switch {
		case p.err != nil:
		case q.Until.Missing:
			p.errorf(q.Until.At, "write `until [ … ]`", "`until` takes no missing event")
		case q.Until.Runs > 0:
			p.errorf(q.Until.RunsPos, "remove `with runs`", "`until` takes no runs")
		case q.Until.As != "":
			p.errorf(q.Until.AsPos, "remove `as`",
				"`until` takes no alias, because its events are never part of a result")
		}
	}
	if p.err == nil {
		p.checkSequence(q)
	}
	return q
}

// maxspan parses `maxspan=time` after `with`.
func (p *parser) maxspan() *Duration {
	if !p.accept("maxspan") {
		if p.tok.name("runs") {
			p.errorf(p.tok.Pos, "put `with runs=N` after the term's closing bracket",
				"`runs` belongs to one term of a sequence")
		}
		p.errorf(p.tok.Pos, "write `with maxspan=30s`", "expected `maxspan` after `with`, found %s", p.tok.describe())
		return nil
	}
	if p.tok.is("==") {
		p.errorf(p.tok.Pos, "write `with maxspan=30s`", "expected a single `=` after maxspan")
	}
	if !p.tok.is("=") {
		p.errorf(p.tok.Pos, "write `with maxspan=30s`", "expected `=` after maxspan, found %s", p.tok.describe())
	}
	p.advance()
	d := &Duration{At: p.tok.Pos}
	const hint = "write a whole number and a unit (ms, s, m, h or d): maxspan=30s"
	num := p.tok
	if num.Kind != Integer {
		p.errorf(num.Pos, hint, "expected a time span after `maxspan=`, found %s", num.describe())
		return nil
	}
	p.advance()
	n, err := strconv.ParseInt(num.Text, 10, 64)
	if p.tok.Kind != Ident || p.tok.Quoted {
		p.errorf(p.tok.Pos, "write, for example, maxspan="+num.Text+"s", "the time span has no unit")
		return nil
	}
	unit, ok := timeUnits[p.tok.Text]
	switch {
	case !ok:
		p.errorf(p.tok.Pos, hint, "unknown unit of time `%s`", p.tok.Text)
		return nil
	case err != nil || n > (1<<63-1)/unit:
		p.errorf(num.Pos, "remove `with maxspan` for no limit", "the time span is too long")
		return nil
	case n == 0:
		p.errorf(num.Pos, hint, "the time span must be positive")
		return nil
	}
	d.N, d.Unit = n, p.tok.Text
	p.advance()
	return d
}

func (p *parser) keys() []*Name {
	if !p.accept("by") {
		return nil
	}
	var ks []*Name
	for {
		if p.tok.is("with") || p.tok.is("[") || p.tok.is("![") || p.tok.is("until") {
			p.errorf(p.prev-1, "remove the comma", "expected a field name as key, found %s", p.tok.describe())
		}
		if p.tok.Kind == EOF {
			p.errorf(p.tok.Pos, "name a field: by host.id", "expected a field name as key, found %s", p.tok.describe())
		}
		if p.tok.Kind == Text {
			p.errorf(p.tok.Pos, "write it without the quotes: by "+p.tok.Text, "a key is a field, not a string")
		}
		if p.tok.Kind == Keyword {
			p.unexpected("expected a field name as key")
		}
		k, ok := p.primary().(*Name)
		if p.err != nil {
			return nil
		}
		if !ok {
			p.errorf(p.prev-1, "name a field: by host.id", "a key is a field")
			return nil
		}
		ks = append(ks, k)
		if !p.accept(",") {
			return ks
		}
	}
}

// terms parses bracketed subqueries.
func (p *parser) terms(ts *[]*Term, sequence bool) {
	for p.tok.is("[") || p.tok.is("![") {
		*ts = append(*ts, p.term(sequence))
		if len(*ts) > MaxTerms {
			p.errorf(p.tok.Pos, "leave out terms", "the query has more than %d terms", MaxTerms)
		}
	}
	if len(*ts) == 0 && p.err == nil {
		p.noTerms()
	}
}

func (p *parser) term(sequence bool) *Term {
	t := &Term{At: p.tok.Pos, Missing: p.tok.is("![")}
	if !t.Missing && !p.tok.is("[") {
		p.errorf(p.tok.Pos, "write it in brackets: [process where true]", "expected `[`, found %s", p.tok.describe())
	}
	p.advance()
	if (p.tok.Kind == Ident || p.tok.is("any")) && p.peek().is("of") {
		p.unsupportedf(p.tok.Pos, "join by process.entity_id and process.parent.entity_id in a sequence instead",
			"`%s of` is not supported", p.tok.Text)
	}
	t.Query = p.eventQuery()
	if p.tok.is("[") || p.tok.is("![") {
		p.errorf(p.tok.Pos, "close the term before it with `]`", "expected `]` at the end of the term, found %s",
			p.tok.describe())
	}
	if p.err == nil && p.tok.Kind == EOF {
		p.errorf(t.At, "close it with `]`", "the term is not closed")
	}
	p.expect("]", "at the end of the term")
	t.Keys = p.keys()
	for p.err == nil {
		switch {
		case p.tok.is("with"):
			p.runs(t, sequence)
		case p.tok.name("as"):
			p.as(t, sequence)
		case p.tok.is("by"):
			p.errorf(p.tok.Pos, "put `by` right after the closing bracket", "the keys are out of place")
		default:
			return t
		}
	}
	return t
}

// runs parses `with runs=N` after a term.
func (p *parser) runs(t *Term, sequence bool) {
	t.RunsPos = p.tok.Pos
	p.advance()
	switch {
	case p.tok.is("maxspan"):
		p.errorf(p.tok.Pos, "write it at the beginning: sequence by host.id with maxspan=1m",
			"`maxspan` belongs to the whole sequence")
	case !p.tok.name("runs"):
		p.errorf(p.tok.Pos, "write `with runs=3`", "expected `runs` after `with`, found %s", p.tok.describe())
	case !sequence:
		p.errorf(p.tok.Pos, "repeat the term", "a sample takes no runs")
	case t.Runs > 0 || t.As != "":
		p.errorf(p.tok.Pos, "write `[ … ] with runs=3 as name`", "`with runs` is out of place")
	}
	p.advance()
	if p.tok.is("==") {
		p.errorf(p.tok.Pos, "write `with runs=3`", "expected a single `=` after runs")
	}
	if !p.tok.is("=") {
		p.errorf(p.tok.Pos, "write `with runs=3`", "expected `=` after runs, found %s", p.tok.describe())
	}
	p.advance()
	n, err := strconv.Atoi(p.tok.Text)
	if p.err == nil && (p.tok.Kind != Integer || err != nil || n < 1 || n > MaxRuns) {
		p.errorf(p.tok.Pos, "write `with runs=3`", "runs must be a whole number from 1 to %d", MaxRuns)
	}
	t.Runs = n
	p.advance()
}

// as parses `as NAME` after a term.
func (p *parser) as(t *Term, sequence bool) {
	t.AsPos = p.tok.Pos
	if !sequence {
		p.errorf(p.tok.Pos, "remove `as`", "the terms of a sample take no alias")
	}
	if t.As != "" {
		p.errorf(p.tok.Pos, "", "`as` is here a second time")
	}
	p.advance()
	if p.tok.Kind != Ident {
		p.unexpected("expected a name after `as`")
	}
	t.As = p.tok.Text
	p.advance()
}

// checkSequence applies the rules that span terms.
func (p *parser) checkSequence(q *Sequence) {
	n, positive, missing := 0, 0, (*Term)(nil)
	for _, t := range q.Terms {
		n += max(t.Runs, 1)
		if !t.Missing {
			positive++
		} else if missing == nil {
			missing = t
		}
	}
	aliases := map[string]bool{}
	for _, t := range q.Terms {
		if t.As != "" && aliases[t.As] {
			p.errorf(t.AsPos, "give each term a name of its own", "two terms have the name `%s`", t.As)
		}
		aliases[t.As] = true
	}
	switch {
	case missing != nil && q.MaxSpan == nil:
		p.errorf(missing.At, "write `sequence … with maxspan=1m`", "a missing event needs a maxspan")
	case positive == 0:
		p.errorf(q.At, "write at least one term without `!`", "a sequence needs at least one event that is not missing")
	case n < 2:
		p.errorf(q.At, "add a term, or write `with runs=2`, or drop `sequence [ ]`",
			"a sequence needs at least two terms")
	case n > MaxTerms:
		p.errorf(q.At, "", "the sequence has %d terms; the limit is %d", n, MaxTerms)
	}
	p.checkKeys(Terms(q))
}

// checkKeys checks that all terms have the same number of keys.
func (p *parser) checkKeys(ts []*Term) {
	for _, t := range ts[1:] {
		if len(t.Keys) != len(ts[0].Keys) {
			p.errorf(t.At, "write keys that all terms share after `sequence by`",
				"all terms take the same number of keys: the first has %d, this one %d", len(ts[0].Keys), len(t.Keys))
		}
	}
}

func (p *parser) sample() *Sample {
	q := &Sample{At: p.tok.Pos}
	p.advance()
	q.Keys = p.keys()
	if p.tok.is("with") {
		p.errorf(p.tok.Pos, "remove `with maxspan`", "a sample takes no maxspan")
	}
	p.terms(&q.Terms, false)
	if p.tok.is("until") {
		p.errorf(p.tok.Pos, "remove `until`", "a sample takes no until")
	}
	p.betweenTerms()
	if p.err != nil {
		return q
	}
	for _, t := range q.Terms {
		if t.Missing {
			p.errorf(t.At, "write `[`", "a sample takes no missing events")
		}
	}
	if len(q.Terms) < 2 {
		p.errorf(q.At, "add a term", "a sample needs at least two terms")
	}
	if len(q.Keys)+len(q.Terms[0].Keys) == 0 {
		p.errorf(q.At, "write `sample by host.id [ … ] [ … ]`", "a sample needs at least one key")
	}
	p.checkKeys(q.Terms)
	return q
}

func (p *parser) pipe() *Pipe {
	p.advance()
	pipe := &Pipe{At: p.tok.Pos, Name: p.tok.Text}
	if p.tok.is("|") {
		p.errorf(p.tok.Pos, "use `or`", "unexpected `||`")
	}
	if p.tok.Kind != Ident {
		p.errorf(p.tok.Pos, "write `| head 10`; "+p.pipeNames(), "expected a pipe after `|`, found %s",
			p.tok.describe())
		return pipe
	}
	if !p.tok.name("head") && !p.tok.name("tail") {
		if slices.Contains(FirstPipes, p.tok.Text) {
			if p.piped {
				p.firstPipe(pipe)
				return pipe
			}
			p.unsupportedf(p.tok.Pos, "supported pipes: head, tail", "the pipe `%s` is not supported", p.tok.Text)
		}
		p.errorf(p.tok.Pos, p.pipeHint(strings.ToLower(p.tok.Text)), "unknown pipe `%s`", p.tok.Text)
		return pipe
	}
	p.advance()
	if p.piped && (p.tok.Kind == EOF || p.tok.is("|")) {
		pipe.N = usualPipe
		return pipe
	}
	n, err := strconv.ParseInt(p.tok.Text, 10, 64)
	if p.tok.Kind != Integer || err != nil {
		p.errorf(p.tok.Pos, fmt.Sprintf("write `| %s 10`", pipe.Name), "`%s` takes a whole number, found %s", pipe.Name,
			p.tok.describe())
	}
	pipe.N = n
	p.advance()
	return pipe
}
