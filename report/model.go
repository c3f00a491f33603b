package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Schema names the layout of the JSON report; docs/report.schema.json validates it.
const Schema = "hunt.report/1"

// Report is everything that a report says. Every slice is sorted and never nil in
// JSON; every string that came from a log is raw text that the writers escape.
type Report struct {
	Schema          string           `json:"schema"`
	ID              string           `json:"id"`                  // hash of evidence, rules, tuning and options: same input, same id
	Integrity       *Integrity       `json:"integrity,omitempty"` // the hash of all else; set by Seal
	Tool            Tool             `json:"tool"`
	Case            Case             `json:"case"`
	Summary         Summary          `json:"summary"`
	Scope           Scope            `json:"scope"`
	Hosts           []Host           `json:"hosts"`
	HostsOmitted    int              `json:"hosts_omitted"` // hosts beyond the bound, which hosts, coverage and scope.channels leave out
	Rules           []Rule           `json:"rules"`
	Stories         []Story          `json:"stories"` // findings that tell of one thing, the weightiest first
	Findings        []Finding        `json:"findings"`
	Timeline        []TimelineRow    `json:"timeline"`         // rule hits and their context, in time order over all hosts
	TimelineOmitted int              `json:"timeline_omitted"` // context rows left out by the cap
	Accounts        []Account        `json:"accounts"`
	LateralEdges    []LateralEdge    `json:"lateral_edges"`
	Indicators      []Indicator      `json:"indicators"`
	Coverage        []HostCoverage   `json:"coverage"`
	Needs           []Need           `json:"needs"` // what the stages of the rules need, equal needs once
	Recommendations []Recommendation `json:"recommendations"`
	Accounting      Accounting       `json:"accounting"`
	Evidence        []EvidenceFile   `json:"evidence"`
	Method          Method           `json:"method"`
}

// Integrity binds a report to the hash of its body: all of the report but this member. The hash says whether a report is as it was
// written and whether three files are views of one report. It is no signature: whoever edits a report can hash it again.
type Integrity struct {
	Algorithm string `json:"algorithm"` // how: SHA-256 of the body as canonical JSON
	Body      string `json:"body"`      // the hash
}

// Tool identifies the program and the rules that made the report.
type Tool struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Commit     string `json:"commit"`    // of the sources that hunt was made of, or "unknown"
	Dirty      bool   `json:"dirty"`     // the sources held changes that no commit has
	RulePack   string `json:"rule_pack"` // hash over all rule and tuning files used
	Options    string `json:"options"`   // the options that shape the result, as one would type them
	Generated  string `json:"generated"` // RFC 3339, or "not stamped": reports are reproducible unless asked to carry the hour
	EVTXSecond string `json:"second_decoder"`
	Run        *Run   `json:"run,omitempty"`
}

// Run is what it takes, beside the evidence and scope.clock, to make the report again.
type Run struct {
	Hosts           []string  `json:"hosts"`             // --host
	From            Time      `json:"from"`              // --from
	To              Time      `json:"to"`                // --to
	Carved          bool      `json:"carved"`            // --carved
	Strict          bool      `json:"strict"`            // --ecs strict
	NoDefaultRules  bool      `json:"no_default_rules"`  // --no-default-rules
	NoDefaultTuning bool      `json:"no_default_tuning"` // --no-default-tuning
	Rules           []string  `json:"rules"`             // the last components of the paths of --rules, in their order
	Tuning          []string  `json:"tuning"`            // likewise, of --tuning
	Files           []RunFile `json:"files"`             // that were given, usable or not, by option, name and hash
}

// RunFile is a file that shapes the result.
type RunFile struct {
	Option string `json:"option"` // rules | tuning | case | merge-hosts
	Name   string `json:"name"`   // the last component of the path that was given, and what is below it, with slashes
	SHA256 string `json:"sha256"` // "" if it could not be read, or was not a file
}

// Case is what the analyst knows and the tool cannot; "not supplied" stands in for the rest.
type Case struct {
	ID      string            `json:"id"`
	Title   string            `json:"title"`
	TLP     string            `json:"tlp"`
	Analyst string            `json:"analyst"`
	Contact string            `json:"contact"`
	Window  Window            `json:"window"` // the incident window
	Tools   []string          `json:"responder_tools"`
	Notes   map[string]string `json:"notes"` // by finding id
	Slots   []KeyValue        `json:"slots"` // what only people know: status, impact, custody, actions taken, next steps; in order
}

// Window is a span of time; either end may be open.
type Window struct {
	From Time `json:"from"`
	To   Time `json:"to"`
}

