package movement

import (
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

const (
	second = evtx.Filetime(evtx.TicksPerSecond)
	noon   = 1_000_000 * second
)

// Who unlocks at the console the session that he left open over Remote Desktop puts out the client of then.
func TestAnUnlockAtTheConsoleComesFromNowhere(t *testing.T) {
	of := Sources{{Role: ecs.RoleSessionDisconnected, User: "anna", SourceIP: "10.0.0.5", At: noon + second}}
	l := host.LogonAttempt{Role: ecs.RoleLogon, User: `CORP\anna`, Type: host.LogonUnlock, SourceIP: "127.0.0.1",
		LogonID: "0x7", At: noon}
	if said := of.Fill(&l); said != "" || l.SourceIP != "127.0.0.1" || l.Type != host.LogonUnlock {
		t.Errorf("%q: from %s, %s", said, l.SourceIP, l.Type)
	}
}

// Where a log of sessions begins later, the shell of the session or its end name the address that the logon lacks.
func TestTheEndOfASessionNamesItsAddress(t *testing.T) {
	record := func(role ecs.Role, user, id, ip string, after evtx.Filetime) host.LogonAttempt {
		return host.LogonAttempt{Role: role, User: user, LogonID: id, SourceIP: ip, At: noon + after}
	}
	left, back := ecs.RoleSessionDisconnected, ecs.RoleSessionReconnected
	const hour = 3600 * second
	for _, c := range []struct {
		name string
		of   Sources
		want string
	}{
		{"its shell", Sources{record(ecs.RoleSessionShell, "anna", "", "10.0.0.5", 3*second)}, "10.0.0.5"},
		{"it was left within a minute", Sources{record(left, "anna", "", "10.0.0.5", 30*second)}, "10.0.0.5"},
		{"it was left an hour later, under no logon id", Sources{record(left, "anna", "", "10.0.0.5", hour)}, ""},
		{"another one was left", Sources{record(left, "ben", "", "10.0.0.5", 30*second)}, ""},
		{"taken over: the old client is put out", Sources{record(left, "anna", "", "10.0.0.6", second),
			record(back, "anna", "", "10.0.0.5", 2*second)}, "10.0.0.5"},
		{"4779 of the logon id", Sources{record(left, `CORP\anna`, "0x5", "10.0.0.5", hour)}, "10.0.0.5"},
		{"4779 of another logon id", Sources{record(left, `CORP\anna`, "0x6", "10.0.0.5", hour)}, ""},
		{"somebody came back to it before", Sources{record(back, `CORP\anna`, "0x5", "10.0.0.6", hour),
			record(left, `CORP\anna`, "0x5", "10.0.0.6", 2*hour)}, ""},
		{"a day later", Sources{record(left, `CORP\anna`, "0x5", "10.0.0.5", 24*hour)}, ""},
	} {
		l := host.LogonAttempt{Role: ecs.RoleLogon, User: `CORP\anna`, Type: host.LogonRemoteInteractive,
			LogonID: "0x5", At: noon}
		c.of.Fill(&l)
		if l.SourceIP != c.want {
			t.Errorf("%s: from %q, want %q", c.name, l.SourceIP, c.want)
		}
	}
}

// WinRM's own record says which logon over the network opened a shell.
func TestAShellOfWinRMBelongsToTheLogonOfItsAccount(t *testing.T) {
	l := host.LogonAttempt{Role: ecs.RoleLogon, Type: "Network", SID: "S-1-5-21-1-2-3-1104", At: noon}
	shell := func(sid string, after evtx.Filetime) Sources {
		return Sources{{Role: ecs.RoleRemoteShell, SID: sid, At: noon + after}}
	}
	for name, c := range map[string]struct {
		of   Sources
		want bool
	}{
		"seconds later":  {shell(l.SID, 2*second), true},
		"a minute later": {shell(l.SID, 60*second), false},
		"of another SID": {shell("S-1-5-21-1-2-3-1105", second), false},
	} {
		if got := c.of.Shell(&l); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A Remote Desktop client that connected to a host is where the logon there came from, if no other did, and if the
// logon does not name an address that nobody proves.
func TestALogonOverRemoteDesktopComesFromTheOneClient(t *testing.T) {
	anna, thief := incident.Account{Key: "anna"}, incident.Account{Key: "thief"}
	logon := incident.Movement{To: "srv", Account: thief, At: noon, Way: incident.WayRemoteDesktop,
		Session: incident.SessionKey{LogonID: "s"}}
	client := func(from, to string, at evtx.Filetime) incident.Movement {
		return incident.Movement{From: from, To: to, By: anna, At: at, Way: incident.WayClient}
	}
	network, told, own := logon, logon, logon
	network.Way = incident.WayNetwork
	told.Address, own.Address, own.Account = "203.0.113.9", "203.0.113.9", anna
	for _, c := range []struct {
		name    string
		logon   incident.Movement
		clients []incident.Movement
		want    string
	}{
		{"one client", logon, []incident.Movement{client("ws", "srv", noon-30*second)}, "ws"},
		{"one that tried twice", logon, []incident.Movement{client("ws", "srv", noon-90*second),
			client("ws", "srv", noon-30*second)}, "ws"},
		{"two clients", logon, []incident.Movement{client("ws", "srv", noon-30*second),
			client("ws2", "srv", noon-20*second)}, ""},
		{"to another server", logon, []incident.Movement{client("ws", "dc", noon-30*second)}, ""},
		{"an hour before", logon, []incident.Movement{client("ws", "srv", noon-3600*second)}, ""},
		{"a logon of another kind", network, []incident.Movement{client("ws", "srv", noon-30*second)}, ""},
		{"an address from elsewhere", told, []incident.Movement{client("ws", "srv", noon-30*second)}, ""},
		{"an address, and the client's own account", own, []incident.Movement{client("ws", "srv", noon-30*second)},
			"ws"},
	} {
		list := append([]incident.Movement{c.logon}, c.clients...)
		Pair(list)
		if list[0].From != c.want || (list[0].By.Key != "") != (c.want != "") || (list[0].Left != 0) != (c.want != "") {
			t.Errorf("%s: from %q, asked for by %q at %d; want %q", c.name, list[0].From, list[0].By.Key, list[0].Left,
				c.want)
		}
	}
}

// The client writes the name that was asked for and the address that it has: one connection.
func TestTheTwoRecordsOfAClientAreOneConnection(t *testing.T) {
	client := func(address, to string, after evtx.Filetime) incident.Movement {
		return incident.Movement{From: "ws", To: to, Address: address, By: incident.Account{Key: "anna"},
			At: noon + after, Way: incident.WayClient}
	}
	for _, c := range []struct {
		name string
		list []incident.Movement
		want []string
	}{
		{"the name is a host of the case", []incident.Movement{client("srv", "srv", 0), client("10.0.0.9", "", second)},
			[]string{"srv"}},
		{"the address is", []incident.Movement{client("srv-old", "", 0), client("10.0.0.9", "srv", second)},
			[]string{"10.0.0.9"}},
		{"neither is", []incident.Movement{client("srv", "", 0), client("10.0.0.9", "", second)}, []string{"srv"}},
		{"an hour later", []incident.Movement{client("srv", "", 0), client("10.0.0.9", "", 3600*second)},
			[]string{"srv", "10.0.0.9"}},
		{"two connections", []incident.Movement{client("srv", "", 0), client("10.0.0.9", "", second),
			client("10.0.0.9", "", 2*second)}, []string{"srv", "10.0.0.9"}},
	} {
		got := Clients(c.list)
		ok := len(got) == len(c.want)
		for i := 0; ok && i < len(got); i++ {
			ok = got[i].Address == c.want[i]
		}
		if !ok {
			t.Errorf("%s: %+v, want %q", c.name, got, c.want)
		}
	}
}

// A gateway tells who sits behind it.
func TestAGatewayTellsWhereALogonCameFrom(t *testing.T) {
	names := identity.Hosts{"srv": "srv"}
	through := func(user, to, ip string, after evtx.Filetime) host.LogonAttempt {
		return host.LogonAttempt{Role: ecs.RoleGatewayConnection, User: user, Server: to, SourceIP: ip,
			At: noon + after}
	}
	for _, c := range []struct {
		name string
		of   []host.LogonAttempt
		want string
	}{
		{"the same user within seconds", []host.LogonAttempt{through(`CORP\anna`, "srv", "203.0.113.9", second)},
			"203.0.113.9"},
		{"another user", []host.LogonAttempt{through(`CORP\ben`, "srv", "203.0.113.9", second)}, "10.0.0.1"},
		{"to another server", []host.LogonAttempt{through(`CORP\anna`, "dc", "203.0.113.9", second)}, "10.0.0.1"},
		{"an hour before", []host.LogonAttempt{through(`CORP\anna`, "srv", "203.0.113.9", 3600*second)}, "10.0.0.1"},
		{"from two addresses", []host.LogonAttempt{through(`CORP\anna`, "srv", "203.0.113.9", second),
			through(`CORP\anna`, "srv", "203.0.113.10", second)}, "10.0.0.1"},
	} {
		g := Gates{}
		for i := range c.of {
			g.Add(&host.Host{ID: "gate"}, &c.of[i], names)
		}
		m := incident.Movement{To: "srv", Address: "10.0.0.1", Account: incident.Account{Name: `CORP\anna`}, At: noon,
			Way: incident.WayRemoteDesktop}
		if g.Open(&m, identity.Addresses{}); m.Address != c.want {
			t.Errorf("%s: from %q, want %q", c.name, m.Address, c.want)
		}
	}
}

// The client writes 1024 before it reaches the server: that it connected is not known.
func TestAClientThatWasToldToConnectHasNotConnected(t *testing.T) {
	list := []incident.Movement{{To: "srv", At: noon, Way: incident.WayRemoteDesktop,
		Session: incident.SessionKey{LogonID: "s"}}, {From: "ws", To: "srv", By: incident.Account{Key: "anna"},
		At: noon - second, Way: incident.WayClient}}
	Pair(list)
	if !strings.HasPrefix(list[0].Proof, "the Remote Desktop client on ws was told to connect to this host") {
		t.Errorf("proof: %s", list[0].Proof)
	}
}

// Who logs on from a computer of the case while somebody goes through the gateway as the same user did not come
// through it.
func TestALogonFromAnotherHostDidNotComeThroughTheGateway(t *testing.T) {
	for of, want := range map[string]string{"ws": "10.0.0.1", "gate": "203.0.113.9"} {
		g, addresses := Gates{}, identity.Addresses{}
		addresses.Add("10.0.0.1", of, noon)
		g.Add(&host.Host{ID: "gate"}, &host.LogonAttempt{Role: ecs.RoleGatewayConnection, User: "anna", Server: "srv",
			SourceIP: "203.0.113.9", At: noon}, identity.Hosts{"srv": "srv"})
		m := incident.Movement{To: "srv", Address: "10.0.0.1", Account: incident.Account{Name: "anna"}, At: noon,
			Way: incident.WayRemoteDesktop}
		if g.Open(&m, addresses); m.Address != want {
			t.Errorf("10.0.0.1 is of %s: from %s, want %s", of, m.Address, want)
		}
	}
}
