package report

import (
	"encoding/json"
	"slices"
	"strings"
)

// RuleRef names a rule within a finding.
type RuleRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// of the finding: its rule's, or one level more because of what the process did next
	Severity Severity `json:"severity"`
	Language string   `json:"language,omitempty"` // EQL, KQL or Sigma
	Author   string   `json:"author,omitempty"`   // as the rule's file names them
	Licence  string   `json:"license,omitempty"`  // as the rule's file names it

	BuildingBlock bool `json:"building_block,omitempty"` // a signal that other rules build on, not an alert in itself
}

// Finding is what one rule found. For a rule of single events it stands for a run of hits: what one actor did on one
// host, with no gap of more than an hour between hits, and within 24 hours of the first. For a
// sequence it is one match.
type Finding struct {
	ID          string       `json:"id"` // F-… hash of rule and evidence: stable over reruns
	Rule        RuleRef      `json:"rule"`
	Version     string       `json:"rule_version"`
	Incident    string       `json:"incident"` // "" if it is part of none
	Host        string       `json:"host"`
	User        string       `json:"user"`
	Status      Status       `json:"status"` // finding | suppressed | partial
	Suppression *Suppression `json:"suppression,omitempty"`
	Verdict     Verdict      `json:"verdict"`    // linked chain | incomplete chain | single event
	Confidence  Confidence   `json:"confidence"` // high | medium | low
	Reasons     []string     `json:"reasons"`    // why that confidence, why partial
	Start       Time         `json:"start"`
	End         Time         `json:"end"`
	Title       string       `json:"title"` // one line: what happened, from the events
	// the rule's explanation for the reader; "" if the report would repeat it too often: rules[].what has it
	What           string      `json:"what"`
	Techniques     []Technique `json:"techniques"`
	JoinKeys       []KeyValue  `json:"join_keys"`
	FalsePositives []string    `json:"-"` // known benign explanations to check; in JSON they stand with the rule
	References     []string    `json:"-"` // of the rule, as FalsePositives
	// before the incident window, responder's tool, order reversed on the other clock …
	Labels []string `json:"labels"`
	Note   string   `json:"note"` // the analyst's, from --case
	// events that it stands for; of a sequence 1: one match
	Count int  `json:"count"`
	First Time `json:"first"` // of these events, as start
	Last  Time `json:"last"`  // of these events, as end
	// what the events of a run differ in, by field
	Differs []Difference `json:"differs,omitempty"`
	// where the events are, up to 10,000: [index into evidence of the report, offset, event record id]
	Hits     Hits `json:"hits"`
	HitsMore int  `json:"hits_more,omitempty"` // how many more events there are
	HitsAlso Hits `json:"hits_also"`           // copies and twins of these events, likewise
	// how many more copies and twins there are
	HitsAlsoMore int `json:"hits_also_more,omitempty"`
	// the steps of a match, or the first events of a run
	Evidence []Evidence `json:"evidence"`
	// of a partial chain: how far the logs could have shown the step that was not seen
	Next *Absence `json:"next,omitempty"`
	// other events that could have been an earlier stage
	Candidates     []Candidate `json:"candidates"`
	CandidatesMore int         `json:"candidates_more,omitempty"` // how many more there are than candidates names
	// the process tree around the evidence, rooted at the oldest known ancestor; null if none
	Lineage        *Process     `json:"lineage"`
	Provenance     []Provenance `json:"provenance"`                // URL -> file -> execution -> network, in order
	ProvenanceMore int          `json:"provenance_more,omitempty"` // how many more steps are known
	Decoded        []Decoded    `json:"decoded"`                   // encoded command lines in the evidence, decoded
	Logon          *Logon       `json:"logon"`                     // the session of the user, if the logs have it
	ContextMore    int          `json:"context_more,omitempty"`    // how many more rows of the timeline lie around it
	Context        []int        `json:"context"`                   // indices into Timeline: what happened around it
}

// Steps returns the number of steps in the evidence: the events of a run are one.
func (f *Finding) Steps() int {
	if len(f.Evidence) == 0 {
		return 0
	}
	return f.Evidence[len(f.Evidence)-1].Stage + 1
}

// Difference is the values that the events of a run have in a field.
type Difference struct {
	Field  string   `json:"field"`          // the short name that facts have, or user
	Values []string `json:"values"`         // the first that are different, at most 8, long ones cut
	More   int      `json:"more,omitempty"` // how many events have another value
}

// Text is the values in a line.
func (d *Difference) Text() string {
	text := strings.Join(d.Values, " · ")
	if d.More > 0 {
		text += " · others in " + Count(d.More, "event", "events")
	}
	return text
}

