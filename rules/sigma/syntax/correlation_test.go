package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// shown is a correlation in one line.
func (c *Correlation) shown() string {
	var bounds []string
	for _, b := range c.Bounds {
		bounds = append(bounds, b.Op+" "+b.Number)
	}
	meets := ""
	if c.Meets != nil {
		meets = " meets " + c.Meets.shown()
	}
	return fmt.Sprintf("type %d rules %v by %v in %s fields %v bounds [%s]%s", c.Type, c.Rules, c.GroupBy, c.Timespan,
		c.Fields, strings.Join(bounds, ", "), meets)
}

func (x *RuleCondition) shown() string {
	if x.Op == Named {
		return x.Rule
	}
	var kids []string
	for _, k := range x.Kids {
		kids = append(kids, k.shown())
	}
	return map[Op]string{Not: "not", And: "and", Or: "or"}[x.Op] + "(" + strings.Join(kids, " ") + ")"
}

func TestOldAggregations(t *testing.T) {
	for in, want := range map[string]string{
		"a and b | count(F) by G > 5":        "type 2 rules [] by [G] in 5m0s fields [F] bounds [gt 5]",
		"a | count() by G, H >= 10":          "type 1 rules [] by [G H] in 5m0s fields [] bounds [gte 10]",
		"a | count() < 3":                    "type 1 rules [] by [] in 5m0s fields [] bounds [lt 3]",
		"a|count( F )by G=2":                 "type 2 rules [] by [G] in 5m0s fields [F] bounds [eq 2]",
		"a | COUNT() BY G > 0x10":            "type 1 rules [] by [G] in 5m0s fields [] bounds [gt 16]",
		"a | sum(F) by G > 5":                "",
		"a | min(F) > 5":                     "",
		"a | near b":                         "",
		"a | count() by G":                   "",
		"a | count() by > 5":                 "",
		"a | count() by G > many":            "",
		"a | count() by G > 5 | count() > 1": "",
	} {
		d := Parse([]byte(strings.Replace(string(withCondition(in)), "detection:\n", "detection:\n  timeframe: 5m\n",
			1)), Options{})[0]
		got := ""
		if d.Correlation != nil {
			got = d.Correlation.shown()
		}
		if got != want || d.Mistakes != nil || (want == "") != (d.Skip != nil && d.Skip.Reason == ReasonAggregation) {
			t.Errorf("%s is %q, not %q: %v %v", in, got, want, d.Mistakes, d.Skip)
		}
	}
}

func TestCorrelations(t *testing.T) {
	const head = "title: t\ncorrelation:\n  "
	for in, want := range map[string]string{
		"type: event_count\n  rules: a\n  group-by: u\n  timespan: 10m\n  condition: {gte: 10}":     "type 1 rules [a] by [u] in 10m0s fields [] bounds [gte 10]",
		"type: event_count\n  rules: [a, b, a]\n  timespan: 2w\n  condition: {gt: 1, lte: 0x10}":    "type 1 rules [a b] by [] in 336h0m0s fields [] bounds [gt 1, lte 16]",
		"type: value_count\n  rules: [a]\n  timespan: 1M\n  condition: {field: [d, u], gt: 3}":      "type 2 rules [a] by [] in 730h29m6s fields [d u] bounds [gt 3]",
		"type: value_sum\n  rules: [a]\n  timespan: 1y\n  condition: {field: n, gt: 2.5}":           "type 3 rules [a] by [] in 8765h49m12s fields [n] bounds [gt 2.5]",
		"type: value_avg\n  rules: [a]\n  timespan: 99999999999y\n  condition: {field: n, neq: -1}": "type 4 rules [a] by [] in 2562047h47m16.854775807s fields [n] bounds [neq -1]",
		"type: Temporal\n  rules: [a, b]\n  timespan: 3d":                                           "type 5 rules [a b] by [] in 72h0m0s fields [] bounds []",
		"type: temporal\n  rules: [a, b, c]\n  timespan: 3s\n  condition: {gte: 2}":                 "type 5 rules [a b c] by [] in 3s fields [] bounds [gte 2]",
		"type: temporal\n  timespan: 3s\n  condition: a and (b or not c) and NOT d":                 "type 5 rules [a b c d] by [] in 3s fields [] bounds [] meets and(a or(b not(c)) not(d))",
		"type: temporal_ordered\n  rules: [b, a]\n  timespan: 3s\n  condition: not not a and b":     "type 6 rules [b a] by [] in 3s fields [] bounds [] meets and(not(not(a)) b)",
	} {
		d := Parse([]byte(head+in), Options{})[0]
		got := ""
		if d.Correlation != nil {
			got = d.Correlation.shown()
		}
		if got != want || d.Mistakes != nil || d.Skip != nil {
			t.Errorf("%s\nis %q\nnot %q: %v %v", in, got, want, d.Mistakes, d.Skip)
		}
	}
}
