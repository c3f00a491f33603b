package incident

import (
	"strings"
	"testing"

	"hunt/report"
)

// Only another rule over another source, that strong edges link to the most serious finding, makes hunt surer of it.
func TestAnotherSourceRaisesTheConfidence(t *testing.T) {
	other := func(change func(*Finding)) Finding {
		f := finding("b", event("h0", minute, process("p")))
		f.Source, f.Confidence = "Security", report.ConfidenceLow
		change(&f)
		return f
	}
	for name, x := range map[string]struct {
		other Finding
		want  report.Confidence
	}{
		"another rule over another source": {other(func(*Finding) {}), report.ConfidenceHigh},
		"the same rule":                    {other(func(f *Finding) { f.Rule = "rule-a" }), report.ConfidenceMedium},
		"the same source":                  {other(func(f *Finding) { f.Source = "Sysmon" }), report.ConfidenceMedium},
		"a source that is not known":       {other(func(f *Finding) { f.Source = "" }), report.ConfidenceMedium},
		"a finding of low severity": {other(func(f *Finding) { f.Severity = report.SeverityLow }),
			report.ConfidenceMedium},
		"weak edges": {other(func(f *Finding) {
			f.Events = []Event{event("h0", minute, as(anna)), event("h0", minute+1, carries("sha256", "y"))}
		}), report.ConfidenceMedium},
	} {
		lead := finding("a", event("h0", 0, process("p"), as(anna)), event("h0", 1, carries("sha256", "y")))
		lead.Severity = report.SeverityHigh
		r := Join(&Case{Hosts: hosts(1), Findings: []Finding{lead, x.other}})
		if len(r.Incidents) != 1 || r.Incidents[0].Confidence != x.want {
			t.Errorf("%s: %v, confidence %s, want %s", name, groups(r), r.Incidents[0].Confidence, x.want)
		}
	}
}

func TestATacticOfSeveralFindingsIsCounted(t *testing.T) {
	a, b := finding("a", event("h0", 0, process("p"))), finding("b", event("h0", minute, process("p")))
	a.Techniques = []report.Technique{{ID: "T1059", TacticID: "TA0002", Tactic: "Execution"}}
	b.Techniques = []report.Technique{{ID: "T1204", TacticID: "TA0002", Tactic: "Execution"},
		{ID: "T1569", TacticID: "TA0002", Tactic: "Execution"},
		{ID: "T1003", TacticID: "TA0006", Tactic: "Credential Access"}}
	got := Join(&Case{Hosts: hosts(1), Findings: []Finding{a, b}}).Incidents[0].Tactics
	if len(got) != 2 || got[0].ID != "TA0002" || got[0].Findings != 2 || got[1].ID != "TA0006" || got[1].Findings != 1 {
		t.Errorf("%+v", got)
	}
}

// The highest rights that an event shows are those of the incident.
func TestTheRightsOfAnIncident(t *testing.T) {
	kind := func(k AccountKind) func(*Event) { return as(Account{Key: "k", Name: "n", Kind: k}) }
	for _, x := range []struct {
		what string
		with []func(*Event)
		want string
	}{
		{"nobody", nil, ""}, {"a person", []func(*Event){kind(AccountPerson)}, "user"},
		{"an account that several use", []func(*Event){kind(AccountShared)}, "user"},
		{"a machine", []func(*Event){kind(AccountMachine)}, ""},
		{"an administrator", []func(*Event){kind(AccountPerson), func(e *Event) { e.Privileged = true }},
			"local administrator"},
		{"the system", []func(*Event){kind(AccountSystem)}, "SYSTEM"},
		{"an administrator of the domain", []func(*Event){kind(AccountPerson),
			func(e *Event) { e.DomainAdmin = true }}, "domain administrator"},
	} {
		r := Join(&Case{Hosts: hosts(1), Findings: []Finding{finding("a", event("h0", 0, x.with...))}})
		if got := r.Incidents[0].Reach.Privilege; got != x.want {
			t.Errorf("%s: %q, want %q", x.what, got, x.want)
		}
	}
}

// What raised a finding is called as the event is that followed, if it is one of a run.
func TestWhatRaisedAFindingIsTheEventOfTheRun(t *testing.T) {
	run := finding("run", event("h0", 0, process("p")))
	for _, x := range []struct {
		run   bool
		title string
		want  string
	}{{true, "One of the run", "One of the run"}, {true, "", "Title of b"}, {false, "One of the run", "Title of b"}} {
		next := finding("b", event("h0", minute, process("p")))
		next.Run, next.Events[0].Title = x.run, x.title
		next.Techniques = []report.Technique{{ID: "T1003", TacticID: tacticCredentials}}
		got := Raise(&Case{Hosts: hosts(1), Findings: []Finding{run, next}})["run"].Reason
		if !strings.HasSuffix(got, ": "+x.want+" (b).") {
			t.Errorf("%+v: %q", x, got)
		}
	}
}

// What a process of an incident asked for elsewhere is worth collecting; what a shell asked for may be anybody's.
func TestAServerThatAProcessAskedIsCollected(t *testing.T) {
	for _, common := range []bool{false, true} {
		asked := &Process{Key: proc("p"), Name: "p.exe", Common: common}
		r := Join(&Case{Hosts: hosts(1), Findings: []Finding{finding("a", event("h0", 0, process("p")))},
			Movements: []Movement{{From: "h0", Address: "srv-9", At: begin + second, Way: WayCredentials, By: anna,
				Account: anna, Process: asked}}})
		if n := len(r.Incidents[0].Collect); (n == 1) == common {
			t.Errorf("asked by a common process: %v, %d to collect", common, n)
		}
	}
}
