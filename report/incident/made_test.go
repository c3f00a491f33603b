package incident

import (
	"fmt"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/report/decision"
)

// An account that one made and that the other is about, or acted under, joins them; so does a ticket that only one
// logon can have used. What might be somebody else's joins nothing.
func TestAccountsAndTicketsJoinWhoMadeAndWhoUsedThem(t *testing.T) {
	eve := Account{Key: "S-1-5-21-1-2-3-1199", Name: `CORP\PC-88$`, Kind: AccountMachine}
	other := Account{Key: "S-1-5-21-9-9-9-1199", Name: `LAB\PC-88$`, Kind: AccountMachine}
	made := func(a Account) func(*Event) { return func(e *Event) { e.Made = []Account{a} } }
	changed := func(a Account) func(*Event) { return func(e *Event) { e.Changed = []Account{a} } }
	ticket := func(host, address string) func(*Event) {
		return func(e *Event) { e.Ticket = Ticket{Service: strings.ToUpper(host) + "$", Host: host, Address: address} }
	}
	self := Account{Key: "S-1-5-21-1-2-3-1201", Name: `CORP\h1`, Kind: AccountPerson}
	again := Account{Key: "S-1-5-21-1-2-3-1200", Name: eve.Name, Kind: AccountMachine}
	service := func(e *Event) { e.Wrote = []Artefact{{ArtefactService, "upd"}} }
	tool := []decision.Known{{Kind: decision.Deployment, Of: []string{anna.Name}}}
	nat := []decision.Known{{Kind: decision.NAT, Of: []string{"10.0.0.9"}}}
	adm := Account{Key: "S-1-5-21-1-2-3-1107", Name: `CORP\adm`, Kind: AccountPerson}
	arrive := func(at evtx.Filetime, from string, who Account, session string) Movement {
		return Movement{To: "h1", Address: from, Account: who, At: begin + at, Session: logon(session)}
	}
	in := func(at evtx.Filetime) Event {
		return event("h1", at, as(adm), session("s", "Network", true, 3))
	}
	logons := []Movement{arrive(minute+second, "10.0.0.9", adm, "s")}
	for _, x := range []struct {
		name   string
		a, b   Event
		moves  []Movement
		known  []decision.Known
		joined bool
	}{
		{"created, then acted under on another host", event("h0", 0, made(eve)), event("h1", hour, as(eve)), nil, nil,
			true},
		{"created, then renamed", event("h0", 0, made(eve)), event("h0", second, made(eve)), nil, nil, true},
		{"created, then changed", event("h0", 0, made(eve)), event("h0", second, changed(eve)), nil, nil, true},
		{"acted under, then created", event("h0", hour, made(eve)), event("h1", 0, as(eve)), nil, nil, false},
		{"created, and acted under two days later", event("h0", 0, made(eve)), event("h1", 48*hour, as(eve)), nil, nil,
			false},
		{"another account of the same name", event("h0", 0, made(eve)), event("h1", hour, as(other)), nil, nil, false},
		{"created by a deployment tool", event("h0", 0, made(eve), as(anna)), event("h1", hour, as(eve)), nil, tool,
			false},
		{"rights given, then acted under: one weak sign", event("h0", 0, changed(eve)), event("h1", hour, as(eve)), nil,
			nil, false},
		{"rights given, then acted under, and a rare file", event("h0", 0, changed(adm)),
			event("h0", hour, as(adm), carries("sha256", "y")), nil, nil, false},
		{"services of one name on one host", event("h0", 0, service), event("h0", minute, service), nil, nil, true},
		{"services of one name on two hosts", event("h0", 0, service), event("h1", minute, service), nil, nil, false},
		{"an account made again under its name", event("h0", 0, made(eve)), event("h1", hour, as(again)), nil,
			nil, false},
		{"a ticket, then the logon", event("h0", minute, ticket("h1", "10.0.0.9")), in(minute + 2*second), logons, nil,
			true},
		{"a ticket of the account that logged on", event("h0", minute, ticket("h1", "10.0.0.9"), as(logons[0].Account)),
			in(minute + 2*second), logons, nil, true},
		{"a ticket of another account", event("h0", minute, ticket("h1", "10.0.0.9"), as(anna)),
			in(minute + 2*second), logons, nil, false},
		{"a ticket that an account asked for to itself", event("h0", minute, ticket("h1", "10.0.0.9"), as(self)),
			in(minute + 2*second), logons, nil, true},
		{"a ticket for another host", event("h0", minute, ticket("h2", "10.0.0.9")), in(minute + 2*second), logons, nil,
			false},
		{"a ticket for another address", event("h0", minute, ticket("h1", "10.0.0.8")), in(minute + 2*second), logons,
			nil, false},
		{"a ticket after the logon", event("h0", minute+5*second, ticket("h1", "10.0.0.9")), in(minute + 6*second),
			logons, nil, false},
		{"a ticket a minute before the logon", event("h0", 0, ticket("h1", "10.0.0.9")), in(minute + 2*second), logons,
			nil, false},
		{"a ticket before logons of two accounts from there", event("h0", minute, ticket("h1", "10.0.0.9")),
			in(minute + 2*second), append(logons, arrive(minute+2*second, "10.0.0.9", anna, "other")), nil, false},
		{"a ticket for an address that many share", event("h0", minute, ticket("h1", "10.0.0.9")),
			in(minute + 2*second), logons, nat, false},
	} {
		r := Join(&Case{Findings: []Finding{finding("a", x.a), finding("b", x.b)}, Hosts: hosts(3), Movements: x.moves,
			Known: x.known})
		if got := len(r.Incidents) == 1; got != x.joined {
			t.Errorf("%s: joined is %v, want %v", x.name, got, x.joined)
		}
	}
	// who makes accounts all day joins nothing by that alone
	var desk []Finding
	for i := range 6 {
		user := Account{Key: fmt.Sprint("S-1-5-21-1-2-3-12", i), Name: fmt.Sprint(`CORP\new`, i), Kind: AccountPerson}
		desk = append(desk, finding(fmt.Sprint("made", i), event("h0", evtx.Filetime(i)*2*hour, made(user), as(anna))),
			finding(fmt.Sprint("did", i), event("h1", evtx.Filetime(i)*2*hour+hour/2, as(user))))
	}
	if r := Join(&Case{Findings: desk, Hosts: hosts(2)}); len(r.Incidents) != len(desk) {
		t.Errorf("%q", groups(r))
	}
	// rights that were given are one weak sign, and a file of other events is another
	weak := []Finding{finding("a", event("h0", 0, changed(adm)), event("h0", 1, carries("sha256", "y"))),
		finding("b", event("h1", hour, as(adm)), event("h1", hour+1, carries("sha256", "y")))}
	r := Join(&Case{Findings: weak, Hosts: hosts(2)})
	if len(r.Incidents) != 1 || !strings.Contains(r.Incidents[0].Edges[0].Text+r.Incidents[0].Edges[1].Text,
		`The first made, or gave rights or a password to, the account that the second acted under: CORP\adm.`) {
		t.Errorf("%q: %+v", groups(r), r.Incidents[0].Edges)
	}
}
