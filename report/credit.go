package report

import (
	"strings"
)

// Credit names the language, the authors and the license of a rule in one line, as far as its file does:
// "Sigma, by Ann Author (Firm), license DRL 1.1".
func (r RuleRef) Credit() string {
	var parts []string
	if r.Language != "" {
		parts = append(parts, r.Language)
	}
	if r.Author != "" {
		parts = append(parts, "by "+r.Author)
	}
	if r.License != "" {
		parts = append(parts, "license "+r.License)
	}
	return strings.Join(parts, ", ")
}

// Ref names the rule as its findings do.
func (r *Rule) Ref() RuleRef {
	return RuleRef{ID: r.ID, Name: r.Name, Severity: r.Severity, Language: r.Language, Author: r.Author,
		License: r.License, BuildingBlock: r.BuildingBlock}
}

// RuleByID returns the rules by id.
func (r *Report) RuleByID() map[string]*Rule {
	out := make(map[string]*Rule, len(r.Rules))
	for i := range r.Rules {
		out[r.Rules[i].ID] = &r.Rules[i]
	}
	return out
}
