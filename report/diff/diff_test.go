package diff_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/report"
	"hunt/report/change"
	"hunt/report/diff"
	"hunt/report/reporttest"
)

// changed is Rich with what f does to it.
func changed(f func(*report.Report)) *report.Report {
	r := reporttest.Rich()
	r.Normalize()
	f(r)
	return r
}

func same() *report.Report { return changed(func(*report.Report) {}) }

// states lists "kind state id" of all that differs.
func states(c *change.Changes) []string {
	var out []string
	for _, k := range c.Kinds() {
		for _, e := range k.Entries {
			out = append(out, k.One+" "+string(e.State)+" "+e.ID)
		}
	}
	return out
}

func TestOneReportDoesNotDifferFromItself(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*report.Report{"rich": same(), "large": reporttest.Large(300, 100),
		"nothing": reporttest.Nothing()} {
		c := diff.Reports(r, r)
		if !c.Same() || len(c.Grounds) > 0 {
			t.Errorf("%s differs from itself: %q %q", name, states(c), c.Grounds)
		}
	}
}

// What one direction calls new, the other calls gone.
func TestTheOtherDirectionSaysTheReverse(t *testing.T) {
	t.Parallel()
	small := changed(func(r *report.Report) {
		r.Findings, r.Incidents, r.Hosts, r.Evidence, r.Rules = r.Findings[1:], r.Incidents[:0], r.Hosts[2:],
			r.Evidence[1:], r.Rules[1:]
	})
	large := same()
	count := func(c *change.Changes, s change.State) (n int) {
		for _, k := range c.Kinds() {
			for _, e := range k.Entries {
				if e.State == s {
					n++
				}
			}
		}
		return n
	}
	on, back := diff.Reports(small, large), diff.Reports(large, small)
	if n := count(on, change.New); n == 0 || n != count(back, change.Gone) {
		t.Errorf("%d new one way, %d gone the other", n, count(back, change.Gone))
	}
	if n := count(on, change.Gone); n != count(back, change.New) {
		t.Errorf("%d gone one way, %d new the other", n, count(back, change.New))
	}
	if a, b := count(on, change.Changed), count(back, change.Changed); a != b {
		t.Errorf("%d changed one way, %d the other", a, b)
	}
}

// Each case is a change of the report and what a reader has to be told of it.
func TestWhatDiffersIsTold(t *testing.T) {
	t.Parallel()
	first := same().Findings[0]
	for _, c := range []struct {
		name string
		do   func(*report.Report)
		want string // the state and the beginning of a detail
	}{
		{"severity", func(r *report.Report) { r.Findings[0].Rule.Severity = "low" }, "finding changed: severity: was "},
		{"suppressed", func(r *report.Report) { r.Findings[0].Status = report.StatusSuppressed },
			"finding changed: status: was finding, now suppressed"},
		{"more events", func(r *report.Report) { r.Findings[0].Count += 1200 },
			"finding changed: number of events: was 1, now 1,201"},
		{"later end", func(r *report.Report) { r.Findings[0].Last = reporttest.At(99 * time.Hour) },
			"finding changed: last event: was "},
		{"other time for none", func(r *report.Report) { r.Findings[0].First = nil },
			"finding changed: first event: was 2026-"},
		{"rule left out", func(r *report.Report) {
			r.Rules = slices.DeleteFunc(r.Rules, func(x report.Rule) bool { return x.ID == first.Rule.ID })
			r.Findings = r.Findings[1:]
		}, "finding gone: its rule, " + first.Rule.Name + ", was not among those run for the later report"},
		{"evidence left out", func(r *report.Report) {
			r.Findings = r.Findings[1:]
			r.Evidence = slices.DeleteFunc(r.Evidence, func(e report.EvidenceFile) bool {
				return e.SHA256 == first.Evidence[0].Ref.SHA256
			})
		}, "finding gone: its evidence was not in the later report: " + first.Evidence[0].Ref.File},
		{"a host's records", func(r *report.Report) { r.Hosts[0].Records = 7 },
			"host changed: number of records: was 48,213, now 7"},
		{"a host's new name", func(r *report.Report) { r.Hosts[0].ID = "new.corp.example" }, "none"},
		{"a file's bytes", func(r *report.Report) { r.Evidence[0].SHA256 = reporttest.Hash("other") },
			"file changed: its bytes are not those of the earlier report"},
		{"a rule's query", func(r *report.Report) { r.Rules[0].Query = "any where true" },
			"rule changed: its query is another"},
		{"an incident's host", func(r *report.Report) { r.Incidents[0].Hosts = append(r.Incidents[0].Hosts, "dc99") },
			"incident changed: gained 1 host: dc99"},
		{"wording", func(r *report.Report) {
			r.Findings[0].Title, r.Findings[0].What, r.Incidents[0].Title = "other words", "other words", "other words"
		}, "none"},
		{"version", func(r *report.Report) { r.Tool.Version = "9.9" }, "ground: The version of hunt changed from "},
		{"rules", func(r *report.Report) { r.Tool.RulePack = "other" },
			"ground: The rules or exceptions are not the same."},
	} {
		now := changed(c.do)
		now.Normalize()
		set := diff.Reports(same(), now)
		var told []string
		for _, g := range set.Grounds {
			told = append(told, "ground: "+g)
		}
		for _, k := range set.Kinds() {
			for _, e := range k.Entries {
				for _, d := range append(e.Details, "") {
					told = append(told, k.One+" "+string(e.State)+": "+d)
				}
			}
		}
		switch {
		case c.want == "none":
			if len(told) > 0 {
				t.Errorf("%s: told %q, want nothing", c.name, told)
			}
		case !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, c.want) }):
			t.Errorf("%s: told %q, want %q", c.name, told, c.want)
		}
	}
}

