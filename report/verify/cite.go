package verify

import (
	"reflect"
	"slices"

	"hunt/report"
)

// citation is a record that a report rests on, with all that the report says of it.
type citation struct {
	finding string
	ref     report.Ref
	others  []report.Ref         // the same record cited with other words
	said    []report.Evidence    // without what the finding adds: stage, label, condition, copies
	brief   []report.Evidence    // likewise, where fields and facts stand in another finding
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
		f := &r.Findings[i]
		for _, list := range [][]report.Evidence{f.Evidence, f.Candidates} {
			for _, e := range list {
				if e.Missing {
					continue
				}
				cite(f.ID, e.Ref).says(e)
				for _, a := range e.Also {
					cite(f.ID, a)
				}
			}
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
	for _, t := range r.Timeline {
		c := cite("timeline", t.Ref)
		c.rows = append(c.rows, t)
	}
	return out
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

// says notes what is said of the record as evidence; findings that share an event say the same.
func (c *citation) says(e report.Evidence) {
	in := e.EventIn
	e = report.Evidence{Time: e.Time, UTCTime: e.UTCTime, Channel: e.Channel, EventCode: e.EventCode, Host: e.Host,
		User:    e.User,
		Message: e.Message, Facts: e.Facts, Event: e.Event}
	list := &c.said
	if in != "" {
		list = &c.brief
	}
	if !slices.ContainsFunc(*list, func(have report.Evidence) bool { return reflect.DeepEqual(have, e) }) {
		*list = append(*list, e)
	}
}
