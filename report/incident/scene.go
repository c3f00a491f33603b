package incident

import "hunt/report"

// Scene is what happened in an incident: the events of its findings, and the logons by which it came to its hosts.
type Scene struct {
	Seen []Seen
	Came []Came
}

// Seen is an event of a finding.
type Seen struct {
	Key      EventKey
	Finding  string
	Severity report.Severity
}

// Came is a logon, and the event that it led to.
type Came struct {
	Movement
	Event    EventKey
	Presumed bool // no record says that it led there
}

// scene gathers what an incident's picture is drawn from. Each logon leads to the first event that belongs to it, and
// is presumed to have made everything that it may have made.
func (t *tale) scene() Scene {
	var out Scene
	known := map[int]bool{} // places of logons
	type way struct{ to, account string }
	there := map[way]bool{}
	for _, f := range t.findings {
		for i := range f.Events {
			e := &f.Events[i]
			out.Seen = append(out.Seen, Seen{e.Key, f.ID, f.Severity})
			if m := t.j.arrival(e); m != nil && (e.Session == nil || !known[m.place]) {
				known[m.place], there[way{m.To, m.Account.Key}] = true, true
				out.Came = append(out.Came, Came{*m, e.Key, e.Session == nil})
			}
		}
	}
	for _, e := range t.edges {
		m := e.move
		if m == nil || known[m.place] || e.to.event == nil ||
			m.Way == WayCredentials && there[way{m.To, m.Account.Key}] {
			continue // a logon says more than the use of credentials for it
		}
		known[m.place] = true
		out.Came = append(out.Came, Came{*m, e.to.event.Key, e.assumed != ""})
	}
	return out
}
