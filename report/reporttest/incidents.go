package reporttest

import (
	"time"

	"hunt/report"
)

// richIncidents joins findings of the report into two incidents: one over two hosts, one of a single event.
func richIncidents(r *report.Report) {
	ids := []string{"F-3f9a1c20b7e4", "F-c2d9e4470f11"}
	var third *report.Finding
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Host == "dc01.corp.example" {
			third = f
		}
	}
	ids = append(ids, third.ID)
	for i := range r.Findings {
		for _, id := range ids {
			if r.Findings[i].ID == id {
				r.Findings[i].Incident = "I-5d0c2f77a1b3"
			}
		}
	}
	alice := report.Touched{Name: `CORP\alice`, First: At(0), Finding: ids[0]}
	r.Incidents = []report.Incident{{
		ID: "I-5d0c2f77a1b3", Title: "chrome.exe started powershell.exe, which fetched code from 198.51.100.7 (2 " +
			"hosts)", Severity: "critical",
		Confidence: "high", Reasons: []string{"Steps 1 and 2 belong to one process."},
		Chain: report.ChainLinked,
		Hosts: []string{"fin-ws07.corp.example", "dc01.corp.example"}, Accounts: []string{`CORP\alice`, HostileUser},
		First: At(0), Last: At(38 * time.Minute),
		Entry: report.Entry{Known: true, Text: "chrome.exe started powershell.exe " + HostileName,
			Host: "fin-ws07.corp.example", Time: At(0), Finding: ids[0]},
		Path: []report.PathStep{
			{First: At(0), Last: At(4 * time.Second), Hosts: []string{"fin-ws07.corp.example"}, Tactic: "Execution",
				Severity: "critical", Text: "chrome.exe started powershell.exe: " + HostileCommand, Count: 1,
				Findings: ids[:1]},
			{First: At(time.Minute), Last: At(time.Minute), Hosts: []string{"fin-ws07.corp.example"},
				Tactic: "Execution", Severity: "high", Text: "a script block downloads and runs", Count: 1,
				Findings: ids[1:2]},
			{First: At(30 * time.Minute), Last: At(30 * time.Minute), Hosts: []string{"dc01.corp.example"},
				Tactic: "Persistence", Severity: "high", Text: "SYSTEM installed the service " + HostileName, Count: 1,
				Findings: ids[2:]},
		},
		Tactics: []report.Tactic{{ID: "TA0002", Name: "Execution", Findings: 2},
			{ID: "TA0003", Name: "Persistence", Findings: 1}},
		Reach: report.Reach{Hosts: []report.Touched{{Name: "fin-ws07.corp.example", First: At(0), Finding: ids[0]},
			{Name: "dc01.corp.example", First: At(30 * time.Minute), Finding: ids[2]}},
			Accounts:  []report.Touched{alice, {Name: HostileUser, First: At(time.Minute), Finding: ids[1]}},
			Privilege: "SYSTEM", DomainController: true},
		Impact: []report.Impact{{Kind: report.ImpactPersistence, Text: "Signs of persistence: 1 finding.",
			Findings: ids[2:]}},
		Ongoing: "Whether it is still going on is not known: ends of processes are not logged on dc01.corp.example.",
		Open:    []string{"Whether the persistence is still there."},
		Collect: []report.Collect{
			{Name: "10.3.7.9" + HostileName, Why: "a network logon as CORP\\alice on dc01.corp.example came from there",
				Findings: ids[2:]}},
		Edges: []report.Edge{
			{Kind: report.EdgeProcess, Strong: true, From: ids[0], To: ids[1],
				Text: "Both are about the same process, powershell.exe."},
			{Kind: report.EdgeMovement, From: ids[1], To: ids[2],
				Text: "Between them lies a network logon as " + HostileUser + "."},
		},
		Findings: ids, Picture: richPicture(ids),
	}}
	r.Hubs = []report.Hub{{Text: "domain " + HostileName, Why: "it is on 5 of 10 hosts", Findings: ids[:1]}}
}

// attackedIncident is an incident that carries an attack in every place where logs put text.
func attackedIncident(a string, f *report.Finding) report.Incident {
	step := report.PathStep{First: f.Start, Last: f.Start, Hosts: []string{a}, Tactic: a, Severity: "high", Text: a,
		Count: 1, Findings: []string{f.ID}}
	later := step
	later.Hosts = []string{a + " again", a}
	touched := []report.Touched{{Name: a, First: f.Start, Finding: f.ID}}
	return report.Incident{
		ID: "I-" + f.ID, Title: a, Severity: "high", Confidence: "high", Reasons: []string{a}, Raised: a,
		Chain: report.ChainLinked, Hosts: []string{a}, Accounts: []string{a},
		First: f.Start, Last: f.Start, Ongoing: a,
		Entry:   report.Entry{Known: true, Text: a, Host: a, Time: f.Start, Finding: f.ID},
		Path:    []report.PathStep{step, later},
		Tactics: []report.Tactic{{ID: a, Name: a, Findings: 1}},
		Reach:   report.Reach{Hosts: touched, Accounts: touched, Privilege: a},
		Impact:  []report.Impact{{Kind: report.ImpactPersistence, Text: a, Findings: []string{f.ID}}},
		Assumed: []string{a}, Open: []string{a},
		Collect: []report.Collect{{Name: a, Why: a, Findings: []string{f.ID}}},
		Edges:   []report.Edge{{Kind: report.EdgeProcess, From: f.ID, To: f.ID, Text: a}}, Findings: []string{f.ID},
	}
}

// richPicture is what did what in the first incident.
func richPicture(ids []string) *report.Picture {
	return &report.Picture{
		Lanes: []report.Lane{{Hosts: []string{}}, {Hosts: []string{"fin-ws07.corp.example"}},
			{Hosts: []string{"dc01.corp.example"}}},
		Objects: []report.Object{
			{Lane: 1, Kind: report.ObjectProcess, Name: "chrome.exe", First: At(0), Count: 1},
			{Lane: 1, Kind: report.ObjectProcess, Name: "powershell.exe", Text: HostileCommand, First: At(0), Count: 1,
				Severity: "critical", Findings: ids[:1]},
			{Kind: report.ObjectAddress, Name: "198.51.100.7", First: At(2 * time.Second), Count: 1},
			{Lane: 2, Kind: report.ObjectLogon, Name: HostileUser, First: At(30 * time.Minute), Count: 1},
			{Lane: 2, Kind: report.ObjectSetting, Name: HostileName, First: At(30 * time.Minute), Count: 1,
				Severity: "high", Findings: ids[2:]},
		},
		Arrows: []report.Arrow{{From: 0, To: 1, Verb: "started", Time: At(0), Count: 1},
			{From: 1, To: 2, Verb: "connected to", Time: At(2 * time.Second), Count: 1},
			{From: 1, To: 3, Verb: "logged on to", Time: At(30 * time.Minute), Count: 1},
			{From: 3, To: 4, Verb: "installed the service", Time: At(30 * time.Minute), Count: 1, Presumed: true}},
	}
}
