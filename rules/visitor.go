package rules

import (
	"slices"

	"hunt/evtx"
	"hunt/rules/predicate"
	"hunt/rules/recall"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/scriptblock"
)

// candidate is an event that satisfied, or may satisfy, a stage of some rule.
type candidate struct {
	*timeline.Event
	hits []predicate.Hit
}

// visitor evaluates the predicates on one worker and keeps the candidates.
type visitor struct {
	predicates *stage.Set
	parts      *timeline.IndexWriter // receives the parts of script blocks; nil: they are matched one by one
	scripts    bool                  // it received some
	cuts       cuts
	cutEvents  map[*timeline.Event]bool // kept events that cuts counts
	evaluator  *stage.Evaluator
	hits       []predicate.Hit
	kept       []candidate
	keeper     timeline.Keeper
	dismissed  *stage.Dismissed
	memory     *recall.Memory        // used by Visit
	noted      *stage.Noter          // receives the candidates; may be nil
	marks      map[string]stage.Mark // of records that were scanned before, in the form in which shards have them
	fault      error

	size, most int64 // memory that the candidates take, and may take, in bytes
	index      *timeline.IndexWriter
	numbers    *predicate.HitNumbers
	spilled    bool // candidates are indexed, to be read again, instead of kept

	class *ecs.Class // of the last event, with its plan: neighbours in a log are alike
	plan  *predicate.Plan
}

func newVisitor(p *stage.Set, d *stage.Dismissed, most int64, index *timeline.IndexWriter) *visitor {
	return &visitor{predicates: p, evaluator: p.Borrow(), dismissed: d, most: most, index: index, numbers: p.Numbers()}
}

// closeAll returns what visitors share, one after the other.
func closeAll(visitors []*visitor) {
	for _, v := range visitors {
		if v.evaluator != nil {
			v.predicates.Return(v.evaluator)
			v.evaluator = nil
		}
	}
}

// Visit implements timeline.Visitor.
func (v *visitor) Visit(ev *ecs.Event, at evtx.Filetime) {
	if ev.Class != v.class || v.plan == nil {
		v.class, v.plan = ev.Class, v.predicates.Plan(ev.Class)
	}
	if v.plan.Empty() {
		return
	}
	if v.parts != nil && scriptblock.Parted(ev) {
		v.noted.Note(ev, stage.Mark{Part: true})
		v.parts.Add(ev, at, ev.Record.Ref, false)
		return
	}
	key, keyed := v.evaluator.Key(v.memory, v.plan, ev)
	if keyed {
		if hits, ok := v.memory.Hits(key); ok {
			v.hits = append(v.hits[:0], hits...)
			if len(hits) > 0 && !v.copied(ev, at) {
				v.take(ev, at, false)
			}
			return
		}
	}
	dismissal := v.dismissed.Key(ev.Record)
	if v.dismissed.Has(dismissal) || v.copied(ev, at) {
		return
	}
	v.hits = v.evaluator.Eval(v.plan, ev, v.hits[:0])
	cut := v.evaluator.Uncarried()
	if cut {
		v.cuts.add(ev.Record.Ref)
	} else if keyed {
		v.memory.Keep(key, v.hits)
	}
	switch {
	case len(v.hits) > 0:
		v.take(ev, at, cut)
	case cut:
		v.noted.Note(ev, stage.Mark{Cut: true}) // whoever runs rules over the shard counts it, too
	default:
		v.dismissed.Add(dismissal)
	}
}

// copied reports whether an event is a copy of a kept one. It has the same content, and so the same hits.
func (v *visitor) copied(ev *ecs.Event, at evtx.Filetime) bool {
	e := v.keeper.Copy(ev, at)
	if e == nil {
		return false
	}
	v.noted.Copy(ev, e)
	if v.cutEvents[e] {
		v.cuts.add(ev.Record.Ref)
	}
	v.grow(copySize)
	return true
}

// take keeps an event with its hits, or indexes it. cut says that not everything that it carries was
// decoded.
func (v *visitor) take(ev *ecs.Event, at evtx.Filetime, cut bool) {
	number := v.noted.Note(ev, stage.Mark{Hits: v.hits, Cut: cut})
	e := v.admit(ev, at, v.hits)
	if e == nil {
		return
	}
	v.noted.Remember(e, number)
	if cut {
		if v.cutEvents == nil {
			v.cutEvents = map[*timeline.Event]bool{}
		}
		v.cutEvents[e] = true
	}
	v.grow(waiting.Size(ev.Record))
}

// admit keeps an event; if there are too many to keep, it indexes the event and returns nil.
func (v *visitor) admit(ev *ecs.Event, at evtx.Filetime, hits []predicate.Hit) *timeline.Event {
	if v.spilled {
		v.index.AddNoted(ev, at, ev.Record.Ref, undecided(hits), v.numbers.Of(hits))
		return nil
	}
	e := v.keeper.Add(ev, at)
	v.kept = append(v.kept, candidate{e, slices.Clone(hits)})
	return e
}

// grow counts the memory of candidates, and indexes them if it is too much.
func (v *visitor) grow(size int64) {
	if v.size += size; v.size > v.most {
		v.spill()
	}
}

// copySize is the memory that a copy of a candidate takes, in bytes. Measured.
const copySize = 64

// spill indexes the candidates instead of keeping them.
func (v *visitor) spill() {
	for _, k := range v.kept {
		undecided, number := undecided(k.hits), v.numbers.Of(k.hits)
		v.index.AddNoted(k.Event.Event, k.At, k.Ref, undecided, number)
		for _, a := range k.Also {
			v.index.AddNoted(k.Event.Event, k.At, a.Ref, undecided, number)
		}
	}
	v.kept, v.keeper, v.size, v.spilled, v.cutEvents = nil, timeline.Keeper{}, 0, true, nil
	v.noted.Forget()
}

// undecided reports whether hits depend on the history of the host.
func undecided(hits []predicate.Hit) bool {
	return !slices.ContainsFunc(hits, func(h predicate.Hit) bool { return h.Truth == predicate.True })
}
