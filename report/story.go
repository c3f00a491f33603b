package report

import (
	"cmp"
	"slices"
)

// StoriesOf tells the stories that findings name, the weightiest first; a finding without a story is one of its own.
func StoriesOf(findings []Finding) []Story {
	byID := map[string]int{}
	var tellers []storyteller
	for i := range findings {
		f := &findings[i]
		id := cmp.Or(f.Story, f.ID)
		n, ok := byID[id]
		if !ok {
			n = len(tellers)
			byID[id] = n
			tellers = append(tellers, storyteller{Story: Story{ID: id}})
		}
		tellers[n].tell(f)
	}
	stories := make([]Story, 0, len(tellers))
	for _, t := range tellers {
		for _, set := range []*[]string{&t.Rules, &t.Hosts, &t.Users} {
			slices.Sort(*set)
			*set = slices.Compact(*set)
		}
		stories = append(stories, t.Story)
	}
	slices.SortStableFunc(stories, func(x, y Story) int {
		return cmp.Or(cmp.Compare(x.Status.Rank(), y.Status.Rank()),
			cmp.Compare(x.Severity.Rank(), y.Severity.Rank()),
			cmp.Compare(x.Confidence.Rank(), y.Confidence.Rank()))
	})
	return stories
}

// storyteller is a story being told.
type storyteller struct {
	Story
	weight []int // of the finding that lent the title; less is weightier
}

// tell adds a finding to the story. The weightiest finding lends the story its title.
func (s *storyteller) tell(f *Finding) {
	s.Findings = append(s.Findings, f.ID)
	s.Rules = append(s.Rules, f.Rule.ID)
	if f.Host != "" {
		s.Hosts = append(s.Hosts, f.Host)
	}
	if f.User != "" {
		s.Users = append(s.Users, f.User)
	}
	Widen(&s.Start, &s.End, f.Start)
	Widen(&s.Start, &s.End, f.End)
	weight := []int{f.Status.Rank(), f.Rule.Severity.Rank(), f.Confidence.Rank(), -f.Steps()}
	if s.weight == nil || slices.Compare(weight, s.weight) < 0 {
		s.weight = weight
		s.Lead, s.Title, s.Status, s.Severity, s.Confidence = f.ID, f.Title, f.Status, f.Rule.Severity, f.Confidence
		if s.Verdict != VerdictChain {
			s.Verdict = f.Verdict
		}
	}
	if f.Status == StatusFinding && f.Verdict == VerdictChain {
		s.Verdict = VerdictChain
	}
}