// KeyValue is a name with its value as text.
type KeyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Suppression says which exception suppressed a finding, and why.
type Suppression struct {
	ID      string `json:"id"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
	Source  string `json:"source"`
}

// Text returns the suppression in one line, "" if there is none.
func (s *Suppression) Text() string {
	if s == nil {
		return ""
	}
	text := s.Reason + " [" + s.ID + ", " + s.Source
	if s.Expires != "" {
		text += ", expires " + s.Expires
	}
	return text + "]"
}

// Evidence is one event of a finding. Its JSON says which event, when and where; the rest is stored with the event
// in the report's events, and the condition with the rule.
type Evidence struct {
	Stage   int    `json:"stage"`
	Label   string `json:"label"`
	Missing bool   `json:"missing,omitempty"` // a stage that had to be absent, and was
	// id in events; left out of a stage that had to be absent
	EventID   string `json:"event,omitempty"`
	Time      Time   `json:"time"`
	Channel   string `json:"channel"`
	EventCode string `json:"event_code"`
	Host      string `json:"host"`
	Ref       Ref    `json:"ref"`
	// further records of the event: one twin and the first eight copies; the event has the others
	Named []Ref `json:"also"`
	// Absence says about a stage that had to be absent how far the logs could have shown it; null of all others.
	Absence *Absence `json:"absence,omitempty"`

	UTCTime Time `json:"-"` // Sysmon's UtcTime where it differs
	// why the time is to be read with care: the clock of the host was set back over it
	TimeMark  string     `json:"-"`
	User      string     `json:"-"`
	Message   string     `json:"-"` // one line for people
	Facts     []KeyValue `json:"-"` // the fields a person wants first, in order
	Condition string     `json:"-"` // the stage's condition, canonical
	Also      []Ref      `json:"-"`
	// how many more there are than also names: of the event 1,024 records, the one of ref included, and as
	// many of its twin
	AlsoMore int             `json:"-"`
	Document json.RawMessage `json:"-"` // ECS, nested
	// EventIn is the finding whose entry on a page shows facts and document of this event; if set, both are empty
	// here.
	EventIn string `json:"-"`
}

// Absence is how far the logs of a host could have shown an event that was not seen.
type Absence struct {
	Host    string   `json:"host"`
	From    Time     `json:"from"` // the window in which it would have counted
	To      Time     `json:"to"`
	Covered string   `json:"covered"` // full | partial | none
	Unseen  []Unseen `json:"unseen"`  // what of the window could not be seen, by time
	More    int      `json:"more"`    // further spans, shorter than those
	Text    string   `json:"text"`    // the same in a sentence
}

// Unseen is a span of time in which an event could not have been seen.
type Unseen struct {
	// source not logged | outside the filter | before the log | end of log | end of evidence | cleared |
	// record ids missing | silent | logging stopped | damaged | not audited | events dropped
	Cause   string `json:"cause"`
	Channel string `json:"channel"`
	From    Time   `json:"from"`
	To      Time   `json:"to"`
	Perhaps bool   `json:"perhaps"` // records of that time are there, and some within it are missing
}

// shownCopies is how many copies of an event a page names: a host with many shadow copies has one in each, and
// nobody reads them all. The JSON has them.
const shownCopies = 8

// Shown returns the further records of the event that a page names: the other half of a process start, and the first
// copies of either.
func (e *Evidence) Shown() (shown Shown) {
	copies, twins := 0, 0
	for _, a := range e.Also {
		if a.Why == CopyTwin {
			if twins++; twins == 1 {
				shown.Refs = append(shown.Refs, a)
				continue
			}
		}
		if copies++; copies <= shownCopies {
			shown.Refs = append(shown.Refs, a)
		}
	}
	rest := len(e.Also) - len(shown.Refs) + e.AlsoMore
	if rest == 0 {
		return shown
	}
	shown.Rest = "and " + Count(rest, "further record", "further records") + " of this event"
	if e.AlsoMore > 0 {
		shown.Rest += "; a JSON report names " + Thousands(1+len(e.Also)) + " of all " +
			Thousands(1+len(e.Also)+e.AlsoMore)
	} else {
		shown.Rest += ", named in a JSON report"
	}
	return shown
}

// Shown is what a page says about the further records of an event.
type Shown struct {
	Refs []Ref
	Rest string // how many there are more, "" if none
}

// Ref is where the bytes are; with it anybody can read the event again.
type Ref struct {
	File           string `json:"file"`
	SHA256         string `json:"sha256"`
	Chunk          int32  `json:"chunk"`
	Offset         int64  `json:"offset"`
	HeaderRecordID uint64 `json:"header_record_id"`
	EventRecordID  uint64 `json:"event_record_id"`
	PayloadSHA256  string `json:"payload_sha256"` // of the whole record, header and size copy included
	Carved         bool   `json:"carved,omitempty"`
	Why            Copy   `json:"why,omitempty"`        // in Also: duplicate | twin
	Channel        string `json:"channel,omitempty"`    // where it is not the event's own, as of a twin
	EventCode      string `json:"event_code,omitempty"` // likewise
}

// Place identifies where a record is, however else it is cited.
type Place struct {
	File, SHA256 string
	Offset       int64
}

// Place returns where the record is.
func (r Ref) Place() Place { return Place{r.File, r.SHA256, r.Offset} }

// MaxTreeDepth bounds the process trees that writers draw; logs with deeper ancestries are damaged or hostile.
const MaxTreeDepth = 64

// Process is a node of a process tree.
type Process struct {
	PID         int64  `json:"pid"`
	EntityID    string `json:"entity_id"`
	Executable  string `json:"executable"`
	CommandLine string `json:"command_line"`
	User        string `json:"user"`
	Start       Time   `json:"start"`
	End         Time   `json:"end"`
	// itself known only from a child's record, or its parent only by process id and time
	Inferred bool `json:"inferred"`
	// known only from a child's record, which names it: its own start was not logged
	Named bool `json:"named"`
	// how the parent is known: ProcessGuid | named by the record | name, pid and time | pid and time; "" = it is not
	Link string `json:"link"`
	// on what the link and Inferred rest; or "parent not in the logs (pid 532)" and why
	Basis    string     `json:"basis"`
	Evidence bool       `json:"evidence"` // part of the chain
	Source   string     `json:"source"`   // "Sysmon 1", "Security 4688", "named as parent"
	Children []*Process `json:"children"`
	Omitted  int        `json:"omitted"` // further children not shown
}

// LeadsToEvidence reports whether p or one of its descendants is part of the chain; depth is the depth of p in its
// tree.
func (p *Process) LeadsToEvidence(depth int) bool {
	if p.Evidence {
		return true
	}
	if depth >= MaxTreeDepth {
		return false
	}
	return slices.ContainsFunc(p.Children, func(c *Process) bool { return c != nil && c.LeadsToEvidence(depth+1) })
}

// Provenance is one step from the URL to the network.
type Provenance struct {
	Kind   StepKind `json:"kind"` // url | file | execution | network
	Time   Time     `json:"time"`
	Text   string   `json:"text"`
	Source string   `json:"source"` // "Sysmon 15 Zone.Identifier", …
	Ref    *Ref     `json:"ref"`
}

// Decoded is text that was made from the log's content: a decoded payload, a script put together from its parts, an
// obfuscated line in a readable form. It is never the original; the evidence keeps that.
type Decoded struct {
	// what was done: "base64 UTF-16LE (-EncodedCommand)", "PowerShell script block, 3 of 3 parts", "for
	// reading: carets removed" …
	Kind string `json:"kind"`
	From string `json:"from"` // the text it was made from, cut
	Text string `json:"text"`
	Refs []Ref  `json:"refs"` // further records it was made from, beside the evidence
	// SameAs is the finding that has the text, which is empty here.
	SameAs string `json:"same_as,omitempty"`
}

// Logon is a user's session.
type Logon struct {
	User     string `json:"user"`
	SID      string `json:"sid"`
	LogonID  string `json:"logon_id"`
	Type     string `json:"type"` // "" if the logon itself was not logged
	SourceIP string `json:"source_ip"`
	// what says so: "Security 4624", or "Sysmon 1: the logon itself is not in the logs"
	Source string `json:"source"`
	Time   Time   `json:"time"`
	// the record that says so; null if the report would repeat it too often: another finding with the same logon_id,
	// user and time has it
	Ref *Ref `json:"ref"`
}

// TimelineRow is an event worth showing: part of a finding or near one.
type TimelineRow struct {
	EventID   string   `json:"event,omitempty"` // id in events, if a finding rests on it
	Time      Time     `json:"time"`
	Host      string   `json:"host"`
	User      string   `json:"user"`
	Channel   string   `json:"channel"`
	EventCode string   `json:"event_code"`
	Message   string   `json:"message"`
	Category  string   `json:"category"`
	Severity  Severity `json:"severity"`            // of the findings it belongs to, or ""
	Findings  []string `json:"findings"`            // ids; empty = context
	TimeMark  string   `json:"time_mark,omitempty"` // as of Evidence
	Ref       Ref      `json:"ref"`
}

// Account is one user account seen in the findings or logons.
type Account struct {
	Name       string   `json:"name"`
	SID        string   `json:"sid"`
	Hosts      []string `json:"hosts"`
	LogonTypes []string `json:"logon_types"`
	Logons     int      `json:"logons"`
	Failures   int      `json:"failures"`
	First      Time     `json:"first"`
	Last       Time     `json:"last"`
	Findings   int      `json:"findings"`
}

// LateralEdge is a movement between hosts that the logs show.
type LateralEdge struct {
	From  string `json:"from"` // host or address
	To    string `json:"to"`
	How   string `json:"how"` // "network logon", "Remote Desktop logon", "use of explicit credentials" …
	User  string `json:"user"`
	Count int    `json:"count"`
	First Time   `json:"first"`
	Last  Time   `json:"last"`
}

// Indicator is an observable from the findings' evidence.
type Indicator struct {
	Type     IndicatorType `json:"type"`     // md5 | sha1 | sha256 | imphash | path | url | domain | ip | command
	Value    string        `json:"value"`    // raw
	Defanged string        `json:"defanged"` // for reading
	Note     string        `json:"note"`     // why it says little by itself, or ""
	// of a hash: the program's version information, which can be forged, names it Microsoft's
	Stock    bool     `json:"stock,omitempty"`
	Hosts    []string `json:"hosts"`
	Findings []string `json:"findings"`
	Count    int      `json:"count"` // events in the findings that carry it
	First    Time     `json:"first"`
	Last     Time     `json:"last"`
}