// Summary is the executive summary as facts; Verdict and Lines are built from them.
type Summary struct {
	Verdict    Verdict          `json:"verdict"`  // confirmed chain | partial chain | single indicator | no finding in what could be seen | nothing could have been found
	Headline   string           `json:"headline"` // the verdict with the severity and confidence of the weightiest story: what a reader must see first
	Severity   Severity         `json:"severity"` // of the weightiest open story, or ""
	Confidence Confidence       `json:"confidence"`
	Lines      []string         `json:"lines"`    // full sentences, in order
	NotSeen    []string         `json:"not_seen"` // what could not have been seen, in order of weight
	Hosts      int              `json:"hosts"`
	HostsWith  int              `json:"hosts_with_findings"`
	Findings   int              `json:"findings"`
	Suppressed int              `json:"suppressed"`
	Partial    int              `json:"partial"`
	Confirmed  int              `json:"confirmed_chains"`
	BySeverity map[Severity]int `json:"by_severity"`
	First      Time             `json:"first"` // of the findings
	Last       Time             `json:"last"`
}

// Scope says what was looked at.
type Scope struct {
	Filters     []string       `json:"filters"` // --host, --from, --to, in words; empty = everything
	Clock       string         `json:"clock"`   // created | utc
	Channels    []ChannelScope `json:"channels"`
	Users       []string       `json:"users"`
	FilesRead   int            `json:"files_read"`
	FilesFailed int            `json:"files_failed"`
}

// ChannelScope is the window of one channel on one host.
type ChannelScope struct {
	Host    string `json:"host"`
	Channel string `json:"channel"`
	Records int    `json:"records"`
	First   Time   `json:"first"`
	Last    Time   `json:"last"`
}

// Host is one resolved host.
type Host struct {
	ID       string   `json:"id"`
	Names    []string `json:"names"` // as the logs spell them
	SIDs     []string `json:"sids"`
	IPs      []string `json:"ips"`
	First    Time     `json:"first"`
	Last     Time     `json:"last"`
	Records  int      `json:"records"`
	Findings int      `json:"findings"`
	Severity Severity `json:"severity"` // the highest of its findings, or ""
	Why      string   `json:"why"`      // how the names were folded into this host
}

// Rule is one rule's outcome.
type Rule struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Severity   Severity    `json:"severity"`
	Version    string      `json:"version"`
	Source     string      `json:"source"` // "built in" or the file
	Techniques []Technique `json:"techniques"`
	Status     RuleStatus  `json:"status"` // ran | skipped
	Reason     string      `json:"reason"` // of skipped; or where it was blind
	Blind      []string    `json:"blind"`  // hosts on which it could not have matched, with the reason
	StageHits  []int       `json:"stage_hits"`
	Matches    int         `json:"matches"`
	Suppressed int         `json:"suppressed"`
	Warnings   []string    `json:"warnings"`
	Query      string      `json:"query"`
}

// Hits is "12 / 3": the distinct events per stage.
func (r *Rule) Hits() string {
	parts := make([]string, len(r.StageHits))
	for i, v := range r.StageHits {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, " / ")
}

// Technique is an ATT&CK technique with its tactic.
type Technique struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	TacticID string `json:"tactic_id"`
	Tactic   string `json:"tactic"`
}

// RuleRef names a rule within a finding.
type RuleRef struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Severity Severity `json:"severity"`
}

// Finding is one match of one rule.
type Finding struct {
	ID             string       `json:"id"` // F-… hash of rule and evidence: stable over reruns
	Rule           RuleRef      `json:"rule"`
	Version        string       `json:"rule_version"`
	Story          string       `json:"story"`
	Host           string       `json:"host"`
	User           string       `json:"user"`
	Status         Status       `json:"status"` // finding | suppressed | partial
	Suppression    *Suppression `json:"suppression,omitempty"`
	Verdict        Verdict      `json:"verdict"`    // confirmed chain | partial chain | single indicator
	Confidence     Confidence   `json:"confidence"` // high | medium | low
	Reasons        []string     `json:"reasons"`    // why that confidence, why partial
	Start          Time         `json:"start"`
	End            Time         `json:"end"`
	Title          string       `json:"title"` // one line: what happened, from the events
	What           string       `json:"what"`  // the rule's explanation for the reader
	Techniques     []Technique  `json:"techniques"`
	JoinKeys       []KeyValue   `json:"join_keys"`
	FalsePositives []string     `json:"false_positives"` // known benign explanations to check
	References     []string     `json:"references"`
	Labels         []string     `json:"labels"` // before the incident window, responder's tool, order reversed on the other clock …
	Note           string       `json:"note"`   // the analyst's, from --case
	Evidence       []Evidence   `json:"evidence"`
	Next           *Absence     `json:"next,omitempty"`            // of a partial chain: how far the logs could have shown the step that was not seen
	Candidates     []Evidence   `json:"candidates"`                // other events that could have been an earlier stage
	CandidatesMore int          `json:"candidates_more,omitempty"` // how many more there are than candidates names
	Lineage        *Process     `json:"lineage"`                   // the process tree around the evidence, rooted at the oldest known ancestor; null if none
	Provenance     []Provenance `json:"provenance"`                // URL -> file -> execution -> network, in order
	ProvenanceMore int          `json:"provenance_more,omitempty"` // how many more steps are known
	Decoded        []Decoded    `json:"decoded"`                   // encoded command lines in the evidence, decoded
	Logon          *Logon       `json:"logon"`                     // the session of the user, if the logs have it
	ContextMore    int          `json:"context_more,omitempty"`    // how many more rows of the timeline lie around it
	Context        []int        `json:"context"`                   // indices into Timeline: what happened around it
}

