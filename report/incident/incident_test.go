package incident

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/report"
)

const (
	second = evtx.TicksPerSecond
	minute = 60 * second
	hour   = 60 * minute
	begin  = evtx.Filetime(133_000_000_000_000_000)
)

var anna = Account{Key: "S-1-5-21-1-2-3-1105", Name: `CORP\anna`, Kind: AccountPerson}

// finding makes an open finding of medium severity on some events.
func finding(id string, events ...Event) Finding {
	return Finding{ID: id, Rule: "rule-" + id, Source: "Sysmon", Severity: report.SeverityMedium,
		Confidence: report.ConfidenceMedium,
		Status:     report.StatusFinding, Steps: 1, Title: "Title of " + id,
		Act: act("Title of " + id), Events: events}
}

// act is what a title of these tests tells.
func act(title string) Act { return sha256.Sum256([]byte(title)) }

// proc is the key of a process that has a name.
func proc(name string) ProcessKey { return ProcessKey{Entity: name} }

func line(names ...string) (keys []ProcessKey) {
	for _, n := range names {
		keys = append(keys, proc(n))
	}
	return keys
}

// logon is the key of a session that has a name, zero for none.
func logon(name string) SessionKey { return SessionKey{LogonID: name} }

// event makes an event that joins nothing.
func event(host string, at evtx.Filetime, with ...func(*Event)) Event {
	e := Event{Key: EventKey{Host: host, RecordID: uint64(at)}, Host: host, At: begin + at}
	for _, f := range with {
		f(&e)
	}
	return e
}

func process(key string, above ...string) func(*Event) {
	return func(e *Event) { e.Process = &Process{Key: proc(key), Name: key + ".exe", Line: line(above...)} }
}

func common(key string) func(*Event) {
	return func(e *Event) { e.Process = &Process{Key: proc(key), Name: key + ".exe", Common: true} }
}

func session(key, kind string, brief bool, programs int) func(*Event) {
	return func(e *Event) {
		e.Session = &Session{Key: logon(key), LogonID: "0x1", Personal: kind != "Network", Brief: brief,
			Programs: programs}
	}
}

func as(a Account) func(*Event)      { return func(e *Event) { e.Account = a } }
func wrote(path string) func(*Event) { return func(e *Event) { e.Wrote = files(path) } }
func used(path string) func(*Event)  { return func(e *Event) { e.Used = files(path) } }
func files(path string) []Artefact   { return []Artefact{{ArtefactFile, path}} }
func script(id string) func(*Event)  { return func(e *Event) { e.Script = ScriptKey{Block: id} } }
func remote(e *Event)                { e.Remote = true }
func burst(service string) func(*Event) {
	return func(e *Event) { e.Burst = Artefact{ArtefactService, service} }
}
func carries(kind, text string) func(*Event) {
	return func(e *Event) { e.Values = append(e.Values, Value{ValueKind(kind), text}) }
}

func hosts(n int) []Host {
	out := make([]Host, n)
	for i := range out {
		out[i] = Host{ID: fmt.Sprintf("h%d", i), First: begin, EndsLogged: true}
	}
	return out
}

// groups are the findings of each incident, sorted.
func groups(r *Result) []string {
	var out []string
	for _, i := range r.Incidents {
		ids := slices.Clone(i.Findings)
		slices.Sort(ids)
		out = append(out, strings.Join(ids, " "))
	}
	slices.Sort(out)
	return out
}

// Once an account is really seen, its first touch is what was seen, not the logon that it was presumed of.
func TestASightReplacesAPresumption(t *testing.T) {
	for _, swap := range []bool{false, true} {
		list := []Finding{finding("made", event("h1", 10*second, remote, wrote("x"))),
			finding("ran", event("h1", 50*minute, as(anna), used("x")))}
		if swap {
			slices.Reverse(list)
		}
		i := Join(&Case{Findings: list, Hosts: hosts(2), Movements: []Movement{{From: "h0", To: "h1",
			Address: "10.0.0.1", Account: anna, At: begin + 5*second, Session: logon("s"), Way: WayNetwork}}}).Incidents
		if len(i) != 1 || len(i[0].Reach.Accounts) != 1 {
			t.Fatalf("%+v", i)
		}
		got := i[0].Reach.Accounts[0]
		if got.Presumed || got.Finding != "ran" || *got.First != begin+50*minute {
			t.Errorf("first at %v in %s, presumed %v", got.First.Time(), got.Finding, got.Presumed)
		}
	}
}

// Nobody is presumed to have made what the record says that somebody else made, or that another session made.
func TestARecordThatNamesSomebodyElseDeniesTheLogon(t *testing.T) {
	bob := Account{Key: "S-1-5-21-1-2-3-1200", Name: `CORP\bob`, Kind: AccountPerson}
	named := func(id string) func(*Event) { return func(e *Event) { e.LogonID = id } }
	kind := func(a Account, k AccountKind) Account { a.Kind = k; return a }
	for _, x := range []struct {
		what     string
		with     func(*Event)
		presumed bool
	}{
		{"nobody", func(*Event) {}, true},
		{"System", as(Account{Key: "S-1-5-18", Name: `NT AUTHORITY\SYSTEM`, Kind: AccountSystem}), true},
		{"the logon's account", as(anna), true},
		{"the logon's session", named("0x5"), true},
		{"another person", as(bob), false},
		{"a shared account", as(kind(bob, AccountShared)), false},
		{"a service's account", as(kind(bob, AccountService)), false},
		{"a name that may be anyone's", as(kind(bob, AccountUnknown)), false},
		{"another machine", as(kind(bob, AccountMachine)), false},
		{"another session", named("0x6"), false},
		{"the system's session", named("0x3e7"), false},
	} {
		r := Join(&Case{Findings: []Finding{finding("a", event("h1", 10*second, remote, x.with))}, Hosts: hosts(2),
			Movements: []Movement{{From: "h0", To: "h1", Address: "10.0.0.1", Account: anna, At: begin + 5*second,
				Session: logon("s"), LogonID: "0x5", Way: WayNetwork}}})
		if got := len(r.Incidents[0].Assumed) > 0; got != x.presumed {
			t.Errorf("the record names %s: presumed %v: %q", x.what, got, r.Incidents[0].Assumed)
		}
	}
}

