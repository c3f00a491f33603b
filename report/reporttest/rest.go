package reporttest

import (
	"fmt"
	"time"

	"hunt/report"
	"hunt/report/sight"
)

// richTimeline puts the evidence of the findings and some context in order.
func richTimeline(r *report.Report) {
	for i := -40; i < 80; i++ {
		host := r.Hosts[(i+40)%3].ID
		r.Timeline = append(r.Timeline, report.TimelineRow{
			Time: At(time.Duration(i)*47*time.Second + 100), Host: host, User: `CORP\alice`, Channel: sysmon,
			EventCode: "1", Category: "process",
			Message: fmt.Sprintf("svchost.exe started task %d", i),
			Ref:     ref("fin-ws07/Microsoft-Windows-Sysmon%4Operational.evtx", 1000+i),
		})
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		for j := range f.Evidence {
			e := &f.Evidence[j]
			if e.Missing {
				continue
			}
			r.Timeline = append(r.Timeline, report.TimelineRow{
				Time: e.Time, Host: e.Host, User: e.User, Channel: e.Channel, EventCode: e.EventCode,
				Message: e.Message, Category: "process",
				Severity: f.Rule.Severity, Findings: []string{f.ID}, Ref: e.Ref,
			})
		}
	}
	sortTimeline(r)
	r.TimelineOmitted = 1234
}

func richCoverage(r *report.Report) {
	for i := range r.Hosts {
		h := &r.Hosts[i]
		c := sight.HostCoverage{Host: h.ID}
		for j, s := range []struct {
			id              sight.SourceID
			source, without string
		}{
			{"sysmon-process-start", "Sysmon 1 process creation", "process starts with their command lines and hashes"},
			{"sysmon-connection", "Sysmon 3 network connection", "which process reached the network"},
			{"sysmon-file-created", "Sysmon 11 file create", "files that were dropped"},
			{"sysmon-file-stream", "Sysmon 15 file stream", "where a download came from"},
			{"security-command-line", "Security 4688 with command line", "process starts where Sysmon is absent"},
			{"powershell-script-block", "PowerShell 4104", "the code that PowerShell ran"},
			{"security-logon", "Security 4624", "who was logged on, and from where"},
		} {
			state := []string{"present", "partly", "absent", "cleared", "rolled over"}[(i*3+j)%5]
			src := sight.SourceCoverage{ID: s.id, Source: s.source, State: sight.SourceState(state), Without: s.without}
			if state != "absent" {
				src.Count, src.First, src.Last = 100*(j+1), h.First, h.Last
			}
			if state == "partly" {
				src.Detail, src.DetailID = "12 of 340 carry it", 1
			}
			c.Sources = append(c.Sources, src)
		}
		r.Coverage = append(r.Coverage, c)
	}
	r.Coverage[1].Gaps = []sight.Gap{
		{Channel: sysmon, From: At(-10 * time.Minute), To: At(20 * time.Minute), Kind: "record ids missing",
			Detail: "ids 4,117 to 4,250", Records: 134},
		{Channel: "Security", From: nil, To: At(-20 * time.Minute), Kind: "cleared", Detail: "1102 by " + HostileUser},
	}
	r.Needs = []sight.Need{{ID: 0, Kinds: []string{sysmon + " 11, 15"}, Stages: []string{"r1, stage 2 of 2"}}}
	r.Coverage[1].From, r.Coverage[1].To = At(-72*time.Hour), At(time.Hour)
	r.Coverage[1].Sights = []sight.Sight{{Need: 0, State: "partly seen", More: 2,
		Blind: []sight.Blindspot{{From: At(-72 * time.Hour), To: At(-10 * time.Minute),
			Why: "older than the oldest record of " + sysmon}}}}
	r.Coverage[1].Channels = []sight.ChannelCoverage{{Channel: sysmon, Records: 1200, First: At(-10 * time.Minute),
		Last: At(time.Hour), LateSeconds: 259_200, UsualSilence: 1, Back: 3, BackMS: 16, Apart: 2, ApartMS: 3_600_000,
		Days: []sight.DayRun{{From: "2026-03-11", Counts: []int{800, 400}}},
		Events: []sight.EventCoverage{{Provider: "Microsoft-Windows-Sysmon", EventID: 11, Count: 1200,
			First: At(-10 * time.Minute), Last: At(time.Hour)}}}}
	r.Coverage[0].Notes = []string{"The clock went back 3 s at 2026-03-11T13:00:00Z (System 1).",
		"Sysmon was restarted at 2026-03-11T12:00:00Z."}
}

