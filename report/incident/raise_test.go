package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/report"
	"hunt/report/decision"
)

// What a process does next tells a payload from an installer: only a grave deed of the same process or of one that it
// started, of another rule, on another event, afterwards and within a day, raises a finding.
func TestWhatAProcessDidNextRaisesAFinding(t *testing.T) {
	grave := func(f Finding, tactic string) Finding {
		f.Techniques = []report.Technique{{ID: "T1", TacticID: tactic}}
		return f
	}
	with := func(f Finding, severity report.Severity) Finding { f.Severity = severity; return f }
	run := finding("run", event("h0", 0, process("p")))
	at := func(minutes int64, with ...func(*Event)) Event {
		e := event("h0", 0, with...)
		e.At += evtx.Filetime(minutes * int64(minute)) // #nosec G115 -- small
		e.Key = EventKey{Host: "h0", RecordID: uint64(minutes)}
		return e
	}
	same := finding("same", at(5, process("p")))
	child := finding("child", at(5, process("q", "p")))
	besides := func(f Finding, tactics ...string) Finding { // the first of them is the main one
		for i, x := range tactics {
			f.Techniques = append(f.Techniques, report.Technique{ID: fmt.Sprint("T", i), TacticID: x})
		}
		return f
	}
	steps := func(first, last int64) Finding { // of two processes; what is grave is of the first
		return finding("run", at(first, process("p")), at(last, process("z")))
	}
	for _, c := range []struct {
		what  string
		first Finding
		next  Finding
		want  report.Severity
	}{
		{"the process itself takes credentials", run, grave(same, tacticCredentials), report.SeverityHigh},
		{"a descendant moves on", run, grave(child, tacticMovement), report.SeverityHigh},
		{"a low finding becomes medium", with(run, report.SeverityLow), grave(child, tacticImpact),
			report.SeverityMedium},
		{"what followed is no grave deed", run, grave(child, "TA0002"), ""},
		{"it happened before", run, grave(finding("before", at(-5, process("p"))), tacticCredentials), ""},
		{"two days later", run, grave(finding("late", at(2*24*60, process("p"))), tacticCredentials), ""},
		{"another process", run, grave(finding("other", at(5, process("r"))), tacticCredentials), ""},
		{"the same event", run, grave(finding("twice", event("h0", 0, process("p"))), tacticCredentials), ""},
		{"a weak sign", run, with(grave(child, tacticCredentials), report.SeverityLow), ""},
		{"a program that serves everybody", finding("run", event("h0", 0, common("p"))),
			grave(finding("same", at(5, common("p"))), tacticCredentials), ""},
		{"credentials are not what its rule is for", run, besides(same, "TA0002", tacticCredentials), ""},
		{"its rule names a technique without a tactic first", run, besides(same, "", tacticMovement),
			report.SeverityHigh},
		{"within a day of the last step", steps(0, 23*60), grave(finding("late", at(30*60, process("p"))),
			tacticCredentials), report.SeverityHigh},
		{"a day after the last step", steps(0, 23*60), grave(finding("late", at(48*60, process("p"))),
			tacticCredentials), ""},
		{"a high finding stays", with(run, report.SeverityHigh), grave(same, tacticImpact), ""},
		{"information stays", with(run, report.SeverityInfo), grave(same, tacticImpact), ""},
	} {
		for _, order := range [][]Finding{{c.first, c.next}, {c.next, c.first}} {
			got := Raise(&Case{Findings: slices.Clone(order), Hosts: hosts(1)})
			if got[c.first.ID].Severity != c.want {
				t.Errorf("%s: %q, want %q", c.what, got[c.first.ID].Severity, c.want)
			}
			if c.want != "" && !strings.HasSuffix(got[c.first.ID].Reason, c.next.Title+" ("+c.next.ID+").") {
				t.Errorf("%s: the reason does not end with what followed: %q", c.what, got[c.first.ID].Reason)
			}
			if _, raised := got[c.next.ID]; raised && c.next.ID != c.first.ID {
				t.Errorf("%s: what followed is raised itself", c.what)
			}
		}
	}
	for _, id := range []string{"same", idOf("run")} { // the finding, and the incident that has it
		c := &Case{Findings: []Finding{run, grave(same, tacticCredentials)}, Hosts: hosts(1),
			Decisions: []decision.Decision{{Kind: decision.Describe, Of: []string{id}, Status: decision.Dismissed}}}
		if got := Raise(c); len(got) > 0 {
			t.Errorf("raised by what the case file dismissed as %s: %v", id, got)
		}
	}
	suppressed := run
	suppressed.Status = report.StatusSuppressed
	sameRule := grave(same, tacticCredentials)
	sameRule.Rule = run.Rule
	for _, list := range [][]Finding{{suppressed, grave(same, tacticCredentials)}, {run, sameRule}} {
		if got := Raise(&Case{Findings: list, Hosts: hosts(1)}); len(got) > 0 {
			t.Errorf("%v: raised", got)
		}
	}
}

