// Package decision has the words for the examiner's decisions about incidents in the case file.
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

// Decision is what the examiner says about incidents or findings. An id names an incident or any of its findings;
// the id that an incident had when less was known of it names it, too.
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

// Known is what the examiner knows about the network: what many share, and what therefore says little of who did
// something.
type Known struct {
	Kind KnownKind `json:"kind"` // nat | jump | deployment
	// of nat: addresses; of jump: hosts and addresses; of deployment: programs, services, tasks and accounts
	Of   []string `json:"of"`
	Note string   `json:"note,omitempty"`
}

// KnownKind is a kind of things that many share.
type KnownKind string

// The kinds.
const (
	NAT        KnownKind = "nat"        // an address that stands for many machines: NAT, a VPN's pool, a proxy
	Jump       KnownKind = "jump"       // a host through which many go to others
	Deployment KnownKind = "deployment" // what installs and runs programs on many hosts
)

// Words say what a thing of the kind is, in a sentence after "it is".
func (k KnownKind) Words() string {
	switch k {
	case NAT:
		return "shared by many machines (NAT, VPN or proxy)"
	case Jump:
		return "a jump host"
	}
	return "a deployment tool"
}
