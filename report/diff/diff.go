package diff

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/change"
)

// JSON writes differences as JSON.
func JSON(to io.Writer, c *change.Changes) error {
	enc := json.NewEncoder(to)
	enc.SetIndent("", "  ")
	return enc.Encode(c)
}

// Reports says how later differs from earlier. It changes neither, and takes time in proportion to their
// findings and the evidence of these.
func Reports(earlier, later *report.Report) *change.Changes {
	c := &comparison{earlier: newSide(earlier), later: newSide(later)}
	c.findings()
	c.incidents()
	c.tiesThen, c.tiesNow = ties(earlier, c.now), ties(later, c.kept)
	return &change.Changes{
		Earlier: sideOf(earlier), Later: sideOf(later), Grounds: c.grounds(), Evidence: c.evidence(), Hosts: c.hosts(),
		Rules: c.rules(), Incidents: c.incidentEntries(), Findings: c.findingEntries(),
	}
}

func sideOf(r *report.Report) change.Compared {
	out := change.Compared{
		ID: r.ID, Generated: r.Tool.Generated, Version: r.Tool.Version, Files: len(r.Evidence),
		Records: r.Accounting.Records.Read, Incidents: len(r.Incidents), Findings: r.Summary.Findings,
	}
	if r.Integrity != nil {
		out.Body = r.Integrity.Body
	}
	return out
}

// side is one report with what looks things up in it.
type side struct {
	*report.Report
	rule  map[string]*report.Rule
	found map[string]*report.Finding
	files map[string]bool // SHA-256 of the evidence
}

func newSide(r *report.Report) side {
	s := side{Report: r, rule: map[string]*report.Rule{}, found: map[string]*report.Finding{}, files: map[string]bool{}}
	for i := range r.Rules {
		s.rule[r.Rules[i].ID] = &r.Rules[i]
	}
	for i := range r.Findings {
		s.found[r.Findings[i].ID] = &r.Findings[i]
	}
	for i := range r.Evidence {
		s.files[r.Evidence[i].SHA256] = true
	}
	return s
}

// comparison pairs the findings and the incidents of two reports.
type comparison struct {
	earlier, later side
	was            map[string]*report.Finding  // by the id in the later report
	is             map[string]*report.Finding  // by the id in the earlier report
	before         map[string]*report.Incident // likewise, of incidents
	after          map[string]*report.Incident
	// what edges join, in either report, under the ids of the later one
	tiesThen, tiesNow map[tie]bool
}

// findings pairs the findings: by id, and what is left by rule and evidence.
func (c *comparison) findings() {
	c.was, c.is = map[string]*report.Finding{}, map[string]*report.Finding{}
	pair := func(old, now *report.Finding) { c.was[now.ID], c.is[old.ID] = old, now }
	for i := range c.later.Findings {
		now := &c.later.Findings[i]
		if old := c.earlier.found[now.ID]; old != nil {
			pair(old, now)
		}
	}
	byPlace := map[string][]*report.Finding{} // of the earlier report, not paired
	for i := range c.earlier.Findings {
		old := &c.earlier.Findings[i]
		if c.is[old.ID] == nil {
			for _, p := range places(c.earlier.Report, old) {
				byPlace[p] = append(byPlace[p], old)
			}
		}
	}
	for i := range c.later.Findings {
		now := &c.later.Findings[i]
		if c.was[now.ID] != nil {
			continue
		}
		for _, p := range places(c.later.Report, now) {
			free := slices.IndexFunc(byPlace[p], func(old *report.Finding) bool { return c.is[old.ID] == nil })
			if free >= 0 {
				pair(byPlace[p][free], now)
				break
			}
		}
	}
}

// places returns the records that a finding rests on: its evidence, and the events that it stands for.
func places(r *report.Report, f *report.Finding) []string {
	var out []string
	key := func(sha string, offset int64) {
		out = append(out, fmt.Sprintf("%s\x00%s\x00%d", f.Rule.ID, sha, offset))
	}
	for i := range f.Evidence {
		if e := &f.Evidence[i]; !e.Missing {
			key(e.Ref.SHA256, e.Ref.Offset)
		}
	}
	for _, h := range f.Hits {
		if h.File >= 0 && int(h.File) < len(r.Evidence) {
			key(r.Evidence[h.File].SHA256, h.Offset)
		}
	}
	return out
}

// incidents pairs the incidents: by id, and what is left with the one that shares most findings.
func (c *comparison) incidents() {
	c.before, c.after = map[string]*report.Incident{}, map[string]*report.Incident{}
	pair := func(old, now *report.Incident) { c.before[now.ID], c.after[old.ID] = old, now }
	byID := map[string]*report.Incident{}
	for i := range c.earlier.Incidents {
		byID[c.earlier.Incidents[i].ID] = &c.earlier.Incidents[i]
	}
	for i := range c.later.Incidents {
		if old := byID[c.later.Incidents[i].ID]; old != nil {
			pair(old, &c.later.Incidents[i])
		}
	}
	for i := range c.later.Incidents {
		now := &c.later.Incidents[i]
		if c.before[now.ID] != nil {
			continue
		}
		var best *report.Incident
		most := 0
		shared := c.shared(now)
		for _, id := range slices.Sorted(maps.Keys(shared)) {
			if old := byID[id]; old != nil && shared[id] > most && c.after[id] == nil {
				best, most = old, shared[id]
			}
		}
		if best != nil {
			pair(best, now)
		}
	}
}

// shared counts the findings that an incident of the later report took over from each of the earlier one.
func (c *comparison) shared(now *report.Incident) map[string]int {
	out := map[string]int{}
	for _, id := range now.Findings {
		if old := c.was[id]; old != nil && old.Incident != "" {
			out[old.Incident]++
		}
	}
	return out
}

// grounds are the differences in how the reports were made.
func (c *comparison) grounds() []string {
	a, b := &c.earlier.Tool, &c.later.Tool
	out := []string{}
	differ := func(what, was, is string) {
		if was != is {
			out = append(out, what+" changed from "+cmp.Or(was, "none")+" to "+cmp.Or(is, "none")+".")
		}
	}
	differ("The version of hunt", versionOf(a), versionOf(b))
	if a.RulePack != b.RulePack {
		out = append(out, "The rules or exceptions are not the same.")
	}
	differ("The options", optionsOf(c.earlier.Report), optionsOf(c.later.Report))
	differ("The filter", strings.Join(c.earlier.Scope.Filters, "; "), strings.Join(c.later.Scope.Filters, "; "))
	if c.earlier.Case.ID != c.later.Case.ID {
		differ("The case", c.earlier.Case.ID, c.later.Case.ID)
	}
	return out
}

// optionsOf are the options that shape a result; the report that it was compared with does not.
func optionsOf(r *report.Report) string {
	if r.Tool.Run == nil {
		return r.Tool.Options
	}
	run := *r.Tool.Run
	run.Files = slices.DeleteFunc(slices.Clone(run.Files), func(f report.RunFile) bool {
		return f.Option == report.OptionPrevious
	})
	return run.Options(r.Scope.Clock)
}

func versionOf(t *report.Tool) string {
	text := t.Version + " (commit " + t.Commit
	if t.Dirty {
		text += ", changed"
	}
	return text + ")"
}
