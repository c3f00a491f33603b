package rules

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/limit"
	"hunt/rules/pack"
)

func TestARuleThatMatchesEverythingIsCountedButNotListedWithoutEnd(t *testing.T) {
	name := filepath.Join(t.TempDir(), "everything.eql")
	if err := os.WriteFile(name, []byte("any where true"), 0o644); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	evidence := filepath.Join("..", "samples", "known-good")
	all := runOn(t, pk, Options{}, evidence)
	if len(all.Findings) < 10 || len(all.Limits) != 0 {
		t.Fatalf("%d findings, limits %v: want all events and no limit", len(all.Findings), all.Limits)
	}
	few := runOn(t, pk, Options{MaxFindings: 7}, evidence)
	rr := few.Rules[0]
	listed := 0
	for _, f := range few.Findings {
		listed += f.Count
	}
	if len(few.Findings) != 7 || rr.Matches != all.Rules[0].Matches || rr.Unlisted != rr.Matches-listed {
		t.Errorf("%d findings of %d events, %d matches, %d unlisted; want 7 of %d", len(few.Findings), listed,
			rr.Matches, rr.Unlisted, len(all.Findings))
	}
	for i, f := range few.Findings {
		if sequenceOf(f) != sequenceOf(all.Findings[i]) {
			t.Errorf("finding %d is %s, want the first ones in order: %s", i, sequenceOf(f),
				sequenceOf(all.Findings[i]))
		}
	}
	bites := few.Case.Limits.Bites()
	if len(bites) != 1 || bites[0].ID != "rules-findings" || bites[0].Count != int64(rr.Unlisted) ||
		bites[0].First.Name != "everything" || bites[0].Loses {
		t.Errorf("bounds that bit: %+v", bites)
	}
	if len(few.Limits) != 1 || !strings.Contains(few.Limits[0], "everything matched") {
		t.Errorf("limits %q do not say so", few.Limits)
	}
}

// Each bound on what a rule lists has an id, and what one keeps off the list is not counted by another.
func TestWhatARuleMayNotListIsCountedByItsBound(t *testing.T) {
	rr := RuleResult{Rule: &pack.Rule{ID: "r"}, Unlisted: 9, Crowded: 4, UnlistedPartial: 30, CrowdedPartial: 10,
		Unkept: 500}
	counts := map[limit.ID]int64{}
	for _, b := range rr.bites() {
		counts[b.ID] = b.Count
	}
	want := map[limit.ID]int64{"rules-findings": 25, "rules-process-findings": 14, "rules-first-events": 500}
	if !maps.Equal(counts, want) {
		t.Errorf("%v, want %v", counts, want)
	}
}
