package exchange

import (
	"slices"
	"strings"

	"hunt/report"
)

// incidents writes an incident and a grouping for each suspected incident: the standard's incident has a
// name and a description and no more (section 4.7), so the grouping holds together what belongs to it. The
// ids of both are returned.
func (b *stixBundle) incidents(findings map[string]*stixFinding) []string {
	var ids []string
	for n := range b.r.Incidents {
		i := &b.r.Incidents[n]
		incident := b.own("incident", i.ID, stixObject{"name": validText(i.Title, i.ID), "description": strings.ToValidUTF8(incidentText(i), "\ufffd"),
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
		grouping := b.own("grouping", i.ID, stixObject{"name": validText("Suspected incident "+i.ID, i.ID), "context": "suspicious-activity", "object_refs": sorted(refs)})
		b.add(grouping)
		ids = append(ids, incident.id(), grouping.id())
	}
	return ids
}

// incidentText is what a reader of the bundle hears of an incident.
func incidentText(i *report.Incident) string {
	lines := []string{"Suspected, " + string(i.Chain) + ", " + string(i.Severity) + " severity, " + string(i.Confidence) + " confidence.",
		"Hosts: " + report.Few(i.Hosts, 20) + ".", i.Entry.Text}
	for _, x := range i.Impact {
		lines = append(lines, x.Text)
	}
	lines = slices.DeleteFunc(append(lines, i.Open...), func(l string) bool { return l == "" })
	return strings.Join(lines, "\n")
}
