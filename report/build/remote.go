package build

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/indicator"
	"hunt/report/record"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// sessionNear is how far apart the records of one logon over Remote Desktop are.
	sessionNear = 60 * evtx.TicksPerSecond
	// portNear is how far apart a failed logon and the connection that it came over are.
	portNear = 2 * evtx.TicksPerSecond
	// maxOwn bounds the addresses that a report names of a host; the rest is counted.
	maxOwn = 20
)

// remoteDesktop reports whether events with a role are Remote Desktop's own record of who came from where.
func remoteDesktop(r ecs.Role) bool {
	switch r {
	case ecs.RoleSessionLogon, ecs.RoleSessionReconnected, ecs.RoleRemoteConnection, ecs.RoleConnectionAccepted,
		ecs.RoleConnectionRefused:
		return true
	}
	return false
}

// remoteSources are the records of Remote Desktop of one host, by time.
type remoteSources []host.LogonAttempt

func remoteDesktopOf(h *host.Host) (out remoteSources) {
	for l := range h.Logons() {
		if remoteDesktop(l.Role) && !indicator.Local(l.SourceIP) {
			out = append(out, l)
		}
	}
	return out
}

// fill gives a logon over Remote Desktop that names no address that of the session's own record of the same user,
// and says which record tells it, "" if none does.
func (r remoteSources) fill(l *host.LogonAttempt) string {
	if l.Role != ecs.RoleLogon || isAddress(l.SourceIP) && !indicator.Local(l.SourceIP) ||
		!slices.Contains([]string{"RemoteInteractive", "CachedRemoteInteractive", "Unlock"}, l.Type) {
		return ""
	}
	best, nearest := -1, evtx.Filetime(sessionNear+1)
	for i := range r {
		d := max(r[i].At, l.At) - min(r[i].At, l.At)
		if r[i].User != "" && sameUser(r[i].User, l.User) && d < nearest {
			best, nearest = i, d
		}
	}
	if best < 0 {
		return ""
	}
	l.SourceIP, l.Type = r[best].SourceIP, "RemoteInteractive"
	return "the record of the Remote Desktop session names " + l.SourceIP
}

// isAddress reports whether a text is an IP address.
func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// sameUser compares names of accounts without their domains, which the two logs spell differently.
func sameUser(a, b string) bool {
	short := func(s string) string { return s[strings.LastIndexByte(s, '\\')+1:] }
	return strings.EqualFold(short(a), short(b))
}

// port is the one address from which the Remote Desktop port was reached at a time, "" if none or several.
func (r remoteSources) port(at evtx.Filetime) string {
	from := ""
	for i := range r {
		if r[i].Role != ecs.RoleConnectionAccepted && r[i].Role != ecs.RoleConnectionRefused ||
			max(r[i].At, at)-min(r[i].At, at) > portNear || r[i].SourceIP == from {
			continue
		}
		if from != "" {
			return ""
		}
		from = r[i].SourceIP
	}
	return from
}

// reached is the address from which the Remote Desktop port was reached in the seconds of a failed logon that names
// none: with network level authentication no other record tells it.
func (v *values) reached(e *timeline.Event) string {
	if e.Class.Role != ecs.RoleFailedLogon {
		return ""
	}
	if ip := record.Text(e, ecs.SourceIP); ip != "" && !indicator.Local(ip) {
		return ""
	}
	r, seen := v.remote[e.Host]
	if !seen {
		r = remoteDesktopOf(e.Host)
		v.remote[e.Host] = r
	}
	return r.port(e.At)
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
