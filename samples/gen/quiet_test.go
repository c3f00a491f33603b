package main

import (
	"encoding/json"
	"testing"
)

// TestNormalWorkingDaysKeepTheBudget counts all findings of all rules on 30 host-days on which nothing happens but
// work: none high, one medium and five low ones at most.
func TestNormalWorkingDaysKeepTheBudget(t *testing.T) {
	t.Parallel()
	tr, b := smallFleet(t, fleetOptions{hosts: 3, mb: 6, seed: 11, jobs: 2, quiet: true})
	for _, h := range tr.Hosts {
		if len(h.Planted) > 0 || len(h.Cleared) > 0 {
			t.Fatalf("%s is not quiet: %d chains, %d logs cleared", h.ID, len(h.Planted), len(h.Cleared))
		}
	}
	var report struct {
		Findings []struct {
			Status string
			Title  string
			Rule   struct{ ID, Severity string }
		}
	}
	if err := json.Unmarshal(b, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Findings) == 0 {
		t.Error("not even a suppressed finding: what was counted?")
	}
	count := map[string]int{}
	for _, f := range report.Findings {
		if f.Status == "finding" {
			count[f.Rule.Severity]++
			t.Logf("%s %s: %s", f.Rule.Severity, f.Rule.ID, f.Title)
		}
	}
	if n := count["critical"] + count["high"]; n > 0 || count["medium"] > 1 || count["low"] > 5 {
		t.Errorf("%d high, %d medium, %d low findings; the budget is 0, 1, 5", n, count["medium"], count["low"])
	}
}
