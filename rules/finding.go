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

// Finding is what one rule found: the rule, the ordered evidence, what joined it, and how certain hunt is and
// why. For a rule of single events it is a run of hits: what one actor did on one host, with no gap of
// more than an hour between hits, and within 24 hours of the first. For a sequence it is one match, since the
// certainty follows from these very events.
type Finding struct {
	ID         string // F-…, from the rule, its first event or steps, and the join keys: stable over reruns
	Rule       *pack.Rule
	Host       *host.Host // of the last event
	Status     pack.Status
	Exception  *pack.Exception // that suppresses the finding
	Confidence pack.Confidence
	Reasons    []string   // full sentences: why that confidence; why partial
	Labels     []string   // "within 1 s of the maxspan", "order reversed on the other clock" …
	Evidence   []Evidence // in order: the steps of a match, or the first events of a run

	Count        int               // number of events of the run, or 1
	First, Last  evtx.Filetime     // of the events
	Differs      []fact.Spread     // for a run: in what its events differ
	Further      []*timeline.Event // for a run: later events that differ from the evidence, let go (timeline.Event.Let)
	FurtherMore  int               // number of differing events that are not in Further
	HitsMore     int               // events that are not in Result.Hits
	HitsAlsoMore int               // copies and twins of its events that are not in Result.Hits

	Keys       []predicate.Value
	Counted    *Counted   // for a rule that counts: what was counted; otherwise nil
	Candidates []Evidence // other events that could have been the earlier stage: the newest, up to a bound
	// CandidatesMore is the number of those that are not in Candidates.
	CandidatesMore int
	// Next says for a partial chain how far the logs could have shown the step that did not follow.
	Next *coverage.Absence

	run       bool     // a run of hits: the evidence is the first of them
	outranked bool     // no longer listed
	nth       int      // its number among those that its rule admitted for its host
	marks     []uint64 // for a run: marks of the evidence and of Further
	judged
	expired            *pack.Exception // that would suppress it, had it not expired
	firsts             int             // events of the evidence on the finding's host that satisfy the first stage
	number             uint32          // index in hits.findings, counted from 1
	listed, listedAlso int             // of its events, and of their copies: those that hits has
}

// Evidence is one event of a finding. Event is nil for a stage that had to be absent.
type Evidence struct {
	Stage int
	Label string
	Event *timeline.Event
	// Decoded says that the event satisfies the stage only with content that it carries in encoded form.
	Decoded bool
	// Absence says for a stage that had to be absent how far the logs could have shown it.
	Absence *coverage.Absence

	size int64 // of the event's record, if that is not in memory
}

// Run reports whether the finding is a run of hits, of which the evidence is the first.
func (f *Finding) Run() bool { return f.run }

// Steps returns the number of steps in the evidence: the events of a run are one.
func (f *Finding) Steps() int {
	if f.run || f.Counted != nil && !f.Counted.meets() {
		return 1
	}
	return len(f.Evidence)
}

// Listed returns how many events Result.Hits has for the finding, and how many copies and twins.
func (f *Finding) Listed() (own, also int) { return min(f.listed, maxHits), min(f.listedAlso, maxHits) }

// id names a finding by its rule, the content of its evidence and its join keys, not by where it was stored:
// reruns, other copies of the same log and other options give the same id. A run is named by its first event.
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

// name gives each finding its id. Records that only differ in what the id does not cover, as forged ones can,
// give the same id: from the second on these are numbered, in the order of the findings.
func name(findings []*Finding) {
	times := map[string]int{}
	for _, f := range findings {
		f.ID = f.id()
		if times[f.ID]++; times[f.ID] > 1 {
			f.ID = fmt.Sprintf("%s-%d", f.ID, times[f.ID])
		}
	}
}
