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
	// sessionLong is how long a session may last until its end names its address.
	sessionLong = 12 * 60 * 60 * evtx.TicksPerSecond
	// shellNear is how far apart a logon and the shell are that WinRM opens for it.
	shellNear = 10 * evtx.TicksPerSecond
	// portNear is how far apart a failed logon and the connection that it came over are.
	portNear = 2 * evtx.TicksPerSecond
)

// Access reports whether events with a role are the own record of Remote Desktop or WinRM of who went where, beside
// what Security says about logons.
func Access(r ecs.Role) bool {
	switch r {
	case ecs.RoleSessionLogon, ecs.RoleSessionShell, ecs.RoleSessionReconnected, ecs.RoleSessionDisconnected,
		ecs.RoleRemoteConnection, ecs.RoleConnectionAccepted, ecs.RoleConnectionRefused, ecs.RoleOutgoingConnection,
		ecs.RoleGatewayConnection, ecs.RoleRemoteShell:
		return true
	}
	return false
}

// Sources are the records of remote access to one host, by time.
type Sources []host.LogonAttempt

// SourcesOf collects those of a host.
func SourcesOf(h *host.Host) (out Sources) {
	for l := range h.Logons() {
		switch {
		case !Access(l.Role) || l.Role == ecs.RoleOutgoingConnection || l.Role == ecs.RoleGatewayConnection:
		case l.Role == ecs.RoleRemoteShell || !indicator.Local(l.SourceIP):
			out = append(out, l)
		}
	}
	return out
}

// remoteTypes are the types of logons that may have come over Remote Desktop.
var remoteTypes = []host.LogonType{host.LogonRemoteInteractive, host.LogonCachedRemoteInteractive, host.LogonUnlock}

// Fill gives a logon over Remote Desktop that names no address that of the session's own record of the same user,
// and says which record tells it, "" if none does.
func (r Sources) Fill(l *host.LogonAttempt) string {
	if l.Role != ecs.RoleLogon || isAddress(l.SourceIP) && !indicator.Local(l.SourceIP) ||
		!slices.Contains(remoteTypes, l.Type) {
		return ""
	}
	said := r.begun(l)
	if said == nil {
		said = r.left(l)
	}
	if said == nil {
		return ""
	}
	l.SourceIP, l.Type = said.SourceIP, host.LogonRemoteInteractive
	return "the record of the Remote Desktop session names " + l.SourceIP
}

// begun is the record of the session that a logon began, or began to use again: of the same user, the nearest.
func (r Sources) begun(l *host.LogonAttempt) (best *host.LogonAttempt) {
	nearest := evtx.Filetime(sessionNear + 1)
	for i := range r {
		d := max(r[i].At, l.At) - min(r[i].At, l.At)
		if r[i].Role != ecs.RoleSessionDisconnected && r[i].User != "" && sameUser(r[i].User, l.User) && d < nearest {
			best, nearest = &r[i], d
		}
	}
	return best
}

// left is the record of the session's end, where none reports its beginning: Security 4779 of the logon id, if
// nobody came back to the session before, else LocalSessionManager 24 of the same user within a minute after the
// logon. Who takes over a session disconnects whoever was in it, with his address, so that the records of
// beginnings go first. Who unlocks his session at the console does so, too, and comes from nowhere.
func (r Sources) left(l *host.LogonAttempt) *host.LogonAttempt {
	for i := range r {
		switch {
		case r[i].At < l.At || r[i].At > l.At+sessionLong:
		case r[i].LogonID != "" && r[i].LogonID == l.LogonID:
			if r[i].Role == ecs.RoleSessionDisconnected {
				return &r[i]
			}
			return nil
		case r[i].LogonID == "" && r[i].Role == ecs.RoleSessionDisconnected && r[i].At <= l.At+sessionNear &&
			l.Type != host.LogonUnlock && sameUser(r[i].User, l.User):
			return &r[i]
		}
	}
	return nil
}

// Shell reports whether WinRM opened a shell for a logon over the network: for the same SID, within seconds.
func (r Sources) Shell(l *host.LogonAttempt) bool {
	return l.Role == ecs.RoleLogon && l.SID != "" && slices.ContainsFunc(r, func(s host.LogonAttempt) bool {
		return s.Role == ecs.RoleRemoteShell && s.SID == l.SID && max(s.At, l.At)-min(s.At, l.At) <= shellNear
	})
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
