package coverage

import (
	"testing"

	"hunt/evtx"
	"hunt/timeline/ledger"
)

// daysOf are the counts of days in which these hours have a record.
func daysOf(hours ...ledger.Hour) (days []ledger.DayCount) {
	for _, h := range hours {
		if n := len(days); n == 0 || days[n-1].Day != ledger.Day(h/24) {
			days = append(days, ledger.DayCount{Day: ledger.Day(h / 24)})
		}
		d := &days[len(days)-1]
		d.Count++
		d.Hours |= 1 << (h % 24)
	}
	return days
}

// During a silence from hour 100 to hour 140, the machine starts at hour 120, unless there is no start.
func TestOtherLogsWroteOnIfTheyDidForHoursOfOneRun(t *testing.T) {
	begin := ledger.Hour(155_000) * 24 // in 2025
	for _, c := range []struct {
		name  string
		boots []ledger.Hour
		wrote []ledger.Hour
		want  bool
	}{
		{"no start at all", nil, []ledger.Hour{101}, true},
		{"a start before the silence", []ledger.Hour{100}, []ledger.Hour{101}, true},
		{"a start at its end", []ledger.Hour{140}, []ledger.Hour{101}, true},
		{"six hours before the start", []ledger.Hour{120}, []ledger.Hour{105}, true},
		{"five hours before the start", []ledger.Hour{120}, []ledger.Hour{104}, false},
		{"six hours after it", []ledger.Hour{120}, []ledger.Hour{125}, true},
		{"five hours after it", []ledger.Hour{120}, []ledger.Hour{124}, false},
		{"five hours on either side of it", []ledger.Hour{120}, []ledger.Hour{104, 124}, false},
		{"six hours of the last of several runs", []ledger.Hour{110, 120, 130},
			[]ledger.Hour{104, 114, 124, 135}, true},
		{"five hours of each of several runs", []ledger.Hour{110, 120, 130}, []ledger.Hour{104, 114, 124, 134}, false},
		{"six hours of the second of several runs", []ledger.Hour{110, 120, 130}, []ledger.Hour{115}, true},
		{"nothing before or after the start", []ledger.Hour{120}, nil, false},
	} {
		var boots, wrote []ledger.Hour
		for _, h := range c.boots {
			boots = append(boots, begin+h)
		}
		for _, h := range c.wrote {
			wrote = append(wrote, begin+h)
		}
		if got := wroteOn(boots, daysOf(wrote...), ledger.Silence{From: begin + 100, To: begin + 140}); got != c.want {
			t.Errorf("%s: wrote on %v", c.name, got)
		}
	}
}

func TestAStepForwardIsOneOfSixHours(t *testing.T) {
	const at = evtx.Filetime(133_000_000_000_000_000)
	for _, c := range []struct {
		from, to evtx.Filetime
		want     bool
	}{
		{at, at + 6*ledger.TicksPerHour, true}, {at, at + 6*ledger.TicksPerHour - 1, false}, {at, at, false},
		{at, at - 1, false}, {0, at, false},
	} {
		if got := (&ledger.Step{From: c.from, To: c.to}).Forward(); got != c.want {
			t.Errorf("from %d to %d: %v", c.from, c.to, got)
		}
	}
}
