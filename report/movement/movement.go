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

// provedText says why an address belongs to a host.
func provedText(address, host string) string {
	return address + " was the address of " + host +
		" within the hour, by its own logs or by the name that a client gave"
}

// The spans within which a logon follows the use of the credentials that it was made with.
const (
	askedNear = 10 * evtx.TicksPerSecond
	askedSkew = 5 * 60 * evtx.TicksPerSecond // by clocks that differ
)

// way is between two hosts under one account.
type way struct{ from, to, account string }

// Pair says about each logon who asked for it on the host that it came from: a use of the same account's
// credentials against the same host, within seconds. Where the clocks of two hosts differ it may be minutes, if one
// account alone used these credentials then. Of a logon over Remote Desktop, the one client that connected to its
// host about that time tells it, too.
func Pair(list []incident.Movement) {
	asked, clients := map[way][]*incident.Movement{}, map[string][]*incident.Movement{}
	for i := range list {
		switch m := &list[i]; {
		case m.To == "" || m.By.Key == "":
		case m.Way == incident.WayClient:
			clients[m.To] = append(clients[m.To], m)
		default:
			w := way{m.From, m.To, m.Account.Key}
			asked[w] = append(asked[w], m)
		}
	}
	for i := range list {
		m := &list[i]
		if m.Session == (incident.SessionKey{}) || m.By.Key != "" {
			continue
		}
		if m.From == "" && m.Address != "" { // nobody proves it: a use of these credentials against this very host does
			if from := soleAsker(asked, m); from != "" {
				m.From = from
				m.Proof = "Security 4648 on " + from + " names this host and this account at that time"
				m.Claimed = true
			}
		}
		client := soleClient(clients[m.To], m)
		if m.From == "" && client != nil {
			m.From, m.Claimed = client.From, true
			m.Proof = "the Remote Desktop client on " + m.From + " was told to connect to this host at that time"
		}
		if m.From == "" {
			continue
		}
		switch by := asker(asked[way{m.From, m.To, m.Account.Key}], m.At); {
		case by != nil:
			m.By, m.Left, m.Process = by.By, by.At, by.Process
			m.Proof += ", and " + by.Proof + " on " + m.From
		case client != nil && client.From == m.From:
			m.By, m.Left = client.By, client.At
			m.Proof += ", and " + client.Proof + " on " + m.From
		}
	}
}

// soleClient is the connection of a Remote Desktop client that a logon came over, nil if none or several may be: a
// client names no account for the server. A logon that tells an address which nobody proves may have come from
// anywhere, unless it is under the account that the client ran under.
func soleClient(clients []*incident.Movement, m *incident.Movement) (sole *incident.Movement) {
	if m.Way != incident.WayRemoteDesktop {
		return nil
	}
	for _, c := range clients {
		if c.From == m.To || max(c.At, m.At)-min(c.At, m.At) > askedSkew {
			continue
		}
		if sole != nil && sole.From != c.From {
			return nil
		}
		if sole == nil || max(c.At, m.At)-min(c.At, m.At) < max(sole.At, m.At)-min(sole.At, m.At) {
			sole = c
		}
	}
	if sole != nil && m.From == "" && m.Address != "" && sole.By.Key != m.Account.Key {
		return nil
	}
	return sole
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

// WayOf is the way of logons of a type.
func WayOf(logonType host.LogonType) incident.Way {
	switch logonType {
	case host.LogonRemoteInteractive:
		return incident.WayRemoteDesktop
	case host.LogonNetworkCleartext:
		return incident.WayCleartext
	}
	return incident.WayNetwork
}

// Of returns the movement between hosts that a logon shows; ok is false if it shows none.
func Of(h *host.Host, l host.LogonAttempt, names identity.Hosts) (m incident.Movement, ok bool) {
	m = incident.Movement{Account: identity.AccountOf(l.User, l.SID), At: l.At}
	switch {
	case l.Role == ecs.RoleExplicitCredentials:
		m.By, m.Way, m.Proof = identity.AccountOf(l.Subject, l.SubjectSID), incident.WayCredentials,
			"Security 4648 names the server"
		ok = towards(&m, h, l.Server, names)
		return m, ok
	case l.Role == ecs.RoleOutgoingConnection && l.SID != "":
		m.Account, m.By, m.Way = incident.Account{}, m.Account, incident.WayClient
		m.Proof = "the Remote Desktop client names the server"
		ok = towards(&m, h, l.Server, names)
		return m, ok
	case l.Role == ecs.RoleSessionLogon || l.Role == ecs.RoleSessionReconnected:
		if l.SourceIP == "" || indicator.Local(l.SourceIP) {
			return m, false
		}
		m.To, m.Address, m.Way = h.ID, l.SourceIP, incident.WaySession
	case l.Role == ecs.RoleLogon && l.Type.FromElsewhere():
		m.To, m.Way = h.ID, WayOf(l.Type)
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

// towards fills in the server that somebody on h went to, and reports whether it is another computer.
func towards(m *incident.Movement, h *host.Host, server string, names identity.Hosts) bool {
	m.From, m.Address = h.ID, strings.ToLower(server)
	if m.Address == "" || m.Address == "localhost" || indicator.Local(m.Address) {
		return false
	}
	m.To = names.Of(server)
	m.Claimed = m.To != ""
	return m.To != h.ID
}

// Clients leaves one movement of the two records that a Remote Desktop client writes of a connection: the name that
// was asked for (1024) and the address that it has (1102), within a minute. The one that is a host of the case stays.
func Clients(list []incident.Movement) []incident.Movement {
	type user struct{ host, account string }
	named := map[user]int{} // by its last name: the place in list
	gone := map[int]bool{}
	for i := range list {
		m := &list[i]
		if m.Way != incident.WayClient {
			continue
		}
		u := user{m.From, m.By.Key}
		if !isAddress(m.Address) {
			named[u] = i
			continue
		}
		n, known := named[u]
		if !known || m.At < list[n].At || m.At-list[n].At > sessionNear {
			continue
		}
		if list[n].To == "" && m.To != "" {
			gone[n] = true
		} else {
			gone[i] = true
		}
		delete(named, u)
	}
	out := list[:0]
	for i := range list {
		if !gone[i] {
			out = append(out, list[i])
		}
	}
	return out
}

// SessionKey tells sessions apart: a logon id is used again after a reboot.
func SessionKey(h *host.Host, logonID string, start evtx.Filetime) incident.SessionKey {
	return incident.SessionKey{Host: h.ID, LogonID: logonID, Start: start}
}
