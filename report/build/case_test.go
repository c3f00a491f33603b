package build_test

import (
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

func TestNotesReachTheirFindingsAndOthersAreNotLost(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	id := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell").ID
	r := w.Report(build.Options{
		Case: report.Case{ID: "IR-7", Notes: map[string]string{id: "Clicked.", "F-gone": "From an earlier run."}}},
		rules.Options{}, "rules.toml")
	if f := reporttest.Only(t, r, "test-browser-shell"); f.Note != "Clicked." {
		t.Errorf("note %q", f.Note)
	}
	if r.Case.Notes["F-gone"] != "From an earlier run." || r.Case.ID != "IR-7" || r.Case.Analyst != "" ||
		len(r.Case.Slots) != 7 || r.Case.Slots[0].Value != "" {
		t.Errorf("%+v", r.Case)
	}
	found := false
	for _, l := range r.Accounting.Limits {
		found = found || strings.Contains(l, "F-gone")
	}
	if !found {
		t.Errorf("nothing says that the note on F-gone has no finding: %q", r.Accounting.Limits)
	}
}