// Whoever else logged on over the network may have made what appeared: nobody is presumed then. Windows' own logons
// and the record of the same session say nothing.
func TestAnotherLogonLeavesNobodyPresumed(t *testing.T) {
	account := func(name string, kind AccountKind) Account { return Account{Key: name, Name: name, Kind: kind} }
	logon := func(from, address string, who Account, session string) Movement {
		return Movement{From: from, To: "h1", Address: address, Account: who, At: begin + 9*second,
			Session: logon(session),
			Way:     WayNetwork}
	}
	bob := account(`CORP\bob`, AccountPerson)
	for _, x := range []struct {
		what     string
		other    Movement
		presumed bool
	}{
		{"the same again", logon("h0", "10.0.0.1", anna, "s2"), true},
		{"another person", logon("h2", "10.0.0.2", bob, "s2"), false},
		{"the same person from elsewhere", logon("h2", "10.0.0.2", anna, "s2"), false},
		{"the same person from nowhere", logon("", "", anna, "s2"), false},
		{"another person from nowhere", logon("", "", bob, "s2"), false},
		{"another machine", logon("h2", "10.0.0.2", account(`CORP\DC01$`, AccountMachine), "s2"), false},
		{"another machine from nowhere", logon("", "", account(`CORP\DC01$`, AccountMachine), "s2"), false},
		{"the host itself", logon("h1", "10.0.0.3", account(`CORP\H1$`, AccountMachine), "s2"), true},
		{"SYSTEM", logon("", "", account("S-1-5-18", AccountSystem), "s2"), true},
		{"nobody", logon("h2", "10.0.0.2", account("S-1-5-7", AccountAnonymous), "s2"), true},
		{"the session's record", logon("", "10.0.0.1", anna, ""), true},
		{"another's session", logon("h2", "10.0.0.2", bob, ""), false},
	} {
		for _, swap := range []evtx.Filetime{0, 2 * second} { // either may come first
			moves := []Movement{logon("h0", "10.0.0.1", anna, "s"), x.other}
			moves[0].At = begin + 8*second + swap
			r := Join(&Case{Findings: []Finding{finding("a", event("h1", 12*second, remote))}, Hosts: hosts(3),
				Movements: moves})
			if got := len(r.Incidents[0].Reach.Accounts) > 0; got != x.presumed {
				t.Errorf("%s: presumed %v: %q", x.what, got, r.Incidents[0].Assumed)
			}
		}
	}
}

// A part of a run tells its own events: no text of an incident names what the other part is about.
func TestAPartOfARunNamesOnlyItsOwn(t *testing.T) {
	bob := Account{Key: "S-1-5-21-1-2-3-1200", Name: `CORP\bob`, Kind: AccountPerson}
	called := func(title string) func(*Event) { return func(e *Event) { e.Title = title } }
	run := finding("run", event("h1", 10*second, remote, wrote("aaa.exe"), called("SYSTEM installed ALICE-SVC")),
		event("h1", 300*second, remote, wrote("bbb.exe"), called("SYSTEM installed BOB-SVC")))
	run.Run, run.Title = true, "SYSTEM installed ALICE-SVC"
	run.Techniques = []report.Technique{{TacticID: tacticMovement, ID: "T1021.002"}}
	a := finding("a", event("h1", 20*second, used("aaa.exe")))
	b := finding("b", event("h1", 310*second, used("bbb.exe")))
	a.Severity = report.SeverityHigh
	logon := func(from string, at evtx.Filetime, who Account) Movement {
		return Movement{From: from, To: "h1", Address: from, Account: who, At: begin + at,
			Session: logon(from), Way: WayNetwork}
	}
	joined := Join(&Case{Findings: []Finding{run, a, b}, Hosts: hosts(3), Movements: []Movement{
		logon("h0", 5*second, anna), logon("h2", 296*second, bob)}})
	incidents := joined.Incidents
	if len(joined.Parts) != 1 || joined.Parts["run"] != "SYSTEM installed ALICE-SVC" {
		t.Errorf("parts %q: the finding is listed with a, and told by the part that belongs there", joined.Parts)
	}
	if len(incidents) != 2 {
		t.Fatalf("%d incidents", len(incidents))
	}
	for _, i := range incidents {
		text, err := json.Marshal(i)
		if err != nil {
			t.Fatal(err)
		}
		own, other := "ALICE-SVC", "BOB-SVC"
		if slices.Contains(i.Findings, "b") {
			own, other = other, own
			if i.Title != "Title of b" {
				t.Errorf("the guest gives the incident its title: %q", i.Title)
			}
		}
		if !strings.Contains(string(text), own) || strings.Contains(string(text), other) {
			t.Errorf("it does not name %s, or names %s: %s", own, other, text)
		}
	}
}

// A finding that is listed with the incident of its second part is called by that part.
func TestADividedFindingIsCalledByThePartOfItsIncident(t *testing.T) {
	called := func(title string) func(*Event) { return func(e *Event) { e.Title = title } }
	bob := Account{Key: "S-1-5-21-1-2-3-1200", Name: `CORP\bob`, Kind: AccountPerson}
	run := finding("run", event("h1", 10*second, remote, wrote("aaa.exe"), called("SYSTEM installed ALICE-SVC")),
		event("h1", 300*second, remote, wrote("bbb.exe"), called("SYSTEM installed BOB-SVC")))
	run.Run, run.Title = true, "SYSTEM installed ALICE-SVC"
	a := finding("a", event("h1", 20*second, used("aaa.exe")))
	b := finding("b", event("h1", 310*second, used("bbb.exe")))
	b.Severity = report.SeverityHigh
	logon := func(from string, at evtx.Filetime, who Account) Movement {
		return Movement{From: from, To: "h1", Address: from, Account: who, At: begin + at, Session: logon(from)}
	}
	moves := []Movement{logon("h0", 5*second, anna), logon("h2", 296*second, bob)}
	r := Join(&Case{Findings: []Finding{run, a, b}, Hosts: hosts(3), Movements: moves})
	if len(r.Parts) != 1 || r.Parts["run"] != "SYSTEM installed BOB-SVC" {
		t.Errorf("parts %q of incidents %q", r.Parts, groups(r))
	}
	if r := Join(&Case{Findings: []Finding{run}, Hosts: hosts(3), Movements: moves}); len(r.Parts) != 0 {
		t.Errorf("parts %q of a finding that is alone", r.Parts)
	}
}

