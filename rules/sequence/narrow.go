package sequence

import (
	"slices"

	"hunt/rules/predicate"
)

// Narrowed returns the program over only the events that satisfy a condition, which refers to
// fields: no other event belongs to any stage, or ends or prevents a match.
func (p *Program) Narrowed(by *predicate.Condition, fields []predicate.FieldID) *Program {
	out := *p
	out.terms = slices.Clone(p.terms)
	for i := range out.terms {
		out.terms[i].Condition = predicate.And(out.terms[i].Condition, by)
	}
	out.fields = append(slices.Clone(p.fields), fields...)
	slices.Sort(out.fields)
	out.fields = slices.Compact(out.fields)
	return &out
}
