// Package samples describes the shipped sample logs: what was planted in each
// and what hunt must make of it. The logs themselves are written by
// samples/gen and lie beside this file; README.md explains each of them.
package samples

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
)

//go:generate go run ./gen -out .

// ExpectFile is the name of the expectations beside the samples.
const ExpectFile = "expect.json"

// Expect is what the generator knows about all samples. It is written from what
// was planted, never from what hunt reports.
type Expect struct {
	// Rules are the ids of the rules that the expectations speak of. Of these, a case has the
	// findings listed and no other; other rules may have findings of their own.
	Rules []string `json:"rules"`
	Cases []Case   `json:"cases"`
}

// A Case is one directory that makes sense as evidence by itself.
type Case struct {
	Path    string   `json:"path"` // from the samples directory, with slashes
	About   string   `json:"about"`
	Hosts   []string `json:"hosts"` // Computer names
	Files   []File   `json:"files"`
	Matches []Match  `json:"matches,omitempty"`
	// Incidents are the suspected incidents that join findings of several hosts: these and no other.
	Incidents []Incident `json:"incidents,omitempty"`
}

// An Incident is an intrusion that was planted on several hosts.
type Incident struct {
	Hosts    []string `json:"hosts"` // in the order in which it reached them
	Entry    string   `json:"entry"` // host
	Accounts []string `json:"accounts"`
	Collect  string   `json:"collect"` // a host that it reached and nobody collected
}

// A File is one log of a case.
type File struct {
	Path    string `json:"path"` // from the samples directory, with slashes
	Host    string `json:"host"`
	Channel string `json:"channel"`
	Chunks  int    `json:"chunks"`  // slots, empty and cut ones included
	Records int    `json:"records"` // live records that can be decoded
	// FirstID and LastID are the EventRecordIDs of the first and last of them.
	FirstID uint64 `json:"first_id"`
	LastID  uint64 `json:"last_id"`
	// Carved is the number of distinct older records whose bytes and templates are whole behind the
	// live ones.
	Carved int `json:"carved,omitempty"`
	// Damage is the kinds of damage that must be reported, as evtx.DamageKind spells
	// them. Of a file without any, none must be reported.
	Damage []string `json:"damage,omitempty"`
}

// The statuses of a match, as the JSON report spells them.
const (
	Finding    = "finding"
	Suppressed = "suppressed"
	Partial    = "partial"
)

// A Match is something a rule must report on a case.
type Match struct {
	Rule   string `json:"rule"`
	Host   string `json:"host"`
	Status string `json:"status"`
	Why    string `json:"why"`
	// Stages is the evidence by stage, from 0. A stage is met by any of its records: the
	// twins of one event (Sysmon 1 and Security 4688), or events that say the same.
	Stages []Stage `json:"stages"`
}

// A Stage is the evidence for one step of a rule.
type Stage struct {
	What    string   `json:"what"`
	Records []Record `json:"records"`
}

// A Record points at one record of a sample.
type Record struct {
	File          string `json:"file"`
	EventRecordID uint64 `json:"event_record_id"`
	EventID       uint16 `json:"event_id"`
}

// Load reads the expectations from the samples directory.
func Load(dir fs.FS) (*Expect, error) {
	b, err := fs.ReadFile(dir, ExpectFile)
	if err != nil {
		return nil, fmt.Errorf("samples: %w", err)
	}
	var e Expect
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return nil, fmt.Errorf("samples: %s: %w", ExpectFile, err)
	}
	return &e, nil
}

// Encode returns the expectations as they are stored.
func (e *Expect) Encode() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
