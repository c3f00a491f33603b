package movement

import (
	"net/netip"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/report/indicator"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	// sessionNear is how far apart the records of one logon over Remote Desktop are.
	sessionNear = 60 * evtx.TicksPerSecond
	// portNear is how far apart a failed logon and the connection that it came over are.
	portNear = 2 * evtx.TicksPerSecond
)

// RemoteDesktop reports whether events with a role are Remote Desktop's own record of who came from where.
func RemoteDesktop(r ecs.Role) bool {
	switch r {
	case ecs.RoleSessionLogon, ecs.RoleSessionReconnected, ecs.RoleRemoteConnection, ecs.RoleConnectionAccepted,
		ecs.RoleConnectionRefused:
		return true
	}
	return false
}

// Sources are the records of Remote Desktop of one host, by time.
type Sources []host.LogonAttempt

// SourcesOf collects those of a host.
func SourcesOf(h *host.Host) (out Sources) {
	for l := range h.Logons() {
		if RemoteDesktop(l.Role) && !indicator.Local(l.SourceIP) {
			out = append(out, l)
		}
	}
	return out
}

// Fill gives a logon over Remote Desktop that names no address that of the session's own record of the same user,
// and says which record tells it, "" if none does.
func (r Sources) Fill(l *host.LogonAttempt) string {
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

// Port is the one address from which the Remote Desktop port was reached at a time, "" if none or several.
func (r Sources) Port(at evtx.Filetime) string {
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
