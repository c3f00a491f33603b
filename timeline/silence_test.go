package timeline

import (
	"testing"

	"hunt/evtx"
)

// daysOf are the counts of days in which these hours have a record.
func daysOf(hours ...hour) (days []DayCount) {
	for _, h := range hours {
		if n := len(days); n == 0 || days[n-1].Day != Day(h/24) {
			days = append(days, DayCount{Day: Day(h / 24)})
		}
		d := &days[len(days)-1]
		d.Count++
		d.hours |= 1 << (h % 24)
	}
	return days
}

// During a silence from hour 100 to hour 140, the machine starts at hour 120, unless there is no start.
func TestOtherLogsWroteOnIfTheyDidForHoursOfOneRun(t *testing.T) {
	begin := hour(155_000) * 24 // in 2025
	for _, c := range []struct {
		name  string
		boots []hour
		wrote []hour
		want  bool
	}{
		{"no start at all", nil, []hour{101}, true},
		{"a start before the silence", []hour{100}, []hour{101}, true},
		{"a start at its end", []hour{140}, []hour{101}, true},
		{"six hours before the start", []hour{120}, []hour{105}, true},
		{"five hours before the start", []hour{120}, []hour{104}, false},
		{"six hours after it", []hour{120}, []hour{125}, true},
		{"five hours after it", []hour{120}, []hour{124}, false},
		{"five hours on either side of it", []hour{120}, []hour{104, 124}, false},
		{"six hours of the last of several runs", []hour{110, 120, 130}, []hour{104, 114, 124, 135}, true},
		{"five hours of each of several runs", []hour{110, 120, 130}, []hour{104, 114, 124, 134}, false},
		{"six hours of the second of several runs", []hour{110, 120, 130}, []hour{115}, true},
		{"nothing before or after the start", []hour{120}, nil, false},
	} {
		table := hostTable{}
		for _, h := range c.boots {
			table.bootHours = append(table.bootHours, begin+h)
		}
		var wrote []hour
		for _, h := range c.wrote {
			wrote = append(wrote, begin+h)
		}
		if got := table.wroteOn(daysOf(wrote...), silence{begin + 100, begin + 140}); got != c.want {
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
		{at, at + 6*ticksPerHour, true}, {at, at + 6*ticksPerHour - 1, false}, {at, at, false}, {at, at - 1, false}, {0, at, false},
	} {
		if got := (&clockStep{from: c.from, to: c.to}).forward(); got != c.want {
			t.Errorf("from %d to %d: %v", c.from, c.to, got)
		}
	}
}
