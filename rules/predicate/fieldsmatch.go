package predicate

import (
	"fmt"
	"strings"
)

// How is how one text is compared with another.
type How uint8

// The ways to compare.
const (
	HowEqual How = iota
	HowContains
	HowStarts
	HowEnds
)

// String returns the word for it.
func (h How) String() string { return [...]string{"equals", "contains", "starts with", "ends with"}[h] }

// matchExpression compares the texts of two slots.
type matchExpression struct {
	how  How
	fold bool
}

// FieldsMatch returns a condition that is true if any value of a equals, contains, starts with or
// ends with any value of b. It is false if one of them is absent. BoundCombinations bounds the
// pairs that are tried.
func FieldsMatch(a, b Slot, how How, fold bool) *Condition {
	return Computed(&matchExpression{how, fold}, []Slot{a, b},
		fmt.Sprintf("%s %v %s %s", how, fold, a.Key(), b.Key()), false)
}

// Eval implements Expression.
func (x *matchExpression) Eval(f *Frame) Value {
	a, b := f.Value(0), f.Value(1)
	for _, v := range []*Value{&a, &b} {
		switch v.Kind {
		case Null, Pending:
			return *v
		case String:
		default:
			mark := len(f.Bytes)
			f.Bytes = v.AppendText(f.Bytes)
			*v = StringValue(f.Text(mark))
		}
	}
	s, sub := a.Str, b.Str
	if x.fold {
		s, sub = f.Fold(s), f.Fold(sub)
	}
	switch x.how {
	case HowContains:
		return BoolValue(strings.Contains(s, sub))
	case HowStarts:
		return BoolValue(strings.HasPrefix(s, sub))
	case HowEnds:
		return BoolValue(strings.HasSuffix(s, sub))
	}
	return BoolValue(s == sub)
}