func TestWhatJoinsTwoFindingsAndWhatDoesNot(t *testing.T) {
	const a, b = "a", "b"
	two := func(x, y Event) []Finding { return []Finding{finding(a, x), finding(b, y)} }
	move := func(from, to string, at evtx.Filetime, who Account) []Movement {
		return []Movement{{From: from, To: to, Account: who, At: begin + at,
			Session: logon("remote"), Way: WayNetwork,
			Address: "10.0.0.1"}}
	}
	system := Account{Key: "S-1-5-18", Name: "SYSTEM", Kind: AccountSystem}
	machine := Account{Key: "ws$", Name: "WS$", Kind: AccountMachine}
	askedBy := func(list []Movement, key string, common bool, above ...string) []Movement {
		list[0].Process = &Process{Key: proc(key), Name: key + ".exe", Common: common, Line: line(above...)}
		return list
	}
	leftAt := func(list []Movement, at evtx.Filetime) []Movement {
		list[0].Left = begin + at
		return list
	}
	tests := []struct {
		name     string
		findings []Finding
		moves    []Movement
		hosts    int
		spread   map[Value]Spread
		joined   bool
	}{
		{"nothing in common", two(event("h0", 0), event("h0", second)), nil, 1, nil, false},
		{"the same event", two(event("h0", 0), event("h0", 0)), nil, 1, nil, true},
		{"the same process", two(event("h0", 0, process("p")), event("h0", hour, process("p"))), nil, 1, nil, true},
		{"the same service host", two(event("h0", 0, common("svchost")), event("h0", hour, common("svchost"))), nil, 1,
			nil, false},
		{"the same script block", two(event("h0", 0, script("s")), event("h0", hour, script("s"))), nil, 1, nil, true},
		{"an ancestor", two(event("h0", 0, process("p")), event("h0", hour, process("q", "x", "p"))), nil, 1,
			nil, true},
		{"siblings", two(event("h0", 0, process("p", "x")), event("h0", hour, process("q", "x"))), nil, 1, nil, false},
		{"a common ancestor's key in the line of neither",
			two(event("h0", 0, common("explorer")), event("h0", hour, process("q"))), nil, 1, nil, false},
		{"a file written, then run", two(event("h0", 0, wrote("x")), event("h0", hour, used("x"))), nil, 1, nil, true},
		{"a file run, then written", two(event("h0", 0, used("x")), event("h0", hour, wrote("x"))), nil, 1, nil, false},
		{"a file run on another host", two(event("h0", 0, wrote("x")), event("h1", hour, used("x"))), nil, 2,
			nil, false},
		{"a file written by both within an hour", two(event("h0", 0, wrote("x")), event("h0", hour, wrote("x"))), nil,
			1, nil, true},
		{"a file written by both in two months", two(event("h0", 0, wrote("x")), event("h0", 700*hour, wrote("x"))),
			nil, 1, nil, false},
		{"name and hash of one file in different events",
			[]Finding{finding(a, event("h0", 0, carries("file name", "x")),
				event("h0", 1, carries("file name", "x"), carries("sha256", "y"))),
				finding(b, event("h1", 0, carries("file name", "x")),
					event("h1", 1, carries("file name", "x"), carries("sha256", "y")))}, nil, 2, nil, false},
		{"a file run by both", two(event("h0", 0, used("x")), event("h0", hour, used("x"))), nil, 1, nil, false},
		{"an interactive session",
			two(event("h0", 0, session("s", "Interactive", false, 3)),
				event("h0", hour, session("s", "Interactive", false, 3))), nil, 1, nil, true},
		{"the same logon id after a reboot",
			two(event("h0", 0, session("s boot 1", "Interactive", false, 3)),
				event("h0", hour, session("s boot 2", "Interactive", false, 3))), nil, 1, nil, false},
		{"a long network session",
			two(event("h0", 0, session("s", "Network", false, 3)),
				event("h0", hour, session("s", "Network", false, 3))), nil, 1, nil, false},
		{"a short network session",
			two(event("h0", 0, session("s", "Network", true, 3)),
				event("h0", minute, session("s", "Network", true, 3))), nil, 1, nil, true},
		{"a session of 201 programs",
			two(event("h0", 0, session("s", "Interactive", false, 201)),
				event("h0", minute, session("s", "Interactive", false, 201))), nil, 1, nil, false},
		{"a logon minutes apart", two(event("h0", 0, as(anna)), event("h1", 10*minute, as(anna))),
			move("h0", "h1", 5*minute, anna), 2, nil, true},
		{"a service made within seconds of the only logon",
			two(event("h0", 0, as(anna)), event("h1", 5*minute+second, remote)), move("h0", "h1", 5*minute, anna), 2,
			nil, true},
		{"a service made a minute after the only logon", two(event("h0", 0, as(anna)), event("h1", 6*minute, remote)),
			move("h0", "h1", 5*minute, anna), 2, nil, false},
		{"a service made within seconds of two logons",
			two(event("h0", 0, as(anna)), event("h1", 5*minute+second, remote)),
			append(move("h0", "h1", 5*minute, anna),
				move("", "h1", 5*minute, Account{Key: "S-1-5-21-1-2-3-1107", Name: "adm", Kind: AccountPerson})...), 2,
			nil, false},
		{"a logon hours apart", two(event("h0", 0, as(anna)), event("h1", 5*hour, as(anna))),
			move("h0", "h1", 4*hour, anna), 2, nil, false},
		{"a logon after both", two(event("h0", 0, as(anna)), event("h1", minute, as(anna))),
			move("h0", "h1", hour, anna), 2, nil, false},
		{"a logon of another account in the same hour", two(event("h0", 0, as(anna)), event("h1", 2*minute, as(anna))),
			move("h0", "h1", minute, Account{Key: "S-1-5-21-1-2-3-500", Name: "admin", Kind: AccountShared}), 2,
			nil, false},
		{"a logon of a machine", two(event("h0", 0, as(machine)), event("h1", 2*minute, as(machine))),
			move("h0", "h1", minute, machine), 2, nil, false},
		{"an event of the account one second after its logon elsewhere",
			two(event("h0", minute+second, as(anna)), event("h1", 2*minute, as(anna))),
			move("h0", "h1", minute, anna), 2, nil, true},
		{"an event of the account three seconds after its logon elsewhere",
			two(event("h0", minute+3*second, as(anna)), event("h1", 2*minute, as(anna))),
			move("h0", "h1", minute, anna), 2, nil, false},
		{"a logon of SYSTEM", two(event("h0", 0, as(system)), event("h1", 2*minute, as(system))),
			move("h0", "h1", minute, system), 2, nil, false},
		{"an event of another logon under the account",
			two(event("h0", 0, as(anna)), event("h1", 2*minute, as(anna), session("local", "Network", false, 1))),
			move("h0", "h1", minute, anna), 2, nil, false},
		{"a logon that a process with a finding asked for",
			two(event("h0", 0, process("p"), as(system)), event("h1", 2*minute, as(anna))),
			askedBy(move("h0", "h1", minute, anna), "p", false), 2, nil, true},
		{"a logon that a child of it asked for",
			two(event("h0", 0, process("p"), as(system)), event("h1", 2*minute, as(anna))),
			askedBy(move("h0", "h1", minute, anna), "q", false, "p"), 2, nil, true},
		{"a logon that another process asked for",
			two(event("h0", 0, process("p"), as(system)), event("h1", 2*minute, as(anna))),
			askedBy(move("h0", "h1", minute, anna), "q", false), 2, nil, false},
		{"a logon that a host of services asked for",
			two(event("h0", 0, common("svchost"), as(system)), event("h1", 2*minute, as(anna))),
			askedBy(move("h0", "h1", minute, anna), "svchost", true), 2, nil, false},
		{"a logon to a host whose clock is an hour behind",
			two(event("h0", 65*minute, as(anna)), event("h1", 7*minute, as(anna))),
			leftAt(move("h0", "h1", 6*minute, anna), 66*minute), 2, nil, true},
		{"the same without a record of when it left",
			two(event("h0", 65*minute, as(anna)), event("h1", 7*minute, as(anna))), move("h0", "h1", 6*minute, anna), 2,
			nil, false},
		{"a logon from an address that no host proves", two(event("h0", 0, as(anna)), event("h1", 2*minute, as(anna))),
			move("", "h1", minute, anna), 2, nil, false},
		{"one service on two hosts in a burst", two(event("h0", 0, burst("x")), event("h1", 10*minute, burst("x"))),
			nil, 2, nil, true},
		{"one service on two hosts on two days", two(event("h0", 0, burst("x")), event("h1", 30*hour, burst("x"))), nil,
			2, nil, false},
		{"one rare value", two(event("h0", 0, carries("domain", "x")), event("h1", hour, carries("domain", "x"))), nil,
			2, nil, false},
		{"two rare values of the same events",
			two(event("h0", 0, carries("domain", "x"), carries("sha256", "y")),
				event("h1", hour, carries("domain", "x"), carries("sha256", "y"))), nil, 2, nil, false},
		{"two rare values of different events",
			[]Finding{finding(a, event("h0", 0, carries("domain", "x")), event("h0", 1, carries("sha256", "y"))),
				finding(b, event("h1", 0, carries("domain", "x")), event("h1", 1, carries("sha256", "y")))}, nil, 2,
			nil, true},
		{"two values, one of which is everywhere",
			[]Finding{finding(a, event("h0", 0, carries("domain", "x")), event("h0", 1, carries("sha256", "y"))),
				finding(b, event("h1", 0, carries("domain", "x")), event("h1", 1, carries("sha256", "y")))}, nil, 10,
			map[Value]Spread{{"domain", "x"}: {Hosts: 5}}, false},
		{"two values in a case of few hosts",
			[]Finding{finding(a, event("h0", 0, carries("domain", "x")), event("h0", 1, carries("sha256", "y"))),
				finding(b, event("h1", 0, carries("domain", "x")), event("h1", 1, carries("sha256", "y")))}, nil, 4,
			map[Value]Spread{{"domain", "x"}: {Hosts: 4}}, true},
		{"a person's account within an hour", two(event("h0", 0, as(anna)), event("h0", 30*minute, as(anna))), nil, 1,
			nil, false},
		{"session, account and hour of one logon",
			two(event("h0", 0, as(anna), session("s", "Network", false, 1)),
				event("h0", 30*minute, as(anna), session("s", "Network", false, 1))), nil, 1, nil, false},
		{"an account within an hour and a rare value",
			[]Finding{finding(a, event("h0", 0, as(anna)), event("h0", 1, carries("sha256", "y"))),
				finding(b, event("h0", minute, as(anna)), event("h0", minute+1, carries("sha256", "y")))}, nil, 1,
			nil, true},
		{"SYSTEM within an hour and a rare value",
			[]Finding{finding(a, event("h0", 0, as(system)), event("h0", 1, carries("sha256", "y"))),
				finding(b, event("h0", minute, as(system)), event("h0", minute+1, carries("sha256", "y")))}, nil, 1,
			nil, false},
	}
	for _, x := range tests {
		r := Join(&Case{Findings: x.findings, Movements: x.moves, Hosts: hosts(x.hosts), Spread: x.spread})
		if got := len(r.Incidents) == 1; got != x.joined {
			t.Errorf("%s: joined is %v, want %v: %v", x.name, got, x.joined, groups(r))
		}
	}
}

