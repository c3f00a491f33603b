// Package survey reports the hosts of a case, without any finding: what they are called, what their logs could and
// could not have shown, and what the rules need of them. It fills that part of a report, and it writes what 'hunt
// coverage' and 'hunt hosts' print.
package survey

import (
	"encoding/binary"
	"slices"
	"strconv"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/sight"
	"hunt/rules/stage"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
)

// Teller reports the hosts of a report, one after the other in their order. What several hosts have in common it
// makes once. It is not safe for concurrent use.
type Teller struct {
	needs []stage.Need
	// details numbers the details of sources from 1: those that say the same have one number
	details map[detail]int
	sights  map[string][]sight.Sight // by what they say
	key     []byte
}

// NewTeller tells what hosts show of the needs of rules.
func NewTeller(needs []stage.Need) *Teller {
	return &Teller{needs: needs, details: map[detail]int{}, sights: map[string][]sight.Sight{}}
}

// detail is what the text of a detail is made of.
type detail struct {
	coverage.Lack
	count int // where some of so many carry what is needed
}

// number is that of the detail of a source, 0 if it has none.
func (t *Teller) number(s *coverage.SourceCoverage) int {
	if s.Lacks == (coverage.Lack{}) {
		return 0
	}
	k := detail{Lack: s.Lacks}
	if s.Lacks.Of > 0 {
		k.count = s.Count
	}
	if t.details[k] == 0 {
		t.details[k] = len(t.details) + 1
	}
	return t.details[k]
}

// Host tells what the logs of a host could have shown, and which needs of rules they do not meet.
func (t *Teller) Host(c *coverage.Coverage) sight.HostCoverage {
	out := t.Brief(c)
	out.Notes, out.Channels, out.Sights = c.Notes, channelCoverage(c), t.common(Sights(c, t.needs))
	return out
}

// common returns the list that says the same, which hosts share: they must not change it.
func (t *Teller) common(list []sight.Sight) []sight.Sight {
	at := func(when report.Time) {
		if when != nil {
			t.key = binary.AppendUvarint(t.key, uint64(*when))
		}
		t.key = append(t.key, '|')
	}
	t.key = t.key[:0]
	for i := range list {
		s := &list[i]
		t.key = binary.AppendUvarint(t.key, uint64(s.Need)) // #nosec G115 -- a place in a list
		t.key = append(append(t.key, s.State...), '|')
		t.key = binary.AppendUvarint(t.key, uint64(s.More)) // #nosec G115 -- a count
		for _, b := range s.Blind {
			at(b.From)
			at(b.To)
			t.key = append(strconv.AppendInt(t.key, int64(len(b.Why)), 10), b.Why...)
		}
		t.key = append(t.key, '\n')
	}
	same, ok := t.sights[string(t.key)]
	if !ok {
		same = slices.Clip(list)
		t.sights[string(t.key)] = same
	}
	return same
}

// Brief is Host without notes, channels and needs.
func (t *Teller) Brief(c *coverage.Coverage) sight.HostCoverage {
	out := sight.HostCoverage{Host: c.Host.ID, From: report.TimeOf(c.Window.From), To: report.TimeOf(c.Window.To),
		Sources: make([]sight.SourceCoverage, 0, len(c.Sources))}
	for i := range c.Sources {
		s := &c.Sources[i]
		out.Sources = append(out.Sources, sight.SourceCoverage{
			ID: sight.SourceID(s.ID), Source: s.Name, State: sight.SourceState(s.State), Count: s.Count,
			First: report.TimeOf(s.First), Last: report.TimeOf(s.Last),
			Detail: s.Detail(), DetailID: t.number(s), Without: s.Without,
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
