// Package sight is the part of a report's model that tells what the logs of hosts could and could not have shown.
package sight

import "hunt/evtx"

// Time is RFC 3339 in UTC with seven digits of fraction, or null where the time is not known.
type Time = *evtx.Filetime

// HostCoverage is what one host's logs could and could not have shown.
type HostCoverage struct {
	Host string `json:"host"`
	// of the time examined: the filter's, else the incident window's, else that of the host's records
	From     Time              `json:"from"`
	To       Time              `json:"to"`
	Sources  []SourceCoverage  `json:"sources"`
	Channels []ChannelCoverage `json:"channels"` // by name
	// what was not seen over all of that time, by need; what is not listed was
	Sights []Sight       `json:"sights"`
	Gaps   []Gap         `json:"gaps"`
	Clock  []ClockChange `json:"clock"` // changes of its clock, without the small corrections of time services
	Notes  []string      `json:"notes"` // clock changes, cleared logs, service stops, audit policy, in sentences
}

// ClockChange is a change of a host's clock.
type ClockChange struct {
	Time    Time   `json:"time"`    // of the record that tells it, or of the first record after it
	From    Time   `json:"from"`    // what the clock showed before: exact if Told, else the last time before
	To      Time   `json:"to"`      // what it showed after: exact if Told, else the first time after
	Seconds int64  `json:"seconds"` // negative: it was set back
	Told    bool   `json:"told"`    // by a record; else only the order of the records shows it
	Person  bool   `json:"person"`  // by an account that is not the system's or a service's
	Account string `json:"account"`
	Program string `json:"program"`
	Channel string `json:"channel"` // of the log whose record ids show it, or ""
	Before  uint64 `json:"before"`  // record id
	After   uint64 `json:"after"`
	Text    string `json:"text"`
}

// Need is a set of kinds of events, of which any can satisfy the stages.
type Need struct {
	ID     int      `json:"id"`
	Kinds  []string `json:"kinds"`  // channel and event ids
	Stages []string `json:"stages"` // rule id, and which stage of how many
	// what to do for one of the kinds to be logged: any of these
	Enable []string `json:"enable,omitempty"`
	// what the rules' authors want switched on: what most rules say first, 5 at most
	Setup []string `json:"setup,omitempty"`
}

// LogSource is one of Sigma's log sources, and what of it was logged.
type LogSource struct {
	Name    string `json:"name"`
	Rules   int    `json:"rules"`   // that run and ask for it
	Records int    `json:"records"` // that answer it
	Hosts   int    `json:"hosts"`   // that have such records
	Without int    `json:"without"` // hosts that have none: these rules are blind there
}

// Sight is how far the events of a need could have been seen on a host.
type Sight struct {
	Need  int         `json:"need"`  // id
	State string      `json:"state"` // partly seen | possible | not seen
	Blind []Blindspot `json:"blind"` // when not, by time, the longest
	More  int         `json:"more"`  // shorter spans left out
}

// Blindspot is a span of the time examined that could not have been seen.
type Blindspot struct {
	From Time   `json:"from"`
	To   Time   `json:"to"`
	Why  string `json:"why"`
}

// ChannelCoverage is what one channel of a host holds.
type ChannelCoverage struct {
	Channel string `json:"channel"`
	Records int    `json:"records"`
	First   Time   `json:"first"`
	Last    Time   `json:"last"`
	// by which the oldest record is younger than the begin of the time examined; 0 = it reaches back to it
	LateSeconds int64 `json:"late_seconds"`
	// its records begin with number 1: none was overwritten since the log was made or cleared
	Whole bool `json:"whole"`
	// hours, the median of the longest silences of its days; -1 = too few days to tell
	UsualSilence int   `json:"usual_silence"`
	Back         int   `json:"back"`    // records whose time lies before that of the record before
	BackMS       int64 `json:"back_ms"` // by how much at most, in milliseconds
	// records whose time and that of their header are more than a second apart
	Apart   int             `json:"apart"`
	ApartMS int64           `json:"apart_ms"` // by how much at most, in milliseconds
	Days    []DayRun        `json:"days"`     // records per day; days without one between runs
	Events  []EventCoverage `json:"events"`   // by provider and event id
}

// EventCoverage is how often one event id was logged.
type EventCoverage struct {
	Provider string `json:"provider"`
	EventID  int    `json:"event_id"`
	Count    int    `json:"count"`
	First    Time   `json:"first"`
	Last     Time   `json:"last"`
}

// DayRun is counts of days that follow on each other, in UTC.
type DayRun struct {
	From   string `json:"from"` // the first day, or in words what one number stands for
	Counts []int  `json:"counts"`
}

// SourceCoverage is one needed source on one host.
type SourceCoverage struct {
	ID     SourceID    `json:"id"`
	Source string      `json:"source"` // "Sysmon 1 process creation", "Security 4688 with command line" …
	State  SourceState `json:"state"`  // present | partly | absent | cleared | rolled over
	Count  int         `json:"count"`
	First  Time        `json:"first"`
	Last   Time        `json:"last"`
	Detail string      `json:"detail"` // "12 of 340 carry it"
	// the same number for all details of a report that say the same; left out if there is no detail
	DetailID int    `json:"detail_id,omitempty"`
	Without  string `json:"without"` // what cannot be seen without it
}

// Gap is a span without records, or one whose records are gone.
type Gap struct {
	Channel string  `json:"channel"`
	From    Time    `json:"from"`
	To      Time    `json:"to"`
	Kind    GapKind `json:"kind"`
	Detail  string  `json:"detail"`
	Records uint64  `json:"records"` // missing record ids, where countable
}

// GapKind says why a span of a log has no records.
type GapKind string

// The kinds of gaps.
const (
	GapCleared GapKind = "cleared"
	GapMissing GapKind = "record ids missing"
	GapStopped GapKind = "logging stopped"
	GapSysmon  GapKind = "Sysmon stopped"
	GapSilent  GapKind = "silent"
	GapOff     GapKind = "no log wrote"
	GapBefore  GapKind = "before the oldest record"
)

// SourceID names a source of telemetry: sysmon-process-start, security-logon and the like.
type SourceID string

// SourceState says how far one source of a host could have shown something.
type SourceState string

// The states.
const (
	SourcePresent SourceState = "present"
	SourcePartly  SourceState = "partly"
	SourceAbsent  SourceState = "absent"
	SourceCleared SourceState = "cleared"
	SourceRolled  SourceState = "rolled over"
)

// SourceStates lists all states, best first.
var SourceStates = []SourceState{SourcePresent, SourcePartly, SourceAbsent, SourceCleared, SourceRolled}
