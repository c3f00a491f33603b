package advice

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/incident"
)

// A recommendation names the hosts of the most serious incidents first, and few of them on the first screen.
func TestARecommendationNamesTheMostSeriousHostsFirst(t *testing.T) {
	p := &Case{Incidents: []report.Incident{{Hosts: []string{"z", "y"}}, {Hosts: []string{"y", "a"}}}}
	hosts := p.byWeight([]string{"a", "b", "c", "d", "y", "z"},
		func(i *report.Incident) []string { return i.Hosts })
	if want := []string{"z", "y", "a", "b", "c", "d"}; !slices.Equal(hosts, want) {
		t.Errorf("%q, want %q", hosts, want)
	}
}

// No name is cut from an action: a brief text that has no room for all says so, and leaves out the common domain.
func TestAnActionNamesEverybody(t *testing.T) {
	var hosts []string
	for i := range maxBrief + 2 {
		hosts = append(hosts, fmt.Sprintf("h%02d.d.example", i))
	}
	c := &Case{Domain: ".d.example"}
	of := func(hosts []string) report.Recommendation {
		return c.brief(report.ActionContain, nil, func(name naming) string { return "Isolate " + name(hosts) + "." })
	}
	r := of(hosts)
	if !r.Cut || !strings.HasSuffix(r.Text, "h08.d.example, h09.d.example.") ||
		!strings.HasPrefix(r.Brief, "Isolate h00, h01, ") || !strings.HasSuffix(r.Brief, "h07 and 2 more.") {
		t.Errorf("%+v", r)
	}
	if r = of(hosts[:2]); r.Cut || r.Brief != "Isolate h00, h01." || r.Text != "Isolate h00.d.example, h01.d.example." {
		t.Errorf("%+v", r)
	}
	if r = of([]string{"a", "b"}); r.Cut || r.Brief != "" {
		t.Errorf("%+v", r)
	}
}

// The accounts of the most serious incidents come first. One that an incident created or renamed gets no new password.
func TestAccountsAreResetByWeightAndTheIntrudersOwnAreNot(t *testing.T) {
	p := &Case{Incidents: []report.Incident{{Accounts: []string{`D\zoe`, `D\back`}}, {Accounts: []string{`D\anna`}}},
		Made: func(user string) *Made {
			if user != `D\back` {
				return nil
			}
			return &Made{SID: "S-1-5-21-1-2-3-1199", Created: Act{`D\eve`, report.TimeOf(132840000000000000)}}
		}}
	users := p.byWeight([]string{`D\anna`, `D\back`, `D\zoe`},
		func(i *report.Incident) []string { return i.Accounts })
	out := p.resetting(users, []string{"F"})
	if len(out) != 1 || !strings.HasPrefix(out[0].Text, `Consider resetting the credentials of D\zoe, D\anna: `) ||
		!strings.Contains(out[0].Brief,
			`Consider disabling D\back (SID S-1-5-21-1-2-3-1199; created by D\eve on 2021-`) {
		t.Errorf("%+v", out)
	}
	p.Incidents[0].Reach.Privilege, p.Incidents[0].Severity = incident.DomainSecrets, report.SeverityCritical
	p.Incidents[0].Confidence, p.Incidents[0].Findings = report.ConfidenceHigh, []string{"G"}
	out = p.resetting(users, []string{"F"})
	if len(out) != 1 || !strings.HasPrefix(out[0].Text, "Plan to reset krbtgt twice ") ||
		!slices.Equal(out[0].Basis, []string{"G", "F"}) {
		t.Errorf("%+v", out)
	}
}

