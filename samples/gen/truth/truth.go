// Package truth is what the generator of fleets knows about the logs that it made, and holds a report against that.
package truth

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// FileName is the name of what was planted, beside the evidence.
const FileName = "truth.json"

// Fleet is what the generator knows about a fleet. It is written from what was planted, never from what hunt
// reports.
type Fleet struct {
	Seed  uint64   `json:"seed"`
	Rules []string `json:"rules"` // the rules that it speaks of
	Hosts []Host   `json:"hosts"`
}

// Host is what is true of one machine. Times are by the machine's own clock.
type Host struct {
	ID         string    `json:"id"`
	Layout     string    `json:"layout"`
	Settings   []string  `json:"settings,omitempty"`
	Files      []File    `json:"files"`
	Records    int       `json:"records"`    // that can be read, copies included
	Duplicates int       `json:"duplicates"` // of them, the second copies
	Channels   []Channel `json:"channels"`
	Planted    []Chain   `json:"planted,omitempty"`
	Allowed    []Allowed `json:"allowed,omitempty"` // what noise may give
	Cleared    []Clear   `json:"cleared,omitempty"`
	Gaps       []Gap     `json:"gaps,omitempty"` // record ids that are not in the evidence
	Silent     []Silent  `json:"silent,omitempty"`
	ClockSet   *Clock    `json:"clock_set,omitempty"`
}

// File is one log.
type File struct {
	Path    string `json:"path"` // as the report has it
	Channel string `json:"channel"`
	Records int    `json:"records"` // live ones that can be decoded
	Damage  string `json:"damage,omitempty"`
}

// Channel is what a channel's logs hold, each record once.
type Channel struct {
	Channel string    `json:"channel"`
	Records int       `json:"records"`
	FirstID uint64    `json:"first_id"`
	LastID  uint64    `json:"last_id"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Events  []Event   `json:"events"`
	// Apart is how many record headers have another time than TimeCreated, and by how much at most.
	Apart     int           `json:"apart,omitempty"`
	ApartMost time.Duration `json:"apart_most,omitempty"`
	// records that are older than one with a smaller number by more than a minute
	Backwards int `json:"backwards,omitempty"`
}

// Event is one event id.
type Event struct {
	ID          uint16         `json:"id"`
	Count       int            `json:"count"`
	First       time.Time      `json:"first"`
	Last        time.Time      `json:"last"`
	Days        map[string]int `json:"days"`
	CommandLine int            `json:"command_line,omitempty"` // of 4688: how many carry one
	Parent      int            `json:"parent,omitempty"`
}

// Chain is something that was done on a machine.
type Chain struct {
	Name    string  `json:"name"`
	Matches []Match `json:"matches"`
	// of a shape: what rules must tell, which others may speak of its records and of nothing else, and these
	Told    []Told   `json:"told,omitempty"`
	Also    []string `json:"also,omitempty"`
	Records []Record `json:"records,omitempty"`
}

// Told is a rule that must have a finding which cites one of the records.
type Told struct {
	Rule    string   `json:"rule"`
	Records []Record `json:"records"`
}

// Match is what a rule must report: a record for each stage.
type Match struct {
	Rule   string     `json:"rule"`
	Status string     `json:"status"`
	Why    string     `json:"why"`
	Lure   string     `json:"lure,omitempty"` // the file whose rarity a reason must tell
	Stages [][]Record `json:"stages"`
}

// Record is an event record, by its channel and EventRecordID.
type Record struct {
	Channel string `json:"channel"`
	ID      uint64 `json:"id"`
}

// Allowed are records that rules may report with that status, and need not.
type Allowed struct {
	Why     string   `json:"why"`
	Status  string   `json:"status"`
	Rules   []string `json:"rules"`
	Records []Record `json:"records"`
}

// Clear is a log that was cleared.
type Clear struct {
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
}

// Gap is a run of record ids that can be read nowhere.
type Gap struct {
	Channel string `json:"channel"`
	FirstID uint64 `json:"first_id"`
	LastID  uint64 `json:"last_id"`
}

// Silent is a time in which a log that was switched on holds nothing.
type Silent struct {
	Channel string    `json:"channel"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Why     string    `json:"why"`
}

// Clock is a clock that was set.
type Clock struct {
	At   time.Time     `json:"at"`   // by the right clock
	Jump time.Duration `json:"jump"` // what the clock was moved by; less than nothing: back
}

// Save writes it to a file.
func (t *Fleet) Save(name string) error {
	b, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o644) // #nosec G306 -- published files
}

// Load reads what Save wrote.
func Load(name string) (*Fleet, error) {
	b, err := os.ReadFile(name) // #nosec G304 -- named by the user
	if err != nil {
		return nil, err
	}
	t := new(Fleet)
	if err := json.Unmarshal(b, t); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}
