package build

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/account"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/report/indicator"
	"hunt/report/movement"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// maxOwn bounds the addresses that a report names of a host; the rest is counted.
const maxOwn = 20

// movements returns the logons of the case that came from elsewhere, and the uses of credentials against other
// servers, if they are on or from a host with findings.
func (b *builder) movements() []incident.Movement {
	names, addresses := identity.HostsOf(b.cs.Hosts.All), identity.Addresses{}
	b.hostOf = finder(names, addresses, incident.SharedAddress(b.o.Case.Known))
	b.own = map[string]map[string]bool{}
	b.ownAddresses(addresses)
	b.folder = identity.NewFolder(names)
	with, made := b.touched()
	var out []incident.Movement
	gates := movement.Gates{}
	memory, dir := b.cs.Spare()
	b.logons = account.NewBook(account.Options{Memory: memory, TempDir: dir, Most: b.o.MaxAccounts,
		Limits: b.cs.Limits})
	for _, h := range b.cs.Hosts.All {
		b.logons.Add(h) // now: making tables again is expensive if not all fit into memory
		remote := movement.SourcesOf(h)
		for l := range h.Logons() {
			b.folder.Learn(l.User, l.SID)
			b.folder.Learn(l.Subject, l.SubjectSID)
			gates.Add(h, &l, names)
			from := remote.Fill(&l)
			// a failed logon says nothing of who tried it
			if from := names.Of(l.Workstation); l.Role == ecs.RoleLogon && l.Workstation != "" && from != "" &&
				from != h.ID && !indicator.Local(l.SourceIP) && l.SourceIP != "" {
				addresses.Add(l.SourceIP, from, l.At)
			}
			if l.Role == ecs.RoleLogon && l.Workstation != "" && names.Of(l.Workstation) == h.ID &&
				!indicator.Local(l.SourceIP) && l.SourceIP != "" { // the host's logon to itself
				b.owns(addresses, h.ID, l.SourceIP, l.At)
			}
			m, ok := movement.Of(h, l, names)
			if ok && (m.From != "" || m.Address != "" || made[h.ID] || m.Way == incident.WayRemoteDesktop) &&
				(with[m.From] || with[m.To]) {
				m.Source = from
				if m.Way == incident.WayNetwork && remote.Shell(&l) {
					m.Way = incident.WayShell
				}
				if with[h.ID] && l.Role == ecs.RoleExplicitCredentials {
					if p := h.UserOf(&l); p != nil {
						m.Process = joinableProcess(h, p)
					}
				}
				out = append(out, m)
			}
		}
	}
	b.foldAccounts()
	b.ticketHosts(names)
	for i := range out {
		m := &out[i]
		gates.Open(m, addresses)
		m.Account, m.By = b.folder.Fold(m.Account), b.folder.Fold(m.By)
		if name := b.spoken[m.Account.Key]; name != "" { // as the findings call it
			m.Account.Name = name
		}
		movement.Resolve(m, addresses)
	}
	out = movement.Clients(out)
	movement.Pair(out)
	return out
}

// finder returns a function that finds the host that has a name, or had an address at a time. Addresses that many
// machines share belong to no host.
func finder(names identity.Hosts, addresses identity.Addresses, shared func(address string) bool) func(name string,
	at evtx.Filetime) string {
	return func(name string, at evtx.Filetime) string {
		if shared(name) {
			return ""
		}
		return cmp.Or(addresses.At(name, at), names.Of(name))
	}
}

// ticketHosts finds the hosts that Kerberos tickets are for.
func (b *builder) ticketHosts(names identity.Hosts) {
	for _, e := range b.joins {
		if short, machine := strings.CutSuffix(e.Ticket.Service, "$"); machine {
			e.Ticket.Host = names.Of(short)
		}
	}
}

// foldAccounts gives the accounts of the findings' events one name each, after all logons are known.
func (b *builder) foldAccounts() {
	for _, e := range b.joins {
		b.folder.Learn(e.Account.Name, e.Account.Key)
		for _, a := range slices.Concat(e.Made, e.Changed) {
			b.folder.Learn(a.Name, a.Key)
		}
	}
	b.folder.Settle()
	b.spoken = map[string]string{}
	for _, e := range b.joins {
		e.Account = b.folder.Fold(e.Account)
		for _, list := range [][]incident.Account{e.Made, e.Changed} {
			for i := range list {
				list[i] = b.folder.Fold(list[i])
			}
		}
		b.spoken[e.Account.Key] = identity.Shorter(b.spoken[e.Account.Key], e.Account.Name)
	}
	for _, e := range b.joins {
		if e.Account.Key != "" {
			e.Account.Name = b.spoken[e.Account.Key]
		}
	}
	for i := range b.found { // a finding's user, too, whatever the spelling of its record
		if f := &b.found[i]; f.User != "" && len(b.chains[i]) > 0 {
			if a := b.joins[b.chains[i][0]].Account; a.Kind != incident.AccountSystem {
				f.User = cmp.Or(a.Name, f.User)
			}
		}
	}
}

// touched returns the hosts with findings, and those on which somebody made something whose record may name no
// session.
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

// ownAddresses notes the addresses that hosts show as their own: those from which their processes connected
// elsewhere.
func (b *builder) ownAddresses(addresses identity.Addresses) {
	see := func(e *timeline.Event) {
		if e.Class.Role != ecs.RoleConnection {
			return
		}
		field := ecs.SourceIP
		if v, ok := e.Record.Data("Initiated"); ok && strings.EqualFold(v.Text(), "false") {
			field = ecs.DestinationIP // somebody connected to it
		}
		if ip := record.Text(e, field); ip != "" && !indicator.Local(ip) {
			b.owns(addresses, e.Host.ID, ip, e.At)
		}
	}
	for _, events := range b.nearby {
		for _, e := range events {
			see(e)
		}
	}
	for _, chain := range b.chains {
		for _, e := range chain {
			see(e)
		}
	}
}

// owns notes an address of a host.
func (b *builder) owns(addresses identity.Addresses, host, ip string, at evtx.Filetime) {
	addresses.Add(ip, host, at)
	if b.own[host] == nil {
		b.own[host] = map[string]bool{}
	}
	b.own[host][ip] = true
}

// addressesOf are the addresses of a host that the report names, sorted, and how many more there are.
func (b *builder) addressesOf(host string) (named []string, more int) {
	all := slices.Sorted(maps.Keys(b.own[host]))
	named = all[:min(len(all), maxOwn)]
	return named, len(all) - len(named)
}
