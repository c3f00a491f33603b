package html

import (
	"reflect"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/report"
)

func TestTimesHaveThoseOfTheOtherZoneBesideThem(t *testing.T) {
	c := clockOf(&report.Case{TimeZone: "America/New_York"})
	for text, want := range map[string]string{
		"2026-03-08T06:59:59Z": "2026-03-08 06:59:59 (01:59:59 -05:00)", // the last second of winter there
		"2026-03-08T07:00:00Z": "2026-03-08 07:00:00 (03:00:00 -04:00)",
		"2026-03-08T02:00:00Z": "2026-03-08 02:00:00 (2026-03-07 21:00:00 -05:00)",
	} {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		moment := report.TimeOf(evtx.FiletimeOf(at))
		if got := c.text(moment); got != want {
			t.Errorf("%s is shown as %q, not %q", text, got, want)
		}
		if got := (clock{}).text(moment); got != want[:len(time.DateTime)] {
			t.Errorf("%s is shown as %q without a zone", text, got)
		}
	}
	if got := c.text(nil); got != "time not known" {
		t.Error(got)
	}
}

// The script of the page gets the shifts that its rows need, in any order, from 1601 to the last year of a FILETIME.
func TestShiftsAreThoseOfTheTimes(t *testing.T) {
	at := func(text string) int64 {
		u, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return u.UnixMilli()
	}
	winter, change, summer := at("2026-01-05T00:00:00Z"), at("2026-03-08T07:00:00Z"), at("2026-06-01T00:00:00Z")
	c := clockOf(&report.Case{TimeZone: "America/New_York"})
	want := []shift{{winter, -300}, {change, -240}}
	if got := c.shiftsOf([]int64{summer, winter, change, summer, winter + 1}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	if got := c.shiftsOf([]int64{at("1601-01-01T00:00:00Z"), 910670515199999}); len(got) != 2 { // up to the year 30828
		t.Error(got)
	}
	if got := (clock{}).shiftsOf([]int64{summer}); got != nil {
		t.Error(got)
	}
}
