package movement

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

// Resolve finds the hosts of a movement that it names by their addresses.
func Resolve(m *incident.Movement, addresses identity.Addresses) {
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

// Pair says of each logon who asked for it on the host that it came from: a use of the same account's
// credentials against the same host, within seconds. Where the clocks of two hosts differ it may be minutes, if
// one account alone used these credentials then.
func Pair(list []incident.Movement) {
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

// Of is a logon as a way between hosts; ok is false if it is none.
func Of(h *host.Host, l host.LogonAttempt, names identity.Hosts) (incident.Movement, bool) {
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
		m.Session, m.LogonID = SessionKey(h, l.LogonID, l.At), l.LogonID
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

// SessionKey tells sessions apart: a logon id is used again after a reboot.
func SessionKey(h *host.Host, logonID string, start evtx.Filetime) incident.SessionKey {
	return incident.SessionKey{Host: h.ID, LogonID: logonID, Start: start}
}
