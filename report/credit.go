package report

import (
	"strings"
)

// Credit returns the language, the authors and the licence of a rule in one line, as far as its file
// names them: "Sigma, by Ann Author (Firm), licence DRL 1.1".
func (r RuleRef) Credit() string {
	var parts []string
	if r.Language != "" {
		parts = append(parts, r.Language)
	}
	if r.Author != "" {
		parts = append(parts, "by "+r.Author)
	}
	if r.Licence != "" {
		parts = append(parts, "licence "+r.Licence)
	}
	return strings.Join(parts, ", ")
}

// Ref names the rule as its findings do.
func (r *Rule) Ref() RuleRef {
	return RuleRef{ID: r.ID, Name: r.Name, Severity: r.Severity, Language: r.Language, Author: r.Author,
		Licence: r.Licence, BuildingBlock: r.BuildingBlock}
}

// RuleByID returns the rules by id.
func (r *Report) RuleByID() map[string]*Rule {
	out := make(map[string]*Rule, len(r.Rules))
	for i := range r.Rules {
		out[r.Rules[i].ID] = &r.Rules[i]
	}
	return out
}
