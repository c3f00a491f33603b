package tree

import (
	"testing"

	"hunt/evtx"
	"hunt/timeline/host"
)

// A start of which no record has a time is not one in the year in which FILETIME begins.
func TestASpanSaysWhichTimesAreNotKnown(t *testing.T) {
	const start, end = 133_000_000_000_000_000, 133_000_000_600_000_000 // 2022-06-18, a minute apart
	for want, p := range map[string]*host.Process{
		"2022-06-18 04:26:40 to 04:27:40":                 {Start: start, End: end},
		"2022-06-18 04:26:40 to no end logged":            {Start: start},
		"start time not known, ended 2022-06-18 04:27:40": {End: evtx.Filetime(end)},
		"start time not known, no end logged":             {},
		"start not logged":                                {Inferred: true},
	} {
		if got := (&Options{}).span(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