func richEvidence(r *report.Report) {
	files := map[string]bool{}
	for i := range r.Timeline {
		name := r.Timeline[i].Ref.File
		if files[name] {
			continue
		}
		files[name] = true
		r.Evidence = append(r.Evidence, report.EvidenceFile{
			Path: name, SHA256: Hash("file", name), Size: 20_975_616, Records: 20_000, First: At(-72 * time.Hour),
			Last: At(time.Hour), FirstID: 1, LastID: 68_213,
			Channels: []string{sysmon}, Computers: []string{"FIN-WS07"}, Dirty: name == "dc01/System.evtx",
			Result: "read", Source: "KAPE, triage.zip", Collected: "KAPE 1.3, 2026-03-12T06:00:00Z",
		})
		r.Accounting.Files = append(r.Accounting.Files,
			report.FileAccounting{File: name, Status: "read",
				Counts: report.Counts{Read: 20_000, Kept: 19_000, Filtered: 600, Duplicate: 400}})
	}
	r.Accounting.Files = append(r.Accounting.Files,
		report.FileAccounting{File: "hr-ws02/torn.evtx", Status: "unreadable", Detail: "permission denied"})
	n := len(files)
	r.Accounting.Records = report.Counts{Read: 20_000 * n, Kept: 19_000 * n, Filtered: 600 * n, Duplicate: 400 * n,
		Damaged: 2, Carved: 31}
	r.Accounting.Damage = []report.DamageNote{{File: "hr-ws02/sysmon.evtx", Kind: "bad chunk CRC", Chunk: 12,
		Offset: 0xc1000, Size: 65_536, Detail: "header CRC 0x1a2b, want 0x3c4d", Loses: true}}
	r.Accounting.Limits = []string{"--max-memory 256 MiB was reached; the sort of 3 hosts spilled to the disk."}
}

