package build_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// TestEvidenceThatChangesBeforeTheReportIsDamage: the findings are known by then, and the report says of which file
// the rest is not.
func TestEvidenceThatChangesBeforeTheReportIsDamage(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	twinOf(w, "j.doe", "0x7030d")
	w.Write()
	pk, err := pack.Load(pack.Sources{NoDefaultRules: true, Rules: []string{filepath.Join("testdata", "rules.toml")}})
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(w.Dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	before, err := build.Report(t.Context(), res, build.Options{})
	if err != nil || len(before.Accounting.Damage) != 0 || len(before.Findings) == 0 {
		t.Fatal(err, before.Accounting.Damage, len(before.Findings))
	}
	changed := map[string]bool{}
	for i, f := range col.Files {
		name, at := filepath.Join(w.Dir, filepath.FromSlash(f.Path)), time.Date(2031, 1, 1, 0, 0, i, 0, time.UTC)
		if i == 0 {
			err = os.Remove(name)
		} else {
			err = os.Chtimes(name, at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
		changed[f.Path] = true
	}
	r, err := build.Report(t.Context(), res, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != len(before.Findings) || len(r.Accounting.Damage) == 0 {
		t.Errorf("%d findings, want %d; damage %v", len(r.Findings), len(before.Findings), r.Accounting.Damage)
	}
	for _, d := range r.Accounting.Damage {
		if !changed[d.File] || !d.Loses || !strings.Contains(d.Detail, "scan") &&
			!strings.Contains(d.Detail, "second time") {
			t.Errorf("damage %+v", d)
		}
	}
	damaged := 0
	for _, f := range r.Accounting.Files {
		if f.Status == string(evidence.Damaged) {
			damaged++
		}
	}
	if damaged != len(r.Accounting.Damage) {
		t.Errorf("%d files are damaged in %d places", damaged, len(r.Accounting.Damage))
	}
	if err := build.Rehearse(t.Context(), res, build.Options{}); err == nil {
		t.Error("a shard can be made of it")
	}
}
