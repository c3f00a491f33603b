package eql

import (
	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

// Explanation says what a condition, or a part of it, came to on one event.
type Explanation struct {
	Text   string // canonical text of the part
	Line   int    // where it stands in the file
	Truth  predicate.Truth
	Fields []FieldValues // of a comparison: what it compared
	Kids   []Explanation // of and, or, not
}

// FieldValues are the values of a field as a condition saw them; none: missing.
type FieldValues struct {
	Name   string // as the query writes it
	Values []predicate.Value
}

// Explain evaluates the condition of a stage on an event part by part, without the
// shortcuts of an Evaluator. bound returns the events that earlier stages matched, nil for
// those that are not known; it may be nil itself. It is slow and meant for `hunt rules explain`.
func (q *Query) Explain(stage int, ev predicate.Event, bound func(stage int) predicate.Event) Explanation {
	s := &q.sources[stage]
	e := explainer{stage: s, src: q.src, values: func(sl predicate.Slot, dst []predicate.Value) []predicate.Value {
		of := ev
		if sl.Stage != predicate.ThisEvent {
			if of = nil; bound != nil {
				of = bound(sl.Stage)
			}
		}
		if of == nil {
			return append(dst, predicate.Value{Kind: predicate.Pending})
		}
		return of.Values(sl.Field, dst)
	}}
	out := e.part(s.where)
	if s.category == nil {
		return out
	}
	text, line := q.Stages()[stage].Text, q.Stages()[stage].Line
	category := Explanation{Text: s.categoryText, Line: line, Truth: e.truth(s.category)}
	if s.categoryKnown {
		category.Fields = []FieldValues{{Name: s.categoryField, Values: e.values(s.categorySlot, nil)}}
	}
	all := Explanation{Text: text, Line: line, Truth: min(category.Truth, out.Truth), Kids: []Explanation{category}}
	if l, ok := s.where.(*syntax.Logical); ok && l.Op == "and" {
		all.Kids = append(all.Kids, out.Kids...)
	} else {
		all.Kids = append(all.Kids, out)
	}
	return all
}

type explainer struct {
	stage  *stageSource
	src    syntax.Source
	values func(predicate.Slot, []predicate.Value) []predicate.Value
	direct predicate.Direct
}

func (e *explainer) truth(n *predicate.Condition) predicate.Truth { return e.direct.Eval(n, e.values) }

func (e *explainer) part(x syntax.Expr) Explanation {
	line, _, _ := e.src.Locate(x.Pos())
	out := Explanation{Text: syntax.ExprString(x), Line: line}
	if n := e.stage.parts[x]; n != nil {
		out.Truth = e.truth(n)
	}
	switch x := x.(type) {
	case *syntax.Logical:
		for _, k := range x.Xs {
			out.Kids = append(out.Kids, e.part(k))
		}
	case *syntax.Not:
		out.Kids = []Explanation{e.part(x.X)}
	default:
		seen := map[predicate.Slot]bool{}
		syntax.Walk(x, func(k syntax.Expr) bool {
			n, ok := k.(*syntax.Name)
			if !ok {
				return true
			}
			f, resolved := e.stage.names[n]
			if !resolved || seen[f.slot] {
				return true
			}
			seen[f.slot] = true
			fv := FieldValues{Name: n.String()}
			if f.known {
				fv.Values = e.values(f.slot, nil)
			}
			out.Fields = append(out.Fields, fv)
			return true
		})
	}
	return out
}