// What to contain, whom to reset and what to look for come first, in this order; each indicator is told with its file
// and the hosts that it was seen on.
func TestTheFirstThreeAreContainResetAndHunt(t *testing.T) {
	c := &Case{Findings: []report.Finding{{ID: "F", Host: "ws", User: `D\anna`, Status: report.StatusFinding,
		Rule: report.RuleRef{Severity: report.SeverityHigh}, Confidence: report.ConfidenceHigh}},
		Acts:  map[string]*Acts{"F": {Accounts: []incident.Account{{Name: `D\anna`}}}},
		Files: map[string]string{"ab": "evil.exe", "cd": "evil.exe"}, Made: func(string) *Made { return nil },
		Indicators: []report.Indicator{
			{Type: report.IndicatorMD5, Value: "CD", Defanged: "CD", Findings: []string{"F"}, Hosts: []string{"ws"}},
			{Type: report.IndicatorSHA256, Value: "AB", Defanged: "AB", Findings: []string{"F"},
				Hosts: []string{"ws", "srv", "dc"}},
			{Type: report.IndicatorDomain, Value: "x.example", Defanged: "x[.]example", Findings: []string{"F"},
				Hosts: []string{"ws"}},
		}}
	out := c.Recommendations(nil)
	var kinds []report.Action
	for _, r := range out {
		kinds = append(kinds, r.Kind)
	}
	if !slices.Equal(kinds, []report.Action{report.ActionContain, report.ActionReset, report.ActionHunt,
		report.ActionPreserve}) {
		t.Errorf("%q", kinds)
	}
	if want := "Block at the proxy, the firewall and in DNS, and find out who else contacted: domain x[.]example " +
		"(seen on ws). Search the other hosts for evil.exe (sha256 AB; seen on ws, srv and 1 more). " +
		"The full list, with whole hashes, is under Indicators."; out[2].Text != want {
		t.Errorf("%q", out[2].Text)
	}
}

// What must not be done comes first where data are being damaged, each host has its reason, and the cost of isolating
// domain controllers is told.
func TestContainmentSaysWhyAndWhatItCosts(t *testing.T) {
	p := &Case{Incidents: []report.Incident{{}}, Controllers: []string{"dc1", "dc2", "dc3"}}
	const there = "findings there have high or critical severity and at least medium confidence."
	for _, c := range []struct {
		hosts, reached []string
		want           string
	}{
		{[]string{"ws", "srv"}, []string{"srv"}, "Consider isolating ws from the network: " + there +
			" Also srv: the same incidents reached it."},
		{[]string{"ws"}, []string{"ws"}, "Consider isolating ws from the network: incidents of high or critical " +
			"severity reached it."},
		{[]string{"ws", "dc1"}, nil, "Consider isolating ws, dc1 from the network: " + there + " dc1 is a domain " +
			"controller: isolating it stops logons that depend on it."},
		{[]string{"dc2", "dc1"}, nil, "Consider isolating dc2, dc1 from the network: " + there + " dc2, dc1 are " +
			"domain controllers: isolating them stops logons that depend on them."},
	} {
		if r := p.containing(&subjects{hosts: c.hosts, reached: c.reached}); r.Text != c.want || r.Brief != "" {
			t.Errorf("%q, in brief %q, want %q", r.Text, r.Brief, c.want)
		}
	}
	p.Incidents[0].Impact = []report.Impact{{Kind: report.ImpactDestruction}}
	if s := p.containing(&subjects{hosts: []string{"ws"}}).Text; s != "Isolate from the network, and do not switch "+
		"off, ws: "+there+" There are signs of damage to data or backups." {
		t.Error(s)
	}
}

// An account that has the name of a computer is not that computer's; one that was renamed may be anybody's.
func TestWhoIsNotMeantIsSaid(t *testing.T) {
	m := &Made{SID: "S-1-5-21-1-2-3-1199", Renamed: Act{`D\eve`, report.TimeOf(132840000000000000)}, Before: "PC-88$",
		Host: "dc1.d.example", Controller: true}
	p := &Case{Made: func(string) *Made { return m }}
	text := p.resetting([]string{`D\dc1`}, nil)[0].Text
	for _, want := range []string{`Consider disabling D\dc1 (SID S-1-5-21-1-2-3-1199; renamed from PC-88$ by D\eve on `,
		"Do not take it for DC1$, the account of the domain controller dc1.d.example itself: it must stay enabled.",
		`Check first whose account D\dc1 was before it was renamed: no finding says who created it.`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q, want %q", text, want)
		}
	}
}