// Story is what an analyst reads once: the findings of one or more rules that share events or processes.
type Story struct {
	ID         string     `json:"id"`
	Title      string     `json:"title"` // of its weightiest finding
	Status     Status     `json:"status"`
	Severity   Severity   `json:"severity"`
	Confidence Confidence `json:"confidence"`
	Verdict    Verdict    `json:"verdict"`
	Hosts      []string   `json:"hosts"`
	Users      []string   `json:"users"`
	Start      Time       `json:"start"`
	End        Time       `json:"end"`
	Rules      []string   `json:"rules"`
	Lead       string     `json:"lead"`     // id of the finding that lent the title
	Findings   []string   `json:"findings"` // ids, by time
}

// KeyValue is a name with its value as text.
type KeyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Suppression says which exception took a finding off the list, and why.
type Suppression struct {
	ID      string `json:"id"`
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
	Source  string `json:"source"`
}

// Text is the suppression in a line, "" if there is none.
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

// Evidence is one event of a finding.
type Evidence struct {
	Stage     int             `json:"stage"`
	Label     string          `json:"label"`
	Missing   bool            `json:"missing,omitempty"` // a stage that had to be absent, and was
	Time      Time            `json:"time"`
	UTCTime   Time            `json:"utc_time,omitempty"`  // Sysmon's UtcTime where it differs
	TimeMark  string          `json:"time_mark,omitempty"` // why the time is to be read with care: the clock of the host was set back over it
	Channel   string          `json:"channel"`
	EventCode string          `json:"event_code"`
	Host      string          `json:"host"`
	User      string          `json:"user"`
	Message   string          `json:"message"`   // one line for people
	Facts     []KeyValue      `json:"facts"`     // the fields a person wants first, in order
	Condition string          `json:"condition"` // the stage's condition, canonical
	Ref       Ref             `json:"ref"`
	Also      []Ref           `json:"also"`
	AlsoMore  int             `json:"also_more,omitempty"` // how many more there are than also names: of the event 1,024 records, the one of ref included, and as many of its twin
	Event     json.RawMessage `json:"event"`               // ECS, nested
	// EventIn is the finding whose evidence or candidates have event and facts of this event; both are empty here.
	EventIn string `json:"event_in,omitempty"`
	// Absence says of a stage that had to be absent how far the logs could have shown it; null of all others.
	Absence *Absence `json:"absence,omitempty"`
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
	Cause   string `json:"cause"` // source not logged | outside the filter | before the log | end of log | end of evidence | cleared | record ids missing | silent | logging stopped | damaged | not audited | events dropped
	Channel string `json:"channel"`
	From    Time   `json:"from"`
	To      Time   `json:"to"`
	Perhaps bool   `json:"perhaps"` // records of that time are there, and some within it are missing
}

// shownCopies is how many copies of an event a page names: a host with many shadow copies has one in each, and nobody reads them all.
// JSON has them.
const shownCopies = 8

// Shown are the further records of the event that a page names: the other half of a process start, and the first copies of either.
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
		shown.Rest += "; a JSON report names " + Thousands(1+len(e.Also)) + " of all " + Thousands(1+len(e.Also)+e.AlsoMore)
	} else {
		shown.Rest += ", named in a JSON report"
	}
	return shown
}

// Shown is what a page says of the further records of an event.
type Shown struct {
	Refs []Ref
	Rest string // how many there are more, "" if none
}

// Ref is where the bytes are; with it anybody can re-read the event.
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

// Place is where a record is, however else it is cited.
type Place struct {
	File, SHA256 string
	Offset       int64
}

