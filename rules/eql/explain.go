package eql

import (
	"fmt"
	"strings"

	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

// Explain evaluates the condition of a stage on an event part by part, without the shortcuts of
// an Evaluator. bound returns the events that earlier stages matched, nil for those that are
// unknown; bound itself may be nil. It is slow, and meant for `hunt rules explain`.
func (q *Query) Explain(stage int, ev predicate.Event, bound func(stage int) predicate.Event) predicate.Explanation {
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
	text, line := q.Stages()[stage].Text(), q.Stages()[stage].Line
	name := syntax.ExprString(&syntax.Literal{Kind: syntax.StringLiteral, Str: s.categoryName})
	category := predicate.Explanation{Text: s.categoryField + " == " + name, Line: line, Truth: e.truth(s.category),
		Wanted: "not " + name}
	if s.categoryKnown {
		category.Fields = []predicate.FieldValues{{Name: s.categoryField, Values: e.values(s.categorySlot, nil)}}
	}
	all := predicate.Explanation{Text: text, Line: line, Truth: min(category.Truth, out.Truth),
		Joins: predicate.JoinsAnd, Kids: []predicate.Explanation{category}}
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

func (e *explainer) part(x syntax.Expr) predicate.Explanation {
	line, _, _ := e.src.Locate(x.Pos())
	out := predicate.Explanation{Text: syntax.ExprString(x), Line: line}
	if n := e.stage.parts[x]; n != nil {
		out.Truth = e.truth(n)
	}
	switch x := x.(type) {
	case *syntax.Logical:
		out.Joins = predicate.JoinsAnd
		if x.Op == "or" {
			out.Joins = predicate.JoinsOr
		}
		for _, k := range x.Xs {
			out.Kids = append(out.Kids, e.part(k))
		}
	case *syntax.Not:
		out.Joins, out.Kids = predicate.JoinsNot, []predicate.Explanation{e.part(x.X)}
	default:
		out.Wanted = wanted(x)
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
			fv := predicate.FieldValues{Name: n.String()}
			if f.known {
				fv.Values = e.values(f.slot, nil)
			}
			out.Fields = append(out.Fields, fv)
			return true
		})
	}
	return out
}

// maxShown bounds the values of a list that an explanation repeats.
const maxShown = 6

// wanted says what a comparison of one field with constants requires, or "".
func wanted(x syntax.Expr) string {
	switch x := x.(type) {
	case *syntax.Binary:
		l, ok := x.Y.(*syntax.Literal)
		if _, isName := x.X.(*syntax.Name); !ok || !isName {
			return ""
		}
		switch isNull := l.Kind == syntax.NullLiteral; {
		case x.Op == "==" && isNull:
			return "but should be missing"
		case x.Op == "!=" && isNull:
			return "but should be there"
		case x.Op == "==":
			return "not " + syntax.ExprString(l)
		case x.Op == "!=":
			return "which is excluded"
		}
		return "not " + string(x.Op) + " " + syntax.ExprString(l)
	case *syntax.In:
		if _, isName := x.X.(*syntax.Name); !isName {
			return ""
		}
		if x.Not {
			return "which is excluded"
		}
		return "not " + oneOf(x.List, "")
	case *syntax.Match:
		if _, isName := x.X.(*syntax.Name); !isName {
			return ""
		}
		like := ""
		var list []syntax.Expr
		for _, l := range x.List {
			list = append(list, l)
			if strings.ContainsAny(l.Str, "*?") || strings.HasPrefix(string(x.Op), "regex") {
				like = "like "
			}
		}
		return "not " + oneOf(list, like)
	}
	return ""
}

func oneOf(list []syntax.Expr, like string) string {
	if len(list) == 1 {
		return like + syntax.ExprString(list[0])
	}
	var texts []string
	for i, l := range list {
		if i == maxShown {
			texts = append(texts, fmt.Sprintf("… (%d in all)", len(list)))
			break
		}
		texts = append(texts, syntax.ExprString(l))
	}
	return like + "one of " + strings.Join(texts, ", ")
}
