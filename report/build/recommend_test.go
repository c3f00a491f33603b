package build

import (
	"strings"
	"testing"

	"hunt/report"
)

// The verdict counts several incidents by severity.
func TestTheHeadlineCountsIncidentsBySeverity(t *testing.T) {
	p := &picture{incidents: []report.Incident{{Severity: "critical", Hosts: []string{"a"}},
		{Severity: "high", Hosts: []string{"b"}}, {Severity: "high", Hosts: []string{"a"}}}}
	if got, want := p.headline(&report.Summary{Hosts: 4}),
		"3 suspected incidents (1 critical, 2 high) on 2 of 4 hosts"; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.incidents = p.incidents[:1]
	if got := p.headline(&report.Summary{Hosts: 4}); !strings.HasPrefix(got, "1 suspected incident on 1 of 4") {
		t.Errorf("of one: %q", got)
	}
}
