package kql

import (
	"fmt"

	"hunt/rules/kql/syntax"
	"hunt/rules/predicate"
)

// Explain evaluates the query on an event part by part, without the shortcuts of an Evaluator. A
// query has one stage, so stage and bound are ignored. It is slow, and meant for `hunt rules
// explain`.
func (q *Query) Explain(_ int, ev predicate.Event, _ func(stage int) predicate.Event) predicate.Explanation {
	e := explainer{q: q, ev: ev}
	return e.part(q.tree)
}

type explainer struct {
	q      *Query
	ev     predicate.Event
	direct predicate.Direct
}

func (e *explainer) values(s predicate.Slot, dst []predicate.Value) []predicate.Value {
	return e.ev.Values(s.Field, dst)
}

func (e *explainer) truth(c *predicate.Condition) predicate.Truth {
	return e.direct.Eval(c, e.values)
}

func (e *explainer) part(x syntax.Query) predicate.Explanation {
	if x == nil {
		return predicate.Explanation{Line: max(e.q.src.Line, 1), Truth: predicate.True}
	}
	line, _, _ := e.q.src.Locate(x.Pos())
	out := predicate.Explanation{Text: syntax.String(x), Line: line, Truth: e.truth(e.q.parts[x])}
	switch x := x.(type) {
	case *syntax.Logical:
		out.Joins = predicate.JoinsAnd
		if x.Op == syntax.Or {
			out.Joins = predicate.JoinsOr
		}
		for _, kid := range x.Xs {
			out.Kids = append(out.Kids, e.part(kid))
		}
	case *syntax.Not:
		out.Joins, out.Kids = predicate.JoinsNot, []predicate.Explanation{e.part(x.X)}
	case *syntax.Match:
		out.Wanted = "not " + x.Value.String()
		if x.Value.Exists() {
			out.Wanted = "but should be there"
		}
		out.Fields = e.fields(x, x.Field)
	case *syntax.Range:
		out.Wanted = fmt.Sprintf("not %s %s", x.Op, x.Value)
		out.Fields = e.fields(x, x.Field)
	}
	return out
}

// fields returns the fields to which a clause refers, with their values.
func (e *explainer) fields(x syntax.Query, name syntax.Literal) []predicate.FieldValues {
	f := predicate.FieldValues{Name: name.Text()}
	if id, ok := e.q.slots[x]; ok {
		f.Values = e.values(predicate.Field(id), nil)
	}
	return []predicate.FieldValues{f}
}