// Place returns where the record is.
func (r Ref) Place() Place { return Place{r.File, r.SHA256, r.Offset} }

// MaxTreeDepth bounds the process trees that writers draw; logs that claim deeper
// ancestries are damaged or hostile.
const MaxTreeDepth = 64

// Process is a node of a process tree.
type Process struct {
	PID         int64      `json:"pid"`
	EntityID    string     `json:"entity_id"`
	Executable  string     `json:"executable"`
	CommandLine string     `json:"command_line"`
	User        string     `json:"user"`
	Start       Time       `json:"start"`
	End         Time       `json:"end"`
	Inferred    bool       `json:"inferred"` // itself known only from a child's record, or its parent only by process id and time
	Named       bool       `json:"named"`    // known only from a child's record, which names it: its own start was not logged
	Link        string     `json:"link"`     // how the parent is known: ProcessGuid | named by the record | name, pid and time | pid and time; "" = it is not
	Basis       string     `json:"basis"`    // on what the link and Inferred rest; or "parent not in the logs (pid 532)" and why
	Evidence    bool       `json:"evidence"` // part of the chain
	Source      string     `json:"source"`   // "Sysmon 1", "Security 4688", "named as parent"
	Children    []*Process `json:"children"`
	Omitted     int        `json:"omitted"` // further children not shown
}

// LeadsToEvidence reports whether p or one of its descendants is part of the chain; depth is that of p in its tree.
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

// Decoded is text that was made from what the log holds: a payload decoded, a script put together from its parts, an obfuscated
// line in a form that can be read. It is never the original; the evidence keeps that.
type Decoded struct {
	Kind string `json:"kind"` // what was done: "base64 UTF-16LE (-EncodedCommand)", "PowerShell script block, 3 of 3 parts", "for reading: carets removed" …
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
	Source   string `json:"source"` // what says so: "Security 4624", or "Sysmon 1: the logon itself is not in the logs"
	Time     Time   `json:"time"`
	Ref      *Ref   `json:"ref"`
}

// TimelineRow is an event worth showing: part of a finding or near one.
type TimelineRow struct {
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
	How   string `json:"how"` // "RemoteInteractive logon", "explicit credentials", "network share" …
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
	Hosts    []string      `json:"hosts"`
	Findings []string      `json:"findings"`
	Count    int           `json:"count"` // events in the findings that carry it
	First    Time          `json:"first"`
	Last     Time          `json:"last"`
}

// HostCoverage is what one host's logs could and could not have shown.
type HostCoverage struct {
	Host     string            `json:"host"`
	From     Time              `json:"from"` // of the time examined: the filter's, else the incident window's, else that of the host's records
	To       Time              `json:"to"`
	Sources  []SourceCoverage  `json:"sources"`
	Channels []ChannelCoverage `json:"channels"` // by name
	Sights   []Sight           `json:"sights"`   // what was not seen over all of that time, by need; what is not listed was
	Gaps     []Gap             `json:"gaps"`
	Clock    []ClockChange     `json:"clock"` // changes of its clock, without the small corrections of time services
	Notes    []string          `json:"notes"` // clock changes, cleared logs, service stops, audit policy, in sentences
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
	Channel      string          `json:"channel"`
	Records      int             `json:"records"`
	First        Time            `json:"first"`
	Last         Time            `json:"last"`
	LateSeconds  int64           `json:"late_seconds"`  // by which the oldest record is younger than the begin of the time examined; 0 = it reaches back to it
	Whole        bool            `json:"whole"`         // its records begin with number 1: none was overwritten since the log was made or cleared
	UsualSilence int             `json:"usual_silence"` // hours, the median of the longest silences of its days; -1 = too few days to tell
	Back         int             `json:"back"`          // records whose time lies before that of the record before
	BackMS       int64           `json:"back_ms"`       // by how much at most, in milliseconds
	Apart        int             `json:"apart"`         // records whose time and that of their header are more than a second apart
	ApartMS      int64           `json:"apart_ms"`      // by how much at most, in milliseconds
	Days         []DayRun        `json:"days"`          // records per day; days without one between runs
	Events       []EventCoverage `json:"events"`        // by provider and event id
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
	Source  string      `json:"source"` // "Sysmon 1 process creation", "Security 4688 with command line" …
	State   SourceState `json:"state"`  // present | partly | absent | cleared | rolled over
	Count   int         `json:"count"`
	First   Time        `json:"first"`
	Last    Time        `json:"last"`
	Detail  string      `json:"detail"`  // "12 of 340 carry no command line"
	Without string      `json:"without"` // what cannot be seen without it
}

