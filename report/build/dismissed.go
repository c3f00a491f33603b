package build

import "hunt/report"

// open returns the incidents that the examiner has not dismissed, which come first in the list.
func open(list []report.Incident) []report.Incident {
	for i := range list {
		if list[i].Dismissed() {
			return list[:i]
		}
	}
	return list
}

// dismissed are the findings of dismissed incidents.
func dismissed(list []report.Incident) map[string]bool {
	out := map[string]bool{}
	for _, i := range list[len(open(list)):] {
		for _, id := range i.Findings {
			out[id] = true
		}
	}
	return out
}
