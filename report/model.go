package report

import (
	"fmt"
	"slices"
	"strings"

	"hunt/report/change"
	"hunt/report/decision"
	"hunt/report/sight"
)

// Schema names the layout of the JSON report; docs/report.schema.json validates it.
const Schema = "hunt.report/2"

// Report is everything that a report says. Every slice is sorted and never nil in JSON; every string from a log
// is raw text that the writers escape.
type Report struct {
	Schema string `json:"schema"`
	// hash of evidence, rules, tuning and options: same input, same id
	ID        string     `json:"id"`
	Integrity *Integrity `json:"integrity,omitempty"` // the hash of all else; set by Seal
	Tool      Tool       `json:"tool"`
	Case      Case       `json:"case"`
	Summary   Summary    `json:"summary"`
	Scope     Scope      `json:"scope"`
	Hosts     []Host     `json:"hosts"`
	// hosts beyond the bound, which hosts, coverage and scope.channels leave out
	HostsOmitted int    `json:"hosts_omitted"`
	Rules        []Rule `json:"rules"`
	// how many rules were read and did not run, by reason; those that are in rules say why, too
	RulesLeftOut []LeftOut `json:"rules_left_out,omitempty"`
	// how many rules were read, in words, by licence: that of most rules first
	RulesByLicence []string `json:"rules_by_license,omitempty"`
	// Sigma's log sources that rules ask for, by name
	LogSources []sight.LogSource `json:"log_sources,omitempty"`
	// suspected incidents, the most serious first
	Incidents []Incident `json:"incidents"`
	Hubs      []Hub      `json:"hubs"` // values that join no findings because they are in too much of the evidence
	Findings  []Finding  `json:"findings"`
	// what the findings rest on, each event once, by time; null until Normalize gathers them
	Events []Event `json:"events"`
	// rule hits and their context, in time order over all hosts
	Timeline        []TimelineRow `json:"timeline"`
	TimelineOmitted int           `json:"timeline_omitted"` // context rows left out by the cap
	Accounts        []Account     `json:"accounts"`
	// accounts beyond the bound, which accounts leaves out
	AccountsOmitted int           `json:"accounts_omitted,omitempty"`
	LateralEdges    []LateralEdge `json:"lateral_edges"`
	// ways beyond the bound, which lateral_edges leaves out
	LateralEdgesOmitted int                  `json:"lateral_edges_omitted,omitempty"`
	Indicators          []Indicator          `json:"indicators"`
	Coverage            []sight.HostCoverage `json:"coverage"`
	Needs               []sight.Need         `json:"needs"` // what the stages of the rules need, equal needs once
	Recommendations     []Recommendation     `json:"recommendations"`
	Accounting          Accounting           `json:"accounting"`
	Evidence            []EvidenceFile       `json:"evidence"`
	Method              Method               `json:"method"`
	// how the report differs from the one of --previous; null without it
	Changes *change.Changes `json:"changes,omitempty"`
}

// Integrity binds a report to the hash of its body: everything in the report except this member. The hash shows
// whether a report is as it was written and whether three files are views of one report. It is not a signature:
// anybody who edits a report can hash it again.
type Integrity struct {
	Algorithm string `json:"algorithm"` // how: SHA-256 of the body as canonical JSON
	Body      string `json:"body"`      // the hash
}

// Tool identifies the program and the rules that made the report.
type Tool struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Commit   string `json:"commit"`    // of the sources that hunt was made of, or "unknown"
	Dirty    bool   `json:"dirty"`     // the sources held changes that no commit has
	RulePack string `json:"rule_pack"` // hash over all rule and tuning files used
	Options  string `json:"options"`   // the options that shape the result, as one would type them
	// RFC 3339, or "not stamped": reports are reproducible unless asked to carry the hour
	Generated  string `json:"generated"`
	EVTXSecond string `json:"second_decoder"`
	Run        *Run   `json:"run,omitempty"`
}

// Run is what is needed, in addition to the evidence and scope.clock, to make the report again.
type Run struct {
	Hosts           []string `json:"hosts"`             // --host
	From            Time     `json:"from"`              // --from
	To              Time     `json:"to"`                // --to
	Carved          bool     `json:"carved"`            // --carved
	Strict          bool     `json:"strict"`            // --ecs strict
	NoDefaultRules  bool     `json:"no_default_rules"`  // --no-default-rules
	NoDefaultTuning bool     `json:"no_default_tuning"` // --no-default-tuning
	// the last components of the paths of --rules, in their order
	Rules  []string `json:"rules"`
	Tuning []string `json:"tuning"` // likewise, of --tuning

	RulesStatus []string `json:"rules_status,omitempty"` // --rules-status
	RulesLevel  string   `json:"rules_level,omitempty"`  // --rules-level
	RulesTag    []string `json:"rules_tag,omitempty"`    // --rules-tag

	ReportLimit int64 `json:"report_limit,omitempty"` // --report-limit, in bytes, if it is not the default

	TimeZone string `json:"time_zone,omitempty"` // --tz; Case has the zone of the case file, too

	Files []RunFile `json:"files"` // that were given, usable or not, by option, name and hash
}

