package report

import (
	"context"
	"encoding/json"
	"slices"
)

// Shrink brings a report below a number of bytes of JSON. The least serious findings lose their fields, documents,
// process trees, provenance and surroundings first, and their incidents the pictures, then their lists of events; at
// last the timeline loses its context and the rules that found nothing lose their text. order lists the findings by
// weight; told is called for each that loses detail. It calls Normalize. It leaves room for the list of limits, the
// changes and the hash by estimate; Size measures the report with them.
func (r *Report) Shrink(most int, order []int, told func(f *Finding)) {
	r.Normalize()
	over := sizeOf(r.Findings) + sizeOf(r.Events) + sizeOf(r.Timeline) + sizeOf(r.Incidents) + sizeOf(r.Rules) +
		sizeOf(r.Coverage) + sizeOf(r.Indicators) + sizeOf(r.Evidence) + sizeOf(r.Hosts) + sizeOf(r.Accounts) +
		sizeOf(r.LateralEdges) + sizeOf(r.Needs) + sizeOf(r.Hubs) + size(&r.Scope) + size(&r.Tool) +
		size(&r.Summary) + sizeOf(r.Recommendations) + size(&r.Method) + size(&r.Case) - (most - min(most/16, spared))
	if over <= 0 {
		return
	}
	over = r.cutDetail(over, order, told)
	for _, i := range slices.Backward(order) {
		if over <= 0 {
			return
		}
		f := &r.Findings[i]
		before := size(f)
		f.HitsMore, f.Hits = f.HitsMore+len(f.Hits), Hits{}
		f.HitsAlsoMore, f.HitsAlso = f.HitsAlsoMore+len(f.HitsAlso), Hits{}
		over -= before - size(f)
	}
	rows := []TimelineRow{}
	for i := range r.Timeline { // no finding refers to its rows any more
		if over > 0 && len(r.Timeline[i].Findings) == 0 {
			over -= size(&r.Timeline[i])
			r.TimelineOmitted++
			continue
		}
		rows = append(rows, r.Timeline[i])
	}
	r.Timeline = rows
	for i := range r.Rules {
		x := &r.Rules[i]
		if over > 0 && x.Matches == 0 {
			before := size(x)
			x.Query, x.Guidance, x.Setup, x.LookAt = "", "", "", nil
			over -= before - size(x)
		}
	}
}

// Size returns how many bytes WriteJSON writes.
func (r *Report) Size(ctx context.Context) (int, error) {
	var n counter
	err := WriteJSON(ctx, &n, r)
	return int(n), err
}

// counter counts the bytes that are written to it.
type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// spared is the size of the rest of a report: what was read, its limits, spaces.
const spared = 64 << 10

// cutDetail removes what surrounds the least serious findings, and what their events say unless a more serious one
// rests on them, too. It returns by how much the report is still too large.
func (r *Report) cutDetail(over int, order []int, told func(f *Finding)) int {
	uses := map[string]int{} // event -> findings that show it whole
	of := func(f *Finding, see func(id string)) {
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
	events := map[string]*Event{}
	for i := range r.Events {
		events[r.Events[i].ID] = &r.Events[i]
	}
	incidents := map[string]*Incident{}
	for i := range r.Incidents {
		incidents[r.Incidents[i].ID] = &r.Incidents[i]
	}
	for _, i := range slices.Backward(order) {
		if over <= 0 {
			break
		}
		f := &r.Findings[i]
		if x := incidents[f.Incident]; x != nil && x.Picture != nil {
			over -= size(x.Picture)
			x.Picture = nil
		}
		before := size(f)
		of(f, func(id string) {
			if uses[id]--; uses[id] == 0 && events[id] != nil {
				over += events[id].cut()
			}
		})
		f.CandidatesMore, f.Candidates = f.CandidatesMore+len(f.Candidates), []Candidate{}
		f.ProvenanceMore, f.Provenance = f.ProvenanceMore+len(f.Provenance), []Provenance{}
		f.ContextMore, f.Context = f.ContextMore+len(f.Context), []int{}
		f.Lineage, f.Decoded = nil, []Decoded{}
		for k := range f.Evidence {
			f.Evidence[k].Document, f.Evidence[k].Facts = nil, []KeyValue{}
		}
		over -= before - size(f)
		told(f)
	}
	return over
}

// cut takes the document and the fields from an event and returns how much larger the report becomes by it:
// less than nothing.
func (e *Event) cut() int {
	before := size(e)
	e.Document, e.Facts = nil, []KeyValue{}
	return size(e) - before
}

// size returns the size of a value in JSON, with the comma or the line break after it.
func size(v any) int {
	var n counter
	if err := json.NewEncoder(&n).Encode(v); err != nil {
		return 0
	}
	return int(n)
}

// sizeOf returns the size of the elements of a list.
func sizeOf[T any](list []T) int {
	n := 0
	for i := range list {
		n += size(&list[i])
	}
	return n
}
