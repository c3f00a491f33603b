package incident

import (
	"slices"

	"hunt/report"
)

// indicators finds the values that findings share.
func (j *joiner) indicators() {
	stock, copies := bucketsOf(j, Value.Compare, func(e *Event, add func(Value)) {
		for _, v := range e.Stock {
			add(v)
		}
	})
	for _, v := range stock {
		j.hub(v.String(), "its version information, which can be forged, names it a program of Microsoft", copies[v])
	}
	values, of := bucketsOf(j, Value.Compare, func(e *Event, add func(Value)) {
		for _, v := range e.Values {
			add(v)
		}
	})
	facts, all := j.facts(), len(j.c.Hosts)+j.c.HostsMore
	for _, v := range values {
		if !several(of[v]) {
			continue
		}
		if kind := j.known.value(v); kind != "" {
			j.hub(v.String(), "the case file says that it is "+kind.Words(), of[v])
			continue
		}
		spread := j.c.Spread[v]
		on := spread.on(hostsOf(of[v]), all)
		if spread.Hosts >= HubHosts && spread.Hosts*hubShare > all {
			j.hub(v.String(), whose(v)+" is "+on, of[v])
			continue
		}
		what := v.short()
		if spread.Hosts > 0 && v.Kind != valueURL {
			what += ", which is " + on
		}
		if slices.ContainsFunc(of[v], func(p place) bool { return slices.Contains(p.event.Guessed, v) }) {
			what += " (a failed logon names no address; from this one the Remote Desktop port was reached in the " +
				"same seconds)"
		}
		j.weak = append(j.weak, group{report.EdgeIndicator, fact{of: factValue, value: facts.of(v)}, what, of[v], 0})
	}
}

// valueURL is a URL: one that says no more than its host is counted as that.
const valueURL = ValueKind(report.IndicatorURL)

// whose is what was counted of a value, as the subject of a sentence.
func whose(v Value) string {
	if v.Kind == valueURL {
		return "its host"
	}
	return "it"
}

// hostsOf is the number of hosts that events are of.
func hostsOf(places []place) int {
	hosts := map[string]bool{}
	for _, p := range places {
		hosts[p.event.Host] = true
	}
	return len(hosts)
}

// facts says which values are one fact: those in the same event. The name and the hash of a file, or a URL
// and its domain, say the same thing twice.
type facts map[Value]Value

func (j *joiner) facts() facts {
	same := facts{}
	for p := range j.places() {
		values := p.event.Values
		for k := 1; k < len(values); k++ {
			a, b := same.of(values[0]), same.of(values[k])
			if order := a.Compare(b); order < 0 {
				same[b] = a
			} else if order > 0 {
				same[a] = b
			}
		}
	}
	return same
}

// of is the fact that a value belongs to: the least of its values.
func (f facts) of(v Value) Value {
	for {
		up, known := f[v]
		if !known {
			return v
		}
		if above, known := f[up]; known {
			f[v] = above
		}
		v = f[v]
	}
}

// accounts finds the findings under one person's account on one host within an hour.
func (j *joiner) accounts() {
	names, of := bucketsOf(j, accountOn.compare, func(e *Event, add func(accountOn)) {
		if e.Account.Kind == AccountPerson && e.Account.Key != "" {
			add(accountOn{e.Host, e.Account.Key})
		}
	})
	for _, n := range names {
		e := of[n][0].event
		if several(of[n]) {
			j.weak = append(j.weak, group{report.EdgeAccount, fact{of: factLogon},
				e.Account.Name + " on " + e.Host + " within an hour", of[n], accountGap})
		}
	}
}

// several reports whether events are of more than one finding.
func several(places []place) bool {
	return slices.ContainsFunc(places, func(p place) bool { return p.finding != places[0].finding })
}

// hub keeps what a hub would have joined.
func (j *joiner) hub(text, why string, places []place) {
	if several(places) {
		ids := j.ids(places)
		h := report.Hub{Text: text, Why: why, Findings: ids[:min(len(ids), maxHubFindings)]}
		h.FindingsMore = len(ids) - len(h.Findings)
		j.hubs = append(j.hubs, h)
	}
}

// ids are the findings of some events, by time.
func (j *joiner) ids(places []place) []string {
	var of []int
	for _, p := range places {
		of = append(of, p.finding)
	}
	slices.Sort(of)
	out := []string{}
	seen := map[string]bool{} // a finding may have several parts
	for _, f := range slices.Compact(of) {
		if id := j.findings[f].ID; !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
