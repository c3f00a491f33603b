package predicate

// Explanation is the result of a condition, or of a part of it, on one event. Languages make it from their syntax
// trees.
type Explanation struct {
	Text   string // the part, as the language writes it
	Line   int    // where it is in the file
	Truth  Truth
	Joins  Joins
	Wanted string        // of a comparison of one field with constants: "not one of …"; "" where the text has to do
	Fields []FieldValues // for a comparison: what it compared
	Kids   []Explanation // for and, or, not
}

// Joins is how an Explanation is made from its kids.
type Joins uint8

// The ways to join. A comparison has no kids.
const (
	JoinsNothing Joins = iota
	JoinsAnd
	JoinsOr
	JoinsNot
)

// FieldValues are the values of a field as a condition saw them; none if it is missing.
type FieldValues struct {
	Name   string // as the rule writes it
	Values []Value
}
