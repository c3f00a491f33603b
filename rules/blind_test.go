package rules

import (
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/rules/pack"
	"hunt/rules/ruletest"
	"hunt/timeline"
)

func blindHosts(rr RuleResult) []string {
	var out []string
	for _, b := range rr.Blind {
		out = append(out, b.Host)
	}
	return out
}

func on(computer string, e pack.CaseEvent) pack.CaseEvent {
	e.Computer = computer
	return e
}

func TestWhereARuleWasBlind(t *testing.T) {
	process := start(0, "first", cmdExe, "browser", chrome, "cmd /c first")
	drop := sysmon(11, 10*second, "ProcessGuid", "first", "Image", cmdExe, "User", `CORP\alice`, "TargetFilename",
		`C:\Users\Public\a.exe`)
	logon := security(4624, time.Hour, "TargetUserName", "alice", "TargetDomainName", "CORP", "TargetLogonId", "0x1234",
		"LogonType", int64(2))
	const chain = ` [process where process.name == "cmd.exe"] [file where file.extension == "exe"]`
	after := timeline.Filter{From: evtx.FiletimeOf(caseStart.Add(30 * time.Minute))}
	for _, c := range []struct {
		name, query string
		o           Options
		events      []pack.CaseEvent
		want        []string
	}{
		{"both kinds of event on one host", "sequence by host.id" + chain, Options{},
			[]pack.CaseEvent{process, drop}, nil},
		{"the second kind is missing", "sequence by host.id" + chain, Options{}, []pack.CaseEvent{process},
			[]string{"ws01.corp.example"}},
		{"each host has one kind and the rule joins by host", "sequence by host.id" + chain, Options{},
			[]pack.CaseEvent{on("A", process), on("B", drop)}, []string{"a", "b"}},
		{"each host has one kind and the rule joins by process", "sequence by process.entity_id" + chain, Options{},
			[]pack.CaseEvent{on("A", process), on("B", drop)}, []string{"a", "b"}},
		{"each host has one kind and the rule joins hosts", "sequence by user.name" + chain, Options{},
			[]pack.CaseEvent{on("A", process), on("B", drop), on("C", logon)}, []string{"c"}},
		{"no host has the second kind and the rule joins hosts", "sequence by user.name" + chain, Options{},
			[]pack.CaseEvent{on("A", process), on("B", logon)}, []string{"a", "b"}},
		{"the only events of the kind lie outside the filter", "file where true", Options{Filter: after},
			[]pack.CaseEvent{drop, logon}, []string{"ws01.corp.example"}},
		{"the host lies outside the filter", "file where true", Options{Filter: timeline.Filter{Hosts: []string{"A"}}},
			[]pack.CaseEvent{on("A", drop), on("B", drop)}, []string{"b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := runText(t, c.query, c.o, c.events...)
			if got := blindHosts(res.Rules[0]); !slices.Equal(got, c.want) {
				t.Errorf("blind on %q, want %q", got, c.want)
			}
			for _, b := range res.Rules[0].Blind {
				if c.o.Filter.Hosts != nil && !strings.Contains(b.Cause.String(), "--host") {
					t.Errorf("%s: %q blames the logs for what the filter left out", b.Host, b.Cause)
				}
			}
		})
	}
}

func TestARuleIsNotBlindWhereItSawCarvedRecords(t *testing.T) {
	logon := security(4624, time.Hour, "TargetUserName", "alice")
	process := start(0, "first", cmdExe, "browser", chrome,
		"cmd /c first with many words to be longer than the logon that overwrites half of the chunk")
	other := start(second, "second", cmdExe, "browser", chrome, "cmd /c second")
	before := evtxtest.File(process.Record(), other.Record())
	var l evtxtest.Log
	l.Add(logon.Record())
	l.Reuse(evtxtest.Chunk(before, 0))
	b, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	lends := on("B", start(0, "lender", cmdExe, "browser", chrome, "cmd /c lends its template"))
	lender := evtxtest.File(lends.Record())
	ruletest.Write(t, map[string]string{"a.evtx": string(b), "b.evtx": string(lender),
		"rule.eql": `process where process.name == "cmd.exe"`})
	pk, err := pack.Load(pack.Sources{Rules: []string{"rule.eql"}, NoDefaultRules: true, NoDefaultTuning: true})
	if err != nil {
		t.Fatal(err)
	}
	for carved, blind := range map[bool][]string{true: nil, false: {strings.ToLower(caseComputer)}} {
		rr := runOn(t, pk, Options{Carved: carved}, ".").Rules[0]
		if carved && rr.Matches != 2 {
			t.Fatalf("%d matches, want 2: nothing was carved", rr.Matches)
		}
		if !slices.Equal(blindHosts(rr), blind) {
			t.Errorf("carved %t: %d matches, blind %+v", carved, rr.Matches, rr.Blind)
		}
	}
}

func TestABlindRuleSaysWhatItsAuthorsWantSwitchedOn(t *testing.T) {
	q, err := CompileQuery(pack.Query{Text: "process where true"})
	if err != nil {
		t.Fatal(err)
	}
	r := &pack.Rule{DataSources: []string{"Security 4688"}, Setup: "Audit Process\n  Creation must be on."}
	want := "no event that was logged there can satisfy it; it needs Security 4688; its authors say: Audit " +
		"Process Creation must be on."
	c := causeOf(r, q.Program(), blindCause{}, nil)
	if got := c.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
