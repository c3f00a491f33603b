package eql

import (
	"hunt/rules/eql/syntax"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// Options of Compile.
type Options struct {
	File          string       // for error positions
	Line          int          // line of the query's first line within File, counted from 1; 0 = 1
	CategoryField string       // "" = event.category
	Lists         syntax.Lists // to which the query may refer by name
	Pipes         bool         // allow the pipes of the first EQL; rules do not have them
}

// program is embedded in Query under this name, because Query has a method Program.
type program = sequence.Program

// Query is a compiled query. It is read-only and safe for concurrent use.
type Query struct {
	*program
	warnings []string
	tree     *syntax.Statement
	src      syntax.Source
	sources  []stageSource // by stage
	pipes    *pipe.Program // nil: none except head and tail
}

// stageSource is the text of a stage and what it was compiled to, for Explain.
type stageSource struct {
	where         syntax.Expr
	parts         map[syntax.Expr]*predicate.Condition
	names         map[*syntax.Name]fieldRef
	category      *predicate.Condition // nil for any
	categorySlot  predicate.Slot       // if there is a field of that name
	categoryKnown bool
	categoryField string
	categoryName  string
}

// Compile parses and compiles a query. Errors are *syntax.Error: file:line:col, the line, a caret, a hint.
// errors.Is(err, ErrUnsupported) distinguishes valid EQL that hunt does not support from text that is not EQL.
func Compile(src string, s predicate.Schema, o Options) (*Query, error) {
	source := syntax.Source{File: o.File, Line: o.Line, Text: src}
	parse := syntax.Parse
	if o.Pipes {
		parse = syntax.ParsePiped
	}
	st, err := parse(source, o.Lists)
	if err != nil {
		return nil, err
	}
	return compileStatement(source, st, s, o)
}

func compileStatement(source syntax.Source, st *syntax.Statement, s predicate.Schema, o Options) (*Query, error) {
	c := newCompiler(source, s, o)
	if err := c.statement(st); err != nil {
		return nil, err
	}
	for f := range c.fields {
		c.def.Fields = append(c.def.Fields, f)
	}
	return &Query{program: sequence.NewProgram(c.def), warnings: c.warnings, tree: st, src: source,
		sources: c.sources, pipes: c.pipes}, nil
}

// CompileCondition compiles a condition on its own, as an event query over any category.
func CompileCondition(src string, s predicate.Schema, o Options) (*Query, error) {
	source := syntax.Source{File: o.File, Line: o.Line, Text: src}
	x, err := syntax.ParseExpr(source, o.Lists)
	if err != nil {
		return nil, err
	}
	q := &syntax.EventQuery{At: x.Pos(), Any: true, Where: x, WherePos: x.Pos()}
	return compileStatement(source, &syntax.Statement{Query: q}, s, o)
}

// Pipes returns what is done with the results of Program: the pipes, starting with the first that Elasticsearch
// does not have; nil if there are none.
func (q *Query) Pipes() *pipe.Program { return q.pipes }

// Program returns the compiled program.
func (q *Query) Program() *sequence.Program { return q.program }

// Warnings returns what is doubtful about the query, each with its position: unknown fields, the `as` dialect,
// comparisons that can never be true.
func (q *Query) Warnings() []string { return q.warnings }

// String returns the canonical form of the query.
func (q *Query) String() string { return q.tree.String() }
