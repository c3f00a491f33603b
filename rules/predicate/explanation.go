package predicate

// Explanation says what a condition, or a part of it, came to on one event. Languages make it of their syntax trees.
type Explanation struct {
	Text   string // the part, as the language writes it
	Line   int    // where it is in the file
	Truth  Truth
	Joins  Joins
	Wanted string        // of a comparison of one field with constants: "not one of …"; "" where the text has to do
	Fields []FieldValues // of a comparison: what it compared
	Kids   []Explanation // of and, or, not
}

// Joins is how an Explanation is made of its kids.
type Joins uint8

// The ways. A comparison has no kids.
const (
	JoinsNothing Joins = iota
	JoinsAnd
	JoinsOr
	JoinsNot
)

// FieldValues are the values of a field as a condition saw them; none: missing.
type FieldValues struct {
	Name   string // as the rule writes it
	Values []Value
}
