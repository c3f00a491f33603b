package stage

import (
	"math"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
)

// View gives predicates the fields of an event: its ECS fields, and those of its record.
type View struct {
	ev    *ecs.Event
	buf   []scalar.Value
	raw   *sigma.Event // nil if no predicate refers to fields of records
	bound bool         // raw is bound to the record of ev

	carriers *carriers
	over     *carried // what the event shows in addition to its record; nil: nothing
}

// Show makes ev the event of the view.
func (v *View) Show(ev *ecs.Event) { v.ev, v.bound, v.over = ev, false, nil }

// Values implements predicate.Event.
func (v *View) Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	start := len(dst)
	if f >= sigma.FirstField {
		dst = v.record(f, dst)
		if v.over != nil {
			dst = v.over.values(v.carriers.raw[f-sigma.FirstField], dst, start)
		}
		return dst
	}
	if v.over != nil {
		if dst, measured := v.over.measure(ecs.Field(f), dst); measured {
			return dst
		}
	}
	v.buf = v.ev.Values(ecs.Field(f), v.buf[:0])
	dst = appendValues(dst, v.buf)
	if v.over != nil {
		dst = v.over.values(v.carriers.ecs[ecs.Field(f)], dst, start)
	}
	return dst
}

// once is Values without duplicates.
func (v *View) once(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if f < sigma.FirstField {
		return v.Values(f, dst)
	}
	v.bind()
	return v.raw.Once(f, dst)
}

// Lacks implements predicate.Parted.
func (v *View) Lacks(f predicate.FieldID, s *predicate.Search) (lacks, ok bool) {
	if f < sigma.FirstField || v.raw == nil || v.over != nil {
		return false, false
	}
	v.bind()
	return v.raw.Lacks(f, s)
}

// record appends the values of a field of the record.
func (v *View) record(f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if v.raw == nil {
		return dst
	}
	v.bind()
	return v.raw.Values(f, dst)
}

func (v *View) bind() {
	if !v.bound {
		v.raw.View.Bind(v.ev.Record)
		v.bound = true
	}
}

func appendValues(dst []predicate.Value, vs []scalar.Value) []predicate.Value {
	for _, v := range vs {
		dst = append(dst, valueOf(v))
	}
	return dst
}

func valueOf(v scalar.Value) predicate.Value {
	switch v.Kind {
	case scalar.KindString:
		return predicate.Value{Kind: predicate.String, Str: v.Str}
	case scalar.KindInt:
		return predicate.Value{Kind: predicate.Int, Num: v.Num}
	case scalar.KindFloat:
		return predicate.Value{Kind: predicate.Float, Float: v.Float}
	case scalar.KindBool:
		return predicate.Value{Kind: predicate.Bool, Num: v.Num}
	case scalar.KindTime:
		return predicate.Value{Kind: predicate.Time, Num: evtx.Filetime(v.Num).UnixNano()}
	case scalar.KindPending:
		return predicate.Value{Kind: predicate.Pending}
	}
	return predicate.Value{}
}

// Reader reads the fields of events as the rules that they satisfy see them: for a process start
// that was logged twice, from the record that satisfies a stage, Sysmon's if both do.
type Reader struct {
	evaluator *Evaluator
	limits    *limit.Tally
	event     *timeline.Event
	own, half View
	hits      []predicate.Hit // of the event's own record, if it has another half
}

// NewReader returns a reader for one goroutine.
func (p *Set) NewReader(limits *limit.Tally) *Reader {
	return &Reader{evaluator: p.NewEvaluator(), limits: limits, own: *p.NewView(), half: *p.NewView()}
}

// Show makes e the current event.
func (r *Reader) Show(e *timeline.Event) {
	if r.event == e {
		return
	}
	r.event = e
	r.own.Show(e.Event)
	if r.hits = nil; e.Half != nil {
		r.half.Show(e.Half.Event)
		r.hits = r.evaluator.Settled(e, r.limits)
	}
}

// Values appends the values of a field, without duplicates, from the record that satisfies the
// stage.
func (r *Reader) Values(program, stage int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
	view := &r.own
	if r.event.Half != nil && !slices.ContainsFunc(r.hits, func(h predicate.Hit) bool {
		return h.Program == program && h.Stage == stage && h.Truth == predicate.True
	}) {
		view = &r.half
	}
	return view.once(f, dst)
}

// Timed reports whether an event has a time by which it can be ordered and measured against a
// maxspan: not the year 1601, which means no time, and not so many centuries away that nanoseconds
// do not fit an int64.
func Timed(e *timeline.Event) bool {
	n := e.At.UnixNano()
	return n != math.MinInt64 && n != math.MaxInt64
}
