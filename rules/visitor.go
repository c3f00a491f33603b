package rules

import (
	"slices"

	"hunt/evtx"
	"hunt/rules/predicate"
	"hunt/rules/stage"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/scriptblock"
	"hunt/timeline/shard"
)

// candidate is an event that satisfied, or may satisfy, a stage of some rule.
type candidate struct {
	*timeline.Event
	hits []predicate.Hit
}

// visitor evaluates the predicates on one worker and keeps the candidates.
type visitor struct {
	predicates *stage.Set
	parts      *timeline.IndexWriter // takes the parts of script blocks; nil: they are matched one by one
	cuts       cuts
	cutEvents  map[*timeline.Event]bool // kept events that cuts counts
	evaluator  *stage.Evaluator
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

func newVisitor(p *stage.Set, d *dismissed, most int64, index *timeline.IndexWriter) *visitor {
	return &visitor{predicates: p, evaluator: p.NewEvaluator(), dismissed: d, most: most, index: index,
		numbers: p.Numbers()}
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
		v.holds(ev.Record.Ref)
		v.parts.Add(ev, at, ev.Record.Ref, false)
		return
	}
	key := v.dismissed.key(ev.Record)
	if v.dismissed.has(key) {
		return
	}
	// A copy says the same, so it has the same hits.
	if e := v.keeper.Copy(ev, at); e != nil {
		v.holds(ev.Record.Ref)
		v.size += copySize
		if v.cutEvents[e] {
			v.cuts.add(ev.Record.Ref)
		}
	} else if !v.evaluate(ev, at, key) {
		return
	}
	if v.size > v.most {
		v.spill()
	}
}

// evaluate asks what an event satisfies, and keeps it if that is anything; false if it is not kept in memory.
func (v *visitor) evaluate(ev *ecs.Event, at evtx.Filetime, key uint64) bool {
	v.hits = v.evaluator.Eval(v.plan, ev, v.hits[:0])
	cut := v.evaluator.Uncarried()
	if cut {
		v.cuts.add(ev.Record.Ref)
	}
	if len(v.hits) == 0 {
		if cut {
			v.holds(ev.Record.Ref) // who runs rules over the shard counts it, too
		} else {
			v.dismissed.add(key)
		}
		return false
	}
	v.holds(ev.Record.Ref)
	if v.spilled {
		v.index.AddNoted(ev, at, ev.Record.Ref, undecided(v.hits), v.numbers.Of(v.hits))
		return false
	}
	e := v.keeper.Add(ev, at)
	v.kept = append(v.kept, candidate{e, slices.Clone(v.hits)})
	v.size += candidateSize + candidateBytes*int64(len(ev.Record.Raw()))
	if cut {
		if v.cutEvents == nil {
			v.cutEvents = map[*timeline.Event]bool{}
		}
		v.cutEvents[e] = true
	}
	return true
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
	v.kept, v.keeper, v.size, v.spilled, v.cutEvents = nil, timeline.Keeper{}, 0, true, nil
}

// undecided reports whether hits depend on what only the history of the host tells.
func undecided(hits []predicate.Hit) bool {
	return !slices.ContainsFunc(hits, func(h predicate.Hit) bool { return h.Truth == predicate.True })
}