// RunFile is a file that shapes the result.
type RunFile struct {
	Option string `json:"option"` // rules | tuning | case | merge-hosts | placeholders | previous
	Name   string `json:"name"`   // the last component of the path that was given, and what is below it, with slashes
	SHA256 string `json:"sha256"` // "" if it could not be read, or was not a file
}

// Case is what the analyst knows and the tool cannot. The JSON has "not supplied" for empty texts.
type Case struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	TLP     string `json:"tlp"`
	Analyst string `json:"analyst"`
	Contact string `json:"contact"`
	Window  Window `json:"window"` // the incident window
	// in which times are shown beside UTC, such as Europe/Berlin
	TimeZone string            `json:"time_zone,omitempty"`
	Tools    []string          `json:"responder_tools"`
	Notes    map[string]string `json:"notes"` // by finding id
	// what only people know: status, impact, custody, actions taken, next steps; in order
	Slots []KeyValue `json:"slots"`
	// what the examiner says about incidents, in the order of the case file
	Decisions []decision.Decision `json:"decisions,omitempty"`
	// what the examiner knows about the network, likewise
	Known []decision.Known `json:"known,omitempty"`
}

// Window is a span of time; either end may be open.
type Window struct {
	From Time `json:"from"`
	To   Time `json:"to"`
}

// Summary is the executive summary as facts; Verdict and Lines are built from them.
type Summary struct {
	// linked chain | incomplete chain | single event | no finding in what could be seen | nothing could
	// have been found
	Verdict Verdict `json:"verdict"`
	// one sentence that counts: what a reader must see first
	Headline   string           `json:"headline"`
	Severity   Severity         `json:"severity"` // of the most serious incident, else of the weightiest finding, or ""
	Confidence Confidence       `json:"confidence"`
	Apart      string           `json:"apart,omitempty"` // why several incidents are not one
	Lines      []string         `json:"lines"`           // full sentences, in order
	NotSeen    []string         `json:"not_seen"`        // what could not have been seen, in order of weight
	Hosts      int              `json:"hosts"`
	HostsWith  int              `json:"hosts_with_findings"`
	Findings   int              `json:"findings"`
	Suppressed int              `json:"suppressed"`
	Partial    int              `json:"partial"`
	Linked     int              `json:"linked_chains"`
	BySeverity map[Severity]int `json:"by_severity"`
	First      Time             `json:"first"` // of the findings
	Last       Time             `json:"last"`
}

// Scope says what was examined.
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
	ID    string   `json:"id"`
	Names []string `json:"names"` // as the logs spell them
	SIDs  []string `json:"sids"`
	IPs   []string `json:"ips"`
	// IPsOmitted counts the addresses beyond the 20 that ips lists.
	IPsOmitted int      `json:"ips_omitted,omitempty"`
	First      Time     `json:"first"`
	Last       Time     `json:"last"`
	Records    int      `json:"records"`
	Findings   int      `json:"findings"`
	Severity   Severity `json:"severity"` // the highest of its findings, or ""
	Why        string   `json:"why"`      // how the names were folded into this host
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
	// hosts on which it could not have matched, a line for each reason: hosts, colon, reason
	Blind []string `json:"blind"`
	// the same number for all rules that were blind on the same hosts for the same reasons; left out if on none
	BlindID    int      `json:"blind_id,omitempty"`
	StageHits  []int    `json:"stage_hits"`
	Matches    int      `json:"matches"`
	Suppressed int      `json:"suppressed"`
	Warnings   []string `json:"warnings"`
	Query      string   `json:"query"`

	Language string `json:"language,omitempty"` // EQL, KQL or Sigma
	Author   string `json:"author,omitempty"`   // as the rule's file names them
	Licence  string `json:"license,omitempty"`  // as the rule's file names it
	// what its authors think of it: stable, test, experimental, deprecated or unsupported
	Maturity string `json:"maturity,omitempty"`
	Guidance string `json:"guidance,omitempty"` // how to triage and respond, as its authors wrote it
	// what must be switched on so that its events are logged, as its authors wrote it
	Setup string `json:"setup,omitempty"`

	// a signal that other rules build on, not an alert in itself
	BuildingBlock bool     `json:"building_block,omitempty"`
	Counts        string   `json:"counts,omitempty"`  // what the rule counts of its events, in words
	Filters       []string `json:"filters,omitempty"` // of a rule of Elastic's: what narrows its query
	LookAt        []string `json:"look_at,omitempty"` // fields that its authors want looked at
	// of its stages, canonical, if it has findings
	Conditions []string `json:"conditions,omitempty"`
	// what it looks for, for the reader, if it has findings
	What string `json:"what,omitempty"`
	// known benign explanations to check, if it has findings
	FalsePositives []string `json:"false_positives,omitempty"`
	References     []string `json:"references,omitempty"` // if it has findings
}

// LeftOut counts rules that were read and did not run.
type LeftOut struct {
	Rules  int    `json:"rules"`
	Reason string `json:"reason"` // a sentence with their number, such as "2 rules are left out: below --rules-level"
}

// Silent reports whether the rule ran and there is nothing to say about it: no event satisfied it.
func (r *Rule) Silent() bool {
	return r.Status == RuleRan && r.Matches == 0 && r.Suppressed == 0 && len(r.Warnings) == 0 &&
		!slices.ContainsFunc(r.StageHits, func(n int) bool { return n > 0 })
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
