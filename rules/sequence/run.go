package sequence

import (
	"iter"

	"hunt/rules/predicate"
)

// Run runs a program over ordered events and yields the results with head and tail applied: the whole
// engine in one call, for a single query over one stream. It ignores the Stages of the items. It
// takes the memory of a Matcher.
func (p *Program) Run(events iter.Seq[Item]) iter.Seq[Match] {
	return func(yield func(Match) bool) {
		set := predicate.NewSet([]predicate.Program{p.Conditions()})
		plan := set.Narrow(func(predicate.FieldID) ([]predicate.Value, bool) { return nil, false })
		v, m := set.NewEvaluator(), p.NewMatcher()
		stopped := false
		emit := func(match Match) {
			if !stopped && !yield(match) {
				stopped = true
			}
		}
		var hits []predicate.Hit
		for it := range events {
			hits = v.Eval(plan, it.Event, hits[:0])
			it.Stages = nil
			for _, h := range hits {
				if h.Truth == predicate.True || h.Truth == predicate.Maybe && p.terms[h.Stage].Dependent {
					it.Stages = append(it.Stages, h.Stage)
				}
			}
			if len(it.Stages) == 0 {
				continue
			}
			if m.Push(it, emit); stopped {
				return
			}
		}
		m.Close(emit)
	}
}
