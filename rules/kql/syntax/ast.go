package syntax

import "hunt/rules/source"

// Pos is a byte offset in the text of a query.
type Pos = source.Pos

// Source is the text of a query and where it is.
type Source = source.Text

// Error is a mistake in a query, with its place.
type Error = source.Error

// Query is a query or a part of one: *Logical, *Not, *Match, *Range, *Nested or *FreeText. A nil
// Query is the empty text, which matches every document.
type Query interface {
	Pos() Pos // of the first character
	query()
}

// Op joins queries.
type Op uint8

const (
	And Op = iota
	Or
)

// String returns the operator as it is written.
func (o Op) String() string {
	if o == Or {
		return "or"
	}
	return "and"
}

// Logical is two or more queries joined by one operator. A list of values becomes one: f:(a or b) is
// f:a or f:b.
type Logical struct {
	At Pos
	Op Op
	Xs []Query
}

// Not is `not x`.
type Not struct {
	At Pos
	X  Query
}

// Match is `field : value`.
type Match struct {
	Field Literal
	Value Literal
}

// Comparison is the operator of a range.
type Comparison string

// Range is `field >= value`.
type Range struct {
	Field Literal
	Op    Comparison // < <= > >=
	Value Literal
}

// Nested is `field : { x }`: a single object below field satisfies all of x.
type Nested struct {
	Field Literal
	X     Query
}

// FreeText is a value without a field.
type FreeText struct {
	Value Literal
}

// Kind says how a literal was written, on which its meaning depends.
type Kind uint8

// The kinds of literals.
const (
	Word   Kind = iota // unquoted text; it may contain wildcards and blanks
	Quoted             // "text", in which * is a star
	True               // the bare words true, false and null
	False
	Null
)

// Literal is a field name or a value.
type Literal struct {
	At   Pos
	Kind Kind
	// Parts is the text between wildcards: one part for text without any, and n+1 for n wildcards.
	// Escapes are resolved. It is empty for True, False and Null.
	Parts []string
}

// Wild reports whether the literal contains a wildcard.
func (l Literal) Wild() bool { return len(l.Parts) > 1 }

// Exists reports whether the literal consists only of wildcards, so that any value matches.
func (l Literal) Exists() bool {
	if !l.Wild() {
		return false
	}
	for _, part := range l.Parts {
		if part != "" {
			return false
		}
	}
	return true
}

// Text returns the text of a literal without wildcards; for True, False and Null it is the word.
func (l Literal) Text() string {
	switch l.Kind {
	case True:
		return "true"
	case False:
		return "false"
	case Null:
		return "null"
	}
	text := ""
	for i, part := range l.Parts {
		if i > 0 {
			text += "*"
		}
		text += part
	}
	return text
}

// Pos returns where the first of the joined queries begins.
func (x *Logical) Pos() Pos { return x.At }

// Pos returns where `not` is.
func (x *Not) Pos() Pos { return x.At }

// Pos returns where the field begins.
func (x *Match) Pos() Pos { return x.Field.At }

// Pos returns where the field begins.
func (x *Range) Pos() Pos { return x.Field.At }

// Pos returns where the field begins.
func (x *Nested) Pos() Pos { return x.Field.At }

// Pos returns where the value begins.
func (x *FreeText) Pos() Pos { return x.Value.At }

func (*Logical) query()  {}
func (*Not) query()      {}
func (*Match) query()    {}
func (*Range) query()    {}
func (*Nested) query()   {}
func (*FreeText) query() {}
