package stage

import (
	"slices"

	"hunt/rules/eql"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Condition is an EQL condition on single events, without category or stages: process.name : "a*"
// and not user.name == "b".
type Condition struct {
	preds    *Set
	Warnings []string
	// AsksHistory says that it names a field that may depend on the history of a host.
	AsksHistory bool
}

// CompileCondition compiles a condition against a schema with which no event has been mapped yet. An error is a
// *syntax.Error.
func CompileCondition(src string, schema *ecs.Schema) (*Condition, error) {
	fields := pack.SchemaOf(schema)
	p, err := eql.CompileCondition(src, fields, eql.Options{})
	if err != nil {
		return nil, err
	}
	return &Condition{preds: NewSet([]*sequence.Program{p.Program()}, fields), Warnings: p.Warnings(),
		AsksHistory: slices.ContainsFunc(p.Program().Fields(), func(f predicate.FieldID) bool {
			return host.FromHistory(ecs.Field(f))
		})}, nil
}

// NewSettler returns a function for one goroutine that decides events after they are enriched. If too many values
// would have to be compared, the condition counts as false, and the case's tally counts it.
func (c *Condition) NewSettler(cs *timeline.Case) func(*timeline.Event) bool {
	evaluator := c.preds.NewEvaluator()
	return func(e *timeline.Event) bool {
		hits := evaluator.Settled(e, cs.Limits)
		return len(hits) > 0 && hits[0].Truth == predicate.True
	}
}

// NewChooser returns a function for one goroutine that applies the condition to events before they are enriched.
func (c *Condition) NewChooser() func(*ecs.Event) timeline.Choice {
	evaluator := c.preds.NewEvaluator()
	var class *ecs.Class // of the last event, with its plan: neighbours in a log are alike
	var plan *predicate.Plan
	var hits []predicate.Hit
	return func(ev *ecs.Event) timeline.Choice {
		if ev.Class != class || plan == nil {
			class, plan = ev.Class, c.preds.Plan(ev.Class)
		}
		if plan.Empty() {
			return timeline.Drop
		}
		hits = evaluator.Eval(plan, ev, hits[:0])
		switch {
		case len(hits) == 0:
			return timeline.Drop
		case hits[0].Truth == predicate.Maybe:
			return timeline.Undecided
		}
		return timeline.Take
	}
}
