package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/rules/eql"
	"hunt/timeline/ecs"
)

// judge looks at all findings together: labels, confidence, tuning, order, and where rules were blind.
func (res *Result) judge() {
	newest := res.Case.Records.Last
	a := newAssessor(res.Case, func(r *Rule) time.Duration { return res.text[r].maxSpan })
	for _, f := range res.Findings {
		for _, t := range res.Pack.ToolsOf(f) {
			f.Labels = append(f.Labels, "responder's own tool: "+t)
		}
		a.assess(f)
		if x, expired := res.Pack.Match(f, newest); x != nil {
			f.Status, f.Exception = StatusSuppressed, x
		} else if expired != nil {
			f.Labels = append(f.Labels, "exception "+expired.ID+" matches but expired on "+expired.Expires)
		}
	}
	slices.SortStableFunc(res.Findings, compareFindings)
	byRule := map[*Rule]*RuleResult{}
	for i := range res.Rules {
		byRule[res.Rules[i].Rule] = &res.Rules[i]
	}
	for _, f := range res.Findings {
		if f.Status == StatusSuppressed {
			byRule[f.Rule].Suppressed++
		}
	}
}

// compareFindings orders by the time of the first event, then the later ones, then the rule.
func compareFindings(a, b *Finding) int {
	if c := cmp.Compare(a.first(), b.first()); c != 0 {
		return c
	}
	if c := strings.Compare(a.Rule.ID, b.Rule.ID); c != 0 {
		return c
	}
	for i := range min(len(a.Evidence), len(b.Evidence)) {
		x, y := a.Evidence[i].Event, b.Evidence[i].Event
		if x == nil || y == nil {
			continue
		}
		if c := x.Compare(y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a.Evidence), len(b.Evidence))
}

// first is the time of the finding's first event.
func (f *Finding) first() evtx.Filetime {
	for _, e := range f.Evidence {
		if e.Event != nil {
			return e.Event.At
		}
	}
	return 0
}

// blindness finds the hosts on which a rule could not have matched: no event that was logged there is of a kind that
// satisfies one of its stages. It asks the predicates themselves, so it holds for every rule.
func (res *Result) blindness(programs []*eql.Program, owner []int, preds *predicates, schema *ecs.Schema) {
	possible := map[*ecs.Class][][]bool{} // class -> program -> stage
	for _, h := range res.Case.Hosts {
		seen := make([][]bool, len(programs))
		for i, p := range programs {
			seen[i] = make([]bool, len(p.Stages()))
		}
		for _, e := range h.Events {
			class := schema.Class(e.Channel, e.Provider, e.EventID)
			can, ok := possible[class]
			if !ok {
				can = make([][]bool, len(programs))
				for i, p := range programs {
					can[i] = make([]bool, len(p.Stages()))
				}
				preds.plan(class).Stages(func(program, stage int) { can[program][stage] = true })
				possible[class] = can
			}
			for i := range can {
				for s, yes := range can[i] {
					seen[i][s] = seen[i][s] || yes
				}
			}
		}
		for i, p := range programs {
			for s, stage := range p.Stages() {
				if seen[i][s] || stage.Missing || stage.Until {
					continue
				}
				rr := &res.Rules[owner[i]]
				rr.Blind = append(rr.Blind, Blind{h.ID, blindReason(rr.Rule, p, s)})
				break
			}
		}
	}
}

func blindReason(r *Rule, p *eql.Program, stage int) string {
	what := "no event that was logged there can satisfy it"
	if n := len(p.Stages()); n > 1 {
		what = fmt.Sprintf("no event that was logged there can satisfy stage %d of %d", stage+1, n)
		if label := p.Stages()[stage].Label; label != "" {
			what += " (" + label + ")"
		}
	}
	if len(r.DataSources) > 0 {
		what += "; it needs " + strings.Join(r.DataSources, ", ")
	}
	return what
}

// KeyNames returns the names of a rule's join keys, as the query writes them.
func (res *Result) KeyNames(r *Rule) []string { return res.text[r].keys }

// StageTexts returns the canonical conditions of a rule's stages.
func (res *Result) StageTexts(r *Rule) []string { return res.text[r].stages }

// queryText is what the report says about a rule's query.
type queryText struct {
	keys, stages []string
	maxSpan      time.Duration // 0 = none
}
