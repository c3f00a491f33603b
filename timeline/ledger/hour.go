package ledger

import (
	"math/bits"
	"slices"

	"hunt/evtx"
)

// The rule for silences. Each channel has its own rhythm: for each day with records, take the longest silence that
// ended on it; the median of these is usual, so that nights, weekends and channels with one event a week do not count
// as silent. A silence counts in whole hours without a record.
const (
	// SilenceTimes is how many times as long as usual a silence must be to be reported.
	SilenceTimes = 8
	// LeastSilence is the shortest that is reported, in hours.
	LeastSilence = 6
	// rhythmDays is the fewest days with records from which a rhythm can be derived.
	rhythmDays = 5
)

// Hour is an hour, counted from 1601-01-01 UTC.
type Hour int64

func HourOf(at evtx.Filetime) Hour { return Hour(at / TicksPerHour) }

func (h Hour) Start() evtx.Filetime { return evtx.Filetime(h) * TicksPerHour }

// Silence is a span of hours without a record, [from, to).
type Silence struct{ From, To Hour }

func (s Silence) Len() int { return int(s.To - s.From) }

// EachHour calls do for the hours with records, in order. Values that stand for many days are left out.
func EachHour(days []DayCount, do func(Hour)) {
	for _, d := range days {
		if !d.Day.Bounded() {
			continue
		}
		for m := d.Hours; m != 0; m &= m - 1 {
			do(Hour(d.Day)*24 + Hour(bits.TrailingZeros32(m)))
		}
	}
}

// Pauses returns the silences of a channel up to an hour that are long enough to be reported, by time, and how long
// they usually are: -1 if its records cover too few days.
func Pauses(days []DayCount, until Hour) (all []Silence, usual int) {
	longest := map[Day]int{}
	last := Hour(-1)
	EachHour(days, func(h Hour) {
		day := Day(h / 24)
		if last >= 0 {
			s := Silence{last + 1, h}
			longest[day] = max(longest[day], s.Len())
			if s.Len() >= LeastSilence {
				all = append(all, s)
			}
		} else {
			longest[day] = 0
		}
		last = h
	})
	if last >= 0 {
		all = append(all, Silence{last + 1, until})
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

// Silences returns the unusual silences of a channel up to an hour, by time, and how long they usually are, -1 if its
// records cover too few days.
func Silences(days []DayCount, until Hour) (out []Silence, usual int) {
	all, usual := Pauses(days, until)
	if usual < 0 {
		return nil, -1
	}
	for _, s := range all {
		if s.Len() >= max(LeastSilence, SilenceTimes*usual) {
			out = append(out, s)
		}
	}
	return out, usual
}

// Speaks reports whether there are records within a silence.
func Speaks(days []DayCount, s Silence) bool {
	i, _ := slices.BinarySearchFunc(days, Day(s.From/24), func(d DayCount, day Day) int { return int(d.Day - day) })
	for ; i < len(days) && Hour(days[i].Day)*24 < s.To; i++ {
		found := false
		EachHour(days[i:i+1], func(h Hour) { found = found || h >= s.From && h < s.To })
		if found {
			return true
		}
	}
	return false
}

// LastWord returns the last hour with records within a silence, -1 if there is none.
func LastWord(days []DayCount, s Silence) Hour {
	last := Hour(-1)
	i, _ := slices.BinarySearchFunc(days, Day(s.From/24), func(d DayCount, day Day) int { return int(d.Day - day) })
	for ; i < len(days) && Hour(days[i].Day)*24 < s.To; i++ {
		EachHour(days[i:i+1], func(h Hour) {
			if h >= s.From && h < s.To {
				last = max(last, h)
			}
		})
	}
	return last
}
