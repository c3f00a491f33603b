package rules

import (
	"testing"
	"time"

	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// caseStart is the time of the first event of most tests, caseComputer the computer.
var caseStart = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

const caseComputer = "WS01.corp.example"

// caseLogs are the logs that tests make events of.
var caseLogs = map[string]struct{ channel, provider string }{
	"sysmon":     {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"},
	"security":   {"Security", "Microsoft-Windows-Security-Auditing"},
	"powershell": {"Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell"},
	"system":     {"System", "Service Control Manager"},
	"defender":   {"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender"},
}

// runCase runs a pack over the events of a case.
func runCase(t *testing.T, c *pack.Case, p *pack.Pack) []*Finding {
	t.Helper()
	dir := t.TempDir()
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), timeline.Of(col), p, Options{Jobs: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, rr := range res.Rules {
		if !rr.Ran {
			t.Fatalf("the rule does not run: %s", rr.Reason)
		}
	}
	return res.Findings
}

// statusesOf are the statuses of findings, as messages of tests show them.
func statusesOf(found []*Finding) []pack.Status {
	var out []pack.Status
	for _, f := range found {
		out = append(out, f.Status)
	}
	return out
}
