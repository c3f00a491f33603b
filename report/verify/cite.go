package verify

import (
	"reflect"
	"slices"

	"hunt/report"
)

// citation is a record that a report rests on, with all that the report says about it.
type citation struct {
	finding string
	ref     report.Ref
	others  []report.Ref         // the same record cited with other words
	said    []report.Evidence    // without what the finding adds: stage, label, condition, copies
	rows    []report.TimelineRow // of the timeline
	steps   []report.Provenance
}

// citations lists every record that the report rests on, once.
func citations(r *report.Report) []*citation {
	var out []*citation
	byPlace := map[report.Place]*citation{}
	cite := func(finding string, ref report.Ref) *citation {
		key := ref.Place()
		c := byPlace[key]
		if c == nil {
			c = &citation{finding: finding, ref: ref}
			byPlace[key] = c
			out = append(out, c)
		} else {
			c.also(ref)
		}
		return c
	}
	for i := range r.Findings {
		citeFinding(&r.Findings[i], cite)
	}
	for i := range r.Events {
		x := &r.Events[i]
		if c := cite("events", x.Ref); len(c.said)+len(c.rows) == 0 { // a finding that cites it says the same
			c.says(x.Evidence())
		}
	}
	for _, t := range r.Timeline {
		c := cite("timeline", t.Ref)
		c.rows = append(c.rows, t)
	}
	return out
}

// citeFinding lists what one finding rests on.
func citeFinding(f *report.Finding, cite func(finding string, ref report.Ref) *citation) {
	see := func(e *report.Evidence) {
		if e.Missing {
			return
		}
		if c := cite(f.ID, e.Ref); e.EventIn == "" { // else the report's events say it
			c.says(e)
		}
		for _, a := range e.Also {
			cite(f.ID, a)
		}
	}
	for j := range f.Evidence {
		see(&f.Evidence[j])
	}
	for j := range f.Candidates {
		see(&f.Candidates[j].Evidence)
	}
	for _, p := range f.Provenance {
		if p.Ref != nil {
			c := cite(f.ID, *p.Ref)
			c.steps = append(c.steps, p)
		}
	}
	for _, d := range f.Decoded {
		for _, ref := range d.Refs {
			cite(f.ID, ref)
		}
	}
	if f.Logon != nil && f.Logon.Ref != nil {
		cite(f.ID, *f.Logon.Ref)
	}
}

// also notes how else the record is cited. Not every citation has a hash.
func (c *citation) also(ref report.Ref) {
	if c.ref.PayloadSHA256 == "" {
		c.ref.PayloadSHA256 = ref.PayloadSHA256
	}
	if ref != c.ref && !slices.Contains(c.others, ref) {
		c.others = append(c.others, ref)
	}
}

// briefEvent marks a row that an event without a document was made to.
const briefEvent = "brief"

// says notes what is said about the record as evidence; findings that share an event say the same. Of an event
// whose document the report leaves out it is what a row of the timeline says.
func (c *citation) says(e *report.Evidence) {
	if len(e.Document) == 0 {
		c.rows = append(c.rows, report.TimelineRow{EventID: briefEvent, Time: e.Time, User: e.User, Channel: e.Channel,
			EventCode: e.EventCode, Message: e.Message})
		return
	}
	said := report.Evidence{Time: e.Time, UTCTime: e.UTCTime, Channel: e.Channel, EventCode: e.EventCode, Host: e.Host,
		User: e.User, Message: e.Message, Facts: e.Facts, Document: e.Document}
	if !slices.ContainsFunc(c.said, func(have report.Evidence) bool { return reflect.DeepEqual(have, said) }) {
		c.said = append(c.said, said)
	}
}