// An earlier event moves the id of a run, and with it that of its incident: both are the same things.
func TestThingsWhoseIDsMovedAreNotNew(t *testing.T) {
	t.Parallel()
	old := same()
	now := changed(func(r *report.Report) {
		was := r.Findings[0].ID
		r.Findings[0].ID = "F-moved"
		for i := range r.Incidents {
			r.Incidents[i].ID = "I-moved" + r.Incidents[i].ID
			for k, id := range r.Incidents[i].Findings {
				if id == was {
					r.Incidents[i].Findings[k] = "F-moved"
				}
			}
		}
		for i := range r.Findings {
			if r.Findings[i].Incident != "" {
				r.Findings[i].Incident = "I-moved" + r.Findings[i].Incident
			}
		}
	})
	set := diff.Reports(old, now)
	if !set.Same() {
		t.Errorf("what only moved is told: %q", states(set))
	}
}

// Two incidents that become one: the one goes on under its id, and the report says where the other went.
func TestAnIncidentThatJoinsAnotherIsFollowed(t *testing.T) {
	t.Parallel()
	incident := func(id string, findings ...string) report.Incident {
		return report.Incident{ID: id, Findings: findings}
	}
	make := func(of map[string]string, list ...report.Incident) *report.Report {
		r := &report.Report{Incidents: list}
		for _, id := range []string{"F-1", "F-2", "F-3"} {
			r.Findings = append(r.Findings, report.Finding{ID: id, Incident: of[id]})
		}
		r.Normalize()
		return r
	}
	apart := make(map[string]string{"F-1": "I-1", "F-2": "I-1", "F-3": "I-3"}, incident("I-1", "F-1", "F-2"),
		incident("I-3", "F-3"))
	joined := make(map[string]string{"F-1": "I-1", "F-2": "I-1", "F-3": "I-1"}, incident("I-1", "F-1", "F-2", "F-3"))
	on := diff.Reports(apart, joined).Incidents
	want := []change.Change{
		{State: change.Changed, ID: "I-1",
			Details: []string{"gained 1 finding: F-3", "has 1 finding of the earlier incident I-3"}},
		{State: change.Gone, ID: "I-3", Details: []string{"1 finding of it is part of I-1 now"}},
	}
	if !reflect.DeepEqual(on, want) {
		t.Errorf("joined: %+v\nwant %+v", on, want)
	}
	back := diff.Reports(joined, apart).Incidents
	if len(back) != 2 || back[0].State != change.Changed || back[1].State != change.New ||
		!slices.Contains(back[1].Details, "has 1 finding of the earlier incident I-1") {
		t.Errorf("parted: %+v", back)
	}
}

