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

// silences returns the unusual silences of a channel up to an hour, by time, how long they usually are, and how many were left out.
// usual is -1 if its records are of too few days to tell.
func silences(days []DayCount, until hour) (out []silence, usual, left int) {
	var all []silence
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
	if len(longest) < rhythmDays {
		return nil, -1, 0
	}
	var lengths []int
	for _, n := range longest {
		lengths = append(lengths, n)
	}
	slices.Sort(lengths)
	usual = lengths[len(lengths)/2]
	all = append(all, silence{last + 1, until})
	for _, s := range all {
		if s.len() >= max(leastSilence, silenceTimes*usual) {
			out = append(out, s)
		}
	}
	if left = len(out) - maxSilences; left > 0 {
		slices.SortStableFunc(out, func(a, b silence) int { return cmp.Compare(b.len(), a.len()) })
		out = out[:maxSilences]
		slices.SortFunc(out, func(a, b silence) int { return cmp.Compare(a.from, b.from) })
	}
	return out, usual, max(left, 0)
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

// silent finds the gaps of one channel that are silences, with what the host's other channels did meanwhile.
func (c *Coverage) silent(ch *ChannelCoverage) (gaps []Gap, left int) {
	found, usual, left := silences(ch.Days, hourOf(c.Host.Last))
	ch.Rhythm = usual
	for _, s := range found {
		detail := fmt.Sprintf("not a record for %s, where the longest silence of a day is usually %s; ", plural(s.len(), "hour", "hours"), hoursText(usual))
		if !speaks(c.days, s) {
			detail += "no other channel of the host has any either: it may have been off"
		} else {
			detail += "other channels of the host have records meanwhile"
		}
		gaps = append(gaps, Gap{Channel: ch.Channel, From: s.from.start(), To: s.to.start(), Kind: GapSilent, Detail: detail})
	}
	return gaps, left
}

func hoursText(n int) string {
	if n == 0 {
		return "under an hour"
	}
	return plural(n, "hour", "hours")
}
