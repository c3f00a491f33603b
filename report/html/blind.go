package html

import (
	"strings"

	"hunt/report"
)

// blindRules are rules that were blind on the same hosts for the same reasons: with thousands of
// rules most wait for the same few logs.
type blindRules struct {
	Rules []*report.Rule
	Blind []string
}

// blindTogether brings the rules together, in the order of the first of each.
func blindTogether(rules []report.Rule) []blindRules {
	var out []blindRules
	at := map[string]int{}
	for i := range rules {
		r := &rules[i]
		if len(r.Blind) == 0 {
			continue
		}
		key := r.Reason + "\x00" + strings.Join(r.Blind, "\x00")
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, blindRules{Blind: r.Blind})
		}
		out[n].Rules = append(out[n].Rules, r)
	}
	return out
}
