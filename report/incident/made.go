package incident

import (
	"cmp"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report"
)

// accountsMade joins whoever created or renamed an account to what happened to it or under it within a day, on
// whatever host. Setting an account's password, or making it a member of a group, joins only weakly to what the
// account did. A deployment tool makes accounts for everybody, and so may somebody who made many: these accounts join
// only weakly.
func (j *joiner) accountsMade() {
	many := j.makeMany()
	names, made := bucketsOf(j, strings.Compare, func(e *Event, add func(string)) {
		if !j.known.account(e.Account) && !many[e.Account.Key] {
			addAccounts(e.Made, add)
		}
	})
	_, used := bucketsOf(j, strings.Compare, func(e *Event, add func(string)) {
		addAccounts([]Account{e.Account}, add)
		addAccounts(e.Made, add)
		addAccounts(e.Changed, add)
	})
	for _, n := range names {
		for _, u := range used[n] {
			if m, ok := lastBefore(made[n], u, madeGap); ok {
				j.strong(report.EdgeArtefact, "account "+m.event.named(n), m, u)
			}
		}
	}
	names, changed := bucketsOf(j, strings.Compare, func(e *Event, add func(string)) {
		if !j.known.account(e.Account) {
			addAccounts(e.Changed, add)
			if many[e.Account.Key] {
				addAccounts(e.Made, add)
			}
		}
	})
	_, acted := bucketsOf(j, strings.Compare, func(e *Event, add func(string)) {
		addAccounts([]Account{e.Account}, add)
	})
	for _, n := range names {
		for _, u := range acted[n] {
			if m, ok := lastBefore(changed[n], u, madeGap); ok && m.finding != u.finding {
				j.weak = append(j.weak, group{report.EdgeArtefact, fact{of: factChange, from: n},
					m.event.named(n), []place{m, u}, madeGap})
			}
		}
	}
}

// hubAccounts is how many accounts somebody can make before making accounts may be their work.
const hubAccounts = 5

// makeMany returns the keys of the accounts that made more than hubAccounts others.
func (j *joiner) makeMany() map[string]bool {
	made, many := map[string]map[string]bool{}, map[string]bool{}
	for p := range j.places() {
		by := p.event.Account.Key
		if by == "" || len(p.event.Made) == 0 {
			continue
		}
		if made[by] == nil {
			made[by] = map[string]bool{}
		}
		addAccounts(p.event.Made, func(key string) { made[by][key] = true })
		many[by] = len(made[by]) > hubAccounts
	}
	return many
}

// addAccounts adds the keys of accounts that somebody can make.
func addAccounts(list []Account, add func(string)) {
	last := ""
	for _, a := range list {
		if a.Key != "" && a.Key != last && a.Kind != AccountSystem && a.Kind != AccountAnonymous {
			add(a.Key)
			last = a.Key
		}
	}
}

// named returns the name that an event gives an account.
func (e *Event) named(key string) string {
	for _, a := range slices.Backward(slices.Concat(e.Changed, e.Made)) {
		if a.Key == key {
			return a.Name
		}
	}
	return key
}

// lastBefore is the last of some places, which are in order, before another one and no longer ago than a span.
func lastBefore(places []place, u place, gap evtx.Filetime) (place, bool) {
	n, _ := slices.BinarySearchFunc(places, u, place.compare)
	if n == 0 || u.event.At-places[n-1].event.At > gap {
		return place{}, false
	}
	return places[n-1], true
}

// tickets joins whoever was granted a Kerberos ticket for a host to what happened there in the network logon that
// came from the same address within seconds, if it was of a single account.
func (j *joiner) tickets() {
	for p := range j.places() {
		t := p.event.Ticket
		if t.Host == "" || t.Address == "" || j.known.address(t.Address) != "" ||
			j.known.value(Value{ValueAddress, t.Address}) != "" {
			continue
		}
		m := j.served(t, p.event.At)
		if m == nil || j.known.account(m.Account) || !p.event.grants(m) {
			continue
		}
		for _, q := range j.hosts[t.Host] {
			if q.event.Session == nil || q.event.Session.Key != m.Session || q.event.At < m.At-artefactSlack {
				continue
			}
			if q.finding != p.finding {
				what := "a ticket for " + t.Service + " that " + t.Address + " asked for and, within ten seconds, a " +
					m.whence()
				j.edges = append(j.edges, edge{EdgeKind: report.EdgeMovement, strong: true, from: p, to: q, what: what,
					move: m, assumed: "That the ticket for " + t.Service + " served the logon as " + m.Account.Name +
						" from " + t.Address + ": it followed within ten seconds, and no other account logged on to " +
						m.To + " from there meanwhile."})
			}
			break
		}
	}
}

// grants reports whether the ticket that an event shows can have served a logon: if it was granted to the account that
// logged on, or if it does not say to whom. An account that asks for a ticket to itself may do so in anybody's name.
// Source: [MS-SFU] 1.3.1, S4U2self.
func (e *Event) grants(m *Movement) bool {
	user, _, _ := strings.Cut(e.Account.user(), "@")
	return user == "" || e.Account.Key == m.Account.Key || user == m.Account.user() ||
		strings.TrimSuffix(user, "$") == strings.ToLower(strings.TrimSuffix(e.Ticket.Service, "$"))
}

// served returns the first logon for which a ticket can have been used, nil if there is none or if several accounts
// logged on.
func (j *joiner) served(t Ticket, at evtx.Filetime) (first *Movement) {
	moves := j.arrivals[t.Host]
	i, _ := slices.BinarySearchFunc(moves, at, func(x *Movement, t evtx.Filetime) int { return cmp.Compare(x.At, t) })
	for _, m := range moves[i:] {
		if m.At > at+ticketGap {
			break
		}
		if m.Address != t.Address || !m.Session.known() || !m.Account.moves() {
			continue
		}
		if first != nil && first.Account.Key != m.Account.Key {
			return nil
		}
		if first == nil {
			first = m
		}
	}
	return first
}
