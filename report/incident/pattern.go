package incident

import (
	"slices"

	"hunt/report"
)

// Two incidents follow one pattern if they have at least alikeRules rules in common, and these are at least
// alikeOf/alikeFrom of all rules of both.
const (
	alikeRules         = 3
	alikeOf, alikeFrom = 2, 3
)

// rules returns the rules of the findings that have weight, sorted.
func (t *tale) rules() (out []string) {
	for _, f := range t.findings {
		if f.weighs() && !t.guests[f] {
			out = append(out, f.Rule)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// alike finds for each incident the most serious one before it that follows the same pattern, which means that mostly
// the same rules found both. That joins nothing, but saves the reader from finding it out for each.
func (res *Result) alike() {
	for i := range res.Incidents {
		x := &res.Incidents[i]
		if len(res.rules[x.ID]) < alikeRules {
			continue
		}
		for k := range res.Incidents[:i] {
			if y := &res.Incidents[k]; y.Like == "" && alike(res.rules[x.ID], res.rules[y.ID]) {
				x.Like = y.ID
				break
			}
		}
	}
}

func alike(a, b []string) bool {
	common := 0
	for _, r := range a {
		if slices.Contains(b, r) {
			common++
		}
	}
	return common >= alikeRules && common*alikeFrom >= (len(a)+len(b)-common)*alikeOf
}

// patterns counts the incidents that follow the same pattern as another.
func patterns(incidents []report.Incident) int {
	in := map[string]bool{}
	for i := range incidents {
		if x := &incidents[i]; x.Like != "" {
			in[x.ID], in[x.Like] = true, true
		}
	}
	return len(in)
}
