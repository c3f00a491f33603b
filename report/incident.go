package report

import (
	"slices"

	"hunt/report/decision"
)

// Incident is a suspected incident: findings joined by checkable edges, told in the order of events. It
// stays suspected until the case file says otherwise.
type Incident struct {
	ID         string          `json:"id"`     // I-… hash of its earliest finding of weight: stable over reruns
	Status     decision.Status `json:"status"` // suspected, or what the case file says: confirmed | dismissed
	Title      string          `json:"title"`
	Story      string          `json:"story"`          // what happened, how far and how sure, in sentences
	Note       string          `json:"note,omitempty"` // the examiner's, from --case
	Like       string          `json:"like,omitempty"` // a more serious one that mostly the same rules found, by id
	Severity   Severity        `json:"severity"`
	Raised     string          `json:"raised,omitempty"` // why it is one level above its worst finding; "" if it is not
	Confidence Confidence      `json:"confidence"`
	Reasons    []string        `json:"reasons"` // why that confidence, in full sentences
	Chain      ChainWord       `json:"chain"`   // linked chain | incomplete chain | single event
	Hosts      []string        `json:"hosts"`   // in the order in which they were first touched
	Accounts   []string        `json:"accounts"`
	First      Time            `json:"first"`
	Last       Time            `json:"last"`
	Ongoing    string          `json:"ongoing"` // whether it still goes on, as far as the logs tell, in sentences
	Entry      Entry           `json:"entry"`
	Path       []PathStep      `json:"path"`                // by time, at most twelve
	PathMore   int             `json:"path_more,omitempty"` // steps that the path leaves out
	Tactics    []Tactic        `json:"tactics"`             // by first sight
	Reach      Reach           `json:"reach"`
	Impact     []Impact        `json:"impact"`
	Assumed    []string        `json:"assumed"` // what is taken for granted and not proved, in sentences
	Open       []string        `json:"open"`    // what nobody knows yet, in sentences
	Collect    []Collect       `json:"collect"` // what to collect next, the most important first
	Edges      []Edge          `json:"edges"`
	EdgesMore  int             `json:"edges_more,omitempty"` // how many more edges there are
	Findings   []string        `json:"findings"`             // ids, by time
	// what its events did to what; left out where it would make the report too large
	Picture *Picture `json:"picture,omitempty"`
	// what the case file or an earlier report say of it, a few words each
	Labels []string `json:"labels,omitempty"`
}

// Confirmed reports whether the case file says that it was an incident.
func (i *Incident) Confirmed() bool { return i.Status == decision.Confirmed }

// Dismissed reports whether the case file says that it was not an incident.
func (i *Incident) Dismissed() bool { return i.Status == decision.Dismissed }

// AccountNames returns the accounts, each with a remark if it is only presumed that the incident reached
// it.
func (i *Incident) AccountNames() []string {
	out := slices.Clone(i.Accounts)
	for _, a := range i.Reach.Accounts {
		if n := slices.Index(out, a.Name); n >= 0 && a.Presumed {
			out[n] += " (presumed)"
		}
	}
	return out
}

// ChainWord says how well the events of an incident are connected.
type ChainWord string

// The words.
const (
	// strong edges join all, lineage, a process, a script or an artefact among them
	ChainLinked     ChainWord = "linked chain"
	ChainIncomplete ChainWord = "incomplete chain" // weak edges or sessions join some, or a step was not seen
	ChainSingle     ChainWord = "single event"     // all findings are about one event, or one run of like events
)

// Entry is how an incident began, as far as the logs show.
type Entry struct {
	Known   bool   `json:"known"` // false: the earliest linked trace, which need not be the beginning
	Text    string `json:"text"`
	Host    string `json:"host"`
	Time    Time   `json:"time"`
	Finding string `json:"finding"`
}

// PathStep is a step of an incident; the same step on several hosts is one.
type PathStep struct {
	First    Time     `json:"first"`
	Last     Time     `json:"last"`
	Hosts    []string `json:"hosts"`
	Tactic   string   `json:"tactic"`
	Severity Severity `json:"severity"`
	Text     string   `json:"text"`
	Count    int      `json:"count"`
	Findings []string `json:"findings"`                // by time, at most 50
	More     int      `json:"findings_more,omitempty"` // how many more there are
	Events   []string `json:"events"`                  // the first event of each of these: ids in events
}

