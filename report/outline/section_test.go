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

// Others may come between them: who reads reports looks for these, in this order.
func TestSectionsAndSheetsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	sections := []string{"Verdict", "Do now", "What could not be seen", "Suspected incidents", "Findings", "Timeline",
		"Hosts and accounts", "Indicators", "Coverage and limitations", "Scope and confidence",
		"Evidence inventory", "Methodology and appendix"}
	var have []string
	for _, s := range outline.Sections {
		if slices.Contains(sections, s.Title) {
			have = append(have, s.Title)
		}
	}
	if !slices.Equal(have, sections) {
		t.Errorf("sections %q, want %q", have, sections)
	}
	sheets := []outline.SheetID{"Summary", "Incidents", "Findings", "Details", "Steps", "Timeline", "Hosts", "Accounts",
		"Movement", "Indicators", "Coverage", "Gaps", "Evidence", "Records", "Damage", "Rules", "RuleTexts",
		"Histogram", "About"}
	if got := slices.DeleteFunc(outline.Sheets(&report.Report{}), func(id outline.SheetID) bool {
		return !slices.Contains(sheets, id)
	}); !slices.Equal(got, sheets) {
		t.Errorf("sheets %q, want %q", got, sheets)
	}
}
