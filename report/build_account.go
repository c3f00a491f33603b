package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/rules"
	"hunt/timeline"
)

// accounts fills Accounts and LateralEdges from the logon events of all hosts.
func (b *builder) accounts() {
	type key struct{ name, sid string }
	found := map[key]*Account{}
	get := func(name, sid string) *Account {
		k := key{strings.ToLower(name), sid}
		a := found[k]
		if a == nil {
			a = &Account{Name: name, SID: sid}
			found[k] = a
		}
		return a
	}
	sids := b.accountSIDs()
	edges := map[string]*LateralEdge{}
	for _, h := range b.cs.Hosts {
		for l := range h.Logons() {
			if l.User == "" {
				continue
			}
			sid := l.SID
			if unknownSID(sid) {
				sid = sids[strings.ToLower(l.User)]
			}
			a := get(l.User, sid)
			a.Hosts = insertSorted(a.Hosts, h.ID)
			widen(&a.First, &a.Last, at(l.At))
			switch l.Code {
			case 4624:
				a.Logons++
				if l.Type != "" {
					a.LogonTypes = insertSorted(a.LogonTypes, l.Type)
				}
			case 4625:
				a.Failures++
			}
			edge(edges, h, l)
		}
	}
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		if f.User == "" || f.Status != string(rules.StatusFinding) {
			continue
		}
		a := get(f.User, sids[strings.ToLower(f.User)])
		a.Findings++
		a.Hosts = insertSorted(a.Hosts, f.Host)
		widen(&a.First, &a.Last, f.Start)
	}
	for _, a := range found {
		b.report.Accounts = append(b.report.Accounts, *a)
	}
	slices.SortFunc(b.report.Accounts, func(x, y Account) int {
		return cmp.Or(cmp.Compare(y.Findings, x.Findings), strings.Compare(strings.ToLower(x.Name), strings.ToLower(y.Name)),
			strings.Compare(x.SID, y.SID), strings.Compare(x.Name, y.Name))
	})
	for _, e := range edges {
		b.report.LateralEdges = append(b.report.LateralEdges, *e)
	}
	slices.SortFunc(b.report.LateralEdges, func(x, y LateralEdge) int {
		return cmp.Or(cmp.Compare(*x.First, *y.First), strings.Compare(x.From, y.From), strings.Compare(x.To, y.To),
			strings.Compare(x.How, y.How), strings.Compare(x.User, y.User))
	})
}

// accountSIDs finds the SID of each user name, lower-case: failed logons and uses of credentials name none. A name that stands
// with several is left without.
func (b *builder) accountSIDs() map[string]string {
	sids := map[string]string{}
	for _, h := range b.cs.Hosts {
		for l := range h.Logons() {
			if l.User == "" || unknownSID(l.SID) {
				continue
			}
			k := strings.ToLower(l.User)
			if old, ok := sids[k]; ok && old != l.SID {
				sids[k] = ""
				continue
			}
			sids[k] = l.SID
		}
	}
	return sids
}

// unknownSID holds for no SID and for the one of nobody, which failed logons carry.
func unknownSID(sid string) bool { return sid == "" || sid == "S-1-0-0" }

// edge counts a logon that came over the network, or a use of explicit credentials against another server.
func edge(edges map[string]*LateralEdge, h *timeline.Host, l timeline.LogonAttempt) {
	e := LateralEdge{To: h.ID, User: l.User}
	switch {
	case l.Code == 4624 && l.SourceIP != "" && !localAddress(l.SourceIP) && (l.Type == "Network" || l.Type == "RemoteInteractive" || l.Type == "NetworkCleartext"):
		e.From, e.How = l.SourceIP, l.Type+" logon"
		if l.Workstation != "" {
			e.From += " (" + l.Workstation + ")"
		}
	case l.Code == 4648 && l.Server != "" && !strings.EqualFold(l.Server, "localhost"):
		e.From, e.To, e.How = h.ID, strings.ToLower(l.Server), "explicit credentials"
	default:
		return
	}
	k := fmt.Sprintf("%s\x00%s\x00%s\x00%s", e.From, e.To, e.How, e.User)
	if edges[k] == nil {
		edges[k] = &e
	}
	edges[k].Count++
	widen(&edges[k].First, &edges[k].Last, at(l.At))
}

func widen(first, last *Time, t Time) {
	if t == nil {
		return
	}
	if *first == nil || *t < **first {
		*first = t
	}
	if *last == nil || *t > **last {
		*last = t
	}
}
