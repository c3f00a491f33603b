package report

import "slices"

// Severity is how much a rule's match matters if it is not a false alarm; "" means none.
type Severity string

// The severities, as rules name them.
const (
	SeverityCritical Severity = "critical"
	SeverityHigh     Severity = "high"
	SeverityMedium   Severity = "medium"
	SeverityLow      Severity = "low"
	SeverityInfo     Severity = "info"
)

// Severities are all severities, the most serious first, as reports order them.
var Severities = []Severity{SeverityCritical, SeverityHigh, SeverityMedium, SeverityLow, SeverityInfo}

// Rank orders severities: 0 is the most serious; unknown and empty ones come last.
func (s Severity) Rank() int {
	if i := slices.Index(Severities, s); i >= 0 {
		return i
	}
	return len(Severities)
}

// AtLeast reports whether s is as grave as least, or graver.
func (s Severity) AtLeast(least Severity) bool { return s.Rank() <= least.Rank() }

// Status says what a match became.
type Status string

// The statuses, in the order of every output.
const (
	StatusFinding    Status = "finding"    // open: an analyst has to look at it
	StatusPartial    Status = "partial"    // a chain that lacks steps
	StatusSuppressed Status = "suppressed" // a tuning exception covers it
)

// Rank orders findings in every output: open, partial, suppressed.
func (s Status) Rank() int {
	switch s {
	case StatusFinding:
		return 0
	case StatusPartial:
		return 1
	}
	return 2
}

// Verdict is the conclusion of a finding or of a whole report.
type Verdict string

// The verdicts. The last two are of reports without any finding.
const (
	VerdictChain   Verdict = "linked chain"
	VerdictPartial Verdict = "incomplete chain"
	VerdictSingle  Verdict = "single event"
	VerdictNothing Verdict = "no finding in what could be seen"
	VerdictBlind   Verdict = "nothing could have been found"
)

// Confidence is how certain hunt is that a match is what its rule looks for.
type Confidence string

// The confidences.
const (
	ConfidenceHigh   Confidence = "high"
	ConfidenceMedium Confidence = "medium"
	ConfidenceLow    Confidence = "low"
)

// Confidences are all confidences from the highest down.
var Confidences = []Confidence{ConfidenceHigh, ConfidenceMedium, ConfidenceLow}

// Rank orders confidences: 0 is the highest; an unknown one comes first.
func (c Confidence) Rank() int { return slices.Index(Confidences, c) }

// RuleStatus says whether a rule could be evaluated.
type RuleStatus string

// The statuses of rules.
const (
	RuleRan     RuleStatus = "ran"
	RuleSkipped RuleStatus = "skipped"
)

// Copy says why a reference is listed in addition to that of an event.
type Copy string

// The reasons.
const (
	CopyDuplicate Copy = "duplicate" // the same record once more
	CopyTwin      Copy = "twin"      // the other record of one process start
)

// Action is what a recommendation asks for.
type Action string

// The actions.
const (
	ActionContain  Action = "contain"
	ActionPreserve Action = "preserve"
	ActionReset    Action = "reset"
	ActionHunt     Action = "hunt"
	ActionCheck    Action = "check first"
	ActionReview   Action = "review"
	ActionCollect  Action = "collect next"
	ActionLogging  Action = "enable logging"
)

// IndicatorType is the type of an observable.
type IndicatorType string

// The types.
const (
	IndicatorMD5     IndicatorType = "md5"
	IndicatorSHA1    IndicatorType = "sha1"
	IndicatorSHA256  IndicatorType = "sha256"
	IndicatorImphash IndicatorType = "imphash"
	IndicatorPath    IndicatorType = "path"
	IndicatorURL     IndicatorType = "url"
	IndicatorDomain  IndicatorType = "domain"
	IndicatorIP      IndicatorType = "ip"
)

// StepKind is the kind of a step from an address to the network.
type StepKind string

// The kinds, in the order in which steps at the same time are told.
const (
	StepURL       StepKind = "url"
	StepFile      StepKind = "file"
	StepExecution StepKind = "execution"
	StepNetwork   StepKind = "network"
)
