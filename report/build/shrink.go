package build

import (
	"cmp"
	"encoding/json"
	"slices"

	"hunt/limit"
	"hunt/report"
)

// defaultReportLimit bounds a report, in bytes of JSON; a page of the same report takes about as much.
const defaultReportLimit = 64 << 20

var boundReportLimit = limit.Bound{ID: "report-limit",
	Text: "--report-limit (64 MiB if not given) cuts the detail of the least serious findings, then the timeline's " +
		"context, never a finding"}

// shrink brings a report below its limit: the least serious findings lose their fields, documents, process trees,
// provenance and surroundings first, then their lists of events, and at last the timeline loses its context.
func (b *builder) shrink(r *report.Report, order []int) {
	most := int(cmp.Or(b.o.Run.ReportLimit, defaultReportLimit))
	r.Normalize()
	over := sizeOf(r.Findings) + sizeOf(r.Events) + sizeOf(r.Timeline) + sizeOf(r.Incidents) + sizeOf(r.Rules) +
		sizeOf(r.Coverage) + sizeOf(r.Indicators) + sizeOf(r.Evidence) - most
	if over <= 0 {
		return
	}
	uses := map[string]int{} // event -> findings that show it whole
	of := func(f *report.Finding, see func(id string)) {
		for i := range f.Evidence {
			see(f.Evidence[i].EventID)
		}
		for i := range f.Candidates {
			see(f.Candidates[i].EventID)
		}
	}
	for i := range r.Findings {
		of(&r.Findings[i], func(id string) { uses[id]++ })
	}
	events := map[string]*report.Event{}
	for i := range r.Events {
		events[r.Events[i].ID] = &r.Events[i]
	}
	for _, i := range slices.Backward(order) {
		if over <= 0 {
			return
		}
		f := &r.Findings[i]
		before := size(f)
		of(f, func(id string) {
			if uses[id]--; uses[id] == 0 && events[id] != nil {
				over += cutEvent(events[id])
			}
		})
		f.CandidatesMore, f.Candidates = f.CandidatesMore+len(f.Candidates), []report.Candidate{}
		f.ProvenanceMore, f.Provenance = f.ProvenanceMore+len(f.Provenance), []report.Provenance{}
		f.ContextMore, f.Context = f.ContextMore+len(f.Context), []int{}
		f.Lineage, f.Decoded = nil, []report.Decoded{}
		for k := range f.Evidence {
			f.Evidence[k].Document, f.Evidence[k].Facts = nil, []report.KeyValue{}
		}
		over -= before - size(f)
		b.cs.Limits.Bite(boundReportLimit, limit.In(f.ID))
	}
	for _, i := range slices.Backward(order) {
		if over <= 0 {
			return
		}
		f := &r.Findings[i]
		before := size(f)
		f.HitsMore, f.Hits = f.HitsMore+len(f.Hits), report.Hits{}
		f.HitsAlsoMore, f.HitsAlso = f.HitsAlsoMore+len(f.HitsAlso), report.Hits{}
		over -= before - size(f)
	}
	rows := []report.TimelineRow{}
	for i := range r.Timeline { // no finding refers to its rows any more
		if over > 0 && len(r.Timeline[i].Findings) == 0 {
			over -= size(&r.Timeline[i])
			r.TimelineOmitted++
			continue
		}
		rows = append(rows, r.Timeline[i])
	}
	r.Timeline = rows
}

// cutEvent takes the document and the fields from an event and returns how much larger the report becomes by it:
// less than nothing.
func cutEvent(e *report.Event) int {
	before := size(e)
	e.Document, e.Facts = nil, []report.KeyValue{}
	return size(e) - before
}

// size is what a value takes in JSON.
func size(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return 0
	}
	return len(b) + 1
}

// sizeOf is what the elements of a list take.
func sizeOf[T any](list []T) int {
	n := 0
	for i := range list {
		n += size(&list[i])
	}
	return n
}
