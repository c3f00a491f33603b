package host

import (
	"fmt"
	"testing"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

// However many credentials are used in the same seconds, the use that a process was started with is found.
func TestManyUsesOfCredentialsHideNone(t *testing.T) {
	const s = evtx.TicksPerSecond
	use := func(at evtx.Filetime, by, user string) *ledger.Logon {
		return &ledger.Logon{Fact: ledger.Fact{At: at}, Role: ecs.RoleExplicitCredentials, Subject: by, User: user}
	}
	table := &table{}
	table.logons.Add(use(100*s, "Anna", "CORP\\Admin"))
	for i := range 5_000 {
		table.logons.Add(use(100*s+evtx.Filetime(i), "anna", fmt.Sprint("u", i)))
	}
	for what, x := range map[string]struct {
		at       evtx.Filetime
		by, user string
		want     bool
	}{
		"right after":        {101 * s, "anna", "corp\\admin", true},
		"in the last moment": {130 * s, "ANNA", "corp\\admin", true},
		"too late":           {130*s + 1, "anna", "corp\\admin", false},
		"too early":          {100*s - 1, "anna", "corp\\admin", false},
		"another's":          {101 * s, "bob", "corp\\admin", false},
		"of nobody":          {101 * s, "", "corp\\admin", false},
		"of no account":      {101 * s, "anna", "", false},
	} {
		start := &ledger.Start{Fact: ledger.Fact{At: x.at}, User: x.user}
		if got := table.ranAs(x.by, start); got != x.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}
