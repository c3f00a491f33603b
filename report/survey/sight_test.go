package survey_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/report/sight"
	"hunt/report/survey"
	"hunt/timeline/ledger"
)

func TestCountsPerDayAreWrittenInRuns(t *testing.T) {
	const day = ledger.Day(155_000) // 2025-05-18
	for name, c := range map[string]struct {
		days []ledger.DayCount
		want []sight.DayRun
	}{
		"none": {nil, []sight.DayRun{}},
		"a short hole": {[]ledger.DayCount{{Day: day, Count: 3}, {Day: day + 3, Count: 1}},
			[]sight.DayRun{{From: day.String(), Counts: []int{3, 0, 0, 1}}}},
		"a long hole": {[]ledger.DayCount{{Day: day, Count: 3}, {Day: day + 12, Count: 1}},
			[]sight.DayRun{{From: day.String(), Counts: []int{3}}, {From: (day + 12).String(), Counts: []int{1}}}},
		"days that stand for many": {[]ledger.DayCount{{Day: 1, Count: 2}, {Day: day, Count: 3},
			{Day: 1 << 20, Count: 4}},
			[]sight.DayRun{{From: "before 2000-01-01", Counts: []int{2}}, {From: day.String(), Counts: []int{3}},
				{From: "after 2049-12-31", Counts: []int{4}}}},
	} {
		if diff := cmp.Diff(c.want, survey.DayRuns(c.days)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	var many []ledger.DayCount
	for i := range 300 {
		many = append(many, ledger.DayCount{Day: ledger.Day(146_000 + 20*i), Count: 2})
	}
	runs, total := survey.DayRuns(many), 0
	for _, r := range runs {
		for _, n := range r.Counts {
			total += n
		}
	}
	if len(runs) != 101 || total != 600 {
		t.Errorf("300 days far apart: %d runs of %d records; want 101 of 600", len(runs), total)
	}
}
