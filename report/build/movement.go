package build

import (
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// movements are the logons of the case that came from elsewhere, and the uses of credentials against other
// servers, as far as they are on or from a host with findings.
func (b *builder) movements() []incident.Movement {
	names, addresses := identity.HostsOf(b.cs.Hosts.All), identity.Addresses{}
	b.own = map[string]map[string]bool{}
	b.ownAddresses(addresses)
	b.folder = identity.NewFolder(names)
	with, made := b.touched()
	var out []incident.Movement
	for _, h := range b.cs.Hosts.All {
		remote := remoteDesktopOf(h)
		for l := range h.Logons() {
			b.folder.Learn(l.User, l.SID)
			b.folder.Learn(l.Subject, l.SubjectSID)
			from := remote.fill(&l)
			// a failed logon says nothing of who tried it
			if from := names.Of(l.Workstation); l.Role == ecs.RoleLogon && l.Workstation != "" && from != "" &&
				from != h.ID && !indicator.Local(l.SourceIP) && l.SourceIP != "" {
				addresses.Add(l.SourceIP, from, l.At)
			}
			if l.Role == ecs.RoleLogon && l.Workstation != "" && names.Of(l.Workstation) == h.ID &&
				!indicator.Local(l.SourceIP) && l.SourceIP != "" { // the host's logon to itself
				b.owns(addresses, h.ID, l.SourceIP, l.At)
			}
			m, ok := movement(h, l, names)
			if ok && (m.From != "" || m.Address != "" || made[h.ID]) && (with[m.From] || with[m.To]) {
				m.Source = from
				if with[h.ID] && l.Role == ecs.RoleExplicitCredentials {
					if p := h.UserOf(&l); p != nil {
						m.Process = joinableProcess(h, p)
					}
				}
				out = append(out, m)
			}
		}
	}
	for _, e := range b.joins {
		b.folder.Learn(e.Account.Name, e.Account.Key)
	}
	b.folder.Settle()
	called := map[string]string{}
	for _, e := range b.joins {
		e.Account = b.folder.Fold(e.Account)
		called[e.Account.Key] = identity.Shorter(called[e.Account.Key], e.Account.Name)
	}
	for _, e := range b.joins {
		if e.Account.Key != "" {
			e.Account.Name = called[e.Account.Key]
		}
	}
	for i := range out {
		m := &out[i]
		m.Account, m.By = b.folder.Fold(m.Account), b.folder.Fold(m.By)
		resolveEnds(m, addresses)
	}
	pairLogons(out)
	return out
}

// touched are the hosts with findings, and those on which somebody made something whose record may name no session.
func (b *builder) touched() (with, made map[string]bool) {
	with, made = map[string]bool{}, map[string]bool{}
	for _, chain := range b.chains {
		for _, e := range chain {
			with[e.Host.ID] = true
		}
	}
	for _, e := range b.joins {
		made[e.Host] = made[e.Host] || e.Remote
	}
	return with, made
}

// resolveEnds finds the hosts of a movement that it names by their addresses.
func resolveEnds(m *incident.Movement, addresses identity.Addresses) {
	if m.To == "" { // a server that is named by its address
		if to := addresses.At(m.Address, m.At); to != "" && to != m.From {
			m.To = to
			m.Proof += ", and " + provedText(m.Address, to)
		}
	}
	if m.From == "" && m.Address != "" {
		if from := addresses.At(m.Address, m.At); from != m.To {
			m.From, m.Proof = from, provedText(m.Address, from)
		}
		if m.From == "" {
			m.Proof = ""
		}
	}
}

// provedText says why an address is a host's.
func provedText(address, host string) string {
	return address + " was the address of " + host +
		" within the hour, by its own logs or by the name that a client gave"
}

// The spans within which a logon follows on the use of credentials that it is of.
const (
	askedNear = 10 * evtx.TicksPerSecond
	askedSkew = 5 * 60 * evtx.TicksPerSecond // by clocks that differ
)

// way is between two hosts under one account.
type way struct{ from, to, account string }

// pairLogons says of each logon who asked for it on the host that it came from: a use of the same account's
// credentials against the same host, within seconds. Where the clocks of two hosts differ it may be minutes, if
// one account alone used these credentials then.
func pairLogons(list []incident.Movement) {
	asked := map[way][]*incident.Movement{}
	for i := range list {
		if m := &list[i]; m.By.Key != "" && m.To != "" {
			w := way{m.From, m.To, m.Account.Key}
			asked[w] = append(asked[w], m)
		}
	}
	for i := range list {
		m := &list[i]
		if m.Session == (incident.SessionKey{}) || m.By.Key != "" || m.From == "" && m.Address == "" {
			continue
		}
		if m.From == "" { // nobody proves the address: a use of these credentials against this very host does
			if from := soleAsker(asked, m); from != "" {
				m.From = from
				m.Proof = "Security 4648 on " + from + " names this host and this account at that time"
				m.Claimed = true
			}
		}
		if m.From == "" {
			continue
		}
		by := asker(asked[way{m.From, m.To, m.Account.Key}], m.At)
		if by == nil {
			continue
		}
		m.By, m.Left, m.Process = by.By, by.At, by.Process
		m.Proof += ", and " + by.Proof + " on " + m.From
	}
}

// soleAsker is the one host on which the credentials of a logon were used against its host about that time, "" if
// no host or several did so.
func soleAsker(asked map[way][]*incident.Movement, m *incident.Movement) string {
	from := ""
	for w, uses := range asked {
		if w.to != m.To || w.account != m.Account.Key || w.from == m.To {
			continue
		}
		near := slices.ContainsFunc(uses, func(a *incident.Movement) bool {
			return max(a.At, m.At)-min(a.At, m.At) <= askedSkew
		})
		if near && from != "" {
			return ""
		}
		if near {
			from = w.from
		}
	}
	return from
}

// asker is the use of credentials nearest to a time, nil if none is near or if it could be of several accounts.
func asker(asked []*incident.Movement, at evtx.Filetime) *incident.Movement {
	var best *incident.Movement
	nearest := evtx.Filetime(0)
	several := false
	for _, a := range asked {
		d := max(a.At, at) - min(a.At, at)
		if d > askedSkew {
			continue
		}
		several = several || best != nil && a.By.Key != best.By.Key
		if best == nil || d < nearest {
			best, nearest = a, d
		}
	}
	if best == nil || nearest > askedNear && several {
		return nil
	}
	return best
}

// movement is a logon as a way between hosts.
func movement(h *host.Host, l host.LogonAttempt, names identity.Hosts) (incident.Movement, bool) {
	m := incident.Movement{Account: identity.AccountOf(l.User, l.SID), At: l.At}
	switch {
	case l.Role == ecs.RoleExplicitCredentials:
		m.From, m.Address, m.By, m.How = h.ID, strings.ToLower(l.Server), identity.AccountOf(l.Subject, l.SubjectSID),
			"use of explicit credentials"
		if m.Address == "" || strings.EqualFold(l.Server, "localhost") {
			return m, false
		}
		if m.To = names.Of(l.Server); m.To == h.ID {
			return m, false
		}
		m.Proof, m.Claimed = "Security 4648 names the server", m.To != ""
	case l.Role == ecs.RoleSessionLogon || l.Role == ecs.RoleSessionReconnected:
		if l.SourceIP == "" || indicator.Local(l.SourceIP) {
			return m, false
		}
		m.To, m.Address, m.How = h.ID, l.SourceIP, "Remote Desktop session"
	case l.Role == ecs.RoleLogon &&
		(l.Type == "Network" || l.Type == "RemoteInteractive" || l.Type == "NetworkCleartext"):
		m.To, m.How = h.ID, l.Type+" logon"
		m.Session, m.LogonID = sessionKey(h, l.LogonID, l.At), l.LogonID
		if l.SourceIP == "" || indicator.Local(l.SourceIP) {
			return m, true // it tells not whence, but that somebody was there
		}
		m.Address = l.SourceIP
		if from := names.Of(l.Workstation); l.Workstation != "" && from != "" && from != h.ID {
			m.From, m.Proof, m.Claimed = from, "the client called itself "+l.Workstation, true
		}
	default:
		return m, false
	}
	return m, true
}
