package movement

import (
	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Gates are the connections that Remote Desktop gateways let through, by the host of the case that they led to. The
// logon there comes from the gateway; whoever asked for it is behind the gateway.
type Gates map[string][]gate

type gate struct {
	host, user, address string
	at                  evtx.Filetime
}

// Add takes in what a gateway logged.
func (g Gates) Add(h *host.Host, l *host.LogonAttempt, names identity.Hosts) {
	if to := names.Of(l.Server); l.Role == ecs.RoleGatewayConnection && to != "" && isAddress(l.SourceIP) {
		g[to] = append(g[to], gate{h.ID, l.User, l.SourceIP, l.At})
	}
}

// Open gives a logon over Remote Desktop the address of the client behind the gateway: that of the one connection of
// the same user to the same host within a minute. A logon from the address of another host than the gateway did not
// come through it.
func (g Gates) Open(m *incident.Movement, addresses identity.Addresses) {
	if m.Way != incident.WayRemoteDesktop {
		return
	}
	var sole *gate
	for i := range g[m.To] {
		x := &g[m.To][i]
		if max(x.at, m.At)-min(x.at, m.At) > sessionNear || !sameUser(x.user, m.Account.Name) {
			continue
		}
		if sole != nil && sole.address != x.address {
			return
		}
		sole = x
	}
	if sole == nil {
		return
	}
	if own := addresses.At(m.Address, m.At); own == "" || own == sole.host {
		m.From, m.Claimed, m.Proof, m.Address = "", false, "", sole.address
		m.Source = "the Remote Desktop gateway " + sole.host + " names " + sole.address
	}
}
