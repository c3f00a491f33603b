package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// TruthFile is the name of what was planted, beside the evidence.
const truthFile = "truth.json"

// truth is what the generator knows of a fleet. It is written from what was planted, never from
// what hunt reports.
type truth struct {
	Seed  uint64      `json:"seed"`
	Rules []string    `json:"rules"` // the rules that it speaks of
	Hosts []hostTruth `json:"hosts"`
}

// hostTruth is what is true of one machine. Times are by the machine's own clock.
type hostTruth struct {
	ID         string         `json:"id"`
	Layout     string         `json:"layout"`
	Settings   []string       `json:"settings,omitempty"`
	Files      []fileTruth    `json:"files"`
	Records    int            `json:"records"`    // that can be read, copies included
	Duplicates int            `json:"duplicates"` // of them, the second copies
	Channels   []channelTruth `json:"channels"`
	Planted    []chainTruth   `json:"planted,omitempty"`
	Allowed    []allowedTruth `json:"allowed,omitempty"` // what noise may give
	Cleared    []clearTruth   `json:"cleared,omitempty"`
	Gaps       []gapTruth     `json:"gaps,omitempty"` // record ids that are not in the evidence
	Silent     []silentTruth  `json:"silent,omitempty"`
	ClockSet   *clockTruth    `json:"clock_set,omitempty"`
}

// fileTruth is one log.
type fileTruth struct {
	Path    string `json:"path"` // as the report has it
	Channel string `json:"channel"`
	Records int    `json:"records"` // live ones that can be decoded
	Damage  string `json:"damage,omitempty"`
}

// channelTruth is what a channel's logs hold, each record once.
type channelTruth struct {
	Channel string       `json:"channel"`
	Records int          `json:"records"`
	FirstID uint64       `json:"first_id"`
	LastID  uint64       `json:"last_id"`
	First   time.Time    `json:"first"`
	Last    time.Time    `json:"last"`
	Events  []eventTruth `json:"events"`
	// Apart is how many record headers have another time than TimeCreated, and by how much at most.
	Apart     int           `json:"apart,omitempty"`
	ApartMost time.Duration `json:"apart_most,omitempty"`
	// records that are older than one with a smaller number by more than a minute
	Backwards int `json:"backwards,omitempty"`
}

// eventTruth is one event id.
type eventTruth struct {
	ID          uint16         `json:"id"`
	Count       int            `json:"count"`
	First       time.Time      `json:"first"`
	Last        time.Time      `json:"last"`
	Days        map[string]int `json:"days"`
	CommandLine int            `json:"command_line,omitempty"` // of 4688: how many carry one
	Parent      int            `json:"parent,omitempty"`
}

type chainTruth struct {
	Name    string       `json:"name"`
	Matches []matchTruth `json:"matches"`
}

// matchTruth is what a rule must report: a record for each stage.
type matchTruth struct {
	Rule   string          `json:"rule"`
	Status string          `json:"status"`
	Why    string          `json:"why"`
	Lure   string          `json:"lure,omitempty"` // the file whose rarity a reason must tell
	Stages [][]recordTruth `json:"stages"`
}

type recordTruth struct {
	Channel string `json:"channel"`
	ID      uint64 `json:"id"`
}

// allowedTruth are records that rules may report with that status, and need not.
type allowedTruth struct {
	Why     string        `json:"why"`
	Status  string        `json:"status"`
	Rules   []string      `json:"rules"`
	Records []recordTruth `json:"records"`
}

type clearTruth struct {
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
}

type gapTruth struct {
	Channel string `json:"channel"`
	FirstID uint64 `json:"first_id"`
	LastID  uint64 `json:"last_id"`
}

type silentTruth struct {
	Channel string    `json:"channel"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Why     string    `json:"why"`
}

type clockTruth struct {
	At   time.Time     `json:"at"`   // by the right clock
	Jump time.Duration `json:"jump"` // what the clock was moved by; less than nothing: back
}

func (t *truth) save(name string) error {
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644) // #nosec G306 -- published files
}

func loadTruth(name string) (*truth, error) {
	b, err := os.ReadFile(name) // #nosec G304 -- named by the user
	if err != nil {
		return nil, err
	}
	t := new(truth)
	if err := json.Unmarshal(b, t); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// known tells what is true of the machine, once its logs are laid out.
func (m *member) known(logs []*fleetLog) hostTruth {
	t := hostTruth{ID: strings.ToLower(m.name), Layout: m.layout.name, Settings: m.settings}
	for _, l := range logs {
		for _, f := range l.files {
			t.Files = append(t.Files, fileTruth{Path: f.path, Channel: l.channel, Records: f.records,
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
		ct := chainTruth{Name: c.name}
		for _, x := range c.must {
			mt := matchTruth{Rule: x.rule, Status: x.status, Why: x.why, Lure: x.lure}
			for _, s := range x.stages {
				mt.Stages = append(mt.Stages, recordsOf(s.events))
			}
			ct.Matches = append(ct.Matches, mt)
		}
		t.Planted = append(t.Planted, ct)
	}
	for _, a := range m.allowed {
		if r := recordsOf(a.events); len(r) > 0 {
			t.Allowed = append(t.Allowed, allowedTruth{Why: a.why, Status: a.status, Rules: a.rules, Records: r})
		}
	}
	for _, ch := range []string{chSecurity, chSysmon, chSystem} {
		if at, ok := m.wiped[ch]; ok {
			t.Cleared = append(t.Cleared, clearTruth{ch, m.clock(at)})
		}
	}
	if !m.stopped.from.IsZero() && !m.sysmon.IsZero() && m.sysmon.Before(m.stopped.from) {
		t.Silent = append(t.Silent, silentTruth{chSysmon, m.clock(m.stopped.from), m.clock(m.stopped.to),
			"Sysmon was stopped"})
	}
	if !m.corrected.IsZero() {
		t.ClockSet = &clockTruth{m.corrected, -m.skew}
	}
	return t
}

// recordsOf are the events that can be read somewhere.
func recordsOf(events []*event) []recordTruth {
	out := []recordTruth{}
	for _, e := range events {
		if e.file != "" {
			out = append(out, recordTruth{e.Channel, e.record})
		}
	}
	return out
}

// known tells what is true of a channel.
func (l *fleetLog) known() channelTruth {
	c := channelTruth{Channel: l.channel}
	byID := map[uint16]*eventTruth{}
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
			x = &eventTruth{ID: e.EventID, Days: map[string]int{}}
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
	slices.SortFunc(c.Events, func(a, b eventTruth) int { return int(a.ID) - int(b.ID) })
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
func (l *fleetLog) gaps() []gapTruth {
	var out []gapTruth
	last := uint64(0)
	for _, e := range l.events {
		if e.file == "" {
			continue
		}
		if last != 0 && e.record > last+1 {
			out = append(out, gapTruth{l.channel, last + 1, e.record - 1})
		}
		last = e.record
	}
	return out
}
