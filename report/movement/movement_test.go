package movement

import (
	"testing"

	"hunt/evtx"
	"hunt/report/incident"
)

// A logon on a server is paired with the use of the same credentials against it, so that the report knows who
// asked for it and when by the clock of the other host.
func TestLogonsArePairedWithTheUseOfTheirCredentials(t *testing.T) {
	t.Parallel()
	const second = evtx.TicksPerSecond
	thief := incident.Account{Key: "thief"}
	logon := func(at evtx.Filetime) incident.Movement {
		return incident.Movement{From: "ws", To: "srv", Account: thief, At: at,
			Session: incident.SessionKey{LogonID: "s"},
			Proof:   "the client called itself WS"}
	}
	use := func(at evtx.Filetime, by, to, account string) incident.Movement {
		return incident.Movement{From: "ws", To: to, Account: incident.Account{Key: account},
			By: incident.Account{Key: by}, At: at, Proof: "Security 4648 names the server"}
	}
	const at = 1_000_000 * second
	for _, c := range []struct {
		name string
		list []incident.Movement
		by   string
	}{
		{"within seconds", []incident.Movement{logon(at), use(at-second, "anna", "srv", "thief")}, "anna"},
		{"the nearer of two", []incident.Movement{logon(at), use(at-8*second, "ben", "srv", "thief"),
			use(at+second, "anna", "srv", "thief")}, "anna"},
		{"clocks that differ by three minutes",
			[]incident.Movement{logon(at), use(at-180*second, "anna", "srv", "thief")}, "anna"},
		{"minutes apart, and of two accounts",
			[]incident.Movement{logon(at), use(at-180*second, "anna", "srv", "thief"),
				use(at-200*second, "ben", "srv", "thief")}, ""},
		{"six minutes apart", []incident.Movement{logon(at), use(at-360*second, "anna", "srv", "thief")}, ""},
		{"against another server", []incident.Movement{logon(at), use(at-second, "anna", "dc", "thief")}, ""},
		{"of another account", []incident.Movement{logon(at), use(at-second, "anna", "srv", "svc")}, ""},
	} {
		Pair(c.list)
		got := c.list[0]
		if got.By.Key != c.by {
			t.Errorf("%s: asked for by %q, want %q", c.name, got.By.Key, c.by)
		}
		if (got.Left != 0) != (c.by != "") {
			t.Errorf("%s: left at %d", c.name, got.Left)
		}
	}
}
