package build

import (
	"fmt"
	"strings"

	"hunt/report"
	"hunt/rules/pack"
)

// tactics are those of ATT&CK for Windows, in its order.
var tactics = []struct{ id, name string }{
	{"TA0043", "Reconnaissance"}, {"TA0042", "Resource Development"}, {"TA0001", "Initial Access"},
	{"TA0002", "Execution"},
	{"TA0003", "Persistence"}, {"TA0004", "Privilege Escalation"}, {"TA0005", "Defense Evasion"},
	{"TA0006", "Credential Access"},
	{"TA0007", "Discovery"}, {"TA0008", "Lateral Movement"}, {"TA0009", "Collection"},
	{"TA0011", "Command and Control"},
	{"TA0010", "Exfiltration"}, {"TA0040", "Impact"},
}

// lookedFor says how many rules ran and what none of them looks for, then how many look for each tactic: nobody
// should take the silence of a few rules for a clean result. It says nothing if no rule ran.
func (b *builder) lookedFor() []string {
	ran, own := 0, 0
	by := map[string]int{}
	for i := range b.res.Rules {
		r := &b.res.Rules[i]
		if !r.Ran {
			continue
		}
		ran++
		if r.Rule.Source == pack.BuiltIn {
			own++
		}
		seen := map[string]bool{}
		for _, t := range r.Rule.Techniques {
			if !seen[t.TacticID] {
				seen[t.TacticID] = true
				by[t.TacticID]++
			}
		}
	}
	if ran == 0 {
		return nil
	}
	var have, lack []string
	for _, t := range tactics {
		if n := by[t.id]; n > 0 {
			have = append(have, fmt.Sprintf("%s %s", t.name, report.Thousands(n)))
		} else {
			lack = append(lack, t.name)
		}
	}
	text := "Looked for with " + report.Count(ran, "rule", "rules")
	switch {
	case own == ran:
		text += " of hunt's own"
	case own > 0:
		text += fmt.Sprintf(" (%s of hunt's own)", report.Thousands(own))
	}
	text += "."
	if len(lack) > 0 {
		text += " Tactics that none of them is labelled with: " + strings.Join(lack, ", ") + "."
	}
	if len(have) == 0 {
		return []string{text}
	}
	return []string{text, "Rules by tactic (a rule can serve several): " + strings.Join(have, ", ") + "."}
}
