package build

import (
	"slices"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/incident"
	"hunt/timeline"
)

// A recommendation names the hosts of the most serious incidents first, and few of them on the first screen.
func TestARecommendationNamesTheMostSeriousHostsFirst(t *testing.T) {
	p := &picture{incidents: []report.Incident{{Hosts: []string{"z", "y"}}, {Hosts: []string{"y", "a"}}}}
	hosts := p.byWeight([]string{"a", "b", "c", "d", "y", "z"},
		func(i *report.Incident) []string { return i.Hosts })
	if want := []string{"z", "y", "a", "b", "c", "d"}; !slices.Equal(hosts, want) {
		t.Errorf("%q, want %q", hosts, want)
	}
	r := naming(report.ActionContain, nil, hosts, "Isolate %s.")
	if r.Text != "Isolate z, y, a, b, c, d." || r.Brief != "Isolate z, y, a, b, c and 1 more." {
		t.Errorf("%q, in brief %q", r.Text, r.Brief)
	}
	r = naming(report.ActionContain, nil, hosts[:5], "Isolate %s.")
	if r.Brief != "" || !strings.Contains(r.Text, "c") {
		t.Errorf("%q, in brief %q", r.Text, r.Brief)
	}
}

// The verdict counts several incidents by severity.
func TestTheHeadlineCountsIncidentsBySeverity(t *testing.T) {
	p := &picture{incidents: []report.Incident{{Severity: "critical", Hosts: []string{"a"}},
		{Severity: "high", Hosts: []string{"b"}}, {Severity: "high", Hosts: []string{"a"}}}}
	if got, want := p.headline(&report.Summary{Hosts: 4}),
		"3 suspected incidents (1 critical, 2 high) on 2 of 4 hosts"; !strings.HasPrefix(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.incidents = p.incidents[:1]
	if got := p.headline(&report.Summary{Hosts: 4}); !strings.HasPrefix(got, "1 suspected incident on 1 of 4") {
		t.Errorf("of one: %q", got)
	}
}

// The accounts of the most serious incidents come first. One that an incident created or renamed gets no new password.
func TestAccountsAreResetByWeightAndTheIntrudersOwnAreNot(t *testing.T) {
	accounts := func(i *report.Incident) []string { return i.Accounts }
	p := &picture{incidents: []report.Incident{{Accounts: []string{`D\zoe`, `D\back`}}, {Accounts: []string{`D\anna`}}}}
	users := p.byWeight([]string{`D\anna`, `D\back`, `D\zoe`}, accounts)
	e := &timeline.Event{}
	b := &builder{found: []report.Finding{{ID: "F", Incident: "I", Status: report.StatusFinding}},
		chains: [][]*timeline.Event{{e}}, joins: map[*timeline.Event]*incident.Event{e: {Made: []string{"BACK"}}}}
	out := b.resetting(p, users, []string{"F"})
	if len(out) != 2 || !strings.HasPrefix(out[0].Text, `Consider resetting the credentials of D\zoe, D\anna: `) ||
		!strings.HasPrefix(out[1].Text, `Consider disabling D\back `) {
		t.Errorf("%+v", out)
	}
	p.dismissed = map[string]bool{"F": true}
	if out = b.resetting(p, users, nil); len(out) != 1 || !strings.Contains(out[0].Text, `D\back`) {
		t.Errorf("of a dismissed incident: %+v", out)
	}
}

// What must not be done comes first where data are being damaged, and the cost of isolating domain controllers is told.
func TestContainmentSaysWhatItCosts(t *testing.T) {
	p := &picture{incidents: []report.Incident{{}}}
	if s := p.containing(true); !strings.HasPrefix(s, "Consider isolating %s from the network: ") ||
		!strings.Contains(s, "reached them") {
		t.Error(s)
	}
	p.incidents[0].Impact = []report.Impact{{Kind: report.ImpactDestruction}}
	if s := p.containing(false); !strings.HasPrefix(s, "Isolate from the network, and do not switch off, %s: ") {
		t.Error(s)
	}
	b := &builder{dcs: []string{"dc1", "dc2", "dc3"}}
	for want, hosts := range map[string][]string{"": {"ws"}, " dc1 is a domain controller: ": {"ws", "dc1"},
		" dc2, dc1 are domain controllers: ": {"dc2", "dc1"}} {
		if s := b.controllersAmong(hosts); !strings.HasPrefix(s, want) || want == "" && s != "" {
			t.Errorf("%q, want %q", s, want)
		}
	}
}

// A finding that tells of a session and stands for the reach of an incident as well is named once.
func TestAFindingIsNamedOnceForAnAccount(t *testing.T) {
	p := &picture{incidents: []report.Incident{{Severity: report.SeverityHigh, Confidence: report.ConfidenceHigh,
		Reach: report.Reach{Accounts: []report.Touched{
			{Name: `D\anna`, Finding: "F"}, {Name: `D\bert`, Finding: "G"}}}}}}
	var hosts []string
	users, ids := []string{`D\zoe`}, []string{"F"}
	p.reached(&hosts, &users, &ids)
	if !slices.Equal(users, []string{`D\anna`, `D\bert`, `D\zoe`}) || !slices.Equal(ids, []string{"F", "G"}) {
		t.Error(users, ids)
	}
}