// Two files of one name, of which one has only an MD5, are looked for both.
func TestAnotherFileOfTheSameNameIsLookedFor(t *testing.T) {
	c := &Case{Files: map[string]string{"ab": "evil.exe", "cd": "evil.exe"}, Indicators: []report.Indicator{
		{Type: report.IndicatorMD5, Value: "CD", Defanged: "CD", Findings: []string{"F"}, Hosts: []string{"srv"}},
		{Type: report.IndicatorSHA256, Value: "AB", Defanged: "AB", Findings: []string{"F"}, Hosts: []string{"ws"}}}}
	if r := c.hunting([]string{"F"}, nil, nil); !strings.Contains(r[0].Text, "evil.exe (md5 CD; seen on srv") {
		t.Errorf("%+v", r)
	}
}

// A finding that tells of a session and stands for the reach of an incident as well is named once.
func TestAFindingIsNamedOnceForAnAccount(t *testing.T) {
	p := &Case{Incidents: []report.Incident{{Severity: report.SeverityHigh, Confidence: report.ConfidenceHigh,
		Reach: report.Reach{Accounts: []report.Touched{
			{Name: `D\anna`, Finding: "F"}, {Name: `D\bert`, Finding: "G"}}}}}}
	var hosts []string
	users, ids := []string{`D\zoe`}, []string{"F"}
	p.reached(&hosts, &users, &ids)
	if !slices.Equal(users, []string{`D\anna`, `D\bert`, `D\zoe`}) || !slices.Equal(ids, []string{"F", "G"}) {
		t.Error(users, ids)
	}
}

// The hash of a copy of a stock program is on every host: its path is looked for. Of a long hash a sentence has the
// beginning.
func TestACopyOfAStockProgramIsLookedForByItsPath(t *testing.T) {
	own := strings.Repeat("b", 64)
	stock := "its version information names it CALC.EXE of Microsoft"
	c := &Case{Files: map[string]string{"aa": "svchost.exe", own: "evil.exe", "cc": "InstallUtil.exe"},
		Stock: map[string][]string{"aa": {`C:\Users\a\svchost.exe`}, "a1": {`C:\Users\a\svchost.exe`}},
		Indicators: []report.Indicator{
			{Type: report.IndicatorSHA256, Value: "AA", Defanged: "AA", Note: stock, Findings: []string{"F"},
				Hosts: []string{"pc"}},
			{Type: report.IndicatorMD5, Value: "A1", Defanged: "A1", Note: stock, Findings: []string{"F"}},
			{Type: report.IndicatorSHA256, Value: "cc", Defanged: "cc", Note: stock, Findings: []string{"F"}},
			{Type: report.IndicatorSHA256, Value: own, Defanged: own, Findings: []string{"F"}, Hosts: []string{"ws"}},
		}}
	if text := c.hunting([]string{"F"}, nil, nil)[0].Text; text != `Search the other hosts for C:\Users\a\svchost.exe `+
		`(sha256 AA; seen on pc), evil.exe (sha256 bbbbbbbbbbbb…; seen on ws). `+
		`The full list, with whole hashes, is under Indicators.` {
		t.Errorf("%q", text)
	}
}