func richRest(r *report.Report) {
	r.Indicators = []report.Indicator{
		{Type: "url", Value: "http://198.51.100.7/docs/Invoice_March2026.zip?<b>x</b>",
			Defanged: "hxxp://198[.]51[.]100[.]7/docs/Invoice_March2026.zip?<b>x</b>",
			Hosts:    []string{"fin-ws07.corp.example"},
			Findings: []string{"F-3f9a1c20b7e4"}, Count: 1, First: At(-9 * time.Second), Last: At(-9 * time.Second)},
		{Type: "ip", Value: "198.51.100.7", Defanged: "198[.]51[.]100[.]7", Hosts: []string{"fin-ws07.corp.example"},
			Findings: []string{"F-3f9a1c20b7e4"}, Count: 2, First: At(0), Last: At(2 * time.Second)},
		{Type: "sha256", Value: Hash("powershell"), Defanged: Hash("powershell"),
			Hosts: []string{"fin-ws07.corp.example"}, Findings: []string{"F-3f9a1c20b7e4"}, Count: 1, First: At(0),
			Last: At(0)},
		{Type: "path", Value: `C:\Users\alice\Downloads\` + HostileName,
			Defanged: `C:\Users\alice\Downloads\` + HostileName, Hosts: []string{"fin-ws07.corp.example", "hr-ws02"},
			Findings: []string{"F-3f9a1c20b7e4", "F-51c7770de0b2"}, Count: 2, First: At(4 * time.Second),
			Last: At(38 * time.Minute)},
	}
	r.Rules = []report.Rule{
		{ID: "t1204-001-malicious-link-literal", Name: "Malicious link, literal", Severity: "high", Version: "1.0",
			Source: "built in", Techniques: maliciousLink, Status: "ran", StageHits: []int{3, 0}, Matches: 0,
			Query: "sequence by host.id with maxspan=30s\n  [process where …]\n  [any where …]"},
		{ID: "t1204-001-browser-child-lineage", Name: "Browser child with network or cradle", Severity: "critical",
			Version: "1.2", Source: "built in", Techniques: maliciousLink, Status: "ran", StageHits: []int{3, 2, 1},
			Matches: 2, Suppressed: 1, Blind: []string{"hr-ws02: Sysmon 3 absent"}, Query: "sequence …"},
		{ID: "drop-then-run", Name: "Dropped by a browser, then run", Severity: "medium", Version: "1.1",
			Source: "built in", Techniques: maliciousLink, Status: "ran", StageHits: []int{1, 0}, Matches: 0},
		{ID: "service-install-from-temp", Name: "Service installed from a temporary directory", Severity: "high",
			Version: "1.0", Source: "sigma/service.yml", Status: "ran", StageHits: []int{1}, Matches: 1,
			Language: "Sigma", Author: "Ann Author (Firm, Inc.), @bob", Licence: "DRL-1.1", Maturity: "test",
			Setup: "System log, no audit policy needed", Guidance: "Ask who installed it.\nThen hash the image."},
		{ID: "registry-runkey", Name: "Run key", Severity: "low", Version: "0.3", Source: "extra/runkey.toml",
			Status: "skipped", Reason: "extra/runkey.toml:7:12: sample queries are not supported"},
	}
	r.Recommendations = []report.Recommendation{
		{Kind: "contain", Text: "Isolate fin-ws07.corp.example: a linked chain ran there as CORP\\alice.",
			Basis: []string{"F-3f9a1c20b7e4"}},
		{Kind: "reset", Text: "Reset CORP\\alice: the account was used from fin-ws07 to dc01 after the chain.",
			Basis: []string{"F-3f9a1c20b7e4"}},
		{Kind: "enable logging", Text: "Enable Sysmon 3 and 15 on hr-ws02; without them a drop cannot be told " +
			"from a download.", Basis: []string{"coverage of hr-ws02"}},
	}
	r.Method = report.Method{
		Paragraphs: []report.KeyValue{
			{Key: "Reading", Value: "Every chunk is walked by its size.\nNo header is trusted.\nDamage is listed."},
			{Key: "Matching", Value: "EQL, with sequences."}},
		Glossary: []report.KeyValue{
			{Key: "Twin", Value: "The same process start as Sysmon 1 and Security 4688 record it."}},
		Verify: "hunt verify report.json --evtx triage/",
	}
	r.Summary = report.Summary{
		Verdict: "linked chain",
		Headline: "1 suspected incident on 2 of 4 hosts. It began on fin-ws07.corp.example on 2026-03-11 at 14:03 " +
			"UTC (critical severity, high confidence).", Severity: "critical", Confidence: "high",
		Lines: []string{
			"1 linked chain on fin-ws07.corp.example: chrome.exe started powershell.exe, which fetched code from " +
				"198[.]51[.]100[.]7 at 2026-03-11T14:03:22.1234567Z.",
			"4 hosts were read, 3 have findings; the first is of 2026-03-11T14:03:22.1234567Z, the last of " +
				"2026-03-11T14:41:22.1234567Z.",
		},
		NotSeen: []string{
			"hr-ws02: Sysmon 1 has no records from 13:53 to 14:23, so a start of the dropped file could not have " +
				"been seen.",
			"dc01.corp.example: no Sysmon at all; file drops and network connections are invisible there.",
		},
		Hosts: 4, HostsWith: 3, Findings: 3, Suppressed: 1, Partial: 1, Linked: 1,
		BySeverity: map[report.Severity]int{report.SeverityCritical: 1, report.SeverityHigh: 2}, First: At(0),
		Last: At(38 * time.Minute),
	}
	richIncidents(r)
	for i := range r.Findings {
		for j := range r.Timeline {
			if r.Timeline[j].Host == r.Findings[i].Host && len(r.Findings[i].Context) < 12 {
				r.Findings[i].Context = append(r.Findings[i].Context, j)
			}
		}
	}
}
