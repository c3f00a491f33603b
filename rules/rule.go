// Package rules loads detection rules and tuning, runs them over a case and says what
// they found, what they could not have found, and why.
package rules

// SKETCH of the shapes that the engine and the report code against; helper 6 makes it real and may add.

// Severity of a rule, in ascending order.
type Severity uint8

// The severities, spelled as in the JSON report: info, low, medium, high, critical.
const (
	Info Severity = iota + 1
	Low_
	Medium_
	High_
	Critical
)

// Rule is one detection rule, from a hunt TOML, an Elastic TOML or a plain .eql file.
type Rule struct {
	ID, Name, Version, Description, Why string
	Severity                            Severity
	Confidence                          Confidence // the starting point, before lineage and provenance
	Techniques                          []Technique
	References, FalsePositives          []string
	DataSources                         []string // "Sysmon 1", "Security 4688" …
	Indexes                             []string // of an Elastic rule
	Query                               string
	QueryLine                           int    // line of the query within the file, from 1
	Source                              string // "built in" or the path as given
	Skip                                string // why the rule cannot run at all ("endpoint-only data", …); "" = runs
	Cases                               []Case
}

// Technique is an ATT&CK technique with its tactic.
type Technique struct{ ID, Name, TacticID, Tactic string }

// Case is a test of a rule.
type Case struct{ Name string }

// Exception is one entry of a tuning file.
type Exception struct{ ID, Reason, Expires, Source string }

// Pack is the rules and tuning of a run, sorted by rule id.
type Pack struct {
	Rules      []*Rule
	Exceptions []*Exception
	Hash       string // sha256 over the canonical bytes of every rule and tuning file, in order
}
