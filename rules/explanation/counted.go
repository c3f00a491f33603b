package explanation

import (
	"context"
	"slices"
	"sync"
	"time"

	"hunt/evtx"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/rules/stage"
	"hunt/rules/window"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// CountWhy explains what a rule that counts made of the events around a time, on all hosts.
type CountWhy struct {
	Node     window.Node
	From, To evtx.Filetime
	Events   int            // that satisfy a condition of the rule
	Omitted  int            // beyond the bound
	Reaches  []window.Reach // groups, the nearest to a result first
	More     int            // groups that are not in Reaches
}

// maxReaches bounds the groups that an explanation lists.
const maxReaches = 10

// counts explains each node of a rule that counts events of its conditions. The events are those of all
// hosts, because groups may join them, from a span before the time to a span after it.
func (w *Why) counts(ctx context.Context, query pack.Compiled, preds *stage.Set, at evtx.Filetime,
	within time.Duration) error {
	c, ok := query.(pack.Counted)
	if !ok {
		return nil
	}
	for n, node := range c.Window().Nodes() {
		if slices.ContainsFunc(node.Inputs, func(in window.Input) bool { return in.Stage < 0 }) {
			continue // it counts what other nodes found
		}
		back := evtx.Filetime(max(within, node.Span) / 100)
		out := CountWhy{Node: node, From: at - min(at, back), To: at + back}
		if node.Kind == window.NewTerms {
			out.From, out.To = at-min(at, back+evtx.Filetime(within/100)), at+evtx.Filetime(within/100)
		}
		seen, err := w.seen(ctx, preds, &out)
		if err != nil {
			return err
		}
		out.Reaches, out.More = c.Window().Reaches(n, seen, at, maxReaches)
		w.Counts = append(w.Counts, out)
	}
	return nil
}

// seen reads the events of the span that satisfy a condition of the rule.
func (w *Why) seen(ctx context.Context, preds *stage.Set, out *CountWhy) ([]window.Seen, error) {
	var windows []timeline.Window
	number := map[string]int{}
	for i, h := range w.Case.Hosts.All {
		windows = append(windows, timeline.Window{Host: h, From: out.From, To: out.To})
		number[h.ID] = i
	}
	evaluators := sync.Pool{New: func() any { return preds.NewEvaluator() }}
	events, omitted, err := w.Case.Around(ctx, timeline.Surroundings{
		Windows: windows, Limit: maxExplained,
		Keep: func(ev *ecs.Event) bool {
			v := evaluators.Get().(*stage.Evaluator)
			defer evaluators.Put(v)
			return len(v.Eval(preds.Plan(ev.Class), ev, nil)) > 0
		},
		Merge: func(into, twin *timeline.Event) { into.Half = twin },
	})
	if err != nil {
		return nil, err
	}
	out.Omitted = omitted
	evaluator := preds.NewEvaluator()
	var seen []window.Seen
	for _, e := range events {
		if !stage.Timed(e) {
			continue
		}
		stages, half := trueStages(evaluator.Settled(e, w.Case.Limits)), []int(nil)
		if e.Half != nil {
			half = trueStages(evaluator.Settled(e.Half, w.Case.Limits))
		}
		all := append(slices.Clone(stages), half...)
		slices.Sort(all)
		if all = slices.Compact(all); len(all) == 0 {
			continue
		}
		out.Events++
		own, other := preds.NewView(), preds.NewView()
		own.Show(e.Event)
		if e.Half != nil {
			other.Show(e.Half.Event)
		}
		seen = append(seen, window.Seen{Stages: all, Event: &window.Event{
			Time: e.At, Channel: e.Class.Channel, Ref: e.Ref, Host: number[e.Host.ID],
			Values: func(stage int, f predicate.FieldID, dst []predicate.Value) []predicate.Value {
				if slices.Contains(stages, stage) {
					return own.Values(f, dst)
				}
				return other.Values(f, dst)
			},
		}})
	}
	return seen, nil
}

// trueStages returns the stages of the hits that are True.
func trueStages(hits []predicate.Hit) []int {
	var out []int
	for _, h := range hits {
		if h.Truth == predicate.True {
			out = append(out, h.Stage)
		}
	}
	return out
}
