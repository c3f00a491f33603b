package main

import (
	"slices"
	"strings"
	"time"

	"hunt/samples/gen/truth"
)

// known tells what is true of the machine, once its logs are laid out.
func (m *member) known(logs []*fleetLog) truth.Host {
	t := truth.Host{ID: strings.ToLower(m.name), Layout: m.layout.Name, Settings: m.settings}
	for _, l := range logs {
		for _, f := range l.files {
			t.Files = append(t.Files, truth.File{Path: f.path, Channel: l.channel, Records: f.records,
				Damage: f.damage})
			t.Records += f.records
		}
		t.Channels = append(t.Channels, l.known())
		t.Gaps = append(t.Gaps, l.gaps()...)
	}
	distinct := 0
	for _, c := range t.Channels {
		distinct += c.Records
	}
	t.Duplicates = t.Records - distinct
	for _, c := range m.chains {
		ct := truth.Chain{Name: c.name}
		for _, x := range c.must {
			mt := truth.Match{Rule: x.rule, Status: x.status, Why: x.why, Lure: x.lure}
			for _, s := range x.stages {
				mt.Stages = append(mt.Stages, recordsOf(s.events))
			}
			ct.Matches = append(ct.Matches, mt)
		}
		for _, x := range c.told {
			events := x.events
			if len(events) == 0 {
				events = c.events
			}
			ct.Told = append(ct.Told, truth.Told{Rule: x.rule, Records: recordsOf(events)})
		}
		ct.Also, ct.Records = c.also, recordsOf(c.events)
		t.Planted = append(t.Planted, ct)
	}
	for _, a := range m.allowed {
		if r := recordsOf(a.events); len(r) > 0 {
			t.Allowed = append(t.Allowed, truth.Allowed{Why: a.why, Status: a.status, Rules: a.rules, Records: r})
		}
	}
	for _, ch := range []string{chSecurity, chSysmon, chSystem} {
		if at, ok := m.wiped[ch]; ok {
			t.Cleared = append(t.Cleared, truth.Clear{Channel: ch, At: m.clock(at)})
		}
	}
	if !m.stopped.from.IsZero() && !m.sysmon.IsZero() && m.sysmon.Before(m.stopped.from) {
		t.Silent = append(t.Silent, truth.Silent{Channel: chSysmon, From: m.clock(m.stopped.from),
			To: m.clock(m.stopped.to), Why: "Sysmon was stopped"})
	}
	if !m.corrected.IsZero() {
		t.ClockSet = &truth.Clock{At: m.corrected, Jump: -m.skew}
	}
	return t
}

// recordsOf are the events that can be read somewhere.
func recordsOf(events []*event) []truth.Record {
	out := []truth.Record{}
	for _, e := range events {
		if e.file != "" {
			out = append(out, truth.Record{Channel: e.Channel, ID: e.record})
		}
	}
	return out
}

// known tells what is true of a channel.
func (l *fleetLog) known() truth.Channel {
	c := truth.Channel{Channel: l.channel}
	byID := map[uint16]*truth.Event{}
	var newest time.Time
	for _, e := range l.events {
		if e.file == "" {
			continue
		}
		c.Records++
		if c.FirstID == 0 {
			c.FirstID = e.record
		}
		c.LastID = e.record
		c.First, c.Last = widen(c.First, c.Last, e.Time)
		x := byID[e.EventID]
		if x == nil {
			x = &truth.Event{ID: e.EventID, Days: map[string]int{}}
			byID[e.EventID] = x
		}
		x.Count++
		x.First, x.Last = widen(x.First, x.Last, e.Time)
		x.Days[e.Time.UTC().Format("2006-01-02")]++
		for _, p := range e.Data {
			if e.EventID == 4688 && p.Name == "CommandLine" && len(p.Value.Data) > 0 {
				x.CommandLine++
			}
			if e.EventID == 4688 && p.Name == "ParentProcessName" {
				x.Parent++
			}
		}
		if !e.Written.IsZero() && !e.Written.Equal(e.Time) {
			c.Apart++
			c.ApartMost = max(c.ApartMost, e.Written.Sub(e.Time).Abs())
		}
		if newest.Sub(e.Time) > time.Minute {
			c.Backwards++
		}
		if e.Time.After(newest) {
			newest = e.Time
		}
	}
	for _, x := range byID {
		c.Events = append(c.Events, *x)
	}
	slices.SortFunc(c.Events, func(a, b truth.Event) int { return int(a.ID) - int(b.ID) })
	return c
}

func widen(first, last, at time.Time) (time.Time, time.Time) {
	if first.IsZero() || at.Before(first) {
		first = at
	}
	if at.After(last) {
		last = at
	}
	return first, last
}

// gaps are the record ids between the first and the last that can be read nowhere.
func (l *fleetLog) gaps() []truth.Gap {
	var out []truth.Gap
	last := uint64(0)
	for _, e := range l.events {
		if e.file == "" {
			continue
		}
		if last != 0 && e.record > last+1 {
			out = append(out, truth.Gap{Channel: l.channel, FirstID: last + 1, LastID: e.record - 1})
		}
		last = e.record
	}
	return out
}