// randomCase makes a case in which findings share much.
func randomCase(r *rand.Rand) *Case {
	c := &Case{Hosts: hosts(1 + r.IntN(7)), Spread: map[Value]Spread{{"sha256", "0"}: {Hosts: 6}}}
	host := func() string { return c.Hosts[r.IntN(len(c.Hosts))].ID }
	accounts := []Account{{}, anna, {Key: "S-1-5-18", Name: "SYSTEM", Kind: AccountSystem},
		{Key: "S-1-5-21-1-2-3-1106", Name: `CORP\ben`, Kind: AccountPerson}}
	severities := []report.Severity{report.SeverityHigh, report.SeverityMedium, report.SeverityMedium,
		report.SeverityLow}
	statuses := []report.Status{report.StatusFinding, report.StatusFinding, report.StatusFinding, report.StatusPartial,
		report.StatusSuppressed}
	kinds := []string{"Interactive", "Network", "RemoteInteractive"}
	for i := range 2 + r.IntN(30) {
		f := finding(fmt.Sprintf("f%03d", i))
		f.Severity, f.Status, f.Rule = severities[r.IntN(len(severities))], statuses[r.IntN(len(statuses))],
			fmt.Sprintf("r%d", r.IntN(6))
		h := host()
		for range 1 + r.IntN(3) {
			n := evtx.Filetime(r.IntN(200))
			e := event(h, n*minute, as(accounts[r.IntN(len(accounts))]))
			switch r.IntN(8) {
			case 0:
				k := r.IntN(4)
				e.Process = &Process{Key: proc(fmt.Sprintf("%s p%d", h, k)),
					Line: line(fmt.Sprintf("%s p%d", h, k+1+r.IntN(2))), Common: r.IntN(3) == 0}
			case 1:
				e.Wrote = files(fmt.Sprint(r.IntN(4)))
			case 2:
				e.Used = files(fmt.Sprint(r.IntN(4)))
			case 3:
				k := r.IntN(4)
				session(fmt.Sprintf("%s s%d", h, k), kinds[k%3], false, 10)(&e)
			case 4:
				e.Values = []Value{{"sha256", fmt.Sprint(r.IntN(3))}}
			case 5:
				e.Burst = Artefact{ArtefactService, fmt.Sprint(r.IntN(3))}
			case 6:
				e.Values = []Value{{"domain", fmt.Sprint(r.IntN(3))}}
			}
			f.Events = append(f.Events, e)
		}
		slices.SortFunc(f.Events, func(a, b Event) int { return int(a.At - b.At) })
		c.Findings = append(c.Findings, f)
	}
	for range r.IntN(6) {
		c.Movements = append(c.Movements,
			Movement{From: host(), To: host(), Account: accounts[r.IntN(len(accounts))],
				At: begin + evtx.Filetime(r.IntN(200))*minute, Way: WayNetwork, Address: "10.0.0.9"})
	}
	return c
}

