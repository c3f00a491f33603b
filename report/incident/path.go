package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
)

// maxSteps bounds the steps of a path.
const maxSteps = 12

// path lists the findings in order; what several rules saw, or what happened on several hosts, is one step. If that
// makes too many steps, the findings of one rule are one step; and if these are still too many, the first, the last
// and the most serious ones stay.
func (t *tale) path() (steps []report.PathStep, more int) {
	steps = t.steps(func(f *Finding) stepKey { return stepKey{act: f.Act} })
	if len(steps) > maxSteps {
		steps = t.steps(func(f *Finding) stepKey { return stepKey{rule: f.Rule} })
	}
	if len(steps) <= maxSteps {
		return steps, 0
	}
	order := make([]int, len(steps))
	for i := range order {
		order[i] = i
	}
	end := len(steps) - 1
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(inner(a, end), inner(b, end)),
			cmp.Compare(steps[a].Severity.Rank(), steps[b].Severity.Rank()))
	})
	kept := order[:maxSteps]
	slices.Sort(kept)
	out := make([]report.PathStep, 0, maxSteps)
	for _, i := range kept {
		out = append(out, steps[i])
	}
	return out, len(steps) - maxSteps
}

// inner returns 0 for the first and the last step and 1 for the others.
func inner(i, end int) int {
	if i == 0 || i == end {
		return 0
	}
	return 1
}

// stepKey is what the findings of one step have in common.
type stepKey struct {
	act  Act
	rule string
}

// steps are the findings that share a key, by their first time.
func (t *tale) steps(key func(*Finding) stepKey) []report.PathStep {
	steps := []report.PathStep{}
	known := map[stepKey]int{}
	begins := map[EventKey]stepKey{}   // the step that each finding's first event is in
	acts := map[stepKey]map[Act]bool{} // what happened in a step
	for _, f := range t.findings {
		if len(f.Events) == 0 {
			continue
		}
		k := key(f)
		same, seen := begins[f.Events[0].Key]
		if seen {
			k = same
		}
		i, ok := known[k]
		if !ok {
			i = len(steps)
			known[k], acts[k] = i, map[Act]bool{}
			steps = append(steps, report.PathStep{Text: strings.TrimRight(f.Title, "."), Severity: f.Severity,
				Tactic: f.tactic()})
		}
		begins[f.Events[0].Key] = k
		s := &steps[i]
		if !seen {
			acts[k][f.Act] = true
		}
		if s.Count++; s.Count <= report.MaxNamed {
			s.Findings = append(s.Findings, f.ID)
			if id := f.Events[0].ID; id != "" && !slices.Contains(s.Events, id) {
				s.Events = append(s.Events, id)
			}
		} else {
			s.More++
		}
		report.Widen(&s.First, &s.Last, report.TimeOf(f.start()))
		report.Widen(&s.First, &s.Last, report.TimeOf(f.end()))
		if f.Severity.Rank() < s.Severity.Rank() {
			s.Severity, s.Tactic = f.Severity, f.tactic()
		}
		if h := f.host(); !slices.Contains(s.Hosts, h) {
			s.Hosts = append(s.Hosts, h)
		}
	}
	for k, i := range known {
		if n := len(acts[k]) - 1; n > 0 {
			steps[i].Text += ", and " + report.Count(n, "more like it", "more like it")
		}
	}
	return steps
}

// tactic returns the name of the first tactic of a finding, "" if it names none.
func (f *Finding) tactic() string {
	for _, x := range f.Techniques {
		if x.Tactic != "" {
			return x.Tactic
		}
	}
	return ""
}
