package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestShowOfAFindingNeedsNoReport shows findings as they are in a report, and by running the rules.
func TestShowOfAFindingNeedsNoReport(t *testing.T) {
	const evidence = "../../samples/scenario-3-wscript-vbs/attack"
	name := filepath.Join(t.TempDir(), "out.json")
	if code, _, errs := hunt(t, "--evtx", evidence, "--report", name, "--quiet"); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var rep struct{ Findings []struct{ ID string } }
	if err := json.Unmarshal(b, &rep); err != nil || len(rep.Findings) == 0 {
		t.Fatal(len(rep.Findings), err)
	}
	for _, f := range rep.Findings {
		code, want, errs := hunt(t, "show", f.ID, "--report", name, "--evtx", evidence, "--quiet")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		if code, got, errs := hunt(t, "show", f.ID, "--evtx", evidence, "--quiet"); code != 0 || got != want {
			t.Errorf("%s: exit %d: %s\n%s\nwant\n%s", f.ID, code, errs, got, want)
		}
	}
}

// TestShowRefusesRuleOptionsWhereItRunsNoRules: an option that does nothing is a mistake.
func TestShowRefusesRuleOptionsWhereItRunsNoRules(t *testing.T) {
	const evidence = "../../samples/scenario-3-wscript-vbs/attack"
	for _, args := range [][]string{{"Security.evtx#1"}, {"F-1a2b3c4d5e6f", "--report", "out.json"}} {
		code, _, errs := hunt(t, append(append([]string{"show"}, args...), "--evtx", evidence, "--no-default-rules")...)
		if code != 2 || !strings.Contains(errs, "--no-default-rules works only with a finding") {
			t.Errorf("%q: exit %d: %s", args, code, errs)
		}
	}
}
