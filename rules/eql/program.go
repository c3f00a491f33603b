package eql

import (
	"slices"

	"hunt/rules/eql/syntax"
)

// Options of Compile.
type Options struct {
	File          string // for error positions
	Line          int    // line of the query's first line within File, from 1; 0 = 1
	CategoryField string // "" = event.category
}

// Form is the kind of a query.
type Form uint8

// The forms.
const (
	EventQuery Form = iota + 1
	Sequence
	Sample
)

// String returns "event query", "sequence" or "sample".
func (f Form) String() string {
	switch f {
	case EventQuery:
		return "event query"
	case Sequence:
		return "sequence"
	case Sample:
		return "sample"
	}
	return "no query"
}

// Stage is one subquery of a program: an event query has one, a sequence one per positive or
// missing term (runs expanded), `until` is the last one if present.
type Stage struct {
	Label   string // from `as NAME`, else ""; with runs the first of them has it
	Missing bool   // ![ ]
	Until   bool
	Text    string // canonical text of the condition
	Pos     int    // byte offset in the source
	Line    int
	// Dependent says that the condition refers to the event of an earlier stage. An
	// evaluator answers Maybe at best where that decides; the Matcher evaluates the condition itself.
	Dependent bool
}

// key is one join key of a stage.
type key struct {
	field    FieldID
	known    bool // else always missing
	optional bool
}

// stage is a compiled Stage.
type stage struct {
	Stage
	cond *node
	keys []key

	// For Explain: the syntax tree, and what its conditions and names were compiled to.
	where         syntax.Expr
	parts         map[syntax.Expr]*node
	names         map[*syntax.Name]fieldRef
	category      *node // nil for any
	categoryField string
	categoryText  string
}

// pipe is a compiled head or tail.
type pipe struct {
	tail bool
	n    int64
}

// Program is a compiled query. Read-only, shared by all goroutines.
type Program struct {
	form     Form
	stages   []stage
	maxSpan  int64
	warnings []string
	fields   []FieldID
	pipes    []pipe
	text     string
	src      syntax.Source
}

// Compile parses and compiles a query. Errors are *syntax.Error: file:line:col, the line, a caret, a hint;
// they tell "not EQL" from "EQL that hunt does not support" (errors.Is(err, ErrUnsupported)).
func Compile(src string, s Schema, o Options) (*Program, error) {
	source := syntax.Source{File: o.File, Line: o.Line, Text: src}
	st, err := syntax.Parse(source)
	if err != nil {
		return nil, err
	}
	return compileStatement(source, st, s, o)
}

func compileStatement(source syntax.Source, st *syntax.Statement, s Schema, o Options) (*Program, error) {
	c := newCompiler(source, s, o)
	p := &Program{text: st.String(), src: source}
	if err := c.statement(p, st); err != nil {
		return nil, err
	}
	p.warnings = c.warnings
	for f := range c.fields {
		p.fields = append(p.fields, f)
	}
	slices.Sort(p.fields)
	return p, nil
}

// CompileCondition compiles a condition on its own, as an event query over any category.
func CompileCondition(src string, s Schema, o Options) (*Program, error) {
	source := syntax.Source{File: o.File, Line: o.Line, Text: src}
	x, err := syntax.ParseExpr(source)
	if err != nil {
		return nil, err
	}
	q := &syntax.EventQuery{At: x.Pos(), Any: true, Where: x, WherePos: x.Pos()}
	return compileStatement(source, &syntax.Statement{Query: q}, s, o)
}

// Form returns the kind of the query.
func (p *Program) Form() Form { return p.form }

// Stages returns the stages in the order of the text; `until` is the last.
func (p *Program) Stages() []Stage {
	ss := make([]Stage, len(p.stages))
	for i := range p.stages {
		ss[i] = p.stages[i].Stage
	}
	return ss
}

// MaxSpan returns the longest time between the first and the last event of a sequence in nanoseconds, 0 if unlimited.
func (p *Program) MaxSpan() int64 { return p.maxSpan }

// Late reports whether matches may be handed out later than at the event that completes them: missing events and tail wait for
// what follows.
func (p *Program) Late() bool { return p.hasMissing() || p.Piped() }

// Piped reports whether head or tail choose among all matches.
func (p *Program) Piped() bool { return len(p.pipes) > 0 }

// Warnings returns what is worth saying about the query, each with its position: unknown fields, the `as` dialect,
// comparisons that can never hold.
func (p *Program) Warnings() []string { return p.warnings }

// Fields returns every field asked for, keys and the category included, sorted.
func (p *Program) Fields() []FieldID { return p.fields }

// Keys returns the join keys of a stage, those of the whole sequence first. A key
// that the schema does not know is among them: its values are missing.
func (p *Program) Keys(stage int) []FieldID {
	var ids []FieldID
	for _, k := range p.stages[stage].keys {
		ids = append(ids, k.field)
	}
	return ids
}

// String returns the canonical form of the query.
func (p *Program) String() string { return p.text }

// results returns the number of events of a match: the stages without until.
func (p *Program) results() int {
	n := len(p.stages)
	if n > 0 && p.stages[n-1].Until {
		n--
	}
	return n
}
