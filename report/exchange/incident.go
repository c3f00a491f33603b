package exchange

import (
	"cmp"
	"slices"
	"strings"

	"hunt/report"
	"hunt/report/decision"
)

// incidents writes an incident and a grouping for each suspected incident: the standard's incident has a
// name and a description and no more (section 4.7), so the grouping holds together what belongs to it. The
// ids of both are returned.
func (b *stixBundle) incidents(findings map[string]*stixFinding) []string {
	var ids []string
	for n := range b.r.Incidents {
		i := &b.r.Incidents[n]
		if i.Dismissed() {
			continue
		}
		incident := b.own("incident", i.ID,
			stixObject{"name": validText(i.Title, i.ID), "description": strings.ToValidUTF8(incidentText(i), "\ufffd"),
				"confidence":          stixConfidence[i.Confidence],
				"external_references": []stixObject{{"source_name": "hunt", "external_id": i.ID}}})
		b.add(incident)
		refs := []string{incident.id()}
		for _, id := range i.Findings {
			if f := findings[id]; f != nil {
				if f.observed != "" {
					refs = append(refs, f.observed)
				}
				refs = append(refs, f.patterns...)
			}
		}
		grouping := b.own("grouping", i.ID,
			stixObject{"name": validText(statusWord(i)+" incident "+i.ID, i.ID), "context": "suspicious-activity",
				"object_refs": sorted(refs)})
		b.add(grouping)
		ids = append(ids, incident.id(), grouping.id())
	}
	return ids
}

// incidentText is what a reader of the bundle hears of an incident.
func incidentText(i *report.Incident) string {
	lines := []string{statusWord(i) + ", " + string(i.Chain) + ", " + string(i.Severity) + " severity, " +
		string(i.Confidence) + " confidence.",
		"Hosts: " + report.Few(i.Hosts, 20) + ".", i.Entry.Text}
	for _, x := range i.Impact {
		lines = append(lines, x.Text)
	}
	lines = slices.DeleteFunc(append(append(lines, i.Ongoing), i.Open...), func(l string) bool { return l == "" })
	return strings.Join(lines, "\n")
}

// statusWord is what an incident is taken for, as a sentence begins with it.
func statusWord(i *report.Incident) string {
	status := cmp.Or(i.Status, decision.Suspected)
	return strings.ToUpper(string(status[:1])) + string(status[1:])
}
