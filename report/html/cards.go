package html

import (
	"cmp"
	"slices"

	"hunt/pattern"
	"hunt/report"
)

// Beyond these numbers of findings a card says where a text is instead of repeating it.
const (
	manyTexts  = 100 // what the rule's file says: with the first finding of the rule
	manyNearby = 300 // the events around a finding: in the timeline
)

// maxNearby is the most context rows in a finding's card; the timeline has the rest.
const maxNearby = 30

// card is a finding with its place in the page.
type card struct {
	*report.Finding
	Index  int
	Open   bool
	Nearby []*report.TimelineRow
	Others []string // the first other findings of its incident
	// OthersMore counts those that Others lacks.
	OthersMore int
	// The finding above, of the same incident, that shows the same process tree, provenance or
	// surroundings, or "": paper shows them once.
	TreeIn, ProvenanceIn, NearbyIn string
	Loaded                         *report.Rule // the rule; nil if the report does not list it
	// the finding above that shows what the authors of the rule advise, or ""
	AdviceIn string
	// what the rule looks for, or else the finding above that shows it; both are "" if no file says so
	What, WhatIn string
	// the finding above that shows the benign explanations and the references of the rule, or ""
	TextsIn string
}

// Advice reports whether the authors of the rule advise anything.
func (c card) Advice() bool {
	return c.Loaded != nil && (c.Loaded.Guidance != "" || c.Loaded.Setup != "" || len(c.Loaded.LookAt) > 0)
}

// Explained reports whether the list of rules in the appendix says what the rule looks for.
func (c card) Explained() bool { return c.Loaded != nil && c.Loaded.What != "" }

// AroundMore is how many events lie around the finding, 0 if the card has them all.
func (c card) AroundMore() int {
	if n := len(c.Context) + c.ContextMore; n > len(c.Nearby) {
		return n
	}
	return 0
}

// earlierView is an event that could have been an earlier step, or events that say the same and that other
// findings tell.
type earlierView struct {
	Step    *report.Candidate // nil of such events
	Message string
	Told    []*report.Candidate
}

// Earlier are the events that could have been an earlier step.
func (c card) Earlier() []earlierView {
	var out []earlierView
	at := map[string]int{} // what the events say -> where they are
	for i := range c.Candidates {
		e := &c.Candidates[i]
		if e.EventIn == "" {
			out = append(out, earlierView{Step: e})
			continue
		}
		n, known := at[e.Message]
		if !known {
			n = len(out)
			at[e.Message] = n
			out = append(out, earlierView{Message: e.Message})
		}
		out[n].Told = append(out[n].Told, e)
	}
	return out
}

// group is the cards of one status, by incident.
type group struct {
	Status      report.Status
	Title, None string
	Count       int
	Cases       []caseGroup
}

// caseGroup is the cards of one incident, or those of none, by rule.
type caseGroup struct {
	Incident *report.Incident // nil of findings that are part of none
	Count    int
	Rules    []ruleGroup
}

// ruleGroup is the cards of one rule.
type ruleGroup struct {
	Name     string
	Severity report.Severity
	Hosts    []string
	First    report.Time
	Last     report.Time
	Events   int
	Cards    []card
}

// Folded reports whether the cards are in a line of their own that opens to them.
func (g *ruleGroup) Folded() bool { return len(g.Cards) > 1 }

// add puts a card, which follows on those before it in the order of the page, into its group.
func (g *group) add(c card, in *report.Incident) {
	g.Count++
	if n := len(g.Cases); n == 0 || g.Cases[n-1].Incident != in {
		g.Cases = append(g.Cases, caseGroup{Incident: in})
	}
	of := &g.Cases[len(g.Cases)-1]
	of.Count++
	if n := len(of.Rules); n == 0 || of.Rules[n-1].Cards[0].Rule.ID != c.Rule.ID {
		of.Rules = append(of.Rules, ruleGroup{Name: cmp.Or(c.Rule.Name, c.Rule.ID), Severity: c.Rule.Severity})
	}
	r := &of.Rules[len(of.Rules)-1]
	r.Cards = append(r.Cards, c)
	r.Events += max(c.Count, 1)
	if !slices.Contains(r.Hosts, c.Host) {
		r.Hosts = append(r.Hosts, c.Host)
	}
	report.Widen(&r.First, &r.Last, c.Start)
	report.Widen(&r.First, &r.Last, c.End)
}

