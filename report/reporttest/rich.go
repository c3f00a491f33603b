// Package reporttest makes reports for the tests of the writers: a rich one with several
// hosts and findings of every status, empty ones of each kind, large ones, and a list of
// strings that attackers might log. All are the same on every run.
package reporttest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hunt/evtx"
	"hunt/report"
)

// base is the day on which the incident of the fixtures happens.
var base = time.Date(2026, 3, 11, 14, 3, 22, 123_456_700, time.UTC)

// At is base plus d, as the model holds times.
func At(d time.Duration) report.Time {
	t := evtx.FiletimeOf(base.Add(d))
	return &t
}

// Hash is a SHA-256 in hex of what it is given.
func Hash(parts ...any) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(parts...)))
	return hex.EncodeToString(sum[:])
}

// Hostile strings that the rich report carries in the places where logs put text.
const (
	HostileCommand = `powershell.exe -c "</script><img src=x onerror=window.pwned=1>" & echo ` +
		"\x1b[2J\x1b]0;owned\x07" + ` 'done'`
	HostileName = "Invoice_March2026\u202egpj.exe"
	HostileUser = `CORP\=cmd|'/c calc'!A0`
	HostileHost = `<svg/onload=window.pwned=2>`
)

const (
	sysmon     = "Microsoft-Windows-Sysmon/Operational"
	powershell = "Microsoft-Windows-PowerShell/Operational"
)

func ref(file string, record int) report.Ref {
	return report.Ref{
		File: file, SHA256: Hash("file", file), Chunk: int32(record / 90), Offset: int64(record)*712 + 4608,
		HeaderRecordID: uint64(record), EventRecordID: uint64(48_000 + record), PayloadSHA256: Hash(file, record),
	}
}

func event(fields ...any) json.RawMessage {
	m := map[string]any{}
	for i := 0; i < len(fields); i += 2 {
		at := m
		keys := strings.Split(fields[i].(string), ".")
		for _, k := range keys[:len(keys)-1] {
			next, ok := at[k].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[k] = next
			}
			at = next
		}
		at[keys[len(keys)-1]] = fields[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

var maliciousLink = []report.Technique{{ID: "T1204.001", Name: "User Execution: Malicious Link", TacticID: "TA0002",
	Tactic: "Execution"}}

// Rich is a report with four hosts, findings of every status, partial coverage, damage
// and hostile text.
func Rich() *report.Report {
	r := &report.Report{
		Schema: report.Schema,
		ID:     "R-" + Hash("rich")[:16],
		Tool: report.Tool{
			Name: "hunt", Version: "0.1.0", RulePack: "sha256:" + Hash("rules"),
			Options:   "hunt --evtx triage/ --report report.html --case case.toml",
			Generated: "2026-03-12T08:15:00Z", EVTXSecond: "golang-evtx v1.2.9",
		},
		Case: report.Case{
			ID: "IR-2026-0311", Title: "Malicious link at the finance desk", TLP: "TLP:AMBER", Analyst: "J. Doe",
			Contact: "soc@example.org",
			Window:  report.Window{From: At(-24 * time.Hour), To: At(24 * time.Hour)},
			Tools:   []string{"winpmem.exe", "velociraptor.exe"},
			Notes:   map[string]string{},
			Slots: []report.KeyValue{{Key: "Status", Value: "open"},
				{Key: "Chain of custody", Value: "received 2026-03-12 from K. Roe, sealed bag 17"}},
		},
		Scope: report.Scope{
			Filters: []string{"from 2026-03-10T00:00:00Z"}, Clock: "created",
			Users: []string{`CORP\alice`, `CORP\bob`, HostileUser, `NT AUTHORITY\SYSTEM`}, FilesRead: 6, FilesFailed: 1,
		},
	}
	richHosts(r)
	richFindings(r)
	sameTexts(r)
	richTimeline(r)
	richCoverage(r)
	richEvidence(r)
	richRest(r)
	return r
}

func richHosts(r *report.Report) {
	r.Hosts = []report.Host{
		{ID: "fin-ws07.corp.example", Names: []string{"FIN-WS07", "fin-ws07.corp.example"},
			SIDs: []string{"S-1-5-21-1004336348-1177238915-682003330"}, IPs: []string{"10.20.7.17"},
			First: At(-72 * time.Hour), Last: At(2 * time.Hour), Records: 48_213, Findings: 3, Severity: "critical",
			Why: "same first label and machine SID"},
		{ID: "hr-ws02", Names: []string{"HR-WS02"}, SIDs: []string{}, IPs: []string{"10.20.7.44"},
			First: At(-4 * time.Hour), Last: At(time.Hour), Records: 9_120, Findings: 1, Severity: "medium",
			Why: "one name"},
		{ID: "dc01.corp.example", Names: []string{"DC01.corp.example"}, First: At(-700 * time.Hour),
			Last: At(3 * time.Hour), Records: 210_033, Findings: 1, Severity: "high", Why: "one name"},
		{ID: HostileHost, Names: []string{HostileHost, "\u202eTSOH"}, First: At(-time.Hour), Last: At(30 * time.Minute),
			Records: 12, Why: "one name"},
	}
	for i := range r.Hosts {
		for _, ch := range []string{"Security", sysmon} {
			r.Scope.Channels = append(r.Scope.Channels, report.ChannelScope{
				Host: r.Hosts[i].ID, Channel: ch, Records: r.Hosts[i].Records / 2, First: r.Hosts[i].First,
				Last: r.Hosts[i].Last,
			})
		}
	}
	r.Accounts = []report.Account{
		{Name: `CORP\alice`, SID: "S-1-5-21-1004336348-1177238915-682003330-1107",
			Hosts: []string{"fin-ws07.corp.example"}, LogonTypes: []string{"2 Interactive", "11 CachedInteractive"},
			Logons: 12, Failures: 1, First: At(-70 * time.Hour), Last: At(time.Hour), Findings: 3},
		{Name: HostileUser, Hosts: []string{"hr-ws02"}, LogonTypes: []string{"3 Network"}, Logons: 2, Failures: 40,
			First: At(-time.Hour), Last: At(time.Minute), Findings: 1},
	}
	r.LateralEdges = []report.LateralEdge{
		{From: "fin-ws07.corp.example", To: "dc01.corp.example", How: "network logon with explicit credentials",
			User: `CORP\alice`, Count: 3, First: At(20 * time.Minute), Last: At(25 * time.Minute)},
		{From: "10.20.7.200", To: "hr-ws02", How: "Remote Desktop logon", User: HostileUser, Count: 1,
			First: At(40 * time.Minute), Last: At(40 * time.Minute)},
	}
}