func text(t *testing.T, r *Result) string {
	t.Helper()
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestNeitherOrderNorFindingsWithoutAnEdgeChangeIncidents(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		c := randomCase(r)
		want := Join(c)
		other := *c
		other.Findings, other.Movements, other.Hosts = slices.Clone(c.Findings), slices.Clone(c.Movements),
			slices.Clone(c.Hosts)
		r.Shuffle(len(other.Findings), func(i, j int) {
			other.Findings[i], other.Findings[j] = other.Findings[j], other.Findings[i]
		})
		r.Shuffle(len(other.Movements), func(i, j int) {
			other.Movements[i], other.Movements[j] = other.Movements[j], other.Movements[i]
		})
		r.Shuffle(len(other.Hosts), func(i, j int) { other.Hosts[i], other.Hosts[j] = other.Hosts[j], other.Hosts[i] })
		if a, b := text(t, want), text(t, Join(&other)); a != b {
			t.Fatalf("case %d: another order gives other incidents:\n%s\n%s", n, a, b)
		}
		alone := finding("z", event("elsewhere", evtx.Filetime(r.IntN(200))*minute))
		other.Findings = append(other.Findings, alone)
		var without []report.Incident
		for _, i := range Join(&other).Incidents {
			if !slices.Equal(i.Findings, []string{"z"}) {
				without = append(without, i)
			}
		}
		if a, b := text(t, &Result{Incidents: want.Incidents}),
			text(t, &Result{Incidents: append([]report.Incident{}, without...)}); a != b {
			t.Fatalf("case %d: a finding without an edge changed an incident:\n%s\n%s", n, a, b)
		}
	}
}

// plain joins findings by looking at every pair, as the documentation of the edges reads.
func plain(c *Case) []string {
	var fs []*Finding
	for i := range c.Findings {
		if c.Findings[i].Status != report.StatusSuppressed {
			fs = append(fs, &c.Findings[i])
		}
	}
	group := map[*Finding]int{}
	for i, f := range fs {
		group[f] = i
	}
	merge := func(a, b *Finding) {
		from, to := group[b], group[a]
		for f, g := range group {
			if g == from {
				group[f] = to
			}
		}
	}
	lastWrite := func(a Artefact, u *Event) (out evtx.Filetime) {
		for _, f := range fs {
			for i := range f.Events {
				if e := &f.Events[i]; e.Host == u.Host && slices.Contains(e.Wrote, a) && e.At <= u.At+artefactSlack {
					out = max(out, e.At)
				}
			}
		}
		return out
	}
	strong := func(x, y *Event) bool {
		if x.Key == y.Key {
			return true
		}
		if x.Process != nil && y.Process != nil && !x.Process.Common &&
			(!y.Process.Common && x.Process.Key == y.Process.Key || slices.Contains(y.Process.Line, x.Process.Key)) {
			return true
		}
		for _, a := range x.Wrote {
			if x.Host == y.Host && (slices.Contains(y.Wrote, a) && max(x.At, y.At)-min(x.At, y.At) <= artefactGap ||
				slices.Contains(y.Used, a) && lastWrite(a, y) == x.At) {
				return true
			}
		}
		if x.Session != nil && y.Session != nil && x.Session.Key == y.Session.Key && x.Session.Personal {
			return true
		}
		return false
	}
	for _, a := range fs {
		for _, b := range fs {
			for i := range a.Events {
				for k := range b.Events {
					if strong(&a.Events[i], &b.Events[k]) {
						merge(a, b)
					}
				}
			}
		}
	}
	members := map[int][]string{}
	weighs := map[int]bool{}
	for f, g := range group {
		members[g] = append(members[g], f.ID)
		weighs[g] = weighs[g] || f.weighs()
	}
	var out []string
	for g, ids := range members {
		if weighs[g] {
			slices.Sort(ids)
			out = append(out, strings.Join(ids, " "))
		}
	}
	slices.Sort(out)
	return out
}

func TestStrongEdgesJoinWhatEveryPairOfEventsSays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 400 {
		c := randomCase(r)
		c.Movements = nil
		for i := range c.Findings {
			for k := range c.Findings[i].Events {
				e := &c.Findings[i].Events[k]
				e.Values, e.Burst, e.Account = nil, Artefact{}, Account{}
				if e.Session != nil && !e.Session.Personal {
					e.Session = nil
				}
			}
		}
		if got, want := groups(Join(c)), plain(c); !slices.Equal(got, want) {
			t.Fatalf("case %d:\n got %q\nwant %q", n, got, want)
		}
	}
}

