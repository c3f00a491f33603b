package timeline

import (
	"slices"
	"strings"

	"hunt/evtx"
)

// Host is one resolved host: everything its logs say of itself.
type Host struct {
	ID          string   // lower-case, the longest of its names
	Names       []string // Computer as the logs spell it, sorted
	Why         string   // how the names came together, in a sentence
	Records     int      // live records, duplicates not counted
	First, Last evtx.Filetime
	Events      []EventCount // sorted by channel, provider, event id

	Processes []*Process // by start
	Sessions  []*Session // by start

	starts   []*procStart
	ends     []*procEnd
	logons   []*logon
	notables []*notable

	byGUID map[string]*Process
	byPID  map[int64][]*Process // by start
	byRef  map[evtx.Ref]*Process
	byID   map[string][]*Session // by logon id, in order of start
	sids   map[string]string     // user, lower-case -> SID; "" = more than one
}

// foldHosts folds Computer names, given sorted, into hosts: names that differ in case only, and a short name with
// the one FQDN that begins with it. A short name that begins several FQDNs stays a host of its own: it could be any of them.
func foldHosts(names []string) []*Host {
	byLower := map[string][]string{}
	for _, n := range names {
		l := strings.ToLower(n)
		byLower[l] = append(byLower[l], n)
	}
	full := map[string][]string{} // first label -> FQDNs
	for l := range byLower {
		if label, rest, ok := strings.Cut(l, "."); ok && rest != "" {
			full[label] = append(full[label], l)
		}
	}
	hosts := map[string]*Host{}
	for l, spelt := range byLower {
		id, why := l, ""
		switch fqdns := full[l]; len(fqdns) {
		case 0:
		case 1:
			id = fqdns[0]
			why = "short name " + l + " folded into " + id + ": the only full name that begins with it"
		default:
			slices.Sort(fqdns)
			why = "short name kept apart: it could be " + strings.Join(fqdns, " or ")
		}
		h := hosts[id]
		if h == nil {
			h = &Host{ID: id}
			hosts[id] = h
		}
		h.Names = append(h.Names, spelt...)
		if why != "" {
			h.Why = why
		}
	}
	out := make([]*Host, 0, len(hosts))
	for _, h := range hosts {
		slices.Sort(h.Names)
		if h.Why == "" {
			h.Why = "Computer name in the events"
		}
		if h.ID == "" {
			h.ID, h.Why = "(no computer name)", "events without a Computer name"
		}
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b *Host) int { return strings.Compare(a.ID, b.ID) })
	return out
}
