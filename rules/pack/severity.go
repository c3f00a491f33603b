package pack

import (
	"fmt"
	"slices"
	"strings"
)

// Severity of a rule: how bad it is if the finding is true. Severities can be compared with <.
type Severity uint8

// The severities. The zero value is none: a file without a severity gets SeverityMedium when it is loaded.
const (
	SeverityInfo Severity = iota + 1
	SeverityLow
	SeverityMedium
	SeverityHigh
	SeverityCritical
)

var severityNames = []string{"", "info", "low", "medium", "high", "critical"}

// String returns the severity as the JSON report spells it, "" for none.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// ParseSeverity reads a severity: info (or informational), low, medium, high, critical.
func ParseSeverity(s string) (Severity, error) {
	if s == "informational" {
		return SeverityInfo, nil
	}
	if i := slices.Index(severityNames, s); i > 0 {
		return Severity(i), nil
	}
	return 0, fmt.Errorf("unknown severity %q: use one of %s", s, strings.Join(severityNames[1:], ", "))
}

// MarshalText makes Severity a string in JSON.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reverses MarshalText.
func (s *Severity) UnmarshalText(text []byte) error {
	v, err := ParseSeverity(string(text))
	if err == nil {
		*s = v
	}
	return err
}