// A logon to another host means nothing alone; with a finding at one end, it does.
func TestAFindingAtOneEndRaisesWhatCountsLogons(t *testing.T) {
	counted := func(hosts ...string) Finding {
		f := finding("count")
		f.Counted, f.Severity = true, report.SeverityLow
		f.Techniques = []report.Technique{{ID: "T1021", TacticID: tacticMovement}}
		for i, h := range hosts {
			f.Events = append(f.Events, event(h, evtx.Filetime(i)*second)) // #nosec G115 -- small
		}
		return f
	}
	earlier := func(f Finding, by evtx.Filetime) Finding { f.Events[0].At -= by; return f }
	by := func(key string) Finding {
		f := counted("h0")
		f.Events[0].Account = Account{Key: key, Name: `CORP\` + key}
		return f
	}
	under := func(name string, f Finding) Finding {
		for i := range f.Events {
			f.Events[i].Account = Account{Key: name, Name: name}
		}
		return f
	}
	moves := []Movement{{From: "h9", To: "h0", At: begin}, {From: "h9", To: "h1", At: begin + second},
		{From: "h8", To: "h0", At: begin, Account: Account{Key: "s-1", Name: `corp\anna`}}}
	credentials := counted("h0")
	credentials.Techniques = []report.Technique{{ID: "T1110", TacticID: tacticCredentials}}
	for _, c := range []struct {
		what  string
		first Finding
		next  Finding
		want  report.Severity
	}{
		{"where it came from", counted("h0"), earlier(finding("other", event("h9", 0)), 3*hour), report.SeverityMedium},
		{"the account's on one of several that it reached", under(`CORP\anna`, counted("h0", "h1")),
			under(`corp\Anna`, finding("other", event("h1", hour))), report.SeverityMedium},
		{"another account's on one of several", under(`CORP\anna`, counted("h0", "h1")),
			under(`CORP\bert`, finding("other", event("h1", hour))), ""},
		{"nobody's on one of several", counted("h0", "h1"), finding("other", event("h1", hour)), ""},
		{"the account's on one of several, before", under(`CORP\anna`, counted("h0", "h1")),
			under(`CORP\anna`, earlier(finding("other", event("h1", 0)), hour)), ""},
		{"on the only one that it reached", counted("h0"), finding("other", event("h0", hour)), ""},
		{"two days later", counted("h0"), finding("other", event("h9", 2*day)), ""},
		{"elsewhere", counted("h0"), finding("other", event("h5", 0)), ""},
		{"another account's logon of the same second", by("bert"), finding("other", event("h8", 0)), ""},
		{"the account's, by name", by("Anna"), finding("other", event("h8", 0)), report.SeverityMedium},
		{"the account's, by SID", by("s-1"), finding("other", event("h8", 0)), report.SeverityMedium},
		{"an account's, where the logon names none", by("bert"), finding("other", event("h9", 0)),
			report.SeverityMedium},
		{"nobody's, where the logon names an account", counted("h0"), finding("other", event("h8", 0)),
			report.SeverityMedium},
		{"the account's on the only one that it reached", under(`CORP\anna`, counted("h0")),
			under(`CORP\anna`, finding("other", event("h0", hour))), ""},
		{"what it counts is no movement", credentials, finding("other", event("h9", 0)), ""},
	} {
		got := Raise(&Case{Findings: []Finding{c.first, c.next}, Hosts: hosts(1), Movements: moves})
		if got[c.first.ID].Severity != c.want || len(got) > 1 {
			t.Errorf("%s: %v, want %q", c.what, got, c.want)
		}
	}
}
