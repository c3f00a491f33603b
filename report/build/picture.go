package build

import (
	"strings"

	"hunt/report"
	"hunt/report/incident"
	"hunt/report/scene"
	"hunt/rules/pack"
	"hunt/timeline"
)

// pictures draws the incidents.
func (b *builder) pictures(res *incident.Result) {
	events := make(map[incident.EventKey]*timeline.Event, len(b.joins))
	for _, chain := range b.chains {
		for _, e := range chain {
			if j := b.joins[e]; j != nil {
				events[j.Key] = e
			}
		}
	}
	place := make(map[string]int, len(b.found))
	for i := range b.found {
		place[b.found[i].ID] = i
	}
	for i := range res.Incidents {
		x := &res.Incidents[i]
		x.Picture = b.scene(x, res.Scenes[x.ID], events, place).Draw()
	}
}

// scene is what the picture of an incident is drawn from: its events, and what is stored with its own
// findings.
func (b *builder) scene(x *report.Incident, s incident.Scene, events map[incident.EventKey]*timeline.Event,
	place map[string]int) *scene.Scene {
	out := &scene.Scene{Came: s.Came, HostOf: b.hostOf,
		Common: func(name string) bool { return commonPrograms()[strings.ToLower(name)] }}
	for i := range x.Path {
		out.Steps = append(out.Steps, x.Path[i].Hosts)
	}
	seen := map[string]bool{}
	for _, k := range s.Seen {
		if e := events[k.Key]; e != nil {
			w := b.witness(e)
			w.Joint, w.Finding, w.Severity = b.joins[e], k.Finding, k.Severity
			out.Witnesses = append(out.Witnesses, w)
			seen[k.Finding] = true
		}
	}
	for _, id := range x.Findings {
		n := place[id]
		f := &b.found[n]
		if !seen[id] || f.Status != report.StatusFinding && f.Status != report.StatusPartial {
			continue
		}
		if f.Lineage != nil {
			out.Trees = append(out.Trees, scene.Tree{Host: f.Host, Root: f.Lineage})
		}
		if b.res.Findings[n].Status == pack.StatusSuppressed || b.res.Findings[n].Run() {
			continue // a run's events may be of several incidents
		}
		for _, e := range b.around[n] {
			out.Witnesses = append(out.Witnesses, b.witness(e))
		}
	}
	return out
}

// witness is an event with the processes that are known of it.
func (b *builder) witness(e *timeline.Event) scene.Witness {
	w := scene.Witness{Event: e}
	if a := b.actors[e]; a != nil {
		p := a.Process
		w.Process, w.Parent = &p, a.parent
	}
	return w
}
