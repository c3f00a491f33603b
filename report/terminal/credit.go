package terminal

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
)

// credits are the authors of the rules that share a licence.
type credits struct {
	Licence string         // "" if the rules name none
	Rules   int            // that name an author
	Authors []authorCredit // by rules, most first, then by name
}

// authorCredit is one author with the number of rules that name them.
type authorCredit struct {
	Name  string
	Rules int
}

// creditsOf returns the authors of the rules that the findings chosen are of, by licence: the licence of most rules
// first. A rule without an author is not counted. The authors of a rule are separated by commas, as its file has it.
func creditsOf(r *report.Report, chosen func(*report.Finding) bool) []credits {
	seen := map[string]bool{}
	byLicence := map[string]map[string]int{}
	rules := map[string]int{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !chosen(f) || f.Rule.Author == "" || seen[f.Rule.ID] {
			continue
		}
		seen[f.Rule.ID] = true
		rules[f.Rule.Licence]++
		authors := byLicence[f.Rule.Licence]
		if authors == nil {
			authors = map[string]int{}
			byLicence[f.Rule.Licence] = authors
		}
		for _, name := range authorsOf(f.Rule.Author) {
			authors[name]++
		}
	}
	out := make([]credits, 0, len(byLicence))
	for licence, authors := range byLicence {
		c := credits{Licence: licence, Rules: rules[licence]}
		for name, n := range authors {
			c.Authors = append(c.Authors, authorCredit{name, n})
		}
		slices.SortFunc(c.Authors, func(a, b authorCredit) int {
			return cmp.Or(b.Rules-a.Rules, strings.Compare(a.Name, b.Name))
		})
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b credits) int {
		return cmp.Or(b.Rules-a.Rules, strings.Compare(a.Licence, b.Licence))
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
