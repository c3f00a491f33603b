package pack

import "slices"

// Status of a finding.
type Status string

// The statuses, spelled as in the JSON report.
const (
	StatusFinding    Status = "finding"
	StatusSuppressed Status = "suppressed" // an exception matched: listed with its reason, never dropped
	StatusPartial    Status = "partial"    // a chain that lacks stages, kept with the reason
)

// Rank orders statuses: the highest is the one that an analyst has to look at first; 0 means
// none.
func (s Status) Rank() int {
	return 1 + slices.Index([]Status{StatusSuppressed, StatusPartial, StatusFinding}, s)
}
