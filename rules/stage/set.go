// Package stage determines which stages of which rules an event satisfies. It has one set of predicates for all rules
// of a run, narrowed to what events of a class can satisfy, and the views in which predicates see events.
package stage

import (
	"cmp"
	"slices"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/recall"
	"hunt/rules/sequence"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// Set holds the stage predicates of a run's rules, narrowed once for each class of events and
// shared by all workers.
type Set struct {
	set      *predicate.Set
	programs []*sequence.Program
	raw      *logsource.Fields // the fields of records to which programs refer
	lists    *predicate.HitLists
	carriers *carriers          // nil: events are matched as they were logged
	wholes   map[evtx.Ref]Whole // script blocks that were logged in parts, by their first record
	mu       sync.RWMutex
	plans    map[*ecs.Class]func() *predicate.Plan // each is made once, on first use
	idle     []*Evaluator
}

// NewSet makes a set of the stages of programs that were compiled against a schema.
func NewSet(programs []*sequence.Program, schema *pack.Schema) *Set {
	conditions := make([]predicate.Program, len(programs))
	for i, p := range programs {
		conditions[i] = p.Conditions()
	}
	return &Set{
		set: predicate.NewSet(conditions), programs: programs, raw: schema.Raw,
		lists: predicate.NewHitLists(), plans: map[*ecs.Class]func() *predicate.Plan{},
	}
}

// Plan returns the predicates that events of class c can satisfy.
func (p *Set) Plan(c *ecs.Class) *predicate.Plan {
	c = c.Shared()
	p.mu.RLock()
	plan := p.plans[c]
	p.mu.RUnlock()
	if plan == nil {
		p.mu.Lock()
		if plan = p.plans[c]; plan == nil {
			plan = sync.OnceValue(func() *predicate.Plan { return p.narrow(c) })
			p.plans[c] = plan
		}
		p.mu.Unlock()
	}
	return plan()
}

// narrow makes the plan of a class.
func (p *Set) narrow(c *ecs.Class) *predicate.Plan {
	_, own := c.Static(ecs.EventCode) // a class that stands for many has no id of its own
	return p.set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
		if f >= sigma.FirstField {
			if !own {
				return nil, false
			}
			return sigma.Static(p.raw, f, c.Channel, c.Provider, c.EventID)
		}
		vs, ok := c.Static(ecs.Field(f))
		return appendValues(nil, vs), ok
	})
}

// maxPlans bounds the plans that are kept from one run for the next.
const maxPlans = 1 << 13

// Renew drops the lists of hits of earlier runs, and the plans if there are many.
func (p *Set) Renew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.plans) > maxPlans {
		p.plans = map[*ecs.Class]func() *predicate.Plan{}
	}
	p.lists = predicate.NewHitLists()
}

// Numbers returns HitNumbers for one goroutine: an event whose Note is such a number has these hits.
func (p *Set) Numbers() *predicate.HitNumbers { return p.lists.Numbers() }

// Evaluator evaluates the predicates for one goroutine.
type Evaluator struct {
	set        *Set
	predicates *predicate.Evaluator
	view       View
	again      []predicate.Hit // of the second evaluation
	cut        bool            // predicate.BoundCombinations applied to the last event
	uncarried  bool            // BoundCarried applied to it
}

// NewEvaluator returns an evaluator for one goroutine.
func (p *Set) NewEvaluator() *Evaluator {
	return &Evaluator{set: p, predicates: p.set.NewEvaluator(), view: View{raw: p.newRaw(), carriers: p.carriers}}
}

// Borrow returns an evaluator for one goroutine until Return: preferably one that was used before, which has cached
// texts and automata.
func (p *Set) Borrow() *Evaluator {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return p.NewEvaluator()
	}
	v := p.idle[n]
	p.idle = p.idle[:n]
	v.view = View{raw: v.view.raw, carriers: p.carriers}
	return v
}

// Return takes back a borrowed evaluator.
func (p *Set) Return(v *Evaluator) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, v)
}

// NewView returns a View for one goroutine.
func (p *Set) NewView() *View { return &View{raw: p.newRaw()} }

// newRaw returns a view of the fields of records for one goroutine.
func (p *Set) newRaw() *sigma.Event { return &sigma.Event{View: p.raw.NewView()} }

// Eval appends the stages that an event satisfies or may satisfy.
func (v *Evaluator) Eval(plan *predicate.Plan, ev *ecs.Event, dst []predicate.Hit) []predicate.Hit {
	return v.EvalWhole(plan, ev, "", dst)
}

// EvalWhole is Eval for a part of a script block that represents the whole text; text is "" if the event is complete in
// itself.
func (v *Evaluator) EvalWhole(plan *predicate.Plan, ev *ecs.Event, text string, dst []predicate.Hit) []predicate.Hit {
	v.view.Show(ev)
	if text != "" {
		v.view.over = &carried{kind: scriptText, whole: text}
	}
	start := len(dst)
	dst = v.predicates.Eval(plan, &v.view, dst)
	v.cut, v.uncarried = v.predicates.Cut(), false
	return v.second(ev, dst, start, func(dst []predicate.Hit) []predicate.Hit {
		return v.predicates.Eval(plan, &v.view, dst)
	})
}

