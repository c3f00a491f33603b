package incident

import (
	"slices"
	"testing"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// What the examiner says of the network takes edges away, each by its own kind, and the same findings join
// without it.
func TestWhatManyShareJoinsNothing(t *testing.T) {
	nat := decision.Known{Kind: decision.NAT, Of: []string{"10.8.0.0/16", "192.0.2.1"}}
	jump := decision.Known{Kind: decision.Jump, Of: []string{"h0", "10.0.0.9"}}
	tool := decision.Known{Kind: decision.Deployment, Of: []string{"PDQRunner", "ccmexec.exe", "deploy"}}
	deployer := Account{Key: "S-1-5-21-1-2-3-1200", Name: `CORP\deploy`, Kind: AccountPerson}
	two := func(x, y Event) []Finding { return []Finding{finding("a", x), finding("b", y)} }
	move := func(address string, who Account, claimed bool) []Movement {
		return []Movement{{From: "h0", To: "h1", Account: who, At: begin + minute, Session: logon("remote"),
			Way: WayNetwork, Address: address, Claimed: claimed}}
	}
	after := event("h1", 2*minute, session("remote", "Network", true, 1), as(anna))
	command := func(line string) func(*Event) {
		return func(e *Event) { e.Burst = Artefact{ArtefactCommand, line} }
	}
	tests := []struct {
		name     string
		known    decision.Known
		findings []Finding
		moves    []Movement
		joined   bool // with the declaration; without it all are
	}{
		{"an address of the VPN's pool", nat, two(event("h0", 0, as(anna)), after),
			move("10.8.3.4", anna, false), false},
		{"an address beside the pool", nat, two(event("h0", 0, as(anna)), after), move("10.9.3.4", anna, false), true},
		{"a client behind NAT that named itself", nat, two(event("h0", 0, as(anna)), after),
			move("::ffff:192.0.2.1", anna, true), true},
		{"a logon from the jump host under one account", jump, two(event("h0", 0, as(anna)), after),
			move("10.0.0.1", anna, true), false},
		{"a logon from the jump host by a known process", jump, two(event("h0", 0, process("p"), as(anna)), after),
			[]Movement{{From: "h0", To: "h1", Account: anna, At: begin + minute, Session: logon("remote"),
				Way:     WayNetwork,
				Claimed: true, Process: &Process{Key: proc("p"), Name: "p.exe"}}}, true},
		{"a service of the deployment tool on two hosts", tool,
			two(event("h0", 0, burst("PDQRunner")), event("h1", minute, burst("PDQRunner"))), nil, false},
		{"another service on two hosts", tool,
			two(event("h0", 0, burst("update")), event("h1", minute, burst("update"))), nil, true},
		{"a command of the deployment tool", tool,
			two(event("h0", 0, command(`"C:\Windows\CCM\CcmExec.exe" /x`)),
				event("h1", minute, command(`"C:\Windows\CCM\CcmExec.exe" /x`))), nil, false},
		{"a command that names the tool as its argument", tool,
			two(event("h0", 0, command(`cmd.exe /c ccmexec.exe`)),
				event("h1", minute, command(`cmd.exe /c ccmexec.exe`))),
			nil, true},
		{"the tool's account from host to host", tool,
			two(event("h0", 0, as(deployer)),
				event("h1", 2*minute, session("remote", "Network", true, 1), as(deployer))),
			move("10.0.0.1", deployer, true), false},
		{"the tool's account within an hour, and a rare value", tool,
			[]Finding{finding("a", event("h0", 0, as(deployer)), event("h0", 1, carries("sha256", "y"))),
				finding("b", event("h0", minute, as(deployer)), event("h0", minute+1, carries("sha256", "y")))}, nil,
			false},
		{"what the tool's account made over the network", tool,
			two(event("h1", minute+second, remote), event("h1", minute+2*second, remote)),
			move("10.0.0.1", deployer, true), false},
		{"what it made, and what ran in its session", tool,
			two(event("h1", minute+second, remote),
				event("h1", minute+2*second, session("remote", "Network", false, 1))),
			move("10.0.0.1", deployer, true), false},
		{"what another account made over the network", tool,
			two(event("h1", minute+second, remote), event("h1", minute+2*second, remote)),
			move("10.0.0.1", anna, true), true},
	}
	for _, x := range tests {
		t.Run(x.name, func(t *testing.T) {
			c := &Case{Findings: x.findings, Movements: x.moves, Hosts: hosts(2)}
			if n := len(Join(c).Incidents); n != 1 {
				t.Fatalf("without the declaration there are %d incidents, want 1", n)
			}
			c.Known = []decision.Known{x.known}
			if joined := len(Join(c).Incidents) == 1; joined != x.joined {
				t.Errorf("joined: %t, want %t", joined, x.joined)
			}
		})
	}
}

// What a deployment tool makes over the network is not said to be its account's work, nor that of whoever else logged
// on then; and it stays apart from what another account made of the same name.
func TestADeploymentToolsAccountIsNotPresumed(t *testing.T) {
	deployer := Account{Key: "S-1-5-21-1-2-3-1200", Name: `CORP\deploy`, Kind: AccountPerson}
	logon := func(at evtx.Filetime, who Account) Movement {
		return Movement{From: "h0", To: "h1", Address: "10.0.0.1", At: begin + at, Account: who, Way: WayNetwork,
			Session: logon(who.Name)}
	}
	known := []decision.Known{{Kind: decision.Deployment, Of: []string{"deploy"}}}
	for _, moves := range [][]Movement{{logon(0, deployer)}, {logon(0, deployer), logon(second, anna)}} {
		i := Join(&Case{Findings: []Finding{finding("a", event("h1", 2*second, remote))}, Hosts: hosts(2),
			Movements: moves, Known: known}).Incidents[0]
		if len(i.Accounts)+len(i.Assumed) > 0 {
			t.Errorf("%d logons: accounts %q, assumed %q", len(moves), i.Accounts, i.Assumed)
		}
	}
	if got := groups(Join(&Case{Hosts: hosts(2), Known: known,
		Movements: []Movement{logon(0, deployer), logon(minute, anna)},
		Findings: []Finding{finding("a", event("h1", second, remote, wrote("x"))),
			finding("b", event("h1", minute+second, remote, wrote("x")))}})); len(got) != 2 {
		t.Errorf("incidents %q", got)
	}
}

// A process of a deployment tool is like a host of services: it joins nothing, and what it wrote into a value is a hub.
func TestADeploymentToolIsNoAncestor(t *testing.T) {
	c := &Case{Hosts: hosts(1), Known: []decision.Known{{Kind: decision.Deployment, Of: []string{"tool.exe"}}},
		Findings: []Finding{finding("a", event("h0", 0, process("tool"))),
			finding("b", event("h0", hour, process("q", "tool"))), finding("c", event("h0", 2*hour, process("tool")))}}
	if got := groups(Join(c)); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("incidents %q", got)
	}
	c.Known = nil
	if got := groups(Join(c)); !slices.Equal(got, []string{"a b c"}) {
		t.Errorf("without the declaration: incidents %q", got)
	}
}

// The address of a jump host is a hub, and is listed with the reason.
func TestADeclaredAddressIsListedAsAHub(t *testing.T) {
	c := &Case{Hosts: hosts(2), Known: []decision.Known{{Kind: decision.Jump, Of: []string{"10.0.0.9"}}},
		Findings: []Finding{finding("a", event("h0", 0, carries("ip", "10.0.0.9"))),
			finding("b", event("h1", evtx.Filetime(hour), carries("ip", "10.0.0.9")))}}
	want := report.Hub{Text: "ip 10.0.0.9", Why: "the case file says that it is a jump host",
		Findings: []string{"a", "b"}}
	hubs := Join(c).Hubs
	if len(hubs) != 1 || hubs[0].Text != want.Text || hubs[0].Why != want.Why ||
		!slices.Equal(hubs[0].Findings, want.Findings) {
		t.Errorf("hubs %+v", hubs)
	}
}
