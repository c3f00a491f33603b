package html

import (
	"testing"

	"hunt/report"
)

// A line of an incident names two hosts and two accounts, and a story ends with how sure it is, whatever a command
// line in it says.
func TestALineAndAStoryInParts(t *testing.T) {
	v := incidentView{Incident: &report.Incident{Hosts: []string{"a.x", "b.x", "c.x", "d.x"}, Accounts: []string{`D\x`},
		Story: "On a: cmd.exe /c echo How sure: low. How sure: high confidence."}, domain: ".x"}
	if got := v.Where(); got != `a, b, c and 1 more, D\x` {
		t.Errorf("%q", got)
	}
	if v.Told() != "On a: cmd.exe /c echo How sure: low." || v.Sure() != "high confidence." {
		t.Errorf("%q, %q", v.Told(), v.Sure())
	}
	v.Story = "On a: nothing."
	if v.Told() != v.Story || v.Sure() != "" {
		t.Errorf("%q, %q", v.Told(), v.Sure())
	}
}