func TestAnIncidentTellsWhereItWentAndHowItBegan(t *testing.T) {
	technique := func(id, tactic string) report.Technique {
		return report.Technique{ID: id, TacticID: tactic, Tactic: tactic}
	}
	link := finding("link", event("h0", 0, process("p"), as(anna)))
	link.Techniques = []report.Technique{technique("T1204.001", "TA0002")}
	dump := finding("dump", event("h0", 10*minute, process("q", "p"), as(anna)))
	dump.Techniques, dump.Severity, dump.Source = []report.Technique{technique("T1003.001", tacticCredentials)},
		report.SeverityHigh, "Security"
	gone := finding("gone", event("h1", 40*minute, as(anna)))
	gone.Techniques = []report.Technique{technique("T1490", tacticImpact)}
	note := finding("note", event("h1", 41*minute))
	note.Severity = report.SeverityLow
	c := &Case{Findings: []Finding{note, gone, dump, link}, Hosts: hosts(2), Movements: []Movement{
		{From: "h0", To: "h1", Account: anna, At: begin + 20*minute, Way: WayNetwork, Address: "10.0.0.5",
			Proof: "RDPClient 1024"},
		{From: "h0", Address: "files.corp.local", Account: anna, By: anna, At: begin + 21*minute,
			Way: WayCredentials},
	}}
	c.Findings[1].Events[0].At = begin + 30*minute // within minutes of the logon on both sides
	r := Join(c)
	if len(r.Incidents) != 1 || !slices.Equal(r.Others, []string{"note"}) {
		t.Fatalf("incidents %q, others %q", groups(r), r.Others)
	}
	i := r.Incidents[0]
	if !slices.Equal(i.Findings, []string{"link", "dump", "gone"}) || !slices.Equal(i.Hosts, []string{"h0", "h1"}) ||
		!slices.Equal(i.Accounts, []string{`CORP\anna`}) {
		t.Errorf("findings %q on %q under %q", i.Findings, i.Hosts, i.Accounts)
	}
	if !i.Entry.Known || i.Entry.Finding != "link" {
		t.Errorf("entry %+v", i.Entry)
	}
	if i.Severity != report.SeverityCritical || i.Raised == "" {
		t.Errorf("severity %s, raised %q: impact followed within a day", i.Severity, i.Raised)
	}
	if i.Confidence != report.ConfidenceHigh || len(i.Reasons) != 3 {
		t.Errorf("confidence %s: %q", i.Confidence, i.Reasons)
	}
	if i.Chain != report.ChainLinked || len(i.Path) != 3 || len(i.Edges) != 2 || len(i.Impact) != 2 {
		t.Errorf("chain %s, path %d, edges %d, impact %d", i.Chain, len(i.Path), len(i.Edges), len(i.Impact))
	}
	if len(i.Collect) != 1 || i.Collect[0].Name != "files.corp.local" {
		t.Errorf("collect %+v", i.Collect)
	}
	if i.Reach.Privilege != "user" {
		t.Errorf("privilege %q", i.Reach.Privilege)
	}
}

func TestAnEntryMustReachTheRestByStrongEdges(t *testing.T) {
	link := finding("link", event("h0", 0, as(anna)), event("h0", 1, carries("sha256", "y")))
	link.Techniques = []report.Technique{{ID: "T1566.001", TacticID: tacticEntry}}
	dump := finding("dump", event("h0", minute, as(anna)), event("h0", minute+1, carries("sha256", "y")))
	dump.Severity = report.SeverityHigh
	r := Join(&Case{Findings: []Finding{link, dump}, Hosts: hosts(1)})
	if len(r.Incidents) != 1 {
		t.Fatalf("incidents %q", groups(r))
	}
	if i := r.Incidents[0]; i.Entry.Known || !strings.Contains(i.Entry.Text, "Earliest linked trace") ||
		i.Chain != report.ChainIncomplete || len(i.Assumed) == 0 {
		t.Errorf("entry %+v, chain %s, assumed %q", i.Entry, i.Chain, i.Assumed)
	}
}

func TestTheSameStepOnManyHostsIsOneStep(t *testing.T) {
	var fs []Finding
	for h := range 41 {
		f := finding(fmt.Sprintf("f%02d", h), event(fmt.Sprintf("h%d", h), evtx.Filetime(h)*minute/2, burst("updater")))
		f.Rule, f.Title = "new-service", "services.exe installed updater"
		fs = append(fs, f)
	}
	r := Join(&Case{Findings: fs, Hosts: hosts(41)})
	if len(r.Incidents) != 1 || len(r.Incidents[0].Path) != 1 || r.Incidents[0].Path[0].Count != 41 ||
		len(r.Incidents[0].Path[0].Hosts) != 41 {
		t.Fatalf("%d incidents; path %+v", len(r.Incidents), r.Incidents[0].Path)
	}
}

