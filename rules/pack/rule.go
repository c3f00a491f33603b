package pack

import (
	"errors"

	"hunt/rules/eql"
	"hunt/rules/predicate"
	"hunt/rules/sigma"
	"hunt/rules/sigma/logsource"
	"hunt/timeline/ecs"
)

// Rule is one detection rule of any language. Read-only once loaded.
type Rule struct {
	ID, Name, Version string
	Language          Language
	Author, Licence   string   // anyone who shows a match of the rule names its author
	Status            Maturity // the authors' opinion of it; Mature unless the file says otherwise
	Description       string   // what it detects
	Why               string   // what a match means to the analyst, in plain words
	Guidance          string   // how to triage and respond, as the authors wrote it
	Setup             string   // what must be switched on so that its events are logged, as the authors wrote it
	Severity          Severity
	Confidence        Confidence // the starting point, before lineage and provenance
	Techniques        []Technique
	References        []string
	FalsePositives    []string
	SeenWith          []string       // groups and families known to do this
	DataSources       []string       // "Sysmon 1", "Security 4688" …
	DefaultLogs       string         // which of these Windows logs by default, or why it logs none
	Kinds             []sigma.Kind   // kinds of events that a Sigma rule names
	LogSource         logsource.Name // of a Sigma rule
	Indexes           []string       // of an Elastic rule
	Tags              []string
	Query             string
	QueryLine         int        // line of the query within the file, counted from 1
	Source            string     // "built in" or the path as given
	Skip              string     // why the rule cannot run at all ("needs endpoint data: …"); "" = runs
	Off               WhyLeftOut // reason for Skip; 0: OffUnsupported
	Cases             []Case
	BuildingBlock     bool     // Elastic: a signal for other rules, no alert by itself
	Filters           []string // of an Elastic rule: what narrows its query, for people
	Counting          string   // of a rule that counts: what it counts, for people; "" = nothing
	LookAt            []string // fields at which the authors want analysts to look
	Notices           []string // what the file asks for in addition to its query and hunt does not do

	// Partial asks for chains that lack their later stages to be kept, with the reason.
	Partial bool

	sigma             *sigmaDocument // of a rule of Sigma
	doc               *document      // for places in the file
	idPath, queryPath string         // within doc; "" = the file name, the whole file
	sum               [32]byte       // SHA-256 of the file
	at                string         // file:line:col, where doc has no index of places; "" = by idPath
	// compile compiles the rule; nil: its Query is EQL.
	compile func(predicate.Schema) (Compiled, error)
}

// Maturity is the authors' opinion of a rule.
type Maturity uint8

// The maturities, from the best. Deprecated rules, and those that nobody runs according to their authors, are off by
// default.
const (
	Mature Maturity = iota
	Testing
	Experimental
	Deprecated
	Unsupported
)

// String returns the maturity as Sigma spells it.
func (m Maturity) String() string {
	return [...]string{"stable", "test", "experimental", "deprecated", "unsupported"}[m]
}

// Technique is an ATT&CK technique with its tactic. A sub-technique is a separate entry, after its technique.
type Technique struct{ ID, Name, TacticID, Tactic string }

// BuiltIn is the Source of rules and tuning that are part of the program.
const BuiltIn = "built in"

// Place returns where the rule is defined, as file:line:col.
func (r *Rule) Place() string {
	if r.at != "" {
		return r.at
	}
	if r.doc == nil {
		return r.Source
	}
	return r.doc.place(r.idPath)
}

// File returns the file from which the rule was read, as given.
func (r *Rule) File() string { return r.doc.file }

// Compile compiles the rule's query against a schema. The errors are Errors: placed in the rule file, and marked as
// unsupported if the rule is valid in its language but hunt does not run it.
func (r *Rule) Compile(s predicate.Schema) (Compiled, error) {
	if r.compile != nil {
		return r.compile(s)
	}
	p, err := eql.Compile(r.Query, s, eql.Options{File: r.doc.file, Line: r.QueryLine, Lists: Lists()})
	if err == nil {
		return p, nil
	}
	return nil, r.queryError(err)
}

// Check returns why the rule does not run: what it needs and no event log has, or Errors of its query. It returns nil
// if it runs.
func (r *Rule) Check() error {
	if r.Skip != "" {
		return errors.New(r.Skip)
	}
	_, err := r.Compile(SchemaOf(ecs.NewSchema()))
	return err
}
