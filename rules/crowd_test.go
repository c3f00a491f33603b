package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/rules/pack"
	"hunt/samples/growth"
)

// TestWhatOneProcessDoesWithoutEndIsCountedNotListed: 3,000 starts under one process id, and a browser's own before them.
func TestWhatOneProcessDoesWithoutEndIsCountedNotListed(t *testing.T) {
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "one-pid" {
			if err := k.Write(dir, 3000); err != nil {
				t.Fatal(err)
			}
		}
	}
	name := filepath.Join(t.TempDir(), "starts.eql")
	if err := os.WriteFile(name, []byte("process where true"), 0o600); err != nil {
		t.Fatal(err)
	}
	tuning := filepath.Join(t.TempDir(), "tuning.toml")
	text := "[[exception]]\nid = \"odd\"\nrule = \"*\"\nreason = \"known\"\nexpires = \"never\"\nexpires_reason = \"test\"\ncommand_line = \"*# ??\"\n"
	if err := os.WriteFile(tuning, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, Tuning: []string{tuning}, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	res := runOn(t, pk, Options{}, dir)
	rr := res.Rules[0]
	by := map[pack.Status]int{}
	for _, f := range res.Findings {
		by[f.Status]++
	}
	// Those numbered 10 to 99 are suppressed, and take no place from the others.
	if rr.Matches != 3001 || by[pack.StatusFinding] != ofEachActor+1 || by[pack.StatusSuppressed] != 90 || rr.Unlisted != rr.Matches-len(res.Findings) || rr.Crowded != rr.Unlisted {
		t.Errorf("%d matches, listed %v, %d unlisted, %d of them of one process", rr.Matches, by, rr.Unlisted, rr.Crowded)
	}
	bites := res.Case.Limits.Bites()
	if len(bites) != 1 || bites[0].ID != "rules-process-findings" || bites[0].Count != int64(rr.Crowded) || bites[0].First.Name != rr.Rule.ID || bites[0].Loses {
		t.Errorf("bounds that bit: %+v", bites)
	}
	if len(res.Limits) != 1 || !strings.Contains(res.Limits[0], "matched 3001 times") || !strings.Contains(res.Limits[0], "no more than 1000 for one process id") {
		t.Errorf("limits %q", res.Limits)
	}
}
