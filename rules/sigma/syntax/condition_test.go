package syntax

import (
	"fmt"
	"strings"
	"testing"
)

func (c *Condition) shown() string {
	kids := make([]string, len(c.Kids))
	for i, k := range c.Kids {
		kids[i] = k.shown()
	}
	list := strings.Join(kids, " ")
	switch c.Op {
	case Named:
		return c.Selection.Name
	case Not:
		return "!" + list
	case And:
		return "and(" + list + ")"
	case Or:
		return "or(" + list + ")"
	}
	return fmt.Sprintf("atleast%d(%s)", c.Count, list)
}

func withCondition(condition string) []byte {
	return []byte("title: t\nlogsource: {product: windows}\ndetection:\n  a: {F: 1}\n  b: {F: 2}\n  sel_1: {F: " +
		"3}\n  sel_2: {F: 4}\n  _hidden: {F: 5}\n  of: {F: 6}\n  condition: " + condition + "\n")
}

func TestConditions(t *testing.T) {
	for in, want := range map[string]string{
		"a":                               "a",
		"a or b and not sel_1":            "or(a and(b !sel_1))",
		"(a or b) and sel_1":              "and(or(a b) sel_1)",
		"not a and b":                     "and(!a b)",
		"not (a and b)":                   "!and(a b)",
		"not not a":                       "!!a",
		"A AND b":                         "",
		"a AND NOT b OR sel_1":            "or(and(a !b) sel_1)",
		"1 of sel_*":                      "or(sel_1 sel_2)",
		"any of sel_*":                    "or(sel_1 sel_2)",
		"all of sel_*":                    "and(sel_1 sel_2)",
		"All Of Sel_*":                    "",
		"2 of sel_*":                      "and(sel_1 sel_2)",
		"2 of them":                       "atleast2(a b sel_1 sel_2 of)",
		"1 of them":                       "or(a b sel_1 sel_2 of)",
		"all of *_*":                      "and(sel_1 sel_2 _hidden)",
		"1 of a":                          "and(a)",
		"not 1 of sel_* and a":            "and(!or(sel_1 sel_2) a)",
		"of":                              "of",
		"(((a)))":                         "a",
		"[a, b and sel_1]":                "or(a and(b sel_1))",
		"a or b or sel_1":                 "or(a b sel_1)",
		"a or (b or sel_1)":               "or(a or(b sel_1))",
		"\n    a and\n    b":              "and(a b)",
		"1 of sel*1":                      "and(sel_1)",
		"a and":                           "",
		"a b":                             "",
		"(a":                              "",
		"a)":                              "",
		"and a":                           "",
		"nosuch":                          "",
		"1 of nosuch*":                    "",
		"sel_*":                           "",
		"7 of them":                       "",
		"0 of them":                       "",
		"1 of":                            "",
		strings.Repeat("(", 300) + "a":    "",
		strings.Repeat("not ", 300) + "a": "",
		"''":                              "",
		"{a: b}":                          "",
	} {
		d := Parse(withCondition(in), Options{})[0]
		got := ""
		if d.Mistakes == nil {
			got = d.Detection.Condition.shown()
		}
		if got != want {
			t.Errorf("%s is %q (%v), not %q", in, got, d.Mistakes, want)
		}
	}
}

func TestAndThatBindsBeforeOrIsWarnedOf(t *testing.T) {
	for condition, want := range map[string]string{
		"a or b and not sel_1":             "a or (b and not sel_1)",
		"a and b or 1 of sel_*":            "(a and b) or 1 of sel_*",
		"not (a or b and sel_1)":           "a or (b and sel_1)",
		"a or (b and sel_1)":               "",
		"(a and b) or sel_1":               "",
		"(a or b) and sel_1":               "",
		"a and (b or sel_1) and not sel_2": "",
		"a or (b) or not sel_1":            "",
	} {
		got := ""
		for _, w := range Parse(withCondition(condition), Options{})[0].Warnings {
			if _, means, ok := strings.Cut(w.Msg, "and binds before or: the condition means "); ok {
				got = means
			}
		}
		if got != want {
			t.Errorf("%s\n  is said to mean %q, want %q", condition, got, want)
		}
	}
}
