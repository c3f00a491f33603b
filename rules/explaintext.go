package rules

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/eql"
	"hunt/rules/eql/syntax"
	"hunt/rules/predicate"
)

// Bounds of what an explanation repeats.
const (
	maxShownValues       = 6   // of a list or a field
	maxShownText         = 300 // bytes of a value
	maxShownAlternatives = 4   // of an `or`
)

// opOf returns what joins the parts of an explanation, and the expression of a comparison. A stage with its category is an and.
func opOf(e *eql.Explanation) (op string, x syntax.Expr) {
	x, err := syntax.ParseExpr(syntax.Source{Text: e.Text})
	if err != nil {
		return "and", nil
	}
	switch x := x.(type) {
	case *syntax.Logical:
		return string(x.Op), x
	case *syntax.Not:
		return "not", x
	}
	return "", x
}

// failed counts the comparisons that would have to come out differently for the condition to hold: all of an `and` that are
// not true; of an `or` those of its best alternative.
func failed(e eql.Explanation) int {
	if e.Truth == predicate.True {
		return 0
	}
	n := 0
	switch op, _ := opOf(&e); op {
	case "and":
		for _, k := range e.Kids {
			n += failed(k)
		}
	case "or":
		for i, k := range e.Kids {
			if f := failed(k); i == 0 || f < n {
				n = f
			}
		}
	}
	return max(n, 1)
}

// lacks says for each comparison that failed what was found and what was wanted.
func lacks(e eql.Explanation) []string {
	if e.Truth == predicate.True {
		return nil
	}
	op, x := opOf(&e)
	var out []string
	switch op {
	case "and":
		for _, k := range e.Kids {
			out = append(out, lacks(k)...)
		}
	case "or":
		kids := slices.Clone(e.Kids)
		slices.SortStableFunc(kids, func(a, b eql.Explanation) int { return failed(a) - failed(b) })
		out = append(out, fmt.Sprintf("none of %d alternatives holds:", len(kids)))
		for i, k := range kids {
			if i == maxShownAlternatives {
				out = append(out, fmt.Sprintf("    and %d more", len(kids)-i))
				break
			}
			for j, l := range lacks(k) {
				lead := "    - "
				if j > 0 {
					lead = "      "
				}
				out = append(out, lead+l)
			}
		}
	case "not":
		if len(e.Kids) == 1 {
			if e.Truth == predicate.Maybe {
				return []string{e.Text + " depends on another event"}
			}
			return []string{"excluded: " + strings.Join(holds(e.Kids[0]), ", ")}
		}
	default:
		return []string{sentence(&e, x)}
	}
	return out
}

// holds says what made a condition true.
func holds(e eql.Explanation) []string {
	switch op, _ := opOf(&e); op {
	case "and":
		var out []string
		for _, k := range e.Kids {
			out = append(out, holds(k)...)
		}
		return out
	case "or":
		for _, k := range e.Kids {
			if k.Truth == predicate.True {
				return holds(k)
			}
		}
	case "not":
		return []string{e.Text + " holds"}
	}
	if f := found(&e); f != "" {
		return []string{f}
	}
	return []string{e.Text}
}

// sentence says what a comparison found: process.parent.name is "explorer.exe", not one of "chrome.exe", "msedge.exe".
func sentence(e *eql.Explanation, x syntax.Expr) string {
	f := found(e)
	if e.Truth == predicate.Maybe {
		return e.Text + " depends on another event"
	}
	if w := wanted(x); w != "" && len(e.Fields) == 1 {
		return f + ", " + w
	}
	if f == "" {
		return e.Text + " is false"
	}
	return f + ", so not " + e.Text
}

// found says what values the fields of a comparison have.
func found(e *eql.Explanation) string {
	var parts []string
	for _, f := range e.Fields {
		if len(f.Values) == 0 {
			parts = append(parts, f.Name+" is missing")
			continue
		}
		var texts []string
		for i, v := range f.Values {
			if i == maxShownValues {
				texts = append(texts, fmt.Sprintf("… (%d values)", len(f.Values)))
				break
			}
			if v.Kind == predicate.String {
				texts = append(texts, quoted(v.Str))
			} else {
				texts = append(texts, v.Text())
			}
		}
		text := texts[0]
		if len(texts) > 1 {
			text = "[" + strings.Join(texts, ", ") + "]"
		}
		parts = append(parts, f.Name+" is "+text)
	}
	return strings.Join(parts, " and ")
}

func quoted(s string) string {
	if len(s) > maxShownText {
		s = strings.ToValidUTF8(s[:maxShownText], "") + "…"
	}
	return `"` + s + `"`
}

// wanted says what a comparison of one field with constants wants, or "".
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
		if i == maxShownValues {
			texts = append(texts, fmt.Sprintf("… (%d in all)", len(list)))
			break
		}
		texts = append(texts, syntax.ExprString(l))
	}
	return like + "one of " + strings.Join(texts, ", ")
}
