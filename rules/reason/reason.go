// Package reason says in sentences what a condition wants and an event lacks, and what the event has instead.
package reason

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/predicate"
)

// Bounds of what an explanation repeats.
const (
	maxShownValues       = 6   // of a list or a field
	maxShownText         = 300 // bytes of a value
	maxShownAlternatives = 4   // of an `or`
)

// Failed counts the comparisons that would have to change for the condition to be true: for an `and` all that are not
// true; for an `or` those of its best alternative.
func Failed(e predicate.Explanation) int {
	if e.Truth == predicate.True {
		return 0
	}
	n := 0
	switch e.Joins {
	case predicate.JoinsAnd:
		for _, k := range e.Kids {
			n += Failed(k)
		}
	case predicate.JoinsOr:
		for i, k := range e.Kids {
			if f := Failed(k); i == 0 || f < n {
				n = f
			}
		}
	}
	return max(n, 1)
}

// Lacks says for each comparison that failed what was found and what was wanted.
func Lacks(e predicate.Explanation) []string {
	if e.Truth == predicate.True {
		return nil
	}
	var out []string
	switch e.Joins {
	case predicate.JoinsAnd:
		for _, k := range e.Kids {
			out = append(out, Lacks(k)...)
		}
	case predicate.JoinsOr:
		kids := slices.Clone(e.Kids)
		slices.SortStableFunc(kids, func(a, b predicate.Explanation) int { return Failed(a) - Failed(b) })
		out = append(out, fmt.Sprintf("none of %d alternatives holds:", len(kids)))
		for i, k := range kids {
			if i == maxShownAlternatives {
				out = append(out, fmt.Sprintf("    and %d more", len(kids)-i))
				break
			}
			for j, l := range Lacks(k) {
				lead := "    - "
				if j > 0 {
					lead = "      "
				}
				out = append(out, lead+l)
			}
		}
	case predicate.JoinsNot:
		if len(e.Kids) == 1 {
			if e.Truth == predicate.Maybe {
				return []string{e.Text + " depends on another event"}
			}
			return []string{"excluded: " + strings.Join(holds(e.Kids[0]), ", ")}
		}
	default:
		return []string{sentence(&e)}
	}
	return out
}

// holds says what made a condition true.
func holds(e predicate.Explanation) []string {
	switch e.Joins {
	case predicate.JoinsAnd:
		var out []string
		for _, k := range e.Kids {
			out = append(out, holds(k)...)
		}
		return out
	case predicate.JoinsOr:
		for _, k := range e.Kids {
			if k.Truth == predicate.True {
				return holds(k)
			}
		}
	case predicate.JoinsNot:
		return []string{e.Text + " holds"}
	}
	if f := found(&e); f != "" {
		return []string{f}
	}
	return []string{e.Text}
}

// sentence says what a comparison found: process.parent.name is "explorer.exe", not one of "chrome.exe", "msedge.exe".
func sentence(e *predicate.Explanation) string {
	f := found(e)
	if e.Truth == predicate.Maybe {
		return e.Text + " depends on another event"
	}
	if e.Wanted != "" && len(e.Fields) == 1 {
		return f + ", " + e.Wanted
	}
	if f == "" {
		return e.Text + " is false"
	}
	return f + ", so not " + e.Text
}

// found says what values the fields of a comparison have.
func found(e *predicate.Explanation) string {
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