func TestAFindingOfARuleThatCountsUnitesNothing(t *testing.T) {
	a, b := finding("a", event("h0", 0, session("s1", "Interactive", false, 1))),
		finding("b", event("h0", hour, session("s2", "Interactive", false, 1)))
	c := finding("c", event("h0", minute, session("s1", "Interactive", false, 1)),
		event("h0", hour+minute, session("s2", "Interactive", false, 1)))
	d := finding("d", event("h0", minute))
	d.Events[0].Key = c.Events[0].Key
	c.Counted = true
	if got, want := groups(Join(&Case{Findings: []Finding{a, b, c, d}, Hosts: hosts(1)})),
		[]string{"a", "b", "c d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// what shares its events holds together without it
	b.Events[0].Key, b.Events[0].At = c.Events[0].Key, c.Events[0].At
	if got, want := groups(Join(&Case{Findings: []Finding{a, b, c, d}, Hosts: hosts(1)})),
		[]string{"a", "b c d"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Two intruders on one server in one hour: what System and the service host wrote down for both joins them not.
func TestTwoIntrudersOnOneServerAreTwoIncidents(t *testing.T) {
	ben := Account{Key: "S-1-5-21-1-2-3-1106", Name: `CORP\ben`, Kind: AccountPerson}
	const tool = `c:\windows\psexesvc.exe`
	move := func(from string, at evtx.Filetime, who Account) Movement {
		return Movement{From: from, To: "h2", Account: who, At: begin + at, Session: logon(from), Way: WayNetwork,
			Address: "10.0.0." + from, Claimed: true}
	}
	// uses is what one of them left: a step on the own host, a file and a service, and a program below the service
	uses := func(id, from string, at evtx.Filetime, who Account, service string) []Finding {
		made := event("h2", at+2*second, remote, wrote(tool))
		starts := event("h2", at+3*second, process(id+" service"), used(tool),
			as(Account{Key: "S-1-5-18", Name: "SYSTEM", Kind: AccountSystem}))
		return []Finding{finding(id+"1", event(from, at-minute, as(who))), finding(id+"2", made, starts),
			finding(id+"3", event("h2", at+4*second, process(id+" shell", service), as(who),
				session(from, "Network", true, 2)))}
	}
	// services is what one rule saw of both
	services := func(a, b evtx.Filetime) Finding {
		f := finding("run", event("h2", a+second, remote, burst("psexesvc")),
			event("h2", b+second, remote, burst("psexesvc")))
		f.Run = true
		return f
	}
	for _, x := range []struct {
		name           string
		second         evtx.Filetime
		who            Account
		service, other string
		want           []string
	}{
		{"twenty minutes apart", 20 * minute, ben, "a service", "b service", []string{"a1 a2 a3 run", "b1 b2 b3"}},
		{"one service for both", 20 * minute, ben, "a service", "a service", []string{"a1 a2 a3 run", "b1 b2 b3"}},
		{"one account from two hosts", 20 * minute, anna, "a service", "b service",
			[]string{"a1 a2 a3 run", "b1 b2 b3"}},
	} {
		fs := append(uses("a", "h0", hour, anna, x.service), uses("b", "h1", hour+x.second, x.who, x.other)...)
		r := Join(&Case{Findings: append(fs, services(hour, hour+x.second)), Hosts: hosts(3),
			Movements: []Movement{move("h0", hour, anna), move("h1", hour+x.second, x.who)}})
		if got := groups(r); !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
			continue
		}
		for _, i := range r.Incidents {
			if len(i.Hosts) != 2 || len(i.Accounts) != 1 {
				t.Errorf("%s: hosts %q, accounts %q", x.name, i.Hosts, i.Accounts)
			}
		}
	}
}

// A service names no account: it is that of the only logon before it, and the incident says that this is presumed.
func TestAServiceIsOfTheAccountThatLoggedOnJustBefore(t *testing.T) {
	move := []Movement{{From: "h1", To: "h0", Account: anna, At: begin, Session: logon("s"), Way: WayNetwork,
		Address: "10.0.0.1"}}
	i := Join(&Case{Findings: []Finding{finding("a", event("h0", second, remote))}, Movements: move, Hosts: hosts(2)}).
		Incidents[0]
	if !slices.Equal(i.Accounts, []string{anna.Name}) || len(i.Assumed) != 1 ||
		!strings.Contains(i.Entry.Text, "network logon as "+anna.Name+" from h1") {
		t.Errorf("accounts %q, assumed %q, entry %q", i.Accounts, i.Assumed, i.Entry.Text)
	}
	i = Join(&Case{Findings: []Finding{finding("a", event("h0", minute, remote))}, Movements: move, Hosts: hosts(2)}).
		Incidents[0]
	if len(i.Accounts) != 0 || len(i.Assumed) != 0 {
		t.Errorf("a minute later: accounts %q, assumed %q", i.Accounts, i.Assumed)
	}
}

func TestTheWordForHowEventsHangTogether(t *testing.T) {
	sign := func(v string) func(*Event) { return carries("sha256", v) }
	linked := finding("b", event("h0", minute, process("q", "p"), as(anna)), event("h0", minute+1, sign("y")))
	chained := finding("a", event("h0", 0, session("s", "Interactive", false, 1)))
	chained.Linked = true
	twoSteps := chained
	twoSteps.Steps = 2
	inSession := finding("b", event("h0", 1, session("s", "Interactive", false, 1)))
	tests := []struct {
		name     string
		findings []Finding
		want     report.ChainWord
	}{
		{"two rules over one event", []Finding{finding("a", event("h0", 0)), finding("b", event("h0", 0))},
			report.ChainSingle},
		{"two runs that share an event",
			[]Finding{finding("a", event("h0", 0), event("h0", minute)), finding("b", event("h0", minute))},
			report.ChainIncomplete},
		{"lineage", []Finding{finding("a", event("h0", 0, process("p"))), linked}, report.ChainLinked},
		{"lineage, and a finding that weak signs join", []Finding{finding("a", event("h0", 0, process("p"))), linked,
			finding("c", event("h0", 2*minute, as(anna)), event("h0", 2*minute+1, sign("y")))}, report.ChainIncomplete},
		{"a session", []Finding{finding("a", event("h0", 0, session("s", "Interactive", false, 1))),
			finding("b", event("h0", 1, session("s", "Interactive", false, 1)))}, report.ChainIncomplete},
		{"a session, and a rule of one step", []Finding{chained, inSession}, report.ChainIncomplete},
		{"a session, and a rule of two steps", []Finding{twoSteps, inSession}, report.ChainLinked},
	}
	for _, x := range tests {
		r := Join(&Case{Findings: x.findings, Hosts: hosts(1)})
		if len(r.Incidents) != 1 || r.Incidents[0].Chain != x.want {
			t.Errorf("%s: %v %q, want %q", x.name, groups(r), r.Incidents[0].Chain, x.want)
		}
	}
}

func TestSecretsOfTheDomainAreNotTakenFromAWorkstation(t *testing.T) {
	make := func(controller bool, ids ...string) report.Incident {
		f := finding("dump", event("h0", 0, process("p")))
		for _, id := range ids {
			f.Techniques = append(f.Techniques, report.Technique{ID: id, TacticID: tacticCredentials})
		}
		h := hosts(1)
		h[0].DomainController = controller
		return Join(&Case{Findings: []Finding{f, finding("x", event("h0", minute, process("q", "p")))}, Hosts: h}).
			Incidents[0]
	}
	every := []string{"T1003.001", "T1003.003"}
	for _, x := range []struct {
		incident report.Incident
		domain   bool
	}{{make(false, every...), false}, {make(true, every...), true}, {make(false, "T1003.006"), true}} {
		if got := x.incident.Reach.Privilege == DomainSecrets; got != x.domain ||
			(x.incident.Raised != "") != x.domain {
			t.Errorf("secrets of the domain %v, raised %q; want %v", got, x.incident.Raised, x.domain)
		}
	}
	// another rule over the same event is no second finding
	a, b := finding("a", event("h0", 0)), finding("b", event("h0", 0))
	a.Techniques = []report.Technique{{ID: "T1003.006", TacticID: tacticCredentials}}
	if i := Join(&Case{Findings: []Finding{a, b}, Hosts: hosts(1)}).Incidents[0]; i.Raised != "" {
		t.Errorf("one event raises itself: %s", i.Raised)
	}
}

// Impact raises an incident if it follows on credential access or movement within a day of the last step, as the main
// tactics of the rules tell.
func TestImpactWithinADayOfTheLastStepRaisesAnIncident(t *testing.T) {
	run := func(id string, tactics []string, at ...evtx.Filetime) Finding {
		f := finding(id)
		for i, x := range at {
			e := event("h0", 0, process(id, "p"))
			e.At, e.Key = begin+x, EventKey{Host: id, RecordID: uint64(i)}
			f.Events = append(f.Events, e)
		}
		for i, x := range tactics {
			f.Techniques = append(f.Techniques, report.Technique{ID: fmt.Sprint("T", i), TacticID: x})
		}
		return f
	}
	root := finding("root", event("h0", 0, process("p")))
	taken := []string{tacticCredentials}
	for _, c := range []struct {
		what         string
		first, later Finding
		raised       bool
	}{
		{"the same day", run("a", taken, minute), run("b", []string{tacticImpact}, 60*minute), true},
		{"the day after the first step, but not after the last", run("a", taken, minute, 20*60*minute),
			run("b", []string{tacticImpact}, 30*60*minute), true},
		{"exactly a day later", run("a", taken, minute), run("b", []string{tacticImpact}, minute+day), true},
		{"a moment more than a day later", run("a", taken, minute), run("b", []string{tacticImpact}, minute+day+1),
			false},
		{"two days later", run("a", taken, minute), run("b", []string{tacticImpact}, 48*60*minute), false},
		{"impact is not what its rule is for", run("a", taken, minute),
			run("b", []string{"TA0002", tacticImpact}, 60*minute), false},
		{"credentials are not what its rule is for", run("a", []string{"TA0007", tacticCredentials}, minute),
			run("b", []string{tacticImpact}, 60*minute), false},
	} {
		r := Join(&Case{Findings: []Finding{root, c.first, c.later}, Hosts: hosts(1)})
		if len(r.Incidents) != 1 {
			t.Fatalf("%s: incidents %q", c.what, groups(r))
		}
		i := r.Incidents[0]
		if raised := strings.HasSuffix(i.Raised, " (b)."); raised != c.raised ||
			(i.Severity != report.SeverityMedium) != c.raised {
			t.Errorf("%s: severity %s, raised %q", c.what, i.Severity, i.Raised)
		}
	}
}

func TestWhatSeveralRulesSayOfOneEventIsOneStep(t *testing.T) {
	a, b := finding("a", event("h0", 0)), finding("b", event("h0", 0))
	b.Severity = report.SeverityLow
	i := Join(&Case{Findings: []Finding{a, b}, Hosts: hosts(1)}).Incidents[0]
	if len(i.Path) != 1 || i.Path[0].Count != 2 || i.Path[0].Text != "Title of a" {
		t.Errorf("path %+v", i.Path)
	}
}

func TestTheTitleTellsTheGravestOfTheMostSeriousFindings(t *testing.T) {
	a, b := finding("a", event("h0", 0, process("p"))), finding("b", event("h0", minute, process("q", "p")))
	b.Techniques = []report.Technique{{ID: "T1003.001", TacticID: tacticCredentials}}
	if i := Join(&Case{Findings: []Finding{a, b}, Hosts: hosts(1)}).Incidents[0]; i.Title != "Title of b" {
		t.Errorf("title %q", i.Title)
	}
}

func TestAHubNamesAHundredFindingsAndCountsTheRest(t *testing.T) {
	c := &Case{Hosts: hosts(1)}
	for n := range 130 {
		c.Findings = append(c.Findings,
			finding(fmt.Sprintf("f%03d", n), event("h0", evtx.Filetime(n)*minute, carries("sha256", "x"))))
	}
	r := Join(c)
	if len(r.Hubs) != 1 || len(r.Hubs[0].Findings) != 100 || r.Hubs[0].FindingsMore != 30 || len(r.Incidents) != 130 {
		t.Errorf("%d incidents, hubs %+v", len(r.Incidents), r.Hubs)
	}
}

func BenchmarkJoin(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	c := &Case{Hosts: hosts(200)}
	for i := range 10_000 {
		h := fmt.Sprintf("h%d", r.IntN(200))
		c.Findings = append(c.Findings,
			finding(fmt.Sprintf("f%05d", i), event(h, evtx.Filetime(r.IntN(100_000))*second, as(anna),
				process(fmt.Sprintf("%s p%d", h, r.IntN(500))), carries("sha256", fmt.Sprint(r.IntN(3000))),
				session(fmt.Sprintf("%s s%d", h, r.IntN(20)), "Network", false, 5))))
	}
	b.ReportAllocs()
	for b.Loop() {
		Join(c)
	}
}

func TestATitleThatWasCutEndsWithItsEllipsis(t *testing.T) {
	for title, want := range map[string]string{"a ran b": "a ran b.", "a ran b.": "a ran b.", "a ran …": "a ran …"} {
		if got := stopped(title); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// An account that somebody only tried to be is not one that the incident reached, unless a record shows it in use.
func TestAFailedLogonReachesNoAccount(t *testing.T) {
	bob := Account{Key: "S-1-5-21-1-2-3-1106", Name: `CORP\bob`, Kind: AccountPerson}
	refused := func(e *Event) { e.Refused = true }
	guessed := finding("guessed", event("h0", 0, as(anna), refused), event("h0", second, as(bob), refused),
		event("h0", 2*second, as(bob)))
	reach := Join(&Case{Findings: []Finding{guessed}, Hosts: hosts(1)}).Incidents[0].Reach
	if len(reach.Accounts) != 1 || reach.Accounts[0].Name != bob.Name || *reach.Accounts[0].First != begin+2*second {
		t.Errorf("%+v", reach.Accounts)
	}
}
