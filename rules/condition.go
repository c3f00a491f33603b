package rules

import (
	"hunt/rules/eql"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Condition is an EQL condition on single events, without category or stages: process.name : "a*"
// and not user.name == "b".
type Condition struct {
	preds    *predicates
	Warnings []string
}

// CompileCondition compiles a condition against a schema that no event has been mapped with yet. An
// error is a *syntax.Error.
func CompileCondition(src string, schema *ecs.Schema) (*Condition, error) {
	fields := pack.SchemaOf(schema)
	p, err := eql.CompileCondition(src, fields, eql.Options{})
	if err != nil {
		return nil, err
	}
	return &Condition{preds: newPredicates([]*sequence.Program{p.Program()}, fields), Warnings: p.Warnings()}, nil
}

// NewSettler returns a function for one goroutine that decides events, now that they are enriched.
// Where too many values were to be compared, the condition does not hold, and the case's tally
// counts it.
func (c *Condition) NewSettler(cs *timeline.Case) func(*timeline.Event) bool {
	evaluator := c.preds.newEvaluator()
	return func(e *timeline.Event) bool {
		hits := c.preds.settled(evaluator, e, cs.Limits)
		return len(hits) > 0 && hits[0].Truth == predicate.True
	}
}

// NewChooser returns a function for one goroutine that applies the condition to events that are not enriched yet.
func (c *Condition) NewChooser() func(*ecs.Event) timeline.Choice {
	v := newVisitor(c.preds, nil, 0, nil)
	return func(ev *ecs.Event) timeline.Choice {
		if ev.Class != v.class || v.plan == nil {
			v.class, v.plan = ev.Class, c.preds.plan(ev.Class)
		}
		if v.plan.Empty() {
			return timeline.Drop
		}
		v.hits = v.evaluator.eval(v.plan, ev, v.hits[:0])
		switch {
		case len(v.hits) == 0:
			return timeline.Drop
		case v.hits[0].Truth == predicate.Maybe:
			return timeline.Undecided
		}
		return timeline.Take
	}
}
