package html

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"hunt/report"
)

// silentRules are rules of one source and severity that ran, and that no event satisfied: with
// thousands of rules they are the most, and say the least.
type silentRules struct {
	Source   string
	Severity report.Severity
	Rules    []*report.Rule
}

// split separates the rules that an event satisfied, and those that report something else, from those that ran in
// silence, which come by source and severity.
func split(rules []report.Rule) (told []*report.Rule, silent []silentRules) {
	type key struct {
		source   string
		severity report.Severity
	}
	at := map[key]int{}
	for i := range rules {
		r := &rules[i]
		if !r.Silent() {
			told = append(told, r)
			continue
		}
		k := key{sourceOf(r), r.Severity}
		n, ok := at[k]
		if !ok {
			n = len(silent)
			at[k] = n
			silent = append(silent, silentRules{Source: k.source, Severity: k.severity})
		}
		silent[n].Rules = append(silent[n].Rules, r)
	}
	slices.SortStableFunc(silent, func(a, b silentRules) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Severity.Rank(), b.Severity.Rank()))
	})
	return told, silent
}

// maxSourceParts bounds how deep the directory of a rule tells its source.
const maxSourceParts = 2

// sourceOf returns the directory of a rule, two levels deep, with its language.
func sourceOf(r *report.Rule) string {
	dir := path.Dir(strings.ReplaceAll(r.Source, `\`, "/"))
	if dir == "." {
		dir = r.Source
	}
	parts := strings.Split(strings.TrimPrefix(dir, "/"), "/")
	source := strings.Join(parts[:min(len(parts), maxSourceParts)], "/")
	if r.Language == "" {
		return source
	}
	return source + ", " + r.Language
}
