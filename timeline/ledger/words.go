package ledger

import (
	"fmt"
	"slices"

	"hunt/evtx"
)

// Date returns the day of a time, in UTC.
func Date(t evtx.Filetime) string { return t.Time().Format("2006-01-02") }

// Count returns "1 record", "12000 records". Reports put commas into numbers (report.Count); messages do not.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Distinct sorts strings and removes duplicates.
func Distinct(list []string) []string {
	slices.Sort(list)
	return slices.Clip(slices.Compact(list))
}
