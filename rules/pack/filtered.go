package pack

import (
	"errors"
	"slices"

	"hunt/rules/kql"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// filtered is a compiled query with the filters of its rule.
type filtered struct {
	Compiled
	program  *sequence.Program
	filters  *kql.Filters
	warnings []string
}

// narrowed adds the filters of an Elastic rule to its compiled query. The errors are Errors.
func (r *Rule) narrowed(c Compiled, list []any, s predicate.Schema) (Compiled, error) {
	filters, err := kql.CompileFilters(list, s)
	if err != nil {
		var n *kql.FilterNote
		if !errors.As(err, &n) {
			return nil, err
		}
		return nil, Errors{r.filterError(n)}
	}
	out := &filtered{
		Compiled: c, program: c.Program().Narrowed(filters.Condition, filters.Fields), filters: filters,
		warnings: slices.Clone(c.Warnings()),
	}
	for i := range filters.Warnings {
		out.warnings = append(out.warnings, r.filterError(&filters.Warnings[i]).Head())
	}
	return out, nil
}

// filterError gives a filter's error its place in the rule file.
func (r *Rule) filterError(n *kql.FilterNote) *Error {
	e := r.doc.errorIn("rule.filters"+n.Path, "%s", n.Msg)
	e.Hint, e.Unsupported = n.Hint, n.Unsupported
	return e
}

// Program implements Compiled.
func (f *filtered) Program() *sequence.Program { return f.program }

// Warnings implements Compiled.
func (f *filtered) Warnings() []string { return f.warnings }

// Explain implements Compiled.
func (f *filtered) Explain(stage int, ev predicate.Event, bound func(int) predicate.Event) predicate.Explanation {
	out := f.Compiled.Explain(stage, ev, bound)
	var direct predicate.Direct
	truth := direct.Eval(f.filters.Condition, func(s predicate.Slot, dst []predicate.Value) []predicate.Value {
		return ev.Values(s.Field, dst)
	})
	filters := predicate.Explanation{Text: "the rule's filters", Line: out.Line, Truth: truth,
		Wanted: "excluded by a filter"}
	return predicate.Explanation{
		Text: out.Text, Line: out.Line, Truth: min(out.Truth, truth), Joins: predicate.JoinsAnd,
		Kids: []predicate.Explanation{out, filters},
	}
}
