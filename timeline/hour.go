package timeline

import (
	"math/bits"
	"slices"

	"hunt/evtx"
)

// The rule for silences. Each channel has its own rhythm: of each day that has records, the longest silence that ended on it; the
// median of these is what is usual, so that nights, weekends and channels with an event a week are none. A silence counts in whole
// hours without a record.
const (
	// silenceTimes is how many times as long as usual a silence must be to be told.
	silenceTimes = 8
	// leastSilence is the shortest that is told, in hours.
	leastSilence = 6
	// rhythmDays is the fewest days with records of which a rhythm can be told.
	rhythmDays = 5
)

// hour is an hour, counted from 1601-01-01 UTC.
type hour int64

func hourOf(at evtx.Filetime) hour { return hour(at / ticksPerHour) }

func (h hour) start() evtx.Filetime { return evtx.Filetime(h) * ticksPerHour }

// silence is a span of hours without a record, [from, to).
type silence struct{ from, to hour }

func (s silence) len() int { return int(s.to - s.from) }

// eachHour gives the hours with records in order. Days that stand for many are left out.
func eachHour(days []DayCount, do func(hour)) {
	for _, d := range days {
		if !d.Day.Bounded() {
			continue
		}
		for m := d.hours; m != 0; m &= m - 1 {
			do(hour(d.Day)*24 + hour(bits.TrailingZeros32(m)))
		}
	}
}

// rawSilences returns the silences of a channel up to an hour that are long enough to be told, by time, and how long they usually
// are: -1 if its records are of too few days to tell.
func rawSilences(days []DayCount, until hour) (all []silence, usual int) {
	longest := map[Day]int{}
	last := hour(-1)
	eachHour(days, func(h hour) {
		day := Day(h / 24)
		if last >= 0 {
			s := silence{last + 1, h}
			longest[day] = max(longest[day], s.len())
			if s.len() >= leastSilence {
				all = append(all, s)
			}
		} else {
			longest[day] = 0
		}
		last = h
	})
	if last >= 0 {
		all = append(all, silence{last + 1, until})
	}
	if len(longest) < rhythmDays {
		return all, -1
	}
	var lengths []int
	for _, n := range longest {
		lengths = append(lengths, n)
	}
	slices.Sort(lengths)
	return all, lengths[len(lengths)/2]
}

// silences returns the unusual silences of a channel up to an hour, by time, and how long they usually are, -1 if its records are of
// too few days to tell.
func silences(days []DayCount, until hour) (out []silence, usual int) {
	all, usual := rawSilences(days, until)
	if usual < 0 {
		return nil, -1
	}
	for _, s := range all {
		if s.len() >= max(leastSilence, silenceTimes*usual) {
			out = append(out, s)
		}
	}
	return out, usual
}

// speaks reports whether there are records within a silence.
func speaks(days []DayCount, s silence) bool {
	i, _ := slices.BinarySearchFunc(days, Day(s.from/24), func(d DayCount, day Day) int { return int(d.Day - day) })
	for ; i < len(days) && hour(days[i].Day)*24 < s.to; i++ {
		found := false
		eachHour(days[i:i+1], func(h hour) { found = found || h >= s.from && h < s.to })
		if found {
			return true
		}
	}
	return false
}

// lastWord returns the last hour within a silence that has records, -1 if there is none.
func lastWord(days []DayCount, s silence) hour {
	last := hour(-1)
	i, _ := slices.BinarySearchFunc(days, Day(s.from/24), func(d DayCount, day Day) int { return int(d.Day - day) })
	for ; i < len(days) && hour(days[i].Day)*24 < s.to; i++ {
		eachHour(days[i:i+1], func(h hour) {
			if h >= s.from && h < s.to {
				last = max(last, h)
			}
		})
	}
	return last
}
