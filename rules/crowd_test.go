package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/samples/growth"
	"hunt/timeline/spill"
)

// TestWhatOneProcessDoesWithoutEndIsOneFinding: 3,000 starts under one process id, and a browser's own before them.
func TestWhatOneProcessDoesWithoutEndIsOneFinding(t *testing.T) {
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
	text := "[[exception]]\nid = \"odd\"\nrule = \"*\"\nreason = \"known\"\nexpires = \"never\"\nexpires_reason = " +
		"\"test\"\ncommand_line = \"*# ??\"\n"
	if err := os.WriteFile(tuning, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{Rules: []string{name}, NoDefaultRules: true, Tuning: []string{tuning},
		NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, memory := range []spill.Budget{0, 1 << 20} {
		res := runOn(t, pk, Options{MaxMemory: memory}, dir)
		rr := res.Rules[0]
		var got []string
		for _, f := range res.Findings {
			got = append(got, fmt.Sprintf("%s %d of %d", f.Status, len(f.Evidence), f.Count))
		}
		// Those numbered 10 to 99 are suppressed, and join no other run.
		want := []string{"finding 1 of 1", "finding 5 of 2910", "suppressed 5 of 90"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("memory %d (-want +got):\n%s", memory, diff)
		}
		if rr.Matches != 3001 || rr.StageHits[0] != 3001 || rr.Suppressed != 90 || rr.Unlisted != 0 {
			t.Errorf("%+v", rr)
		}
		if bites := res.Case.Limits.Bites(); len(bites) != 2 || bites[0].ID != fact.BoundSpread.ID ||
			bites[1].ID != boundFurther.ID {
			t.Errorf("bounds that bit: %+v", bites)
		}
	}
}

// TestMatchesOfSequencesOfOneProcessAreCountedNotListed: each two starts under the process id are a match.
func TestMatchesOfSequencesOfOneProcessAreCountedNotListed(t *testing.T) {
	dir := t.TempDir()
	for _, k := range growth.Kinds() {
		if k.Name == "one-pid" {
			if err := k.Write(dir, 3000); err != nil {
				t.Fatal(err)
			}
		}
	}
	pk := boundPack(t, `sequence by host.id, process.pid [process where true] [process where true]`)
	res := runOn(t, pk, Options{}, dir)
	rr := res.Rules[0]
	if rr.Matches != 2999 || len(res.Findings) != ofEachProcess || rr.Unlisted != rr.Matches-ofEachProcess ||
		rr.Crowded != rr.Unlisted {
		t.Errorf("%d matches, %d listed, %d unlisted, %d of them of one process", rr.Matches, len(res.Findings),
			rr.Unlisted, rr.Crowded)
	}
	bites := res.Case.Limits.Bites()
	if len(bites) != 1 || bites[0].ID != "rules-process-findings" || bites[0].Count != int64(rr.Crowded) ||
		bites[0].First.Name != rr.Rule.ID || bites[0].Loses {
		t.Errorf("bounds that bit: %+v", bites)
	}
	if len(res.Limits) != 1 || !strings.Contains(res.Limits[0], "matched 2999 times") ||
		!strings.Contains(res.Limits[0], "no more than 1000 for one process id") {
		t.Errorf("limits %q", res.Limits)
	}
}
