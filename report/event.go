package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Event is an event on which findings rest. It is in a report once, and evidence, candidates, edges and steps
// of incidents and rows of the timeline refer to it by its id.
type Event struct {
	// E-… hash of where the record is: the same in each report of the same files
	ID       string          `json:"id"`
	Time     Time            `json:"time"`
	UTCTime  Time            `json:"utc_time,omitempty"`  // Sysmon's UtcTime where it differs
	TimeMark string          `json:"time_mark,omitempty"` // as of Evidence
	Channel  string          `json:"channel"`
	Code     string          `json:"event_code"`
	Host     string          `json:"host"`
	User     string          `json:"user"`
	Message  string          `json:"message"` // one line for people
	Facts    []KeyValue      `json:"facts"`   // the fields a person wants first, in order
	Ref      Ref             `json:"ref"`
	Also     []Ref           `json:"also"`
	AlsoMore int             `json:"also_more,omitempty"` // as of Evidence
	Document json.RawMessage `json:"document"`            // ECS, nested; null if the report does not hold it
}

// EventID names the event of the record that r leads to.
func (r *Ref) EventID() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d", r.File, r.SHA256, r.Offset)
	return "E-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// event returns what the report says about the event of the evidence, whatever finding cites it.
func (e *Evidence) event() Event {
	return Event{ID: e.EventID, Time: e.Time, UTCTime: e.UTCTime, TimeMark: e.TimeMark, Channel: e.Channel,
		Code: e.EventCode, Host: e.Host, User: e.User, Message: e.Message, Facts: e.Facts, Ref: e.Ref, Also: e.Also,
		AlsoMore: e.AlsoMore, Document: e.Document}
}

// Evidence returns the event as a finding has it, without what the finding adds.
func (e *Event) Evidence() *Evidence {
	x := &Evidence{EventID: e.ID, Time: e.Time, Channel: e.Channel, EventCode: e.Code, Host: e.Host, Ref: e.Ref}
	x.resolve(e)
	return x
}

// resolve fills in what is stored with the event. It keeps what the evidence says itself, for verify to check.
func (e *Evidence) resolve(x *Event) {
	if e.Ref == (Ref{}) {
		e.Time, e.Channel, e.EventCode, e.Host, e.Ref = x.Time, x.Channel, x.Code, x.Host, x.Ref
	}
	e.UTCTime, e.TimeMark, e.User, e.Message, e.Facts = x.UTCTime, x.TimeMark, x.User, x.Message, x.Facts
	e.Also, e.AlsoMore, e.Document = x.Also, x.AlsoMore, x.Document
}

// Candidate is an event that could have been an earlier step of a finding. Its JSON has only stage, label and
// the id of the event.
type Candidate struct{ Evidence }

type candidateJSON struct {
	Stage int    `json:"stage"`
	Label string `json:"label"`
	Event string `json:"event"`
}

// MarshalJSON implements json.Marshaler.
func (c Candidate) MarshalJSON() ([]byte, error) {
	return json.Marshal(candidateJSON{c.Stage, c.Label, c.EventID})
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Candidate) UnmarshalJSON(b []byte) error {
	var j candidateJSON
	err := json.Unmarshal(b, &j)
	c.Evidence = Evidence{Stage: j.Stage, Label: j.Label, EventID: j.Event}
	return err
}

// cited calls see for each event that a finding cites. rule is the rule whose condition is stored with the
// event, "" if there is none: the events of a run satisfy one condition, which is stored with the first.
func (r *Report) cited(see func(e *Evidence, rule string)) {
	for i := range r.Findings {
		f := &r.Findings[i]
		for j := range f.Evidence {
			rule := ""
			if j == 0 || f.Evidence[j].Stage > 0 {
				rule = f.Rule.ID
			}
			see(&f.Evidence[j], rule)
		}
		for j := range f.Candidates {
			see(&f.Candidates[j].Evidence, "")
		}
	}
}

// gather lists the events of the findings once, by time, and the conditions with their rules.
func (r *Report) gather() {
	rules := r.RuleByID()
	known := map[string]int{}
	for i := range r.Events {
		known[r.Events[i].ID] = i
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		x := rules[f.Rule.ID]
		if x == nil {
			continue
		}
		if x.What = cmp.Or(x.What, f.What); len(x.FalsePositives)+len(x.References) == 0 {
			x.FalsePositives, x.References = f.FalsePositives, f.References
		}
	}
	r.cited(func(e *Evidence, rule string) {
		if x := rules[rule]; x != nil && e.Condition != "" {
			for len(x.Conditions) <= e.Stage {
				x.Conditions = append(x.Conditions, "")
			}
			x.Conditions[e.Stage] = cmp.Or(x.Conditions[e.Stage], e.Condition)
		}
		if e.Missing {
			return
		}
		e.EventID, e.Named = cmp.Or(e.EventID, e.Ref.EventID()), e.Shown().Refs
		i, again := known[e.EventID]
		switch {
		case !again:
			known[e.EventID] = len(r.Events)
			r.Events = append(r.Events, e.event())
		case len(r.Events[i].Document) == 0 && len(e.Document) > 0:
			r.Events[i] = e.event()
		}
	})
	slices.SortStableFunc(r.Events, func(a, b Event) int {
		return cmp.Or(compareTimes(a.Time, b.Time), strings.Compare(a.ID, b.ID))
	})
}

func compareTimes(a, b Time) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(boolRank(a != nil), boolRank(b != nil))
	}
	return cmp.Compare(*a, *b)
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// scatter restores in the findings of a report that was read what is stored with its events and rules.
func (r *Report) scatter() (err error) {
	events := make(map[string]*Event, len(r.Events))
	for i := range r.Events {
		events[r.Events[i].ID] = &r.Events[i]
	}
	conditions := make(map[string][]string, len(r.Rules))
	rules := r.RuleByID()
	for id, x := range rules {
		conditions[id] = x.Conditions
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if x := rules[f.Rule.ID]; x != nil {
			f.FalsePositives, f.References = x.FalsePositives, x.References
		}
	}
	r.cited(func(e *Evidence, rule string) {
		if list := conditions[rule]; e.Stage >= 0 && e.Stage < len(list) {
			e.Condition = list[e.Stage]
		}
		if e.Missing {
			return
		}
		x := events[e.EventID]
		if x == nil {
			err = cmp.Or(err, fmt.Errorf("report: a finding refers to the event %q, which is not in events",
				e.EventID))
			return
		}
		e.resolve(x)
	})
	return err
}