// Tactic is an ATT&CK tactic that findings of an incident name.
type Tactic struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Findings int    `json:"findings"`
}

// Reach says where an incident went and with which rights.
type Reach struct {
	Hosts            []Touched `json:"hosts"`
	Accounts         []Touched `json:"accounts"`
	Privilege        string    `json:"privilege"` // the highest that the logs show, in words; "" if none is shown
	DomainController bool      `json:"domain_controller"`
}

// Touched is a host or an account with the time when an incident first touched it.
type Touched struct {
	Name    string `json:"name"`
	First   Time   `json:"first"`
	Finding string `json:"finding"`
	// of an account: only the time of a logon says that it was there; assumed of the incident tells why
	Presumed bool `json:"presumed,omitempty"`
}

// Impact is a kind of harm that findings of an incident show.
type Impact struct {
	Kind     ImpactKind `json:"kind"`
	Text     string     `json:"text"`
	Findings []string   `json:"findings"`                // by time, at most 50
	More     int        `json:"findings_more,omitempty"` // how many more there are
}

// ImpactKind is a kind of harm.
type ImpactKind string

// The kinds.
const (
	ImpactCredentials ImpactKind = "credential access"
	ImpactMovement    ImpactKind = "lateral movement"
	ImpactPersistence ImpactKind = "persistence"
	ImpactDefences    ImpactKind = "defences weakened"
	ImpactDestruction ImpactKind = "impact"
)

// Words name the harm as a sentence does after "signs of".
func (k ImpactKind) Words() string {
	switch k {
	case ImpactCredentials:
		return "access to credentials"
	case ImpactMovement:
		return "movement between hosts"
	case ImpactPersistence:
		return "persistence"
	case ImpactDefences:
		return "log clearing or weakened defences"
	case ImpactDestruction:
		return "damage to data, backups or services"
	}
	return string(k)
}

// Collect is a host or an address that the logs name and that was not collected.
type Collect struct {
	Name     string   `json:"name"`
	Why      string   `json:"why"`
	Findings []string `json:"findings"`                // by time, at most 50
	More     int      `json:"findings_more,omitempty"` // how many more there are
}

// MaxNamed is how many findings a step, an impact, a host to collect and a recommendation name one by one.
const MaxNamed = 50

// Named are the first of some ids that a report names, and how many more there are.
func Named(ids []string) (first []string, more int) {
	first = ids[:min(len(ids), MaxNamed)]
	return first, len(ids) - len(first)
}

// Edge is why two findings belong to one incident.
type Edge struct {
	Kind   EdgeKind `json:"kind"`
	Strong bool     `json:"strong"`
	From   string   `json:"from"` // finding
	To     string   `json:"to"`
	Text   string   `json:"text"` // what joins them, in a sentence
	// the events that it rests on: ids in events
	Events []string `json:"events"`
}

// EdgeKind is a kind of edge between findings.
type EdgeKind string

// The kinds, the strongest first.
const (
	EdgeEvent     EdgeKind = "same event"
	EdgeProcess   EdgeKind = "same process"
	EdgeScript    EdgeKind = "same script block"
	EdgeLineage   EdgeKind = "lineage"
	EdgeArtefact  EdgeKind = "artefact"
	EdgeSession   EdgeKind = "session"
	EdgeMovement  EdgeKind = "movement"
	EdgeBurst     EdgeKind = "burst"
	EdgeIndicator EdgeKind = "indicator"
	EdgeAccount   EdgeKind = "account"
	EdgeExaminer  EdgeKind = "case file" // the examiner joined them
)

// Hub is a value that would have joined findings if it were not so common in the evidence.
type Hub struct {
	Text     string   `json:"text"`     // "domain example.com", "session 0x3e21 on ws-01"
	Why      string   `json:"why"`      // how much of the evidence has it
	Findings []string `json:"findings"` // that it would have joined, by time, at most 100
	// how many more it would have joined
	FindingsMore int `json:"findings_more,omitempty"`
}
