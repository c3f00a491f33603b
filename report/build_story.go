package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/rules"
	"hunt/timeline"
)

// stories groups the findings that tell of one thing: those that share an event, or whose events belong to processes of
// which one descends from the other through processes of the evidence. Several rules see the same attack from several
// sides; an analyst wants to read it once.
func (b *builder) stories() {
	n := len(b.res.Findings)
	parent := make([]int, n)
	for i := range parent {
		parent[i] = i
	}
	var find func(int) int
	find = func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	join := func(i, j int) {
		// The earlier finding leads: findings are in order of time.
		if a, c := find(i), find(j); a != c {
			parent[max(a, c)] = min(a, c)
		}
	}
	byEvent := map[evtx.Ref]int{}
	byProcess := map[*timeline.Process]int{}
	for i, f := range b.res.Findings {
		for _, e := range f.Evidence {
			if e.Event == nil {
				continue
			}
			if j, ok := byEvent[e.Event.Ref]; ok {
				join(i, j)
			} else {
				byEvent[e.Event.Ref] = i
			}
			// A process that a finding is about; browsers and shells that only stand above it would join everything.
			if p := e.Event.Host.ProcessOf(e.Event); p != nil && e.Event.Class.ProcessStart {
				if j, ok := byProcess[p]; ok {
					join(i, j)
				} else {
					byProcess[p] = i
				}
			}
		}
	}
	for i, f := range b.res.Findings {
		for _, e := range f.Evidence {
			if e.Event == nil {
				continue
			}
			p := e.Event.Host.ProcessOf(e.Event)
			for depth := 0; p != nil && depth < maxLineageDepth; depth++ {
				if j, ok := byProcess[p]; ok {
					join(i, j)
				}
				p = p.Parent
			}
		}
	}
	stories := map[int]*storyteller{}
	var order []int
	for i, f := range b.res.Findings {
		lead := find(i)
		s := stories[lead]
		if s == nil {
			s = &storyteller{}
			stories[lead] = s
			order = append(order, lead)
		}
		s.tell(f, &b.report.Findings[i])
	}
	for i, lead := range order {
		s := stories[lead]
		s.ID = fmt.Sprintf("S%d", i+1)
		for j := range b.report.Findings {
			if find(j) == lead {
				b.report.Findings[j].Story = s.ID
			}
		}
		b.report.Stories = append(b.report.Stories, s.Story)
	}
	slices.SortStableFunc(b.report.Stories, func(x, y Story) int {
		return cmp.Or(cmp.Compare(statusRank(x.Status), statusRank(y.Status)), cmp.Compare(severityRank(x.Severity), severityRank(y.Severity)),
			cmp.Compare(confidenceRank(x.Confidence), confidenceRank(y.Confidence)))
	})
}

// storyteller is a story being told.
type storyteller struct {
	Story
	lead []int // weight of the finding that lent the title; less is weightier
}

// tell adds a finding to the story. The weightiest finding lends the story its title.
func (s *storyteller) tell(f *rules.Finding, out *Finding) {
	s.Findings = append(s.Findings, out.ID)
	s.Rules = insertSorted(s.Rules, out.Rule.ID)
	if out.Host != "" {
		s.Hosts = insertSorted(s.Hosts, out.Host)
	}
	if out.User != "" {
		s.Users = insertSorted(s.Users, out.User)
	}
	widen(&s.Start, &s.End, out.Start)
	widen(&s.Start, &s.End, out.End)
	weight := []int{statusRank(out.Status), severityRank(out.Rule.Severity), confidenceRank(out.Confidence), -len(f.Evidence)}
	if s.lead == nil || slices.Compare(weight, s.lead) < 0 {
		s.lead = weight
		s.Title, s.Status, s.Severity, s.Confidence, s.Verdict = out.Title, out.Status, out.Rule.Severity, out.Confidence, out.Verdict
	}
	if out.Status == string(rules.StatusFinding) && out.Verdict == verdictChain {
		s.Verdict = verdictChain
	}
}

func confidenceRank(s string) int {
	return slices.Index([]string{string(rules.High), string(rules.Medium), string(rules.Low)}, s)
}

// unwrap joins the lines of a rule's paragraphs, which rule files break for their own width.
func unwrap(s string) string {
	paragraphs := strings.Split(strings.TrimSpace(s), "\n\n")
	for i, p := range paragraphs {
		paragraphs[i] = strings.Join(strings.Fields(p), " ")
	}
	return strings.Join(paragraphs, "\n\n")
}
