// Package survey tells of the hosts of a case, without any finding: what they are called, what their logs could
// and could not have shown, and what the rules need of them. It fills that part of a report, and it writes what
// 'hunt coverage' and 'hunt hosts' print.
package survey

import (
	"hunt/evtx"
	"hunt/report"
	"hunt/report/sight"
	"hunt/rules/stage"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
)

// Details numbers the details of sources from 1: those that say the same have one number. It is for all hosts of a
// report, in their order.
type Details map[detail]int

// detail is what the text of a detail is made of.
type detail struct {
	coverage.Lack
	count int // where some of so many carry what is needed
}

// number is that of the detail of a source, 0 if it has none.
func (d Details) number(s *coverage.SourceCoverage) int {
	if s.Lacks == (coverage.Lack{}) {
		return 0
	}
	k := detail{Lack: s.Lacks}
	if s.Lacks.Of > 0 {
		k.count = s.Count
	}
	if d[k] == 0 {
		d[k] = len(d) + 1
	}
	return d[k]
}

// Host tells what the logs of a host could have shown, and which needs of rules they do not meet.
func Host(c *coverage.Coverage, needs []stage.Need, details Details) sight.HostCoverage {
	out := sight.HostCoverage{Host: c.Host.ID, From: report.TimeOf(c.Window.From), To: report.TimeOf(c.Window.To),
		Notes: c.Notes, Channels: channelCoverage(c), Sights: Sights(c, needs)}
	for i := range c.Sources {
		s := &c.Sources[i]
		out.Sources = append(out.Sources, sight.SourceCoverage{
			ID: sight.SourceID(s.ID), Source: s.Name, State: sight.SourceState(s.State), Count: s.Count,
			First: report.TimeOf(s.First), Last: report.TimeOf(s.Last),
			Detail: s.Detail(), DetailID: details.number(s), Without: s.Without,
		})
	}
	for _, g := range c.Gaps {
		out.Gaps = append(out.Gaps, sight.Gap{Channel: g.Channel, From: report.TimeOf(g.From),
			To: report.TimeOf(g.To), Kind: sight.GapKind(g.Kind), Detail: g.Detail, Records: g.Missing})
	}
	for i := range c.Clock {
		out.Clock = append(out.Clock, clockChange(&c.Clock[i]))
	}
	return out
}

func clockChange(c *host.ClockChange) sight.ClockChange {
	out := sight.ClockChange{Time: report.TimeOf(c.At), From: report.TimeOf(c.From), To: report.TimeOf(c.To),
		Seconds: int64(c.By() / evtx.TicksPerSecond), Told: c.Told, Person: c.ByPerson(),
		Account: c.Account, Program: c.Program, Channel: c.Channel, Before: c.Before, After: c.After, Text: c.Text()}
	if c.Back() {
		out.Seconds = -out.Seconds
	}
	return out
}
