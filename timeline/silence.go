package timeline

import (
	"cmp"
	"fmt"
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
	// maxSilences bounds what is told of one channel: the longest.
	maxSilences = 20
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

// silent finds the gaps of one channel that are silences: other logs wrote meanwhile, while the system ran on. A span in which no log
// has a record is a gap of another kind.
func (c *Coverage) silent(ch *ChannelCoverage) (gaps []Gap, left int) {
	t := c.Host.past()
	found, usual := silences(ch.Days, hourOf(c.Host.Last))
	ch.Rhythm = usual
	for _, s := range found {
		if c.Host.cs.span.beyond(s) {
			continue // between the bulk and few records far from all others, which the summary counts
		}
		if len(t.clock.back) > 0 && s.to.start() < c.Host.Last-ticksPerHour && !t.clock.passed(ch.Channel, s) {
			continue // the clock was set over it: no time of this machine
		}
		kind, detail := GapOff, "no other log of the host has any either: it may have been off"
		if speaks(c.days, s) {
			if !t.wroteOn(c.days, s) {
				continue // the others wrote when the system had started again
			}
			kind, detail = GapSilent, "other channels of the host have records meanwhile"
		}
		gaps = append(gaps, Gap{Channel: ch.Channel, From: s.from.start(), To: s.to.start(), Kind: kind,
			Detail: fmt.Sprintf("not a record for %s, where the longest silence of a day is usually %s; %s", plural(s.len(), "hour", "hours"), hoursText(usual), detail)})
	}
	if left = len(gaps) - maxSilences; left > 0 {
		slices.SortStableFunc(gaps, func(a, b Gap) int { return cmp.Compare(b.To-b.From, a.To-a.From) })
		gaps = gaps[:maxSilences]
		slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	}
	return gaps, max(left, 0)
}

// wroteOn reports whether, in one run of the system, other logs went on for hours during a silence.
func (t *hostTable) wroteOn(days []DayCount, s silence) bool {
	from := s.from
	i, _ := slices.BinarySearch(t.bootHours, s.from+1)
	for ; i < len(t.bootHours) && t.bootHours[i] < s.to; i++ {
		h := t.bootHours[i]
		if lastWord(days, silence{from, h})-from >= leastSilence-1 {
			return true
		}
		from = h
	}
	if from == s.from { // it ran on
		return true
	}
	return lastWord(days, silence{from, s.to})-from >= leastSilence-1
}

func hoursText(n int) string {
	if n == 0 {
		return "under an hour"
	}
	return plural(n, "hour", "hours")
}
