package report

import (
	"cmp"
	"slices"
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

// Credits are the authors of the rules that share a license.
type Credits struct {
	License string         // "" if the rules name none
	Rules   int            // that name an author
	Authors []AuthorCredit // by rules, most first, then by name
}

// AuthorCredit is one author with the number of rules that name them.
type AuthorCredit struct {
	Name  string
	Rules int
}

// Credits returns the authors of the rules that the findings chosen are of, by license: the license of most rules
// first. A rule without an author is not counted. The authors of a rule are separated by commas, as its file has it.
func (r *Report) Credits(chosen func(*Finding) bool) []Credits {
	seen := map[string]bool{}
	byLicense := map[string]map[string]int{}
	rules := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !chosen(f) || f.Rule.Author == "" || seen[f.Rule.ID] {
			continue
		}
		seen[f.Rule.ID] = true
		rules[f.Rule.License]++
		authors := byLicense[f.Rule.License]
		if authors == nil {
			authors = map[string]int{}
			byLicense[f.Rule.License] = authors
		}
		for _, name := range authorsOf(f.Rule.Author) {
			authors[name]++
		}
	}
	out := make([]Credits, 0, len(byLicense))
	for license, authors := range byLicense {
		c := Credits{License: license, Rules: rules[license]}
		for name, n := range authors {
			c.Authors = append(c.Authors, AuthorCredit{name, n})
		}
		slices.SortFunc(c.Authors, func(a, b AuthorCredit) int {
			return cmp.Or(b.Rules-a.Rules, strings.Compare(a.Name, b.Name))
		})
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Credits) int {
		return cmp.Or(b.Rules-a.Rules, strings.Compare(a.License, b.License))
	})
	return out
}

// authorsOf splits the authors of a rule at the commas outside parentheses. Each is named once.
func authorsOf(text string) []string {
	var out []string
	depth, start := 0, 0
	add := func(name string) {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for i, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth = max(depth-1, 0)
		case r == ',' && depth == 0:
			add(text[start:i])
			start = i + 1
		}
	}
	add(text[start:])
	return out
}
