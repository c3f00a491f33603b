package ledger

import (
	"fmt"
	"slices"

	"hunt/evtx"
)

func Date(t evtx.Filetime) string { return t.Time().Format("2006-01-02") }

func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Duration says how long a span is, in its two largest units.
func Duration(t evtx.Filetime) string {
	units := []struct {
		size evtx.Filetime
		name string
	}{{TicksPerDay, "d"}, {TicksPerHour, "h"}, {60 * evtx.TicksPerSecond, "min"}, {evtx.TicksPerSecond, "s"},
		{evtx.TicksPerSecond / 1000, "ms"}}
	for i, u := range units {
		if t < u.size {
			continue
		}
		s := fmt.Sprintf("%d %s", t/u.size, u.name)
		if i+1 < len(units) {
			if rest := t % u.size / units[i+1].size; rest > 0 {
				s += fmt.Sprintf(" %d %s", rest, units[i+1].name)
			}
		}
		return s
	}
	return "under 1 ms"
}

// Distinct sorts strings and keeps one of each.
func Distinct(list []string) []string {
	slices.Sort(list)
	return slices.Clip(slices.Compact(list))
}
