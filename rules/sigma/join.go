package sigma

import (
	"fmt"
	"strings"

	"hunt/rules/sigma/syntax"
)

// Joined holds the references between the documents of a run.
type Joined struct {
	// Filters are, for a rule, the filters whose conditions must also be true, in the order of the
	// documents.
	Filters map[*syntax.Document][]*syntax.Document
	// Silent are the rules to which a correlation refers and that give no findings of their own, with the
	// first such correlation.
	Silent map[*syntax.Document]*syntax.Document
	// Warnings are, for a filter or correlation, the references to rules that are missing.
	Warnings map[*syntax.Document][]*syntax.Error

	refs map[*syntax.Document]map[string][]*syntax.Document // of a correlation: by the names that it uses
}

// Join finds the rules that filters and correlations are about, by id, name or title, in whatever file
// they are. Invalid documents are ignored.
func Join(docs []*syntax.Document) *Joined {
	j := &Joined{
		Filters:  map[*syntax.Document][]*syntax.Document{},
		Silent:   map[*syntax.Document]*syntax.Document{},
		Warnings: map[*syntax.Document][]*syntax.Error{},
		refs:     map[*syntax.Document]map[string][]*syntax.Document{},
	}
	byName := map[string][]*syntax.Document{}
	var rules []*syntax.Document
	for _, d := range docs {
		if d.Mistakes != nil || d.Kind == syntax.FilterDocument {
			continue
		}
		if d.Kind == syntax.RuleDocument {
			rules = append(rules, d)
		}
		for i, name := range []string{d.ID, d.Name, d.Title} {
			if name != "" && (i == 0 || name != d.ID) {
				byName[name] = append(byName[name], d)
			}
		}
	}
	for _, d := range docs {
		switch {
		case d.Mistakes != nil:
		case d.Kind == syntax.FilterDocument:
			j.filter(d, rules, byName)
		case d.Kind == syntax.CorrelationDocument:
			j.correlation(d, byName)
		}
	}
	return j
}

func (j *Joined) filter(d *syntax.Document, rules []*syntax.Document, byName map[string][]*syntax.Document) {
	about := rules
	if !d.AnyRule {
		about = j.named(d, byName)
	}
	n := 0
	for _, r := range about {
		if r.Kind == syntax.RuleDocument && covers(d.LogSource, r.LogSource) {
			n++
			if d.Skip == nil {
				j.Filters[r] = append(j.Filters[r], d)
			}
		}
	}
	if n == 0 && len(j.Warnings[d]) == 0 {
		j.warn(d, d.LogSource.Pos, "the filter applies to no rule: none that it names has its log source",
			"name rules of that log source, or change the filter's")
	}
}

// covers reports whether a filter's log source equals or contains a rule's.
func covers(filter, rule syntax.LogSource) bool {
	same := func(f, r string) bool { return f == "" || f == r }
	return same(filter.Product, rule.Product) && same(filter.Category, rule.Category) &&
		same(filter.Service, rule.Service)
}

func (j *Joined) correlation(d *syntax.Document, byName map[string][]*syntax.Document) {
	for _, r := range j.named(d, byName) {
		if r != d && !d.Generate && j.Silent[r] == nil {
			j.Silent[r] = d
		}
	}
}

// named returns the documents that a filter or correlation names, without duplicates.
func (j *Joined) named(d *syntax.Document, byName map[string][]*syntax.Document) []*syntax.Document {
	var out []*syntax.Document
	seen := map[*syntax.Document]bool{}
	refs := map[string][]*syntax.Document{}
	j.refs[d] = refs
	for _, name := range d.Rules {
		found := byName[name]
		if found == nil {
			found = byName[strings.ToLower(name)]
		}
		if found == nil {
			at, ok := d.RuleAt[name]
			if !ok {
				at = d.Pos
			}
			j.warn(d, at, fmt.Sprintf("no rule that is loaded has the id, name or title %q", name), loadIt)
		}
		refs[name] = found
		for _, r := range found {
			if !seen[r] {
				seen[r] = true
				out = append(out, r)
			}
		}
	}
	return out
}

func (j *Joined) warn(d *syntax.Document, at syntax.Pos, msg, hint string) {
	j.Warnings[d] = append(j.Warnings[d], &syntax.Error{Pos: at, Msg: msg, Hint: hint})
}
