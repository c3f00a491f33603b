package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// The logs of the corpus come from many labs that share names, accounts and private addresses. As one case nothing
// joins across the collections that they come from.
func TestNothingJoinsAcrossTheLabsOfTheCorpus(t *testing.T) {
	dir := os.Getenv("HUNT_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	dir = filepath.Join(dir, "real")
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" {
			t.Fatalf("no corpus of real logs at %s", dir)
		}
		t.Skipf("SKIPPED, NOT PASSED: no corpus of real logs at %s; set HUNT_CORPUS", dir)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = col.Close() }()
	pk, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := build.Report(t.Context(), res, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*report.Finding{}
	for i := range r.Findings {
		found[r.Findings[i].ID] = &r.Findings[i]
	}
	for _, i := range r.Incidents {
		labs := map[string]bool{}
		for _, id := range i.Findings {
			for _, e := range found[id].Evidence {
				if !e.Missing {
					lab, _, _ := strings.Cut(e.Ref.File, "/")
					labs[lab] = true
				}
			}
		}
		if len(labs) > 1 {
			t.Errorf("%s on %q joins logs of %v: %+v", i.ID, i.Hosts, labs, i.Edges)
		}
	}
	if len(r.Incidents) < 20 {
		t.Errorf("%d incidents: this proves nothing", len(r.Incidents))
	}
}
