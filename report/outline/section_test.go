package outline_test

import (
	"slices"
	"testing"

	"hunt/report"
	"hunt/report/change"
	"hunt/report/outline"
)

func TestSectionsAndSheetsHaveOnePlaceEach(t *testing.T) {
	t.Parallel()
	for i, s := range outline.Sections {
		if s.ID.Number() != i {
			t.Errorf("section %d: %s has the number %d", i, s.ID, s.ID.Number())
		}
		if s.Nav == "" || s.Title == "" && i > 0 {
			t.Errorf("section %s has no name", s.ID)
		}
	}
	sheets := outline.Sheets(&report.Report{Changes: &change.Changes{}})
	slices.Sort(sheets)
	if twice := slices.Compact(slices.Clone(sheets)); len(twice) != len(sheets) {
		t.Errorf("a sheet stands twice among %q", sheets)
	}
}
