package build

import (
	"slices"
	"strings"

	"hunt/limit"
	"hunt/report"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/timeline/host"
	"hunt/timeline/ledger"
)

// sharedValues returns the values that more than one finding has.
func sharedValues(findings []incident.Finding) map[incident.Value]bool {
	shared := map[incident.Value]string{} // value -> the first finding that has it, "" = several
	for i := range findings {
		for k := range findings[i].Events {
			for _, v := range findings[i].Events[k].Values {
				if old, known := shared[v]; known && old != findings[i].ID {
					shared[v] = ""
				} else if !known {
					shared[v] = findings[i].ID
				}
			}
		}
	}
	out := map[incident.Value]bool{}
	for v, first := range shared {
		if first == "" {
			out[v] = true
		}
	}
	return out
}

// spread counts, for each value that findings share, the hosts of the evidence that have it: programs that ran there,
// addresses from which somebody logged on, and domains and addresses that events name.
func (b *builder) spread(findings []incident.Finding) map[incident.Value]incident.Spread {
	shared := sharedValues(findings)
	out := map[incident.Value]incident.Spread{}
	if len(shared) == 0 || len(b.cs.Hosts.All) < incident.HubHosts {
		return out
	}
	contacts := contactsOf(shared)
	for _, h := range slices.Backward(b.cs.Hosts.All) { // the tables of the last ones are still in memory
		seen := ranOrLoggedOn(h, shared)
		fetched := fetchedFrom(h, len(contacts) > 0)
		unsure := false
		for v, c := range contacts {
			yes, sure := h.Contacted(c)
			if yes || fetched[c] {
				seen[v] = true
			}
			if !sure && !seen[v] {
				unsure = true
				out[v] = incident.Spread{Hosts: out[v].Hosts, More: true}
			}
		}
		if unsure {
			b.cs.Limits.Bite(ledger.BoundContacts, limit.In(h.ID))
		}
		for v := range seen {
			out[v] = incident.Spread{Hosts: out[v].Hosts + 1, More: out[v].More}
		}
	}
	return out
}

// ranOrLoggedOn returns those of the values that a host has: programs that ran there, and addresses from which somebody
// logged on to it.
func ranOrLoggedOn(h *host.Host, values map[incident.Value]bool) map[incident.Value]bool {
	seen := map[incident.Value]bool{}
	for _, p := range h.Processes() {
		for _, v := range []incident.Value{{Kind: incident.ValueFileName, Text: strings.ToLower(p.Name())},
			hashOf(p.Hash)} {
			if values[v] {
				seen[v] = true
			}
		}
	}
	for l := range h.Logons() {
		if v := (incident.Value{Kind: incident.ValueAddress, Text: l.SourceIP}); values[v] {
			seen[v] = true
		}
	}
	return seen
}

// fetchedFrom are the hosts of the URLs in the command lines of a host, if anybody asks.
func fetchedFrom(h *host.Host, asked bool) map[ledger.Contact]bool {
	out := map[ledger.Contact]bool{}
	if !asked {
		return out
	}
	for _, p := range h.Processes() {
		for _, name := range indicator.HostsIn(p.CommandLine) {
			if c, ok := ledger.ContactOf(name); ok {
				out[c] = true
			}
		}
	}
	return out
}

// contactsOf returns the domains and addresses among values. A URL that says no more than its host is one.
func contactsOf(values map[incident.Value]bool) map[incident.Value]ledger.Contact {
	out := map[incident.Value]ledger.Contact{}
	for v := range values {
		host := v.Text
		switch report.IndicatorType(v.Kind) {
		case report.IndicatorDomain, report.IndicatorIP:
		case report.IndicatorURL:
			host = indicator.BareHost(v.Text)
		default:
			continue
		}
		if c, ok := ledger.ContactOf(host); ok {
			out[v] = c
		}
	}
	return out
}

// hashOf is the hash of an image as an indicator.
func hashOf(hash string) incident.Value {
	kind := report.IndicatorSHA256
	switch len(hash) {
	case 32:
		kind = report.IndicatorMD5
	case 40:
		kind = report.IndicatorSHA1
	}
	return incident.Value{Kind: incident.ValueKind(kind), Text: strings.ToLower(hash)}
}
