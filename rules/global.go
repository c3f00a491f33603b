package rules

import (
	"slices"

	"hunt/limit"
	"hunt/rules/fact"
	"hunt/rules/predicate"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
)

// global does what needs all hosts: it matches rules that join hosts, counts how rare programs
// are, and puts the findings in order.
type global struct {
	matchers []matcher // by program, including those of local
	judge    *judge
	// Events for rules that join hosts, until all hosts are done.
	waiting *waiting.Line
	told    func(*timeline.Event, []predicate.Hit) // receives them instead; may be nil
}

// take keeps an event for the rules that join hosts.
func (g *global) take(e *timeline.Event, hits []predicate.Hit) {
	if g.told != nil {
		g.told(e, hits)
		return
	}
	g.waiting.Add(e, hits)
}

// finish returns the findings of all rules, in order, after all hosts are closed.
func (g *global) finish() ([]*Finding, error) {
	if err := g.waiting.Each(func(e *timeline.Event, hits []predicate.Hit) {
		stage.Share(hits, func(program int, hits []predicate.Hit) { g.matchers[program].push(e, hits) })
	}); err != nil {
		return nil, err
	}
	for _, m := range g.matchers {
		if !m.withinHost() {
			m.close()
		}
	}
	var out []*Finding
	for _, m := range g.matchers { // now no more findings come that could displace others
		out = append(out, m.finish()...)
	}
	for _, f := range out {
		g.judge.settle(f)
	}
	slices.SortStableFunc(out, compareFindings)
	name(out)
	return out, nil
}

var boundHits = limit.Bound{ID: "rules-hits",
	Text: "a finding lists its first 10,000 events, and as many of their copies, and counts the rest"}

// tellBounds counts the bounds that applied to what findings list.
func (res *Result) tellBounds() {
	for _, f := range res.Findings {
		if f.HitsMore > 0 || f.HitsAlsoMore > 0 {
			res.Case.Limits.Bite(boundHits, limit.In(f.Rule.ID))
		}
		if f.FurtherMore > 0 {
			res.Case.Limits.Bite(boundFurther, limit.In(f.Rule.ID))
		}
		if slices.ContainsFunc(f.Differs, func(d fact.Spread) bool { return d.More > 0 }) {
			res.Case.Limits.Bite(fact.BoundSpread, limit.In(f.Rule.ID))
		}
	}
}
