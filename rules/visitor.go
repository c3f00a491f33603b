package rules

import (
	"slices"
	"sync"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/shard"
)

// candidate is an event that satisfied, or may satisfy, a stage of some rule.
type candidate struct {
	*timeline.Event
	hits []predicate.Hit
}

// predicates are the stage predicates of a run's rules, narrowed once for each class of events and
// shared by all workers.
type predicates struct {
	set      *predicate.Set
	programs []*sequence.Program
	raw      *logsource.Fields // the fields of records that programs ask for
	lists    *predicate.HitLists
	mu       sync.RWMutex
	plans    map[*ecs.Class]*predicate.Plan
}

func newPredicates(programs []*sequence.Program, schema *pack.Schema) *predicates {
	conditions := make([]predicate.Program, len(programs))
	for i, p := range programs {
		conditions[i] = p.Conditions()
	}
	return &predicates{
		set: predicate.NewSet(conditions), programs: programs, raw: schema.Raw,
		lists: predicate.NewHitLists(), plans: map[*ecs.Class]*predicate.Plan{},
	}
}

// plan returns the predicates that events of class c can satisfy.
func (p *predicates) plan(c *ecs.Class) *predicate.Plan {
	c = c.Shared()
	p.mu.RLock()
	plan := p.plans[c]
	p.mu.RUnlock()
	if plan != nil {
		return plan
	}
	_, own := c.Static(ecs.EventCode) // a class that stands for many has no id of its own
	plan = p.set.Narrow(func(f predicate.FieldID) ([]predicate.Value, bool) {
		if f >= sigma.FirstField {
			if !own {
				return nil, false
			}
			return sigma.Static(p.raw, f, c.Channel, c.Provider, c.EventID)
		}
		vs, ok := c.Static(ecs.Field(f))
		return appendValues(nil, vs), ok
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if first := p.plans[c]; first != nil {
		return first
	}
	p.plans[c] = plan
	return plan
}

// evaluator evaluates the predicates for one goroutine.
type evaluator struct {
	*predicate.Evaluator
	view eventView
}

func (p *predicates) newEvaluator() *evaluator {
	return &evaluator{Evaluator: p.set.NewEvaluator(), view: eventView{raw: p.newRaw()}}
}

// newRaw returns what shows the fields of records, for one goroutine.
func (p *predicates) newRaw() *sigma.Event { return &sigma.Event{View: p.raw.NewView()} }

// eval appends the stages that an event satisfies or may satisfy.
func (v *evaluator) eval(plan *predicate.Plan, ev *ecs.Event, dst []predicate.Hit) []predicate.Hit {
	v.view.show(ev)
	return v.Eval(plan, &v.view, dst)
}

// hits are the stages that an event satisfies: a process start that was logged twice, those that either record does.
func (p *predicates) hits(evaluator *evaluator, e *timeline.Event, limits *limit.Tally) []predicate.Hit {
	hits := p.settled(evaluator, e, limits)
	if e.Half == nil {
		return hits
	}
	return union(hits, p.settled(evaluator, e.Half, limits))
}

// settled are the stages that a record of a process start, or of any other event, satisfies, now
// that its history is known; nobody changes them. A stage of which that still cannot be told,
// because too many values were to be compared, it does not satisfy, and that is counted.
func (p *predicates) settled(evaluator *evaluator, e *timeline.Event, limits *limit.Tally) []predicate.Hit {
	if hits, ok := p.lists.List(e.Note); ok { // its history changes nothing
		return hits
	}
	hits := evaluator.eval(p.plan(e.Class), e.Event, nil)
	if !evaluator.Cut() {
		return hits
	}
	all := len(hits)
	hits = slices.DeleteFunc(hits, func(h predicate.Hit) bool {
		return h.Truth == predicate.Maybe && !p.programs[h.Program].Stages()[h.Stage].Dependent
	})
	if len(hits) < all {
		limits.Bite(predicate.BoundCombinations, limit.At(e.Ref.File, e.Ref.Offset))
	}
	return hits
}

// bitten returns what counts a matcher's bounds in the case's tally.
func bitten(cs func() *timeline.Case) func(limit.Bound, sequence.Item) {
	return func(b limit.Bound, it sequence.Item) {
		ref := heldOf(it).event.Ref
		cs().Limits.Bite(b, limit.At(ref.File, ref.Offset))
	}
}

// visitor evaluates the predicates on one worker and keeps the candidates.
type visitor struct {
	predicates *predicates
	evaluator  *evaluator
	hits       []predicate.Hit
	kept       []candidate
	keeper     timeline.Keeper
	dismissed  *dismissed
	noted      *shard.Writer // takes the places of candidates; nil: nobody
	places     []evtx.Ref    // of candidates, that it has not taken yet

	size, most int64 // what the candidates take in memory, and may take, in bytes
	index      *timeline.IndexWriter
	numbers    *predicate.HitNumbers
	spilled    bool // candidates are indexed, to be read again, and not kept

	class *ecs.Class // of the last event, with its plan: neighbours in a log are alike
	plan  *predicate.Plan
}

func newVisitor(p *predicates, d *dismissed, most int64, index *timeline.IndexWriter) *visitor {
	return &visitor{predicates: p, evaluator: p.newEvaluator(), dismissed: d, most: most, index: index,
		numbers: p.lists.Numbers()}
}

// Visit implements timeline.Visitor.
func (v *visitor) Visit(ev *ecs.Event, at evtx.Filetime) {
	if ev.Class != v.class || v.plan == nil {
		v.class, v.plan = ev.Class, v.predicates.plan(ev.Class)
	}
	if v.plan.Empty() {
		return
	}
	key := v.dismissed.key(ev.Record)
	if v.dismissed.has(key) {
		return
	}
	// A copy says the same, so it has the same hits.
	if v.keeper.Copy(ev, at) != nil {
		v.holds(ev.Record.Ref)
		v.size += copySize
	} else {
		v.hits = v.evaluator.eval(v.plan, ev, v.hits[:0])
		if len(v.hits) == 0 {
			v.dismissed.add(key)
			return
		}
		v.holds(ev.Record.Ref)
		if v.spilled {
			v.index.AddNoted(ev, at, ev.Record.Ref, undecided(v.hits), v.numbers.Of(v.hits))
			return
		}
		v.kept = append(v.kept, candidate{v.keeper.Add(ev, at), slices.Clone(v.hits)})
		v.size += candidateSize + candidateBytes*int64(len(ev.Record.Raw()))
	}
	if v.size > v.most {
		v.spill()
	}
}

// notedTogether is how many places of candidates are told a shard at a time.
const notedTogether = 1024

// holds notes the place of a candidate.
func (v *visitor) holds(ref evtx.Ref) {
	if v.noted == nil {
		return
	}
	if v.places = append(v.places, ref); len(v.places) >= notedTogether {
		v.tell()
	}
}

// tell tells the shard of the places that it does not know yet.
func (v *visitor) tell() {
	if v.noted != nil {
		v.noted.Hit(v.places)
		v.places = v.places[:0]
	}
}

// What a candidate takes in memory, in bytes: itself and what belongs to it, for each byte of its
// record, and for each copy. Measured.
const (
	candidateSize  = 600
	candidateBytes = 2
	copySize       = 64
)

// spill indexes the candidates instead of keeping them.
func (v *visitor) spill() {
	for _, k := range v.kept {
		undecided, number := undecided(k.hits), v.numbers.Of(k.hits)
		v.index.AddNoted(k.Event.Event, k.At, k.Ref, undecided, number)
		for _, a := range k.Also {
			v.index.AddNoted(k.Event.Event, k.At, a.Ref, undecided, number)
		}
	}
	v.kept, v.keeper, v.size, v.spilled = nil, timeline.Keeper{}, 0, true
}

// undecided reports whether hits depend on what only the history of the host tells.
func undecided(hits []predicate.Hit) bool {
	return !slices.ContainsFunc(hits, func(h predicate.Hit) bool { return h.Truth == predicate.True })
}

// eventView shows an event to predicates: its ECS fields, and those of its record.
type eventView struct {
	ev    *ecs.Event
	buf   []ecs.Value
	raw   *sigma.Event // nil where no predicate asks for fields of records
	bound bool         // raw shows the record of ev
}

// show makes ev the event that is shown.
func (v *eventView) show(ev *ecs.Event) { v.ev, v.bound = ev, false }

// Values implements predicate.Event.
func (v *eventView) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if f >= sigma.FirstField {
		return v.record(f, dst)
	}
	v.buf = v.ev.Values(ecs.Field(f), v.buf[:0])
	return appendValues(dst, v.buf)
}

// Lacks implements predicate.Parted.
func (v *eventView) Lacks(f predicate.FieldID, s *predicate.Search) (lacks, ok bool) {
	if f < sigma.FirstField || v.raw == nil {
		return false, false
	}
	v.bind()
	return v.raw.Lacks(f, s)
}

// record appends the values of a field of the record.
func (v *eventView) record(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if v.raw == nil {
		return dst
	}
	v.bind()
	return v.raw.Values(f, dst)
}

func (v *eventView) bind() {
	if !v.bound {
		v.raw.View.Bind(v.ev.Record)
		v.bound = true
	}
}

func appendValues(dst []predicate.Value, vs []ecs.Value) []predicate.Value {
	for _, v := range vs {
		dst = append(dst, valueOf(v))
	}
	return dst
}

func valueOf(v ecs.Value) predicate.Value {
	switch v.Kind {
	case ecs.KindString:
		return predicate.Value{Kind: predicate.String, Str: v.Str}
	case ecs.KindInt:
		return predicate.Value{Kind: predicate.Int, Num: v.Num}
	case ecs.KindFloat:
		return predicate.Value{Kind: predicate.Float, Float: v.Float}
	case ecs.KindBool:
		return predicate.Value{Kind: predicate.Bool, Num: v.Num}
	case ecs.KindTime:
		return predicate.Value{Kind: predicate.Time, Num: evtx.Filetime(v.Num).UnixNano()}
	case ecs.KindPending:
		return predicate.Value{Kind: predicate.Pending}
	}
	return predicate.Value{}
}
