package report

import (
	"cmp"
	"slices"
)

// storiesOf tells the stories that findings name, the weightiest first; a finding without a story is one of its own.
func storiesOf(findings []Finding) []Story {
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
		stories = append(stories, t.Story)
	}
	slices.SortStableFunc(stories, func(x, y Story) int {
		return cmp.Or(cmp.Compare(statusRank(x.Status), statusRank(y.Status)), cmp.Compare(severityRank(x.Severity), severityRank(y.Severity)),
			cmp.Compare(confidenceRank(x.Confidence), confidenceRank(y.Confidence)))
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
	s.Rules = insertSorted(s.Rules, f.Rule.ID)
	if f.Host != "" {
		s.Hosts = insertSorted(s.Hosts, f.Host)
	}
	if f.User != "" {
		s.Users = insertSorted(s.Users, f.User)
	}
	widen(&s.Start, &s.End, f.Start)
	widen(&s.Start, &s.End, f.End)
	weight := []int{statusRank(f.Status), severityRank(f.Rule.Severity), confidenceRank(f.Confidence), -len(f.Evidence)}
	if s.weight == nil || slices.Compare(weight, s.weight) < 0 {
		s.weight = weight
		s.Lead, s.Title, s.Status, s.Severity, s.Confidence = f.ID, f.Title, f.Status, f.Rule.Severity, f.Confidence
		if s.Verdict != verdictChain {
			s.Verdict = f.Verdict
		}
	}
	if f.Status == "finding" && f.Verdict == verdictChain {
		s.Verdict = verdictChain
	}
}

func confidenceRank(s string) int {
	return slices.Index([]string{"high", "medium", "low"}, s)
}
