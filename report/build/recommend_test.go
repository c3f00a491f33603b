package build

import (
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/decision"
	"hunt/report/identity"
	"hunt/report/incident"
	"hunt/timeline"
	"hunt/timeline/host"
)

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

// An account with the name of a host as its domain is that machine's, unless the host is a domain controller.
func TestAccountsOfDomainControllersAreTheDomains(t *testing.T) {
	b := &builder{dcs: []string{"dc1.corp.example"}, cs: &timeline.Case{Hosts: &host.Set{All: []*host.Host{
		{ID: "dc1.corp.example"}, {ID: "ws-01.corp.example"}}}}}
	for user, want := range map[string]bool{`DC1\Administrator`: false, `WS-01\Administrator`: true,
		`CORP\anna`: false, "ws-01": false} {
		if got := b.local(user); got != want {
			t.Errorf("%s: %v", user, got)
		}
	}
}

// An address that the examiner declares to be shared is nobody's, whoever showed it as its own.
func TestASharedAddressIsNoHosts(t *testing.T) {
	names, addresses := identity.Hosts{"srv": "srv"}, identity.Addresses{}
	for _, a := range []string{"10.0.0.7", "10.0.1.7", "192.0.2.7"} {
		addresses.Add(a, "srv", 1)
	}
	of := finder(names, addresses, incident.SharedAddress([]decision.Known{
		{Kind: decision.NAT, Of: []string{"10.0.0.7", "10.0.1.0/24"}}}))
	for name, want := range map[string]string{"10.0.0.7": "", "10.0.1.7": "", "192.0.2.7": "srv", "srv": "srv"} {
		if got := of(name, 1); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}
