package html

import "hunt/report"

// blindRules are rules that were blind on the same hosts for the same reasons: with thousands of
// rules most wait for the same few logs.
type blindRules struct {
	Rules []*report.Rule
	Blind []string
}

// blindTogether brings the rules together, in the order of the first of each.
func blindTogether(rules []report.Rule) []blindRules {
	var out []blindRules
	at := map[int]int{}
	for i := range rules {
		r := &rules[i]
		if len(r.Blind) == 0 {
			continue
		}
		n, ok := at[r.BlindID]
		if !ok || r.BlindID == 0 {
			n = len(out)
			at[r.BlindID] = n
			out = append(out, blindRules{Blind: r.Blind})
		}
		out[n].Rules = append(out[n].Rules, r)
	}
	return out
}
