// Package decision has the words for what the examiner says of incidents in the case file.
package decision

// Status says what an incident is taken for.
type Status string

// The statuses. hunt itself says suspected; the others are the examiner's.
const (
	Suspected Status = "suspected"
	Confirmed Status = "confirmed"
	Dismissed Status = "dismissed"
)

// Statuses are all statuses.
var Statuses = []Status{Suspected, Confirmed, Dismissed}

// Decision is what the examiner says of incidents or findings. An id names an incident or any of its findings; the
// id that an incident had when less was known of it names it, too.
type Decision struct {
	Kind   Kind     `json:"kind"` // describe | join | split
	Of     []string `json:"of"`
	Status Status   `json:"status,omitempty"` // of describe
	Title  string   `json:"title,omitempty"`  // of describe
	Note   string   `json:"note,omitempty"`   // why
}

// Kind is a kind of decisions.
type Kind string

// The kinds.
const (
	Describe Kind = "describe" // gives an incident a title, a status or a note
	Join     Kind = "join"     // makes one incident of what the ids name
	Split    Kind = "split"    // makes the findings that the ids name an incident of their own
)
