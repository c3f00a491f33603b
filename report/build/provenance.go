package build

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/indicator"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// maxProvenance bounds the steps of provenance of one finding.
	maxProvenance = 40
	// maxDestinations bounds the network steps among them that are not evidence themselves.
	maxDestinations = 12
)

var (
	boundProvenance = limit.Bound{ID: "report-provenance",
		Text: "a finding shows the first 40 steps of where things came from and went to"}
	boundDestinations = limit.Bound{ID: "report-destinations",
		Text: "a finding names the first 12 destinations that its processes connected to"}
)

// relate finds what was logged around the events of each finding about the same files and processes. It
// needs the surroundings that the timeline has read.
func (b *builder) relate(ctx context.Context) error {
	b.around = make([][]*timeline.Event, len(b.chains))
	var host *host.Host
	var near *surroundings
	for _, i := range b.byHost() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if own := b.chains[i]; len(own) > 0 {
			if own[0].Host != host {
				host = own[0].Host
				near = b.surroundingsOf(b.nearby[host])
			}
			b.around[i] = b.related(own, b.inputsOf(b.res.Findings[i]), near, b.found[i].ID)
		}
	}
	b.nearby = nil // the largest part of a report's memory
	return nil
}

// related picks from the surroundings of a chain what was logged about its files, and the network use of
// what it started, in some inputs.
func (b *builder) related(chain []*timeline.Event, inputs []int32, near *surroundings,
	finding string) []*timeline.Event {
	files, started := map[string]bool{}, map[host.ProcessKey]bool{}
	own := map[evtx.Ref]bool{}
	var lines []string
	for _, e := range chain {
		own[e.Ref] = true
		if !e.Class.ProcessStart {
			for _, path := range record.Texts(e, ecs.HuntPath) {
				files[strings.ToLower(path)] = true
			}
			continue
		}
		if exe := record.Text(e, ecs.ProcessExecutable); !indicator.SystemProgram(exe) {
			files[strings.ToLower(exe)] = true
		}
		lines = append(lines, strings.ToLower(record.Text(e, ecs.ProcessCommandLine)))
		if p := b.actors[e]; p != nil {
			started[p.Key()] = true
		}
	}
	lo, hi := near.span(chain, b.reach())
	near.within = inputs
	places, cut, further := near.of(lo, hi, files, lines, started)
	if cut {
		b.cs.Limits.Bite(boundNear, limit.In(finding))
	}
	if further {
		b.cs.Limits.Bite(boundDestinations, limit.In(finding))
	}
	out := make([]*timeline.Event, 0, len(places))
	for _, i := range places {
		if e := near.events[i]; !own[e.Ref] {
			b.cs.NoteEvent(e)
			out = append(out, e)
		}
	}
	return out
}

// provenance returns URL -> file -> execution -> network for a finding: from its own events, and from
// those that relate has found.
func (b *builder) provenance(i int) []report.Provenance {
	events := slices.Concat(b.chains[i], b.around[i])
	for _, c := range b.res.Findings[i].Candidates {
		events = append(events, c.Event)
	}
	slices.SortStableFunc(events, (*timeline.Event).Compare) // a file's writing identifies it, not its mark
	byPath, written := firstWritten(events), map[report.Ref]evtx.Filetime{}
	var out []report.Provenance
	type step struct {
		kind report.StepKind
		text string
	}
	told := map[step]bool{}
	add := func(p report.Provenance, e *timeline.Event) {
		key := step{p.Kind, p.Text}
		if told[key] {
			return
		}
		if len(out) >= maxProvenance {
			b.cs.Limits.Bite(boundProvenance, limit.In(b.found[i].ID))
			return
		}
		told[key] = true
		r := b.ref(e.Ref)
		r.PayloadSHA256 = record.Hash(e)
		p.Ref = &r
		out = append(out, p)
		if t, ok := byPath[strings.ToLower(record.First(record.Texts(e, ecs.HuntPath)))]; ok {
			written[r] = t
		}
	}
	for _, e := range events {
		for _, step := range record.Steps(e) {
			add(step, e)
		}
	}
	sortProvenance(out, written)
	return out
}

// sortProvenance orders by time. An address is logged with the mark of the web, shortly after the file was
// written that came from it: it belongs before the file.
func sortProvenance(out []report.Provenance, written map[report.Ref]evtx.Filetime) {
	when := func(p report.Provenance) evtx.Filetime {
		if t, ok := written[*p.Ref]; ok && p.Kind == report.StepURL {
			return min(t, report.Ticks(p.Time))
		}
		return report.Ticks(p.Time)
	}
	rank := map[report.StepKind]int{report.StepURL: 0, report.StepFile: 1, report.StepExecution: 2,
		report.StepNetwork: 3}
	slices.SortStableFunc(out, func(a, c report.Provenance) int {
		return cmp.Or(cmp.Compare(when(a), when(c)), cmp.Compare(rank[a.Kind], rank[c.Kind]))
	})
}

// firstWritten finds for each event about a file when that file was first written, among the events.
func firstWritten(events []*timeline.Event) map[string]evtx.Filetime {
	out := map[string]evtx.Filetime{}
	for _, e := range events {
		if path := strings.ToLower(record.First(record.Texts(e, ecs.HuntPath))); path != "" && !e.Class.ProcessStart {
			if t, ok := out[path]; !ok || e.At < t {
				out[path] = e.At
			}
		}
	}
	return out
}
