package rules

import (
	"fmt"

	"hunt/limit"
	"hunt/rules/pack"
	"hunt/rules/stage"
	"hunt/timeline"
)

// Result is what a run of a pack over a case found, and what it could not have found.
type Result struct {
	Case     *timeline.Case
	Pack     *pack.Pack
	Rules    []RuleResult // in the order of the pack
	Findings []*Finding   // by time of the first event, then rule, then place in the evidence
	Limits   []string     // every bound that applied, in a sentence
	Needs    []stage.Need // kinds of events that the stages of the rules that ran need

	text   map[*pack.Rule]queryText
	tuning map[*pack.Rule]*pack.Pack // see tuningOf
	hits   *hits
}

// LetGo drops the events of the findings, with their records.
func (res *Result) LetGo() {
	for _, f := range res.Findings {
		f.Evidence, f.Candidates, f.Further = nil, nil, nil
	}
}

// RuleResult is one rule's outcome.
type RuleResult struct {
	Rule             *pack.Rule
	Ran              bool
	Reason           string   // why it did not run
	Err              error    // from the compiler; wraps eql.ErrUnsupported for EQL that hunt does not run
	StageHits        []int    // distinct events that satisfied each stage, duplicates and twins merged
	Matches          int      // complete matches, suppressed ones included
	Unlisted         int      // of these, beyond the findings that one rule may list
	Crowded          int      // of these, beyond the findings that it may list for one process id
	Outranked        int      // of these, beyond the findings that are listed for all rules
	Suppressed       int      // of the matches, those that tuning suppresses, as far as it was applied
	Partial          int      // chains that lack stages
	UnlistedPartial  int      // of these, beyond the bound
	OutrankedPartial int      // of these, beyond the findings that are listed for all rules
	CrowdedPartial   int      // of these, beyond those that it may list for one process id
	Unkept           int      // events that satisfied the first stage, beyond those from which partial chains are made
	Warnings         []string // of the compiler: unknown fields, dialect
	Blind            []Blind  // the first hosts, by host, on which it could not have matched
	BlindHosts       int      // number of such hosts
}

// The bounds on what one rule lists.
var (
	boundFindings = limit.Bound{ID: "rules-findings",
		Text: "a rule lists 10,000 findings that tuning suppresses and 10,000 others, and beyond these up to 100 of " +
			"either on every host, and counts the rest"}
	boundActor = limit.Bound{ID: "rules-process-findings",
		Text: "a rule of sequences lists 1,000 matches of one process id on a host and counts the rest"}
	boundFirsts = limit.Bound{ID: "rules-first-events",
		Text: "a rule looks for partial chains among 4,000 events at a time that satisfy its first stage"}
)

// bites counts what one rule may not list, by the bound that excluded it.
func (rr *RuleResult) bites() (out []limit.Bite) {
	add := func(b limit.Bound, n int) {
		if n > 0 {
			out = append(out, limit.Bite{Bound: b, Count: int64(n), First: limit.In(rr.Rule.ID)})
		}
	}
	crowded := rr.Crowded + rr.CrowdedPartial
	outranked := rr.Outranked + rr.OutrankedPartial
	add(boundFindings, rr.Unlisted+rr.UnlistedPartial-crowded-outranked)
	add(boundListed, outranked)
	add(boundActor, crowded)
	add(boundFirsts, rr.Unkept)
	return out
}

// limits says what one rule may not list.
func (rr *RuleResult) limits() []string {
	var out []string
	switch {
	case rr.Unlisted > 0 && rr.Unlisted == rr.Outranked:
		out = append(out, fmt.Sprintf("Rule %s matched %d times; %d matches are listed, because a report lists "+
			"%s.", rr.Rule.ID, rr.Matches, rr.Matches-rr.Unlisted, listedText))
	case rr.Unlisted > 0:
		text := fmt.Sprintf("Rule %s matched %d times; %d matches are listed", rr.Rule.ID, rr.Matches,
			rr.Matches-rr.Unlisted)
		if rr.Suppressed > 0 {
			text += fmt.Sprintf(": the first suppressed ones, the first others, and up to %d for every host",
				ofEachHost)
		} else {
			text += fmt.Sprintf(": the first ones, and up to %d for every host", ofEachHost)
		}
		if rr.Crowded > 0 {
			text += fmt.Sprintf(", but no more than %d for one process id", ofEachProcess)
		}
		if rr.Outranked > 0 {
			text += ", and of these what is among " + listedText
		}
		out = append(out, text+". A rule that matches so often needs a narrower condition; or search with hunt query.")
	}
	if rr.UnlistedPartial > 0 {
		out = append(out, fmt.Sprintf("Rule %s has %d partial chains; %d of them are not listed.", rr.Rule.ID,
			rr.Partial, rr.UnlistedPartial))
	}
	if rr.Unkept > 0 {
		out = append(out, fmt.Sprintf("Rule %s: %d more events satisfy its first stage; hunt looks for partial "+
			"chains among %d of them at a time.", rr.Rule.ID, rr.Unkept, maxFirsts))
	}
	return out
}

// Blind says on which host a rule could not have matched, and why.
type Blind struct {
	Host  string
	Cause *Cause // the same for all rules and hosts with the same cause
}

// Cause is why a rule could not have matched on a host. Equal causes have the same text.
type Cause struct {
	Filtered bool   // --host, --from or --to leaves out all events of the host
	Anywhere bool   // no host has an event that satisfies the stage; false: nothing is said about other hosts
	Stage    int    // counted from 0
	Of       int    // number of stages
	Label    string // of the stage
	Needs    string // what would satisfy it: the rule's data sources, or else kinds of events
	Enable   string // what to do so that it is logged
	Setup    string // what the rule's authors want switched on
}

// String describes the cause in words.
func (c *Cause) String() string {
	if c.Filtered {
		return "--host, --from or --to leaves out all its events"
	}
	where := "there"
	if c.Anywhere {
		where = "there or on any other host"
	}
	what := "no event that was logged " + where + " can satisfy it"
	if c.Of > 1 {
		what = fmt.Sprintf("no event that was logged %s can satisfy stage %d of %d", where, c.Stage+1, c.Of)
		if c.Label != "" {
			what += " (" + c.Label + ")"
		}
	}
	if c.Needs != "" {
		what += "; it needs " + c.Needs
	}
	if c.Enable != "" {
		what += "; to have it logged, " + c.Enable
	}
	if c.Setup != "" {
		what += "; its authors say: " + c.Setup
	}
	return what
}
