package syntax

import "fmt"

// Node is an element of the syntax tree.
type Node interface {
	Pos() Pos // of the first character
}

// Statement is a whole query with its pipes.
type Statement struct {
	Query Query
	Pipes []*Pipe
}

// Query is an EventQuery, a Sequence or a Sample.
type Query interface {
	Node
	query()
}

// EventQuery is `category where condition`.
type EventQuery struct {
	At       Pos
	Any      bool   // the category is `any`
	Category string // unless Any
	Where    Expr
	WherePos Pos // of the condition, parentheses included
	WhereEnd Pos
}

// Sequence is `sequence by … with maxspan=… [term] [term] until [term]`.
type Sequence struct {
	At      Pos
	Keys    []*Name
	MaxSpan *Duration // nil: unlimited
	Terms   []*Term
	Until   *Term // nil: none
}

// Sample is `sample by … [term] [term]`.
type Sample struct {
	At    Pos
	Keys  []*Name
	Terms []*Term
}

// Term is one bracketed subquery of a sequence or a sample.
type Term struct {
	At      Pos
	Missing bool // ![ ]
	Query   *EventQuery
	Keys    []*Name
	Runs    int // 0: not given, the same as 1
	RunsPos Pos
	As      string // "": none
	AsPos   Pos
}

// Duration is a time span as it was written: 30 and "s".
type Duration struct {
	At   Pos
	N    int64
	Unit string // ms s m h d
}

// Pipe is `| name arguments`.
type Pipe struct {
	At     Pos
	Name   string // head or tail, or one of FirstPipes
	N      int64  // for head and tail
	Fields []*PipeField
	Where  Expr // for filter
}

// PipeField is a field of a result: of its first event, or of the one with a number, as in
// `events[1].process.name`.
type PipeField struct {
	Event int
	Name  *Name
}

// String returns the canonical form.
func (f *PipeField) String() string {
	if f.Event == 0 {
		return f.Name.String()
	}
	return fmt.Sprintf("events[%d].%s", f.Event, f.Name)
}

// Expr is an expression.
type Expr interface {
	Node
	expr()
}

// Op is an operator of an expression as it is written.
type Op string

// Logical is two or more conditions joined by the same operator. Nested
// conditions of the same operator are one node: both operators are associative.
type Logical struct {
	At Pos
	Op Op // and, or
	Xs []Expr
}

// Not is `not x`.
type Not struct {
	At Pos
	X  Expr
}

// Binary is a comparison or an arithmetic operation.
type Binary struct {
	OpPos Pos
	Op    Op // == != < <= > >= + - * / %
	X, Y  Expr
}

// Unary is a sign.
type Unary struct {
	At Pos
	Op Op // + -
	X  Expr
}

// In is `x in (…)`, `x not in (…)`, `x in~ (…)`.
type In struct {
	OpPos Pos
	X     Expr
	Not   bool
	Fold  bool // in~
	List  []Expr
}

// Match compares a string with patterns: `x : "…"`, `x like ("…", "…")`, `x regex~ "…"`.
type Match struct {
	OpPos Pos
	Op    Op // : like like~ regex regex~
	X     Expr
	List  []*Literal
}

// Call is `name(args)` or `name~(args)`.
type Call struct {
	At   Pos
	Name string
	Fold bool
	Args []Expr
}

// Name is a field name, optional with a leading `?`.
type Name struct {
	At       Pos
	Optional bool
	Parts    []string // without dots and back-ticks
}

// LiteralKind is the type of a Literal.
type LiteralKind uint8

// The kinds of literals.
const (
	NullLiteral LiteralKind = iota
	BoolLiteral
	IntLiteral
	FloatLiteral
	UnsignedLiteral // an integer from 2^63 to 2^64-1
	StringLiteral
)

// Literal is a constant.
type Literal struct {
	At    Pos
	Kind  LiteralKind
	Bool  bool
	Int   int64
	Uint  uint64 // for an UnsignedLiteral
	Float float64
	Str   string
	List  string // the name of the list that Str comes from, "" if it was written here
}

func (q *EventQuery) Pos() Pos { return q.At }
func (q *Sequence) Pos() Pos   { return q.At }
func (q *Sample) Pos() Pos     { return q.At }
func (t *Term) Pos() Pos       { return t.At }
func (x *Logical) Pos() Pos    { return x.At }
func (x *Not) Pos() Pos        { return x.At }
func (x *Binary) Pos() Pos     { return x.X.Pos() }
func (x *Unary) Pos() Pos      { return x.At }
func (x *In) Pos() Pos         { return x.X.Pos() }
func (x *Match) Pos() Pos      { return x.X.Pos() }
func (x *Call) Pos() Pos       { return x.At }
func (x *Name) Pos() Pos       { return x.At }
func (x *Literal) Pos() Pos    { return x.At }

func (*EventQuery) query() {}
func (*Sequence) query()   {}
func (*Sample) query()     {}

func (*Logical) expr() {}
func (*Not) expr()     {}
func (*Binary) expr()  {}
func (*Unary) expr()   {}
func (*In) expr()      {}
func (*Match) expr()   {}
func (*Call) expr()    {}
func (*Name) expr()    {}
func (*Literal) expr() {}

// String returns the dotted name without back-ticks and without `?`.
func (x *Name) String() string {
	n := 0
	for _, p := range x.Parts {
		n += len(p) + 1
	}
	b := make([]byte, 0, n)
	for i, p := range x.Parts {
		if i > 0 {
			b = append(b, '.')
		}
		b = append(b, p...)
	}
	return string(b)
}

// Nanoseconds returns the length of the span. The parser has made sure that it does not overflow.
func (d *Duration) Nanoseconds() int64 { return d.N * timeUnits[d.Unit] }

// timeUnits are the units of maxspan, in nanoseconds.
var timeUnits = map[string]int64{"ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9, "d": 86400e9}