// More evidence may show that a value is common: the edge that rested on it is named, and so is one that comes back.
func TestEdgesThatRarityChangedAreNamed(t *testing.T) {
	t.Parallel()
	make := func(incidents []report.Incident, hubs ...report.Hub) *report.Report {
		r := &report.Report{Incidents: incidents, Hubs: hubs}
		of := map[string]string{}
		for _, i := range incidents {
			for _, f := range i.Findings {
				of[f] = i.ID
			}
		}
		for _, id := range []string{"F-1", "F-2", "F-3"} {
			r.Findings = append(r.Findings, report.Finding{ID: id, Incident: of[id]})
		}
		r.Normalize()
		return r
	}
	edges := []report.Edge{{Kind: report.EdgeIndicator, From: "F-1", To: "F-2"},
		{Kind: report.EdgeSession, From: "F-2", To: "F-3"}}
	rare := make([]report.Incident{{ID: "I-1", Findings: []string{"F-1", "F-2", "F-3"}, Edges: edges}})
	common := make([]report.Incident{{ID: "I-1", Findings: []string{"F-1"}},
		{ID: "I-2", Findings: []string{"F-2", "F-3"}, Edges: edges[1:]}},
		report.Hub{Text: "sha256 ab", Why: "it is on 9 of 10 hosts", Findings: []string{"F-1", "F-2"}})
	named := func(list []change.Change, what string) (out []string) {
		for _, x := range list {
			for _, d := range x.Details {
				if strings.HasPrefix(d, "the edge ") {
					out = append(out, x.ID+" "+d)
				}
			}
		}
		if len(out) != 1 || !strings.Contains(out[0], what) || !strings.Contains(out[0], "sha256 ab") {
			t.Errorf("%q", out)
		}
		return out
	}
	named(diff.Reports(rare, common).Incidents,
		"I-1 the edge (indicator) from F-1 to F-2 is gone: sha256 ab joins nothing any more, it is on 9 of 10 hosts")
	named(diff.Reports(common, rare).Incidents, "the edge (indicator) from F-1 to F-2 is new: sha256 ab joins now")
}

// Hostile reports cost no more than others: indices that lead nowhere, lists that name what is not there.
func TestReportsThatLieAreCompared(t *testing.T) {
	t.Parallel()
	a, b := reporttest.Attacked(), same()
	for _, r := range []*report.Report{a, b} {
		for i := range r.Findings {
			r.Findings[i].Hits = append(r.Findings[i].Hits, report.Hit{File: -1}, report.Hit{File: 1 << 30})
		}
		r.Incidents = append(r.Incidents, report.Incident{ID: "I-x", Findings: []string{"F-none", "F-none"}})
	}
	diff.Reports(a, b)
	diff.Reports(b, a)
}

func TestTheNewReportSaysWhatChanged(t *testing.T) {
	t.Parallel()
	r := changed(func(r *report.Report) { r.Findings[0].Rule.Severity = "low" })
	diff.Mark(r, changed(func(r *report.Report) { r.Findings = r.Findings[:len(r.Findings)-1] }))
	if l := r.Findings[0].Labels; !slices.Contains(l, "changed since the previous report") {
		t.Errorf("labels of a finding that changed: %q", l)
	}
	if l := r.Findings[len(r.Findings)-1].Labels; !slices.Contains(l, "new since the previous report") {
		t.Errorf("labels of a finding that is new: %q", l)
	}
	last := r.Summary.Lines[len(r.Summary.Lines)-1]
	if !strings.HasPrefix(last, "Since the previous report (R-") ||
		!strings.Contains(last, "findings: 1 new, 1 changed") {
		t.Errorf("the summary says %q", last)
	}
}
