// Package change has the words for the differences between a report and an earlier one of the same case. Package
// diff finds them.
package change

import (
	"strconv"
	"strings"
)

// Changes is what differs between two reports. Every list is in the order of the later report, what is gone
// behind it in that of the earlier one.
type Changes struct {
	Earlier Compared `json:"earlier"`
	Later   Compared `json:"later"`
	// what differs in how the two were made: version, rules, options, filters; in sentences
	Grounds   []string `json:"grounds"`
	Evidence  []Change `json:"evidence"`  // by path
	Hosts     []Change `json:"hosts"`     // by name
	Rules     []Change `json:"rules"`     // by id
	Incidents []Change `json:"incidents"` // by id
	Findings  []Change `json:"findings"`  // by id
}

// Compared names one of the two reports.
type Compared struct {
	ID        string `json:"id"`   // the report's own: same evidence, rules and options, same id
	Body      string `json:"body"` // the hash of its body, or ""
	Generated string `json:"generated"`
	Version   string `json:"version"`
	Files     int    `json:"files"`
	Records   int    `json:"records"`
	Incidents int    `json:"incidents"`
	Findings  int    `json:"findings"` // without suppressed ones and partial chains
}

// State says what became of a thing from the earlier report to the later one.
type State string

// The states. What is the same is not listed.
const (
	New     State = "new"
	Changed State = "changed"
	Gone    State = "gone"
)

// States are all states, in the order in which people read them.
var States = []State{New, Changed, Gone}

// Change is one thing that differs.
type Change struct {
	State State  `json:"state"`
	ID    string `json:"id"`            // in the report that has it, the later one if both do
	Was   string `json:"was,omitempty"` // in the earlier report, where that was another
	Text  string `json:"text"`          // title or name
	// in what it differs, or why it is new or gone as far as the two reports tell; in order
	Details []string `json:"details"`
}

// Kind is a list of a set with what its things are called.
type Kind struct {
	One, Many string
	Entries   []Change
}

// Kinds are the lists of a set in the order in which people read them.
func (s *Changes) Kinds() []Kind {
	return []Kind{
		{"incident", "incidents", s.Incidents}, {"finding", "findings", s.Findings}, {"host", "hosts", s.Hosts},
		{"file", "files", s.Evidence}, {"rule", "rules", s.Rules},
	}
}

// Counts says how many things of a kind are new, changed and gone: "2 new, 1 gone"; "" if none differs.
func (k Kind) Counts() string {
	n := map[State]int{}
	for i := range k.Entries {
		n[k.Entries[i].State]++
	}
	var parts []string
	for _, s := range States {
		if n[s] > 0 {
			parts = append(parts, strconv.Itoa(n[s])+" "+string(s))
		}
	}
	return strings.Join(parts, ", ")
}

// Len counts the things that differ.
func (s *Changes) Len() int {
	return len(s.Evidence) + len(s.Hosts) + len(s.Rules) + len(s.Incidents) + len(s.Findings)
}

// Same reports whether nothing differs that a reader could act on.
func (s *Changes) Same() bool {
	return s.Len() == 0
}