// Uncarried reports whether BoundCarried applied to the last event.
func (v *Evaluator) Uncarried() bool { return v.uncarried }

// NewMemory returns a cache for the hits of events with equal content, for one goroutine.
func (p *Set) NewMemory() *recall.Memory { return recall.New(p.raw) }

// Key identifies the content of an event wherever the stages of its plan ask: see recall.Memory.
func (v *Evaluator) Key(m *recall.Memory, plan *predicate.Plan, ev *ecs.Event) (key recall.Key, ok bool) {
	v.view.Show(ev)
	return m.Key(ev, plan, v.predicates, &v.view)
}

// Hits returns the stages that an event satisfies: for a process start that was logged twice, those that either record
// does.
func (v *Evaluator) Hits(e *timeline.Event, limits *limit.Tally) []predicate.Hit {
	hits := v.Settled(e, limits)
	if e.Half == nil {
		return hits
	}
	return Union(hits, v.Settled(e.Half, limits))
}

// Settled returns the stages that a record of a process start, or of any other event, satisfies, now that its history
// is known. The result must not be changed. A stage that still cannot be decided, because too many values would have to
// be compared, counts as not satisfied and is counted in limits.
func (v *Evaluator) Settled(e *timeline.Event, limits *limit.Tally) []predicate.Hit {
	if w, ok := v.set.wholeOf(e.Ref); ok {
		e.Parts = w.Parts
		return w.Hits
	}
	hits, sure, known := v.set.lists.Possible(e.Note)
	switch {
	case sure: // its history changes nothing
		return hits
	case known:
		return v.settle(e, hits, limits)
	}
	return v.Certain(e, v.Eval(v.set.Plan(e.Class), e.Event, nil), limits)
}

// Settle is Settled for a record whose certain and possible stages are known.
func (v *Evaluator) Settle(e *timeline.Event, hits []predicate.Hit, limits *limit.Tally) []predicate.Hit {
	if _, whole := v.set.wholeOf(e.Ref); whole || !slices.ContainsFunc(hits, unsure) {
		return v.Settled(e, limits)
	}
	return v.settle(e, hits, limits)
}

// settle decides the open hits. Certain ones stay certain: a history adds values and removes none.
func (v *Evaluator) settle(e *timeline.Event, hits []predicate.Hit, limits *limit.Tally) []predicate.Hit {
	var open, out []predicate.Hit
	for _, h := range hits {
		if unsure(h) {
			open = append(open, h)
		} else {
			out = append(out, h)
		}
	}
	plan, start := v.set.Plan(e.Class), len(out)
	v.view.Show(e.Event)
	out = v.predicates.Settle(plan, &v.view, open, out)
	v.cut, v.uncarried = v.predicates.Cut(), false
	out = v.second(e.Event, out, start, func(dst []predicate.Hit) []predicate.Hit {
		return v.predicates.Settle(plan, &v.view, open, dst)
	})
	slices.SortFunc(out, compareStages)
	return v.Certain(e, out, limits)
}

// Possible returns the stages for a record whose Note is a number; those that are Maybe may turn out not to be
// satisfied, and sure says that none is Maybe. known is false if the record must be evaluated. The result must not be
// changed.
func (p *Set) Possible(note uint32, ref evtx.Ref) (hits []predicate.Hit, sure, known bool) {
	if w, ok := p.wholeOf(ref); ok {
		return w.Hits, false, true
	}
	return p.lists.Possible(note)
}

// wholeOf returns what Join noted.
func (p *Set) wholeOf(ref evtx.Ref) (Whole, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	w, ok := p.wholes[ref]
	return w, ok
}

// Certain returns the hits of the last evaluated event that are certain.
func (v *Evaluator) Certain(e *timeline.Event, hits []predicate.Hit, limits *limit.Tally) []predicate.Hit {
	if !v.cut {
		return hits
	}
	all := len(hits)
	hits = slices.DeleteFunc(hits, func(h predicate.Hit) bool {
		return h.Truth == predicate.Maybe && !v.set.programs[h.Program].Stages()[h.Stage].Dependent
	})
	if len(hits) < all {
		limits.Bite(predicate.BoundCombinations, limit.At(e.Ref.File, e.Ref.Offset))
	}
	return hits
}

// Union joins two lists of hits, each in the order of program and stage; of two hits on one stage the more certain one
// is kept.
func Union(a, b []predicate.Hit) []predicate.Hit {
	all := append(slices.Clone(a), b...)
	slices.SortFunc(all, func(x, y predicate.Hit) int {
		return cmp.Or(cmp.Compare(x.Program, y.Program), cmp.Compare(x.Stage, y.Stage), cmp.Compare(y.Truth, x.Truth))
	})
	return slices.CompactFunc(all, func(x, y predicate.Hit) bool {
		return x.Program == y.Program && x.Stage == y.Stage
	})
}
