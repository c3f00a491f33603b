package movement

import (
	"testing"

	"hunt/evtx"
	"hunt/report/incident"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// Logons with network level authentication name no address: the record of the session of the same user does, and
// nothing else.
func TestALogonOverRemoteDesktopGetsTheAddressOfItsSession(t *testing.T) {
	t.Parallel()
	const at = 1_000_000 * evtx.TicksPerSecond
	session := func(user, ip string, after evtx.Filetime) host.LogonAttempt {
		return host.LogonAttempt{Role: ecs.RoleSessionLogon, User: user, SourceIP: ip, At: at + after}
	}
	logon := host.LogonAttempt{Role: ecs.RoleLogon, User: `CORP\anna`, Type: "RemoteInteractive", SourceIP: "-", At: at}
	told, failed, console := logon, logon, logon
	told.SourceIP, failed.Role, console.Type = "10.0.0.7", ecs.RoleFailedLogon, "Interactive"
	second := evtx.Filetime(evtx.TicksPerSecond)
	for _, c := range []struct {
		name  string
		logon host.LogonAttempt
		of    Sources
		want  string
	}{
		{"the same user within seconds", logon, Sources{session(`corp.example\anna`, "10.0.0.5", 2*second)},
			"10.0.0.5"},
		{"the nearer of two", logon, Sources{session("anna", "10.0.0.5", 50*second),
			session("anna", "10.0.0.6", 3*second)}, "10.0.0.6"},
		{"another user", logon, Sources{session(`CORP\ben`, "10.0.0.5", second)}, "-"},
		{"two minutes later", logon, Sources{session("anna", "10.0.0.5", 120*second)}, "-"},
		{"a logon that names its address", told, Sources{session("anna", "10.0.0.5", second)}, "10.0.0.7"},
		{"a failed logon", failed, Sources{session("anna", "10.0.0.5", second)}, "-"},
		{"at the console", console, Sources{session("anna", "10.0.0.5", second)}, "-"},
	} {
		l := c.logon
		c.of.Fill(&l)
		if l.SourceIP != c.want {
			t.Errorf("%s: from %q, want %q", c.name, l.SourceIP, c.want)
		}
	}
}

// The address of a failed logon is that of the port's connection of the same seconds, if there is one only.
func TestAFailedLogonGetsTheOneAddressThatReachedThePort(t *testing.T) {
	t.Parallel()
	const at = 1_000_000 * evtx.TicksPerSecond
	reached := func(ip string, after evtx.Filetime) host.LogonAttempt {
		return host.LogonAttempt{Role: ecs.RoleConnectionAccepted, SourceIP: ip, At: at + after}
	}
	second := evtx.Filetime(evtx.TicksPerSecond)
	for _, c := range []struct {
		name string
		of   Sources
		want string
	}{
		{"one", Sources{reached("10.0.0.5", second), reached("10.0.0.5", 2*second)}, "10.0.0.5"},
		{"two", Sources{reached("10.0.0.5", second), reached("10.0.0.6", second)}, ""},
		{"ten seconds later", Sources{reached("10.0.0.5", 10*second)}, ""},
		{"a session", Sources{{Role: ecs.RoleSessionLogon, SourceIP: "10.0.0.5", At: at}}, ""},
	} {
		if got := c.of.Port(at); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// A logon from an address that nobody proves came from the one host that used these credentials against this one.
func TestALogonComesFromTheOneHostThatAskedForIt(t *testing.T) {
	t.Parallel()
	const at = noon
	logon := incident.Movement{To: "srv", Address: "10.0.0.5", Account: incident.Account{Key: "thief"}, At: at,
		Session: incident.SessionKey{LogonID: "s"}}
	use := func(from, to, account string, when evtx.Filetime) incident.Movement {
		return incident.Movement{From: from, To: to, Account: incident.Account{Key: account},
			By: incident.Account{Key: "anna"}, At: when}
	}
	for _, c := range []struct {
		name string
		uses []incident.Movement
		want string
	}{
		{"one host, its clock ahead", []incident.Movement{use("ws", "srv", "thief", at+35*second)}, "ws"},
		{"two hosts", []incident.Movement{use("ws", "srv", "thief", at), use("ws2", "srv", "thief", at+second)}, ""},
		{"against another host", []incident.Movement{use("ws", "dc", "thief", at)}, ""},
		{"of another account", []incident.Movement{use("ws", "srv", "ben", at)}, ""},
		{"an hour later", []incident.Movement{use("ws", "srv", "thief", at+3600*second)}, ""},
	} {
		list := append([]incident.Movement{logon}, c.uses...)
		Pair(list)
		if list[0].From != c.want {
			t.Errorf("%s: from %q, want %q", c.name, list[0].From, c.want)
		}
	}
}
