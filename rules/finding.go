package rules

import (
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/timeline"
)

// Finding is one match of one rule: the rule, the ordered evidence, what joined it, and how sure hunt is and why.
type Finding struct {
	Rule       *pack.Rule
	Host       *timeline.Host // of the last event
	Status     pack.Status
	Exception  *pack.Exception // of a suppressed finding
	Confidence pack.Confidence
	Reasons    []string // full sentences: why that confidence; why partial
	Labels     []string // "within 1 s of the maxspan", "order reversed on the other clock" …
	Evidence   []Evidence
	Keys       []predicate.Value
	Candidates []Evidence // other events that could have been the earlier stage: the newest, up to a bound
	// CandidatesMore counts those that Candidates lacks.
	CandidatesMore int
	// Next says of a partial chain how far the logs could have shown the step that did not follow.
	Next *timeline.Absence
}

// Evidence is one event of a finding. Event is nil for a stage that had to be absent.
type Evidence struct {
	Stage int
	Label string
	Event *timeline.Event
	// Absence says of a stage that had to be absent how far the logs could have shown it.
	Absence *timeline.Absence
}
