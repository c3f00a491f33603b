package diff

import (
	"slices"

	"hunt/report"
)

// tie is what an edge of a kind joins, whichever way.
type tie struct {
	kind report.EdgeKind
	a, b string
}

func tieOf(kind report.EdgeKind, a, b string) tie { return tie{kind, min(a, b), max(a, b)} }

// ties are the edges of a report between findings that the other has, too, under the ids of the later one.
func ties(r *report.Report, id func(string) string) map[tie]bool {
	out := map[tie]bool{}
	for i := range r.Incidents {
		for k := range r.Incidents[i].Edges {
			e := &r.Incidents[i].Edges[k]
			out[tieOf(e.Kind, id(e.From), id(e.To))] = true
		}
	}
	return out
}

// now is a finding of the earlier report under its id in the later one, "" if that has it no more.
func (c *comparison) now(id string) string {
	if f := c.is[id]; f != nil {
		return f.ID
	}
	return ""
}

// kept is a finding of the later report that the earlier one has, too, "" if it has not.
func (c *comparison) kept(id string) string {
	if c.was[id] == nil {
		return ""
	}
	return id
}

// rareNoMore names the edges of an incident of the earlier report that are gone because the value that they rested on
// is now in too much of the evidence.
func (c *comparison) rareNoMore(old *report.Incident) (out []string) {
	for i := range old.Edges {
		e := &old.Edges[i]
		from, to := c.now(e.From), c.now(e.To)
		if from == "" || to == "" || c.tiesNow[tieOf(e.Kind, from, to)] {
			continue
		}
		if h := hubOf(c.later.Hubs, from, to); h != nil && hubOf(c.earlier.Hubs, e.From, e.To) == nil {
			out = append(out, "the edge ("+string(e.Kind)+") from "+from+" to "+to+" is gone: "+h.Text+
				" joins nothing any more, "+h.Why)
		}
	}
	return out
}

// rareNow names the edges of an incident of the later report that are new because the value that they rest on is no
// longer in too much of the evidence.
func (c *comparison) rareNow(now *report.Incident) (out []string) {
	for i := range now.Edges {
		e := &now.Edges[i]
		from, to := c.kept(e.From), c.kept(e.To)
		if from == "" || to == "" || c.tiesThen[tieOf(e.Kind, from, to)] {
			continue
		}
		h := hubOf(c.earlier.Hubs, c.was[from].ID, c.was[to].ID)
		if h != nil && hubOf(c.later.Hubs, from, to) == nil {
			out = append(out, "the edge ("+string(e.Kind)+") from "+from+" to "+to+" is new: "+h.Text+
				" joins now; in the earlier report it did not, "+h.Why)
		}
	}
	return out
}

// hubOf returns the first hub that would have joined two findings, or nil.
func hubOf(hubs []report.Hub, a, b string) *report.Hub {
	for i := range hubs {
		if f := hubs[i].Findings; slices.Contains(f, a) && slices.Contains(f, b) {
			return &hubs[i]
		}
	}
	return nil
}
