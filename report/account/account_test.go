package account

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/evtx"
	"hunt/limit"
	"hunt/report"
	"hunt/report/identity"
	"hunt/timeline/ecs"
	"hunt/timeline/host"
)

// listed returns what a book with so much memory lists of logons, in this order, on one host, and of findings.
func listed(t *testing.T, o Options, logons []host.LogonAttempt, found []report.Finding) (Lists, []limit.Bite) {
	t.Helper()
	o.TempDir, o.Limits = t.TempDir(), &limit.Tally{}
	b := NewBook(o)
	folder := identity.NewFolder(nil)
	for i := range logons {
		folder.Learn(logons[i].User, logons[i].SID)
		b.logon(fmt.Sprint("ws", i%2), &logons[i])
		b.edge(fmt.Sprint("ws", i%2), &logons[i])
	}
	folder.Settle()
	lists, err := b.Lists(found, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return lists, o.Limits.Bites()
}

func at(n evtx.Filetime) report.Time { return &n }

// TestSpellingsOfAnAccountAreOneRow: the row has the shortest name, and failures, which have no SID, count for the
// only account of the name.
func TestSpellingsOfAnAccountAreOneRow(t *testing.T) {
	const sid, other = "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"
	logons := []host.LogonAttempt{
		{At: 30, Role: ecs.RoleFailedLogon, User: `CORP\Anna`, SID: "S-1-0-0"},
		{At: 20, Role: ecs.RoleLogon, User: `corp\anna`, SID: sid, Type: host.LogonNetwork,
			SourceIP: "192.0.2.1"},
		{At: 25, Role: ecs.RoleLogon, User: `corp.example\anna`, SID: sid, Type: host.LogonRemoteInteractive,
			SourceIP: "192.0.2.1"},
		{At: 40, Role: ecs.RoleLogon, User: `corp\bob`, SID: sid[:len(sid)-1] + "3"},
		{At: 41, Role: ecs.RoleLogon, User: `corp\bob`, SID: other},
		{At: 42, Role: ecs.RoleFailedLogon, User: `corp\bob`},
	}
	found := []report.Finding{{User: `CORP\anna`, Host: "dc", Start: at(10), Status: report.StatusFinding},
		{User: `new`, Host: "dc", Start: at(50), Status: report.StatusFinding},
		{User: `corp\bob`, Host: "ws0", Status: report.StatusSuppressed}}
	want := []report.Account{
		{Name: `CORP\Anna`, SID: sid, Hosts: []string{"dc", "ws0", "ws1"},
			LogonTypes: []string{"Network", "RemoteInteractive"}, Logons: 2,
			Failures: 1, First: at(10), Last: at(30), Findings: 1},
		{Name: "new", Hosts: []string{"dc"}, First: at(50), Last: at(50), Findings: 1},
		{Name: `corp\bob`, Hosts: []string{"ws1"}, Failures: 1, First: at(42), Last: at(42)},
		{Name: `corp\bob`, SID: other, Hosts: []string{"ws0"}, Logons: 1, First: at(41), Last: at(41)},
		{Name: `corp\bob`, SID: sid[:len(sid)-1] + "3", Hosts: []string{"ws1"}, Logons: 1,
			First: at(40), Last: at(40)},
	}
	for _, memory := range []int64{1, 1 << 20} {
		got, _ := listed(t, Options{Memory: memory}, logons, found)
		if d := cmp.Diff(want, got.Accounts); d != "" {
			t.Errorf("with %d bytes: %s", memory, d)
		}
		if len(got.Edges) != 2 || got.Edges[0].Count != 1 {
			t.Errorf("%+v", got.Edges)
		}
	}
}

// TestAListDoesNotDependOnTheMemory: nor does what it leaves out.
func TestAListDoesNotDependOnTheMemory(t *testing.T) {
	var logons []host.LogonAttempt
	for i := range 900 {
		logons = append(logons, host.LogonAttempt{At: evtx.Filetime(1 + i*7919%907), Role: ecs.RoleLogon,
			Type: host.LogonNetwork, User: fmt.Sprintf("CORP\\u%03d", i%(100+i/3)),
			SID:      fmt.Sprint("S-1-5-21-1-2-3-", i%140),
			SourceIP: fmt.Sprint("192.0.2.", i%9)})
	}
	most := Options{Memory: 1 << 20, Most: 20}
	want, bites := listed(t, most, logons, nil)
	if len(want.Accounts) != 20 || want.AccountsOmitted < 100 || len(want.Edges) != 20 || len(bites) != 2 ||
		bites[0].Count != int64(want.AccountsOmitted) {
		t.Fatalf("%d accounts and %d more, %v", len(want.Accounts), want.AccountsOmitted, bites)
	}
	most.Memory = 4 << 10
	got, same := listed(t, most, logons, nil)
	if d := cmp.Diff(want, got) + cmp.Diff(bites, same); d != "" {
		t.Error(d)
	}
	all, none := listed(t, Options{Memory: 1}, logons, nil)
	if len(all.Accounts) != 20+want.AccountsOmitted || len(none) != 0 {
		t.Errorf("%d accounts, %v", len(all.Accounts), none)
	}
}
