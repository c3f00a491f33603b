package coverage

import (
	"cmp"
	"fmt"
	"hunt/timeline/ledger"
	"slices"
)

// maxSilences bounds the silences reported for one channel; the longest are kept.
const maxSilences = 20

// silent finds the gaps of one channel that are silences: other logs wrote meanwhile, while the system kept running.
// A span in which no log has a record is a gap of another kind.
func (c *Coverage) silent(ch *Channel) (gaps []Gap, left int) {
	found, usual := ledger.Silences(ch.Days, ledger.HourOf(c.Host.Last))
	ch.Rhythm = usual
	for _, s := range found {
		if c.examiner.hosts.Bulk().Beyond(s) {
			continue // between the bulk and the few records far from all others, which the summary counts
		}
		if s.To.Start() < c.Host.Last-ledger.TicksPerHour && c.Host.SetOver(ch.Channel, s) {
			continue // no time of this machine
		}
		kind, detail := GapOff, "no other log of the host has any either: it may have been off"
		if ledger.Speaks(c.days, s) {
			if !wroteOn(c.Host.BootHours(), c.days, s) {
				continue // the others wrote after the system had started again
			}
			kind, detail = GapSilent, "other channels of the host have records meanwhile"
		}
		gaps = append(gaps, Gap{Channel: ch.Channel, From: s.From.Start(), To: s.To.Start(), Kind: kind,
			Detail: fmt.Sprintf("not a record for %s, where the longest silence of a day is usually %s; %s",
				ledger.Count(s.Len(), "hour", "hours"), hoursText(usual), detail)})
	}
	if left = len(gaps) - maxSilences; left > 0 {
		slices.SortStableFunc(gaps, func(a, b Gap) int { return cmp.Compare(b.To-b.From, a.To-a.From) })
		gaps = gaps[:maxSilences]
		slices.SortFunc(gaps, func(a, b Gap) int { return cmp.Compare(a.From, b.From) })
	}
	return gaps, max(left, 0)
}

// wroteOn reports whether other logs went on for hours during a silence, in one run of the system; boots are the
// hours in which it started.
func wroteOn(boots []ledger.Hour, days []ledger.DayCount, s ledger.Silence) bool {
	from := s.From
	i, _ := slices.BinarySearch(boots, s.From+1)
	for ; i < len(boots) && boots[i] < s.To; i++ {
		h := boots[i]
		if ledger.LastWord(days, ledger.Silence{From: from, To: h})-from >= ledger.LeastSilence-1 {
			return true
		}
		from = h
	}
	if from == s.From { // it kept running
		return true
	}
	return ledger.LastWord(days, ledger.Silence{From: from, To: s.To})-from >= ledger.LeastSilence-1
}

func hoursText(n int) string {
	if n == 0 {
		return "under an hour"
	}
	return ledger.Count(n, "hour", "hours")
}
