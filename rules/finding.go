package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"hunt/evtx"
	"hunt/rules/fact"
	"hunt/rules/pack"
	"hunt/rules/predicate"
	"hunt/timeline"
	"hunt/timeline/coverage"
	"hunt/timeline/host"
)

// Finding is what one rule found: the rule, the ordered evidence, what joined it, and how sure hunt
// is and why. Of a rule of single events it is a run of hits: what one actor did on one host, without
// an hour between two hits and within 24 hours of the first. Of a sequence it is one match, since how
// sure hunt is of it follows from these very events.
type Finding struct {
	ID         string // F-…, from the rule, its first event or steps, and the join keys: stable over reruns
	Rule       *pack.Rule
	Host       *host.Host // of the last event
	Status     pack.Status
	Exception  *pack.Exception // of a suppressed finding
	Confidence pack.Confidence
	Reasons    []string   // full sentences: why that confidence; why partial
	Labels     []string   // "within 1 s of the maxspan", "order reversed on the other clock" …
	Evidence   []Evidence // in order: the steps of a match, or the first events of a run

	Count        int               // events of the run, or 1
	First, Last  evtx.Filetime     // of the events
	Differs      []fact.Spread     // of a run: what its events differ in
	Further      []*timeline.Event // of a run: events after the evidence that differ from it, let go
	FurtherMore  int               // events that differ and that Further lacks
	HitsMore     int               // events that Result.Hits does not list
	HitsAlsoMore int               // copies and twins of its events that Result.Hits does not list

	Keys       []predicate.Value
	Counted    *Counted   // of a rule that counts: what was counted; nil of others
	Candidates []Evidence // other events that could have been the earlier stage: the newest, up to a bound
	// CandidatesMore counts those that Candidates lacks.
	CandidatesMore int
	// Next says about a partial chain how far the logs could have shown the step that did not follow.
	Next *coverage.Absence

	run       bool     // of hits: the evidence is the first of them
	outranked bool     // it is listed no more
	nth       int      // that its rule admitted of its host
	marks     []uint64 // of a run: of the evidence and of Further
	judged
	expired            *pack.Exception // that would suppress it, had it not expired
	firsts             int             // events of the evidence on the finding's host that satisfy the first stage
	number             uint32          // in hits.findings, from 1 on
	listed, listedAlso int             // of its events, and of their copies: those that hits has
}

// Evidence is one event of a finding. Event is nil for a stage that had to be absent.
type Evidence struct {
	Stage int
	Label string
	Event *timeline.Event
	// Decoded says that the event satisfies the stage only with what it carries in encoded form.
	Decoded bool
	// Absence says about a stage that had to be absent how far the logs could have shown it.
	Absence *coverage.Absence

	size int64 // of the event's record, where that is not at hand
}

// Run reports whether the finding is a run of hits, of which the evidence is the first.
func (f *Finding) Run() bool { return f.run }

// Steps counts the steps of which the evidence consists: the events of a run are one.
func (f *Finding) Steps() int {
	if f.run || f.Counted != nil && !f.Counted.meets() {
		return 1
	}
	return len(f.Evidence)
}

// Listed counts the events that Result.Hits has of the finding, and their copies and twins.
func (f *Finding) Listed() (own, also int) { return min(f.listed, maxHits), min(f.listedAlso, maxHits) }

// id names a finding by its rule, what its evidence is and what joins it, not by where it was stored: reruns,
// other copies of the same log and other options give the same id. A run is named by its first event.
func (f *Finding) id() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%t", f.Rule.ID, f.Status == pack.StatusPartial)
	steps := f.Evidence[:f.Steps()]
	if f.Counted != nil { // no other result of its group has the same first event
		steps = steps[:1]
	}
	for _, e := range steps {
		if e.Event == nil {
			fmt.Fprintf(h, "\x00%d missing", e.Stage)
			continue
		}
		fmt.Fprintf(h, "\x00%d %s %s %d %d", e.Stage, e.Event.Record.Computer(), e.Event.Class.Channel,
			e.Event.Ref.EventRecordID, e.Event.Record.TimeCreated())
	}
	for _, k := range f.Keys {
		fmt.Fprintf(h, "\x00key %d %s", k.Kind, k.Text())
	}
	return "F-" + hex.EncodeToString(h.Sum(nil)[:6])
}

// name gives each finding its id. Records that are told apart by their content alone, as forged ones can be, give
// the same id: from the second on they are numbered, in the order of the findings.
func name(findings []*Finding) {
	times := map[string]int{}
	for _, f := range findings {
		f.ID = f.id()
		if times[f.ID]++; times[f.ID] > 1 {
			f.ID = fmt.Sprintf("%s-%d", f.ID, times[f.ID])
		}
	}
}
