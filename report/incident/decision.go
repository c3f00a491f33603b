package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/decision"
)

// decisions are the examiner's decisions, looked up in a case.
type decisions struct {
	c        *Case
	parts    []Case         // the case without what was split off, then each part that was; nothing joins two of them
	ids      map[string]int // of findings, and of the incidents that they would make
	unheeded []string
}

// bond keeps two findings together, by their ids.
type bond struct{ from, to, why string }

// decide looks up what the decisions name, and separates what they split.
func decide(c *Case) *decisions {
	d := &decisions{c: c, parts: []Case{*c}}
	if len(c.Decisions) == 0 {
		return d
	}
	d.ids = make(map[string]int, 2*len(c.Findings))
	for i := range c.Findings {
		d.ids[c.Findings[i].ID], d.ids[idOf(c.Findings[i].ID)] = i, i
	}
	part := make([]int, len(c.Findings)) // of each finding
	for _, x := range c.Decisions {
		if x.Kind != decision.Split {
			continue
		}
		n := len(d.parts)
		d.parts = append(d.parts, *c)
		var of []int
		for _, i := range d.named(x) {
			if part[i] == 0 {
				part[i] = n
				of = append(of, i)
			}
		}
		d.bind(of, part, "The case file keeps them together, apart from the rest"+because(x.Note))
	}
	for _, x := range c.Decisions {
		if x.Kind == decision.Join {
			d.bind(d.named(x), part, "The case file says that they belong together"+because(x.Note))
		}
	}
	for n := range d.parts {
		d.parts[n].Findings = nil
	}
	for i, n := range part {
		d.parts[n].Findings = append(d.parts[n].Findings, c.Findings[i])
	}
	return d
}

// because returns the examiner's reason, to follow a sentence, with its full stop.
func because(note string) string {
	if note == "" {
		return "."
	}
	return ": " + stopped(note)
}

// bind makes one incident from findings. What another decision separated stays separate.
func (d *decisions) bind(of, part []int, why string) {
	for k := 1; k < len(of); k++ {
		a, b := d.c.Findings[of[0]].ID, d.c.Findings[of[k]].ID
		if n := part[of[0]]; n == part[of[k]] {
			d.parts[n].bonds = append(d.parts[n].bonds, bond{a, b, why})
		} else {
			d.ignore("joins what it also splits: " + a + " and " + b)
		}
	}
}

func (d *decisions) ignore(text string) { d.unheeded = append(d.unheeded, "The case file "+text+".") }

// named are the findings that a decision names, in its order; an incident's id names the finding that it was
// made of.
func (d *decisions) named(x decision.Decision) []int {
	var out []int
	for _, id := range x.Of {
		i, known := d.ids[id]
		switch {
		case !known:
			d.ignore("names " + id + ", and no finding or incident has that id")
		case !slices.Contains(out, i):
			out = append(out, i)
		}
	}
	return out
}

// describe gives incidents the titles, statuses and notes of the case file, and returns the decisions that could
// not be applied.
func (d *decisions) describe(incidents []report.Incident) []string {
	of := map[string]*report.Incident{}
	for n := range incidents {
		for _, id := range incidents[n].Findings {
			of[id] = &incidents[n]
		}
	}
	for _, x := range d.c.Decisions {
		if x.Kind != decision.Describe {
			continue
		}
		for _, i := range d.named(x) {
			in := of[d.c.Findings[i].ID]
			if in == nil {
				d.ignore("describes " + strings.Join(x.Of, ", ") + ", which is part of no incident")
				continue
			}
			in.Title, in.Status, in.Note = cmp.Or(x.Title, in.Title), cmp.Or(x.Status, in.Status),
				cmp.Or(x.Note, in.Note)
		}
	}
	return d.unheeded
}

// examiner joins what the examiner keeps together, before anything else does, and returns the edges for it.
func (j *joiner) examiner(f forest) (used []edge) {
	if len(j.c.bonds) == 0 {
		return nil
	}
	at := map[string]int{}
	for i, x := range j.findings {
		at[x.ID] = i
	}
	for _, b := range j.c.bonds {
		from, known := at[b.from]
		to, also := at[b.to]
		if known && also && f.join(from, to) { // a suppressed finding takes no part
			used = append(used, edge{EdgeKind: report.EdgeExaminer, assumed: b.why, from: place{finding: from},
				to: place{finding: to}})
		}
	}
	return used
}

// compareDismissed puts dismissed incidents last.
func compareDismissed(a, b decision.Status) int {
	rank := func(s decision.Status) int {
		if s == decision.Dismissed {
			return 1
		}
		return 0
	}
	return rank(a) - rank(b)
}
