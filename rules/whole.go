package rules

import (
	"cmp"
	"context"

	"hunt/limit"
	"hunt/rules/predicate"
	"hunt/rules/stage"
	"hunt/rules/waiting"
	"hunt/timeline"
	"hunt/timeline/scriptblock"
	"hunt/timeline/spill"
)

var boundWhole = limit.Bound{ID: "rules-script-text", Loses: true,
	Text: "rules match the first 16 MiB of a PowerShell script block that was logged in parts"}

// partsShare is the fraction of the budget whose shares the index of parts uses.
const partsShare = 8

// scriptBudget returns the budget of the index of parts.
func scriptBudget(o Options) spill.Budget {
	return max(cmp.Or(o.MaxMemory, spill.DefaultBudget)/partsShare, 1)
}

// wholes matches the script blocks whose parts are in an index, each once and as one text. A block that satisfies
// a stage is passed on as the first of its parts, through a visitor that has seen everything.
func (s *searched) wholes(ctx context.Context, parts *timeline.Index, v *visitor, o Options,
	limits *limit.Tally) error {
	options := scriptblock.Options{Jobs: o.Jobs, Memory: o.MaxMemory.Of(spill.Rows), TempDir: o.TempDir}
	return scriptblock.EachWhole(ctx, s.cs, parts, options, func(some []scriptblock.Whole) error {
		for _, w := range some {
			e := w.Event
			at := limit.At(e.Ref.File, e.Ref.Offset)
			if w.Cut > 0 {
				limits.Bite(boundWhole, at)
			}
			hits := v.evaluator.EvalWhole(s.preds.Plan(e.Class), e.Event, w.Text(), nil)
			if v.evaluator.Uncarried() {
				limits.Bite(stage.BoundCarried, at)
			}
			if hits = v.evaluator.Certain(e, hits, limits); len(hits) == 0 {
				continue
			}
			s.preds.Join(e.Ref, stage.Whole{Parts: e.Parts, Hits: hits})
			v.keep(e, hits)
		}
		return ctx.Err()
	})
}

// keep keeps an event that was read again, together with those that the visitor saw.
func (v *visitor) keep(e *timeline.Event, hits []predicate.Hit) {
	if !v.spilled {
		v.kept = append(v.kept, candidate{e, hits})
		v.size += waiting.Size(e.Record)
		return
	}
	v.index.Add(e.Event, e.At, e.Ref, false)
	for _, a := range e.Also {
		v.index.Add(e.Event, e.At, a.Ref, false)
	}
}
