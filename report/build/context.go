package build

import (
	"cmp"
	"context"
	"slices"

	"hunt/evtx"
	"hunt/limit"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// What surrounds a finding depends only on the finding and its host, so that a scan of one input knows what to
// keep for the report of thousands: the events nearest to its own, in those inputs that hold these.
const (
	// maxNearFinding is how many events are shown around a finding, or around the first event of a run.
	maxNearFinding = 40
	// maxNearLater is how many are shown around each later event of a run.
	maxNearLater = 10
	// maxTelling is how many events around a finding are searched for where its files came from and where its
	// processes connected to.
	maxTelling = 1_000
	// fewTelling is the same if there are many findings.
	fewTelling = 50
	// maxTellingAll is how many are read in all before each finding has fewer.
	maxTellingAll = 100_000
)

var boundNearFinding = limit.Bound{ID: "report-context-events",
	Text: "the timeline shows the 40 events nearest to each finding, or fewer if " +
		"that would take more than 50,000 rows"}

// spots returns the places of the wanted findings, and the number of findings beyond the bound.
func (b *builder) spots(wanted func(*rules.Finding) bool) (spots []timeline.Spot, without int) {
	events := 0
	for _, f := range b.res.Findings {
		if !wanted(f) {
			continue
		}
		if events >= maxContextWindows {
			without++
			continue
		}
		for _, e := range f.Evidence {
			if e.Event != nil {
				events++
			}
		}
		spots = append(spots, b.spotsOf(f)...)
	}
	return spots, without
}

// spotsOf returns the places of one finding: each event of a run is one; the events of other findings are one on
// each host, in the inputs that hold all of them.
func (b *builder) spotsOf(f *rules.Finding) (spots []timeline.Spot) {
	if f.Run() {
		for i, e := range f.Evidence {
			most := maxNearLater
			if i == 0 {
				most = maxNearFinding
			}
			spots = append(spots, timeline.Spot{Host: e.Event.Host, Events: []*timeline.Event{e.Event},
				Inputs: b.cs.InputsOf(e.Event), Most: most})
		}
		return spots
	}
	inputs := b.inputsOf(f)
	at := map[*host.Host]int{}
	for _, e := range f.Evidence {
		if e.Event == nil {
			continue
		}
		i, known := at[e.Event.Host]
		if !known {
			i = len(spots)
			at[e.Event.Host] = i
			spots = append(spots, timeline.Spot{Host: e.Event.Host, Inputs: inputs, Most: maxNearFinding})
		}
		spots[i].Events = append(spots[i].Events, e.Event)
	}
	for i := range spots {
		slices.SortFunc(spots[i].Events, (*timeline.Event).Compare)
	}
	return spots
}

// inputsOf returns the inputs that hold all events of a finding or, for a run, any of them.
func (b *builder) inputsOf(f *rules.Finding) []int32 {
	var out []int32
	first := true
	for _, e := range f.Evidence {
		if e.Event == nil {
			continue
		}
		inputs := b.cs.InputsOf(e.Event)
		switch {
		case first:
			out, first = inputs, false
		case f.Run():
			out = append(out, inputs...)
		default:
			out = slices.DeleteFunc(out, func(in int32) bool { return !slices.Contains(inputs, in) })
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// near says what is wanted around spots, less if there are many of them.
func (b *builder) near(spots []timeline.Spot) timeline.Near {
	n := timeline.Near{Spots: spots, Reach: b.reach(), Keep: worthShowing,
		Telling: func(c *ecs.Class) bool { return tells(c.Role) }}
	each := max(cmp.Or(b.o.MaxRows, defaultMaxRows)/max(len(spots), 1), 1)
	for i := range spots {
		spots[i].Most = min(spots[i].Most, each)
	}
	n.MostTelling = min(max(maxTellingAll/max(len(spots), 1), fewTelling), maxTelling)
	return n
}

// surround reads what surrounds the findings: rows of the timeline, and events about their files and processes.
func (b *builder) surround(ctx context.Context, spots []timeline.Spot, row func(e, shown *timeline.Event)) (
	cut timeline.NearCut, err error,
) {
	return b.cs.EachNear(ctx, b.near(spots), func(events []*timeline.Event,
		shown func(*timeline.Event) *timeline.Event) error {
		for _, e := range events {
			if tellsOfFindings(e) {
				b.nearby[e.Host] = append(b.nearby[e.Host], e)
			}
			if as := shown(e); as != nil {
				row(e, as)
			}
		}
		return nil
	})
}

// timeline fills Timeline with the events of the findings and what happened around them, and links both.
func (b *builder) timeline(ctx context.Context) error {
	spots, without := b.spots(func(f *rules.Finding) bool { return f.Status != pack.StatusSuppressed })
	if without > 0 {
		b.cs.Limits.Add([]limit.Bite{{Bound: boundContextWindows, Count: int64(without), First: limit.In("")}})
	}
	rows, seen := b.evidenceRows()
	cut, err := b.surround(ctx, spots, func(e, shown *timeline.Event) {
		if _, ok := seen[e.Ref]; !ok && !slices.ContainsFunc(e.Also,
			func(a timeline.Also) bool { _, ok := seen[a.Ref]; return ok }) {
			seen[e.Ref] = len(rows)
			rows = append(rows, b.row(shown))
		}
	})
	if err != nil {
		return err
	}
	for bound, n := range map[*limit.Bound]int{&boundNearFinding: cut.Shown, &boundNear: cut.Telling} {
		if n > 0 {
			b.cs.Limits.Add([]limit.Bite{{Bound: *bound, Count: int64(n), First: limit.In("")}})
		}
	}
	sortRows(rows)
	b.rows = rows
	b.linkContext(b.reach())
	return nil
}

// worthShowing leaves the loudest kinds of event out of the context: image loads, handle and registry traffic say
// little about what a user did, and there are thousands in a minute.
func worthShowing(ev *ecs.Event) bool { return !ev.Class.Loud }

// hashed reports whether an event gets the hash of a record: if the record is in one of the inputs that hold the
// event, because the scan of these inputs has kept it.
func (b *builder) hashed(r evtx.Ref, beside *timeline.Event) bool {
	return slices.Contains(b.cs.InputsOf(beside), b.cs.Input(r.File))
}