// order returns the findings as the page shows them: by status, then by incident, the most serious first, and
// within it by rule: the rules by severity, then by their first finding.
func (v *view) order() []int {
	at := map[string]int{} // incident -> place; those of none come last
	for i := range v.Report.Incidents {
		at[v.Report.Incidents[i].ID] = i
	}
	type rule struct {
		incident, id string
		status       report.Status
	}
	first := map[rule]int{}
	key := func(i int) rule {
		f := &v.Report.Findings[i]
		return rule{f.Incident, f.Rule.ID, f.Status}
	}
	place := make([]int, len(v.Report.Findings))
	order := make([]int, len(v.Report.Findings))
	for i := range order {
		order[i] = i
		k := key(i)
		old, known := first[k]
		if !known || earlier(v.Report.Findings[i].Start, v.Report.Findings[old].Start) {
			first[k] = i
		}
		place[i] = len(v.Report.Incidents)
		if n, known := at[k.incident]; known {
			place[i] = n
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		x, y := &v.Report.Findings[a], &v.Report.Findings[b]
		if d := cmp.Or(cmp.Compare(x.Status.Rank(), y.Status.Rank()), cmp.Compare(place[a], place[b]),
			cmp.Compare(x.Rule.Severity.Rank(), y.Rule.Severity.Rank())); d != 0 || x.Rule.ID == y.Rule.ID {
			return d
		}
		i, j := first[key(a)], first[key(b)]
		if i == j {
			return 0
		}
		if earlier(v.Report.Findings[i].Start, v.Report.Findings[j].Start) {
			return -1
		}
		if earlier(v.Report.Findings[j].Start, v.Report.Findings[i].Start) {
			return 1
		}
		return cmp.Compare(x.Rule.ID, y.Rule.ID)
	})
	return order
}

func earlier(a, b report.Time) bool { return a != nil && (b == nil || *a < *b) }

// above are the findings that show what the page has once of a rule, by the id of the rule.
type above struct {
	what, advice, texts map[string]string
}

// once takes what a card says about its rule from the card above that says it already.
func (a *above) once(c *card, texts bool) {
	id := c.Rule.ID
	if c.What = c.Finding.What; c.What == "" {
		if c.WhatIn = a.what[id]; c.WhatIn == "" && c.Loaded != nil {
			c.What = c.Loaded.What
		}
	}
	if c.What != "" && a.what[id] == "" {
		a.what[id] = c.ID
	}
	if texts {
		if c.TextsIn = a.texts[id]; c.TextsIn == "" {
			a.texts[id] = c.ID
		}
	}
	if c.Advice() {
		if c.AdviceIn = a.advice[id]; c.AdviceIn == "" {
			a.advice[id] = c.ID
		}
	}
}

// surround adds the other findings of its incident to a card, and the events around it.
func (v *view) surround(c *card, incident []string) {
	for _, id := range incident[:min(len(incident), maxOthers+1)] {
		if id != c.ID && len(c.Others) < maxOthers {
			c.Others = append(c.Others, id)
		}
	}
	c.OthersMore = max(len(incident)-1-len(c.Others), 0)
	if len(v.Report.Findings) > manyNearby {
		return
	}
	for _, row := range c.Context {
		if row >= 0 && row < len(v.Timeline) && len(c.Nearby) < maxNearby {
			c.Nearby = append(c.Nearby, &v.Timeline[row])
		}
	}
}

// seen finds what of c the earlier cards of its incident show already.
func (c *card) seen(earlier []*card) {
	for _, e := range earlier[:min(len(earlier), maxSeen)] {
		if c.TreeIn == "" && c.Lineage != nil && e.TreeIn == "" && holdsTree(e.Lineage, c.Lineage, 0) {
			c.TreeIn = e.ID
		}
		if c.ProvenanceIn == "" && len(c.Provenance) > 0 && e.ProvenanceIn == "" &&
			!slices.ContainsFunc(c.Provenance, func(p report.Provenance) bool {
				return !slices.ContainsFunc(e.Provenance, func(q report.Provenance) bool {
					return p.Kind == q.Kind && p.Text == q.Text && p.Source == q.Source && sameTime(p.Time, q.Time)
				})
			}) {
			c.ProvenanceIn = e.ID
		}
		if c.NearbyIn == "" && len(c.Nearby) > 0 && e.NearbyIn == "" &&
			!slices.ContainsFunc(c.Nearby, func(r *report.TimelineRow) bool { return !slices.Contains(e.Nearby, r) }) {
			c.NearbyIn = e.ID
		}
	}
}

// maxSeen is how many findings of an incident are looked through for what they show already.
const maxSeen = 20

// holdsTree reports whether every process of b is in a at the same place.
func holdsTree(a, b *report.Process, depth int) bool {
	if a == nil || b == nil || depth > report.MaxTreeDepth || a.PID != b.PID || a.Executable != b.Executable ||
		!sameTime(a.Start, b.Start) {
		return false
	}
	return !slices.ContainsFunc(b.Children, func(p *report.Process) bool {
		return !slices.ContainsFunc(a.Children, func(q *report.Process) bool { return holdsTree(q, p, depth+1) })
	})
}

func sameTime(a, b report.Time) bool { return a == b || a != nil && b != nil && *a == *b }

// citation is a sentence that may end with the finding it speaks of.
type citation struct{ Text, ID string }

var citedAtEnd = pattern.Of(`^(?s)(.*) \((F-[0-9a-f]{12})\)\.$`)

// citedIn parts a sentence from the finding that it names at its end.
func citedIn(sentence string) citation {
	if m := citedAtEnd().FindStringSubmatch(sentence); m != nil {
		return citation{m[1], m[2]}
	}
	return citation{Text: sentence}
}
