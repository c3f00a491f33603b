package build

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"hunt/report"
	"hunt/rules"
	"hunt/rules/pack"
)

// rules returns the outcome of each rule, and of each file of rules or tuning that could not be used.
func (b *builder) rules() []report.Rule {
	blind := alike{map[*rules.Cause]int{}, map[string]int{}}
	names, list := b.names, make([]report.Rule, 0, len(b.res.Rules))
	for _, rr := range b.res.Rules {
		r := rr.Rule
		out := report.Rule{ID: r.ID, Name: r.Name, Severity: severity(r.Severity), Version: r.Version,
			Source:     cmp.Or(names[r.Source], r.Source),
			Techniques: techniques(r.Techniques), Status: report.RuleRan, StageHits: rr.StageHits,
			Matches:    rr.Matches,
			Suppressed: rr.Suppressed, Warnings: slices.Clone(rr.Warnings), Query: r.Query,
			Language: r.Language.String(), Author: r.Author, Licence: r.Licence, Maturity: r.Status.String(),
			Guidance: r.Guidance, Setup: r.Setup,
			BuildingBlock: r.BuildingBlock, Counts: r.Counting, Filters: r.Filters, LookAt: r.LookAt}
		if !rr.Ran {
			out.Status, out.Reason = report.RuleSkipped, b.nameFiles(r.Source, rr.Reason)
		}
		for i, w := range out.Warnings {
			out.Warnings[i] = b.nameFiles(r.Source, w)
		}
		out.Blind, out.BlindID = blindTexts(rr.Blind), blind.number(&rr)
		if left := rr.BlindHosts - len(rr.Blind); left > 0 {
			out.Blind = append(out.Blind, "and "+report.Count(left, "further host", "further hosts"))
		}
		list = append(list, out)
	}
	// One entry for each file, however many mistakes it has; those of one file are together.
	for i, p := range b.o.RuleProblems {
		if last := len(list) - 1; i > 0 && b.o.RuleProblems[i-1].File == p.File {
			list[last].Reason += "\n" + b.nameFiles(p.File, p.Head())
			continue
		}
		name := cmp.Or(names[p.File], p.File)
		list = append(list, report.Rule{ID: name, Name: "file that could not be used", Source: name,
			Status: report.RuleSkipped, Reason: b.nameFiles(p.File, p.Head())})
	}
	return list
}

// leftOut counts the rules that were read and did not run.
func (b *builder) leftOut() []report.LeftOut {
	var out []report.LeftOut
	for _, l := range b.res.Pack.DoNotRun() {
		out = append(out, report.LeftOut{Rules: l.N, Reason: l.String()})
	}
	return out
}

// licences counts the rules that were read by licence.
func (b *builder) licences() []string {
	var out []string
	for _, l := range b.res.Pack.Licences() {
		out = append(out, l.String())
	}
	return out
}

// blindTexts names the hosts on which a rule was blind for each cause.
func blindTexts(list []rules.Blind) []string {
	var causes []*rules.Cause
	hosts := map[*rules.Cause][]string{}
	for _, b := range list {
		if hosts[b.Cause] == nil {
			causes = append(causes, b.Cause)
		}
		hosts[b.Cause] = append(hosts[b.Cause], b.Host)
	}
	out := make([]string, len(causes))
	for i, c := range causes {
		out[i] = strings.Join(hosts[c], ", ") + ": " + c.String()
	}
	return out
}

// alike numbers the ways in which rules were blind from 1: rules with one number were so on the same hosts for the
// same causes.
type alike struct {
	causes map[*rules.Cause]int
	ways   map[string]int // causes by number, hosts by name
}

func (a *alike) number(rr *rules.RuleResult) int {
	if len(rr.Blind) == 0 {
		return 0
	}
	key := strconv.AppendInt(nil, int64(rr.BlindHosts), 10)
	for _, b := range rr.Blind {
		if a.causes[b.Cause] == 0 {
			a.causes[b.Cause] = len(a.causes) + 1
		}
		key = strconv.AppendInt(append(key, 0), int64(a.causes[b.Cause]), 10)
		key = append(append(key, ' '), b.Host...)
	}
	if a.ways[string(key)] == 0 {
		a.ways[string(key)] = len(a.ways) + 1
	}
	return a.ways[string(key)]
}

// ruleRef names a rule within a finding, with its authors and its licence.
func ruleRef(r *pack.Rule) report.RuleRef {
	return report.RuleRef{ID: r.ID, Name: r.Name, Severity: severity(r.Severity), Language: r.Language.String(),
		Author: r.Author, Licence: r.Licence, BuildingBlock: r.BuildingBlock}
}

func techniques(ts []pack.Technique) []report.Technique {
	out := make([]report.Technique, 0, len(ts))
	for _, t := range ts { // two sub-techniques of one technique name it twice
		x := report.Technique{ID: t.ID, Name: t.Name, TacticID: t.TacticID, Tactic: t.Tactic}
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// labelBlock marks the findings of building block rules.
const labelBlock = "building block: a signal that other rules build on, not an alert in itself"

// labels returns the labels of a finding, and what its rule says about itself.
func labels(f *rules.Finding) []string {
	if f.Rule.BuildingBlock {
		return append([]string{labelBlock}, f.Labels...)
	}
	return f.Labels
}

// unwrap joins the lines of a rule's paragraphs, which rule files break for their own width.
func unwrap(s string) string {
	paragraphs := strings.Split(strings.TrimSpace(s), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n\n")
}
