package build

import (
	"strings"

	"hunt/evtx"
	"hunt/report/incident"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// names tells the hosts of the case by their names, long and short. A name that two hosts have is nobody's.
type hostNames map[string]string

func (b *builder) hostNames() hostNames {
	names := hostNames{}
	add := func(name, id string) {
		name = strings.ToLower(name)
		if old, known := names[name]; known && old != id {
			id = ""
		}
		names[name] = id
	}
	for _, h := range b.cs.Hosts.All {
		for _, n := range append([]string{h.ID}, h.Names...) {
			add(n, h.ID)
			if short, _, ok := strings.Cut(n, "."); ok {
				add(short, h.ID)
			}
		}
	}
	return names
}

// of is the host of a name, "" if none of the case or several have it.
func (n hostNames) of(name string) string {
	name = strings.ToLower(strings.TrimPrefix(name, `\\`))
	if id := n[name]; id != "" {
		return id
	}
	short, domain, dotted := strings.Cut(name, ".")
	id := n[short]
	if _, own, known := strings.Cut(id, "."); dotted && known && own != domain {
		return "" // of another domain
	}
	return id
}

// claim is an address under which a client called itself a host of the case, with the first and the last time
// in each hour.
type claim struct {
	host  string
	hours map[evtx.Filetime][2]evtx.Filetime
}

// claimReach is how long before and after a claim an address is still taken for that host's.
const claimReach = 60 * 60 * evtx.TicksPerSecond

// claims tells the addresses under which clients called themselves hosts of the case. An address of which
// two hosts are claimed names none.
type claims map[string]claim

func (c claims) add(address, host string, at evtx.Filetime) {
	old, known := c[address]
	if !known {
		old = claim{host, map[evtx.Filetime][2]evtx.Filetime{}}
	}
	if old.host != host {
		c[address] = claim{}
		return
	}
	span, known := old.hours[at/claimReach]
	if !known {
		span = [2]evtx.Filetime{at, at}
	}
	old.hours[at/claimReach] = [2]evtx.Filetime{min(span[0], at), max(span[1], at)}
	c[address] = old
}

func (c claims) at(address string, at evtx.Filetime) string {
	x := c[address]
	for _, hour := range []evtx.Filetime{at/claimReach - 1, at / claimReach, at/claimReach + 1} {
		if span, known := x.hours[hour]; known && at <= span[1]+claimReach && at+claimReach >= span[0] {
			return x.host
		}
	}
	return ""
}

// movements are the logons of the case that came from elsewhere, and the uses of credentials against other
// servers, as far as they are on or from a host with findings.
func (b *builder) movements() []incident.Movement {
	names, addresses := b.hostNames(), claims{}
	b.folder = newAccountFolder(names)
	with := map[string]bool{}
	for _, chain := range b.chains {
		for _, e := range chain {
			with[e.Host.ID] = true
		}
	}
	var out []incident.Movement
	for _, h := range b.cs.Hosts.All {
		for l := range h.Logons() {
			b.folder.learn(l.User, l.SID)
			b.folder.learn(l.Subject, l.SubjectSID)
			// a failed logon says nothing of who tried it
			if from := names.of(l.Workstation); l.Role == ecs.RoleLogon && l.Workstation != "" && from != "" && from != h.ID && !localAddress(l.SourceIP) && l.SourceIP != "" {
				addresses.add(l.SourceIP, from, l.At)
			}
			if m, ok := movement(h, l, names); ok && (with[m.From] || with[m.To]) {
				out = append(out, m)
			}
		}
	}
	for _, e := range b.joins {
		b.folder.learn(e.Account.Name, e.Account.Key)
	}
	b.folder.settle()
	called := map[string]string{}
	for _, e := range b.joins {
		e.Account = b.folder.fold(e.Account)
		called[e.Account.Key] = shorter(called[e.Account.Key], e.Account.Name)
	}
	for _, e := range b.joins {
		if e.Account.Key != "" {
			e.Account.Name = called[e.Account.Key]
		}
	}
	for i := range out {
		m := &out[i]
		m.Account, m.By = b.folder.fold(m.Account), b.folder.fold(m.By)
		if m.To == "" { // a server that goes by its address
			if to := addresses.at(m.Address, m.At); to != "" && to != m.From {
				m.To = to
				m.Proof += ", and a client there called itself " + to + " within the hour"
			}
		}
		if m.From == "" && m.Address != "" {
			if from := addresses.at(m.Address, m.At); from != m.To {
				m.From, m.Proof = from, "a client at "+m.Address+" called itself "+from+" within the hour"
			}
			if m.From == "" {
				m.Proof = ""
			}
		}
	}
	return out
}

// movement is a logon as a way between hosts.
func movement(h *host.Host, l host.LogonAttempt, names hostNames) (incident.Movement, bool) {
	m := incident.Movement{Account: foldAccount(l.User, l.SID), At: l.At}
	switch {
	case l.Role == ecs.RoleExplicitCredentials:
		m.From, m.Address, m.By, m.How = h.ID, strings.ToLower(l.Server), foldAccount(l.Subject, l.SubjectSID), "use of explicit credentials"
		if m.Address == "" || strings.EqualFold(l.Server, "localhost") {
			return m, false
		}
		if m.To = names.of(l.Server); m.To == h.ID {
			return m, false
		}
		m.Proof = "Security 4648 names the server"
	case l.Role == ecs.RoleLogon && (l.Type == "Network" || l.Type == "RemoteInteractive" || l.Type == "NetworkCleartext"):
		if l.SourceIP == "" || localAddress(l.SourceIP) {
			return m, false
		}
		m.To, m.Address, m.How = h.ID, l.SourceIP, l.Type+" logon"
		m.Session = sessionKey(h, l.LogonID, l.At)
		if from := names.of(l.Workstation); l.Workstation != "" && from != "" && from != h.ID {
			m.From, m.Proof = from, "the client called itself "+l.Workstation
		}
	default:
		return m, false
	}
	return m, true
}
