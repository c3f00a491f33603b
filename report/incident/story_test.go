package incident

import (
	"fmt"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// A story says where and under which account it began, what followed, how far it went and how sure that is.
func TestAStoryAnswersWhatWhereWhoWhenAndHowSure(t *testing.T) {
	technique := func(id, tactic string) []report.Technique {
		return []report.Technique{{ID: id, TacticID: tactic, Tactic: tactic}}
	}
	link := finding("link", event("h0", 0, process("p"), as(anna)))
	link.Techniques, link.RuleName = technique("T1204.001", "TA0002"), "A link was opened."
	dump := finding("dump", event("h0", 10*minute, process("q", "p"), as(anna)))
	dump.Techniques = technique("T1003.001", tacticCredentials)
	gone := finding("gone", event("h1", 30*minute, as(anna)))
	gone.Techniques = technique("T1490", tacticImpact)
	c := &Case{Findings: []Finding{gone, dump, link}, Hosts: hosts(2), Movements: []Movement{
		{From: "h0", To: "h1", Account: anna, At: begin + 20*minute, Way: WayNetwork, Address: "10.0.0.5"}}}
	r := Join(c)
	if want := `On h0, under the account CORP\anna, on 2022-06-18 at 04:26 UTC: Title of link. Matched rule: "A link ` +
		`was opened". Signs of access to credentials (04:36) and damage to data, backups or services (04:56) ` +
		`followed. Its records also name 1 more host (h1). Last seen: 04:56 on h1; none of its processes was ` +
		`still running when the logs end. How sure: medium confidence that it is malicious. 3 rules matched. Common ` +
		`processes, files, sessions or logons join all of it into one incident ` +
		`(linked chain).`; len(r.Incidents) != 1 ||
		r.Incidents[0].Story != want {
		t.Errorf("%+v\n%q", groups(r), r.Incidents[0].Story)
	}
	system := Account{Key: "S-1-5-18", Name: `NT AUTHORITY\SYSTEM`, Kind: AccountSystem}
	for _, x := range []struct {
		event Event
		want  string
	}{
		{event("h0", 0), "On h0, on 2022-06-18 at 04:26 UTC: Title of one. It is a sign of access to credentials. " +
			"Last seen: 04:26; the logs hold no later trace of it. How it began was not seen. How sure: medium " +
			"confidence that it is malicious. One rule matched. Nothing else is linked to it (single event)."},
		{event("h0", 0, as(system)), `On h0, under the account NT AUTHORITY\SYSTEM, on 2022-06-18 at 04:26 UTC: ` +
			`Title of one. It is a sign of access to credentials. Highest rights seen: SYSTEM. Last seen: 04:26; `},
	} {
		one := finding("one", x.event)
		one.Techniques = technique("T1003.001", tacticCredentials)
		if got := Join(&Case{Findings: []Finding{one}, Hosts: hosts(1)}).Incidents[0].Story; !strings.HasPrefix(got,
			x.want) {
			t.Errorf("%q", got)
		}
	}
}

// Incidents of one severity that mostly the same rules found are called alike, and the one that touches a domain
// controller leads. Two rules in common are no pattern.
func TestIncidentsOfOnePatternAreCalledAlike(t *testing.T) {
	var list []Finding
	for i, rules := range [][]string{{"a", "b", "c"}, {"a", "b", "c", "d"}, {"a", "b", "x", "y"}} {
		for k, rule := range rules {
			e := event(fmt.Sprintf("h%d", i), evtx.Filetime(k)*minute)
			e.Process = &Process{Key: ProcessKey{Host: e.Host, PID: 7}, Name: "p"}
			f := finding(fmt.Sprint(i, rule), e)
			f.Rule = rule
			list = append(list, f)
		}
	}
	c := &Case{Findings: list, Hosts: hosts(3)}
	c.Hosts[1].DomainController = true
	r := Join(c)
	if len(r.Incidents) != 3 || r.Incidents[0].Hosts[0] != "h1" || r.Incidents[0].Like != "" {
		t.Fatalf("%+v", r.Incidents)
	}
	for _, x := range r.Incidents[1:] {
		if want := map[string]string{"h0": r.Incidents[0].ID, "h2": ""}[x.Hosts[0]]; x.Like != want {
			t.Errorf("%s is like %q, want %q", x.Hosts[0], x.Like, want)
		}
	}
	if text := Apart(r.Incidents, nil, nil); !strings.Contains(text,
		"2 of them have their pattern in common with another.") {
		t.Error(text)
	}
}

// Several incidents say why they are not one, and what they have in common nevertheless.
func TestIncidentsSayWhyTheyStandApart(t *testing.T) {
	one := report.Incident{Hosts: []string{"a"}, Accounts: []string{"x"}, Findings: []string{"F1"}}
	two := report.Incident{Hosts: []string{"a"}, Accounts: []string{"y"}, Findings: []string{"F2"}}
	three := report.Incident{Hosts: []string{"b"}, Accounts: []string{"x"}, Findings: []string{"F3"}}
	four := report.Incident{Hosts: []string{"c"}, Findings: []string{"F4"}}
	hub := []report.Hub{{Text: "ip 10.0.0.9", Findings: []string{"F1", "F2"}}, {Findings: []string{"F1", "F9"}}}
	split := []decision.Decision{{Kind: decision.Split}}
	for _, x := range []struct {
		name      string
		incidents []report.Incident
		hubs      []report.Hub
		decisions []decision.Decision
		want      string
	}{
		{"one", []report.Incident{one}, nil, nil, ""},
		{"nothing in common", []report.Incident{one, four}, nil, nil, "They may still be one: the logs of " +
			"hosts that were not collected may join them."},
		{"a host", []report.Incident{one, two, four}, nil, nil, "one: 2 of them have a host in common " +
			"with another (a)."},
		{"both a host", []report.Incident{one, two}, nil, nil, "one: both touch a."},
		{"an account", []report.Incident{one, three}, nil, nil, "one: both name x."},
		{"both, and a hub", []report.Incident{one, two, three}, hub, nil, "2 of them have a host in common " +
			"with another (a) and 2 of them have an account in common with another (x). " +
			"Their findings also have ip 10.0.0.9 in common, which proves nothing: it is too common in the evidence."},
		{"a split", []report.Incident{one, four}, nil, split, "a host of another; or the case file splits them. They"},
	} {
		if got := Apart(x.incidents, x.hubs, x.decisions); x.want == "" && got != "" || !strings.Contains(got, x.want) {
			t.Errorf("%s: %q", x.name, got)
		}
	}
}

// What came before the way in did not follow it, signs of another year have their day, and nobody is said to have acted
// whom somebody only tried to be.
func TestAStorySaysNoMoreThanItsRecords(t *testing.T) {
	technique := func(f Finding, id, tactic string) Finding {
		f.Techniques = []report.Technique{{ID: id, TacticID: tactic}}
		return f
	}
	bob := Account{Key: "S-1-5-21-1-2-3-1106", Name: `CORP\bob`, Kind: AccountPerson}
	refused := func(e *Event) { e.Refused = true }
	for _, x := range []struct {
		name      string
		findings  []Finding
		want, not string
	}{
		{"a sign before the way in", []Finding{
			technique(finding("dump", event("h0", 0, process("p"), as(anna))), "T1003.001", tacticCredentials),
			technique(finding("link", event("h0", minute, process("q", "p"), as(anna))), "T1204.001", "TA0002")},
			"Signs of access to credentials (04:26) came before.", "followed"},
		{"a sign a year later", []Finding{
			technique(finding("link", event("h0", 0, process("p"), as(anna))), "T1204.001", "TA0002"),
			technique(finding("gone", event("h0", 365*day, process("p"), as(anna))), "T1490", tacticImpact)},
			"(2023-06-18 04:26) followed.", "(04:26)"},
		{"two accounts", []Finding{finding("two", event("h0", 0, as(anna)), event("h0", second, as(bob)))},
			`On h0, under the accounts CORP\anna, CORP\bob, on`, "also name"},
		{"accounts that somebody tried", []Finding{finding("spray", event("h0", 0, as(anna), refused),
			event("h0", second, as(bob), refused))}, `On h0, on 2022`, "under the account"},
	} {
		got := Join(&Case{Findings: x.findings, Hosts: hosts(1)}).Incidents[0].Story
		if !strings.Contains(got, x.want) || strings.Contains(got, x.not) {
			t.Errorf("%s: %q", x.name, got)
		}
	}
}

// A record can lack every time. What rests on such records is told without one.
func TestAnIncidentOfRecordsWithoutTimes(t *testing.T) {
	timeless := func(e *Event) { e.At = 0 }
	dump := finding("dump", event("h0", 0, process("p"), as(anna), timeless),
		event("h0", 0, process("p"), as(anna), timeless))
	dump.Techniques = []report.Technique{{ID: "T1003.001", TacticID: tacticCredentials}}
	link := finding("link", event("h0", 0, process("q", "p"), as(anna), timeless))
	link.Techniques = []report.Technique{{ID: "T1204.001", TacticID: "TA0002"}}
	later := finding("later", event("h1", minute, process("q", "p"), as(anna)))
	for _, list := range [][]Finding{{dump}, {dump, link}, {link, dump}, {dump, link, later}} {
		h := hosts(2)
		h[0].First, h[0].Last = 0, 0
		i := Join(&Case{Findings: list, Hosts: h}).Incidents
		if story := i[0].Story; !strings.Contains(story, "time not known") || strings.Contains(story, "1601") {
			t.Errorf("%q", story)
		}
		if text := i[0].Entry.Text; strings.Contains(text, "1601") {
			t.Errorf("%q", text)
		}
	}
}
