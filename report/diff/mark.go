package diff

import (
	"strings"

	"hunt/report"
	"hunt/report/change"
)

// Mark says in a report what differs from an earlier one of the same case.
func Mark(r, previous *report.Report) {
	r.Changes = Reports(previous, r)
	labels := map[string]string{}
	for _, list := range [][]change.Change{r.Changes.Incidents, r.Changes.Findings} {
		for i := range list {
			if e := &list[i]; e.State != change.Gone {
				labels[e.ID] = string(e.State) + " since the previous report"
			}
		}
	}
	for i := range r.Incidents {
		if l := labels[r.Incidents[i].ID]; l != "" {
			r.Incidents[i].Labels = append(r.Incidents[i].Labels, l)
		}
	}
	for i := range r.Findings {
		if l := labels[r.Findings[i].ID]; l != "" {
			r.Findings[i].Labels = append(r.Findings[i].Labels, l)
		}
	}
	r.Summary.Lines = append(r.Summary.Lines, changesLine(r.Changes))
}

// changesLine counts what differs, in a sentence.
func changesLine(c *change.Changes) string {
	line := "Since the previous report (" + c.Earlier.ID + "): "
	if c.Same() {
		return line + "no incident, finding, host, file or rule differs."
	}
	var parts []string
	for _, k := range c.Kinds() {
		if n := k.Counts(); n != "" {
			parts = append(parts, report.OneOrMany(len(k.Entries), k.One, k.Many)+": "+n)
		}
	}
	return line + strings.Join(parts, "; ") + "."
}
