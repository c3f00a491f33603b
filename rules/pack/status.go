package pack

// Status of a finding.
type Status string

// The statuses, spelled as in the JSON report.
const (
	StatusFinding    Status = "finding"
	StatusSuppressed Status = "suppressed" // an exception matched: listed with its reason, never dropped
	StatusPartial    Status = "partial"    // a chain that lacks stages, kept with the reason
)
