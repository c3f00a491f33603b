package survey

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/sight"
	"hunt/rules/pack"
	"hunt/rules/reason"
	"hunt/rules/stage"
	"hunt/timeline/coverage"
	"hunt/timeline/ledger"
)

// channelCoverage tells the channels of a host with their events.
func channelCoverage(c *coverage.Coverage) []sight.ChannelCoverage {
	var out []sight.ChannelCoverage
	events := c.Host.Events
	for i := range c.Channels {
		ch := &c.Channels[i]
		x := sight.ChannelCoverage{Channel: ch.Channel, Records: ch.Count, First: report.TimeOf(ch.First),
			Last: report.TimeOf(ch.Last), Whole: ch.Whole, UsualSilence: ch.Rhythm,
			LateSeconds: int64(ch.Late / evtx.TicksPerSecond), Back: ch.Back.Records,
			BackMS: milliseconds(ch.Back.Most), Apart: ch.Apart.Records,
			ApartMS: milliseconds(ch.Apart.Most), Days: DayRuns(ch.Days)}
		for ; len(events) > 0 && events[0].Channel == ch.Channel; events = events[1:] {
			e := &events[0]
			x.Events = append(x.Events, sight.EventCoverage{Provider: e.Provider, EventID: int(e.EventID),
				Count: e.Count, First: report.TimeOf(e.First), Last: report.TimeOf(e.Last)})
		}
		out = append(out, x)
	}
	return out
}

// milliseconds are rounded up, so that nothing becomes 0.
func milliseconds(t evtx.Filetime) int64 {
	const tick = evtx.TicksPerSecond / 1000
	return int64((t + tick - 1) / tick)
}

const (
	// dayRunGap is how many days without a record a run may hold: a number is shorter than the beginning of a run.
	dayRunGap = 10
	// maxDayRuns bounds the runs of one list. One more counts all that is left as one number.
	maxDayRuns = 100
)

// DayRuns writes counts per day in short.
func DayRuns(days []ledger.DayCount) []sight.DayRun {
	out := []sight.DayRun{}
	for i, d := range days {
		n := len(out) - 1
		gap := 0
		if i > 0 {
			gap = int(d.Day-days[i-1].Day) - 1
		}
		switch {
		case n < 0 || gap > dayRunGap || !d.Day.Bounded() || !days[i-1].Day.Bounded():
			if len(out) == maxDayRuns {
				rest := 0
				for _, d := range days[i:] {
					rest += d.Count
				}
				return append(out, sight.DayRun{From: "from " + d.Day.String() + " on, in all", Counts: []int{rest}})
			}
			out = append(out, sight.DayRun{From: d.Day.String(), Counts: []int{d.Count}})
		default:
			out[n].Counts = append(append(out[n].Counts, make([]int, gap)...), d.Count)
		}
	}
	return out
}

// Needs tells what the stages of rules need; the numbers are the places.
func Needs(needs []stage.Need) []sight.Need {
	out := []sight.Need{}
	for i, n := range needs {
		x := sight.Need{ID: i, Kinds: kindTexts(n.Kinds), Stages: []string{},
			Enable: reason.Settings(n.Kinds)}
		for _, s := range n.Stages {
			text := s.Rule.ID
			if s.Of > 1 {
				text += fmt.Sprintf(", stage %d of %d", s.Stage, s.Of)
			}
			x.Stages = append(x.Stages, text)
		}
		x.Setup = setups(n.Stages)
		out = append(out, x)
	}
	return out
}

const (
	maxSetups     = 5
	maxSetupChars = 500
)

// setups are what the authors of the rules of stages want switched on, what most rules say first.
func setups(stages []stage.NeedStage) []string {
	count := map[string]int{}
	var out []string
	var last *pack.Rule
	for _, s := range stages {
		if s.Rule == last {
			continue
		}
		last = s.Rule
		text := report.Ellipsis(strings.Join(strings.Fields(s.Rule.Setup), " "), maxSetupChars)
		if text == "" {
			continue
		}
		if count[text]++; count[text] == 1 {
			out = append(out, text)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int {
		return cmp.Or(count[b]-count[a], strings.Compare(a, b))
	})
	if more := len(out) - maxSetups; more > 0 {
		return append(out[:maxSetups:maxSetups],
			fmt.Sprintf("and %d more; hunt rules list --rules names the rules", more))
	}
	return out
}

// Sights tells which needs could not have been seen over all of the time examined.
func Sights(c *coverage.Coverage, needs []stage.Need) []sight.Sight {
	out := []sight.Sight{}
	for i, n := range needs {
		s := c.Sight(n.Kinds)
		if s.State == coverage.SightFull {
			continue
		}
		x := sight.Sight{Need: i, State: string(s.State), More: s.Left, Blind: []sight.Blindspot{}}
		for _, b := range s.Blind {
			x.Blind = append(x.Blind, sight.Blindspot{From: report.TimeOf(b.From), To: report.TimeOf(b.To),
				Why: b.Reasons()})
		}
		out = append(out, x)
	}
	return out
}

const (
	// maxKindChannels and maxKindIDs bound what is told of the kinds of one need: a rule for any event
	// needs all there are.
	maxKindChannels = 12
	maxKindIDs      = 24
)

// kindTexts tells kinds by channel.
func kindTexts(kinds []ledger.EventKind) []string {
	out, more := []string{}, 0
	for len(kinds) > 0 {
		n, ids, text := 0, 0, kinds[0].Channel
		for ; n < len(kinds) && kinds[n].Channel == kinds[0].Channel; n++ {
			if n > 0 && kinds[n].EventID == kinds[n-1].EventID {
				continue
			}
			if ids++; ids <= maxKindIDs {
				if ids > 1 {
					text += ","
				}
				text += " " + strconv.Itoa(int(kinds[n].EventID))
			}
		}
		if ids == 1 && kinds[0].EventID == 0 { // of any id
			text = kinds[0].Channel
		}
		if ids > maxKindIDs {
			text += fmt.Sprintf(" and %d more", ids-maxKindIDs)
		}
		if len(out) < maxKindChannels {
			out = append(out, text)
		} else {
			more++
		}
		kinds = kinds[n:]
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("%d further channels", more))
	}
	return out
}