// Gap is a span without records, or one whose records are gone.
type Gap struct {
	Channel string `json:"channel"`
	From    Time   `json:"from"`
	To      Time   `json:"to"`
	Kind    string `json:"kind"` // cleared | record ids missing | logging stopped | Sysmon stopped | silent | before the oldest record
	Detail  string `json:"detail"`
	Records uint64 `json:"records"` // missing record ids, where countable
}

// Recommendation is built from facts only, for the analyst to review.
type Recommendation struct {
	Kind  Action   `json:"kind"` // contain | reset | hunt | enable logging | preserve
	Text  string   `json:"text"`
	Basis []string `json:"basis"` // finding ids or coverage facts
}

// Accounting says where every record went: read = kept + filtered + duplicate.
// Damaged counts damage entries that lose records, and is apart from read, as is carved.
type Accounting struct {
	Files   []FileAccounting `json:"files"`
	Records Counts           `json:"records"`
	Damage  []DamageNote     `json:"damage"`
	Limits  []string         `json:"limits"` // every bound that bit, in a sentence
	Bounds  []BoundNote      `json:"bounds"` // of these, the named bounds of docs/limits.md
}

// BoundNote is a named bound that bit.
type BoundNote struct {
	ID     string `json:"id"`
	Text   string `json:"text"`          // the sentence that limits has
	Count  int64  `json:"count"`         // how often it bit
	File   string `json:"file"`          // where first: a file of the evidence, or "" for another place
	Offset int64  `json:"offset"`        // in that file
	Name   string `json:"name"`          // where first, if not in a file: an archive member, a rule, a host, an output; "" for the run as a whole
	Loses  bool   `json:"loses_records"` // evidence or a match may be lost: the run is incomplete
}

// Counts of records.
type Counts struct {
	Read      int `json:"read"`
	Kept      int `json:"kept"`
	Filtered  int `json:"filtered"`
	Duplicate int `json:"duplicate"`
	Damaged   int `json:"damaged"`
	Carved    int `json:"carved"`

	// Of the records read: those whose time is not that which the log gives them, and those that a stale header leaves out.
	HeaderTime int `json:"header_time"` // TimeCreated cannot be used; they stand at the time of the record's header
	NoTime     int `json:"no_time"`     // neither can be used; they stand before all others
	NoUTCTime  int `json:"no_utc_time"` // with the clock utc: UtcTime cannot be used; they stand at TimeCreated
	Continued  int `json:"continued"`   // behind the end that the header of their chunk gives, and newer than those before it
}

// FileAccounting is one file's counts.
type FileAccounting struct {
	File   string `json:"file"`
	Status string `json:"status"` // read | damaged | unreadable | not EVTX
	Detail string `json:"detail"`
	Counts
	Carving Carving `json:"carving"`
}

// Carving says what became of the records found behind a file's live ones.
type Carving struct {
	Full      int `json:"full"`      // decoded with the template in its place
	Borrowed  int `json:"borrowed"`  // decoded with a template of the same id from elsewhere
	Partial   int `json:"partial"`   // System decoded, payload not
	Lost      int `json:"lost"`      // no template to be had, or overwritten
	Duplicate int `json:"duplicate"` // decoded, and equal to a live record or to one carved before
}

// DamageNote is one thing wrong with a file.
type DamageNote struct {
	File   string `json:"file"`
	Kind   string `json:"kind"`
	Chunk  int32  `json:"chunk"`
	Offset int64  `json:"offset"`
	Size   int64  `json:"size"`
	Detail string `json:"detail"`
	Loses  bool   `json:"loses_records"`
}

// EvidenceFile is one file of the evidence inventory.
type EvidenceFile struct {
	Path      string   `json:"path"` // relative to the --evtx argument; bytes that are not UTF-8 as \xHH
	SHA256    string   `json:"sha256"`
	Size      int64    `json:"size"`
	Records   int      `json:"records"`
	First     Time     `json:"first"`
	Last      Time     `json:"last"`
	FirstID   uint64   `json:"first_record_id"`
	LastID    uint64   `json:"last_record_id"`
	Channels  []string `json:"channels"`
	Computers []string `json:"computers"`
	Dirty     bool     `json:"dirty"`
	Result    string   `json:"result"`
	Source    string   `json:"source"`    // archive or collector layout, if any
	Collected string   `json:"collected"` // collected by and when, from the collector's metadata
}

// Method says how the result was reached.
type Method struct {
	Paragraphs []KeyValue `json:"paragraphs"` // title, three lines each
	Glossary   []KeyValue `json:"glossary"`
	Verify     string     `json:"verify"` // the command that re-checks the evidence
}