// An account of one machine is reset on that machine; the domain's controllers do not know it.
func TestAccountsOfOneMachineAreResetThere(t *testing.T) {
	c := &Case{Made: func(string) *Made { return nil },
		Local: func(u string) bool { return strings.HasPrefix(u, `WS\`) }}
	const there = `WS\Administrator is an account of one machine: reset it there, and make sure that no other ` +
		`machine has the same password.`
	if text := c.resetting([]string{`CORP\anna`, `WS\Administrator`}, nil)[0].Text; !strings.Contains(text, there) {
		t.Errorf("%q", text)
	}
	if text := c.resetting([]string{`CORP\anna`}, nil)[0].Text; strings.Contains(text, "machine") {
		t.Errorf("%q", text)
	}
}

// Whoever was only tried as a logon is not reset; a machine of which an address is known has to be found; what blocks
// the way in comes before hashes.
func TestAdviceIsAboutWhoActedAndFromWhere(t *testing.T) {
	c := &Case{Made: func(string) *Made { return nil },
		Findings: []report.Finding{{ID: "F", Host: "srv", User: `D\target`, Status: report.StatusFinding,
			Rule: report.RuleRef{Severity: report.SeverityHigh}, Confidence: report.ConfidenceHigh}},
		Acts: map[string]*Acts{
			"F": {Accounts: []incident.Account{{Name: `D\anna`, Kind: incident.AccountPerson},
				{Name: `D\svc-sql`, Kind: incident.AccountService},
				{Name: `D\Administrator`, Kind: incident.AccountShared},
				{Name: `NT AUTHORITY\SYSTEM`, Kind: incident.AccountSystem}},
				Sources: []Source{{Address: "10.1.2.3"}, {Address: "203.0.113.9"}, {Address: "203.0.113.7"},
					{Address: "10.9.9.9", Shared: true},
					{Address: "10.1.1.1", Host: "ws-adm"}, {Address: "10.1.1.2", Host: "old"}}},
			"G": {Sources: []Source{{Address: "10.4.4.4"}}}},
		Indicators: []report.Indicator{{Type: report.IndicatorIP, Value: "203.0.113.7", Defanged: "203[.]0[.]113[.]7",
			Findings: []string{"F"}}},
		Incidents: []report.Incident{{Severity: report.SeverityHigh, Confidence: report.ConfidenceHigh,
			Hosts: []string{"srv"}, Findings: []string{"F"}, Reach: report.Reach{Hosts: []report.Touched{{Name: "srv"}},
				Accounts: []report.Touched{{Name: `D\o.pavlov`, Presumed: true, Finding: "F"}}}},
			{Severity: report.SeverityMedium, Confidence: report.ConfidenceHigh, Hosts: []string{"old"},
				Findings: []string{"G"}, Reach: report.Reach{Hosts: []report.Touched{{Name: "old", Finding: "G"}}}}}}
	text := map[report.Action]string{}
	for _, r := range c.Recommendations(nil) {
		text[r.Kind] = r.Text
		if len(r.Basis) == 0 && r.Kind == report.ActionHunt {
			t.Errorf("%s has no basis", r.Kind)
		}
	}
	for kind, want := range map[report.Action][]string{
		report.ActionContain: {"Find out which machine has the address 10.1.2.3, and isolate it, too"},
		report.ActionReset: {`credentials of D\Administrator, D\anna, D\svc-sql: `,
			`D\svc-sql is named like a service account`, `D\Administrator is the built-in Administrator of the domain`},
		report.ActionHunt: {"Block at the proxy, the firewall and in DNS, and find out who else contacted: " +
			"ip 203[.]0[.]113[.]9 (somebody acted from there), ip 203[.]0[.]113[.]7 (seen)."},
		report.ActionCheck: {`D\o.pavlov (presumed: `, "old (findings of medium severity",
			"10.4.4.4 (activity came from",
			"10.9.9.9 (the case file says that many machines share it)", "ws-adm (activity came from there"},
	} {
		for _, w := range want {
			if !strings.Contains(text[kind], w) {
				t.Errorf("%s: %q lacks %q", kind, text[kind], w)
			}
		}
	}
	for kind, s := range text {
		if strings.Contains(s, "target") || strings.Contains(s, "SYSTEM") {
			t.Errorf("%s: %q", kind, s)
		}
	}
}
