package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/rules/pack"
)

// sysmon makes an event of Sysmon for a case: pairs are names and values.
func sysmon(id uint16, after time.Duration, pairs ...any) pack.CaseEvent {
	return caseEvent("sysmon", caseComputer, id, after, pairs...)
}

func security(id uint16, after time.Duration, pairs ...any) pack.CaseEvent {
	return caseEvent("security", caseComputer, id, after, pairs...)
}

func caseEvent(log, computer string, id uint16, after time.Duration, pairs ...any) pack.CaseEvent {
	e := pack.CaseEvent{Time: caseStart.Add(after), Computer: computer, Channel: caseLogs[log].channel,
		Provider: caseLogs[log].provider, ID: id}
	for i := 0; i < len(pairs); i += 2 {
		e.Data = append(e.Data, pack.CaseData{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return e
}

// start is Sysmon 1: a process with the GUID of its name, its parent, its command line.
func start(after time.Duration, guid, image, parentGUID, parent, line string, more ...any) pack.CaseEvent {
	return sysmon(1, after, append([]any{"ProcessGuid", guid, "ProcessId", int64(100 + len(guid)), "Image", image,
		"CommandLine", line,
		"ParentProcessGuid", parentGUID, "ParentProcessId", int64(100 + len(parentGUID)), "ParentImage", parent},
		more...)...)
}

// find runs one rule of the library over events and returns its findings.
func find(t *testing.T, id string, events ...pack.CaseEvent) []*Finding {
	t.Helper()
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	return findBy(t, p.Rule(id), p, events...)
}

// findBy runs one rule over events, with the tuning of a pack.
func findBy(t *testing.T, rule *pack.Rule, p *pack.Pack, events ...pack.CaseEvent) []*Finding {
	t.Helper()
	return runCase(t, &pack.Case{Name: t.Name(), Events: events},
		&pack.Pack{Rules: []*pack.Rule{rule}, Exceptions: p.Exceptions, Tools: p.Tools})
}

// partialDownloads is the rule about downloads that run, asked for its partial chains, too.
func partialDownloads(t *testing.T) (*pack.Rule, *pack.Pack) {
	t.Helper()
	p, err := pack.Load(pack.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	r := p.Rule("t1204-001-download-then-run")
	r.Partial = true
	return r, p
}

const (
	chrome = `C:\Program Files\Google\Chrome\Application\chrome.exe`
	cmdExe = `C:\Windows\System32\cmd.exe`
	mshta  = `C:\Windows\System32\mshta.exe`
	shell  = `C:\Windows\explorer.exe`
	second = time.Second
)

func TestConfidenceAndItsReasons(t *testing.T) {
	const literal, dropRun = "t1204-001-malicious-link-literal", "t1204-001-download-then-run"
	download := func(after time.Duration, contents string) pack.CaseEvent {
		return sysmon(15, after, "ProcessGuid", "browser", "ProcessId", int64(107), "Image", chrome,
			"TargetFilename", `C:\Users\alice\Downloads\offer.exe:Zone.Identifier`, "Contents", contents)
	}
	run := func(after time.Duration) pack.CaseEvent {
		return start(after, "run", `C:\Users\alice\Downloads\offer.exe`, "shell", shell, "offer.exe")
	}
	for _, c := range []struct {
		name, rule string
		events     []pack.CaseEvent
		want       pack.Confidence
		reasons    []string // each must be among them
		labels     []string // exactly these
	}{
		{"a child of the first process is high", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x"),
			start(2*second, "mshta", mshta, "cmd", cmdExe, "mshta x"),
		}, pack.High, []string{"The process of step 2 descends from that of step 1: cmd.exe > mshta.exe."}, nil},
		{"a grandchild is high, and the one between is named", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x"),
			start(1*second, "between", `C:\Windows\System32\whoami.exe`, "cmd", cmdExe, "whoami"),
			start(2*second, "mshta", mshta, "between", `C:\Windows\System32\whoami.exe`, "mshta x"),
		}, pack.High, []string{"The process of step 2 descends from that of step 1: cmd.exe > whoami.exe > mshta.exe."},
			nil},
		{"a process of somebody else on the host is low", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x"),
			start(2*second, "mshta", mshta, "service", `C:\Windows\System32\svchost.exe`, "mshta x"),
		}, pack.Low, []string{"Steps 1 and 2 share only the host and the time: mshta.exe (pid 105) does not " +
			"descend from cmd.exe (pid 103)."}, nil},
		{"a file that the first process wrote is its own", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x"),
			sysmon(11, 2*second, "ProcessGuid", "cmd", "ProcessId", int64(103), "Image", cmdExe, "TargetFilename",
				`C:\Users\Public\a.exe`),
		}, pack.High, []string{"Steps 1 and 2 belong to one process: cmd.exe (pid 103)."}, nil},
		{"a file of a process whose start nobody logged is low", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x"),
			sysmon(11, 2*second, "ProcessGuid", "stranger", "ProcessId", int64(999), "Image", `C:\x.exe`,
				"TargetFilename", `C:\Users\Public\a.exe`),
		}, pack.Low, []string{"Steps 1 and 2 share only the host and the time: the start of the process of step 2 " +
			"was not logged."}, nil},
		{"lineage is found by process id where only 4688 is logged", literal, []pack.CaseEvent{
			security(4688, 0, "NewProcessId", "0x900", "NewProcessName", cmdExe, "ProcessId", "0x800", "CommandLine",
				"cmd", "ParentProcessName", chrome),
			security(4688, second, "NewProcessId", "0xa00", "NewProcessName", mshta, "ProcessId", "0x900",
				"CommandLine", "mshta x"),
		}, pack.Medium, []string{"The process of step 2 probably descends from that of step 1: cmd.exe > " +
			"mshta.exe. That mshta.exe (pid 2560) was started by " +
			"cmd.exe (pid 2304) is inferred from pid 2304, started 1 s before, no start of the system logged in " +
			"between, no account logged; ends of processes are not logged."}, nil},
		{"the limit is near", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x"),
			start(29*second+500*time.Millisecond, "mshta", mshta, "cmd", cmdExe, "mshta x"),
		}, pack.High, nil, []string{"within 1 s of the rule's limit of 30s"}},
		{"the other clock is beyond the limit", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x", "UtcTime", "2026-03-02 08:59:59.976"),
			start(30*second, "mshta", mshta, "cmd", cmdExe, "mshta x"),
		}, pack.High, nil, []string{"within 1 s of the rule's limit of 30s",
			"beyond the rule's limit of 30s on the other clock"}},
		{"the other clock has the reverse order", literal, []pack.CaseEvent{
			start(0, "cmd", cmdExe, "browser", chrome, "cmd /c x", "UtcTime", "2026-03-02 09:00:02.500"),
			start(2*second, "mshta", mshta, "cmd", cmdExe, "mshta x"),
		}, pack.High, nil, []string{"order of steps 1 and 2 reversed on the other clock"}},
		{"a run from the Internet zone is high and says from where", dropRun, []pack.CaseEvent{
			download(0, "[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://example.net/page  "+
				"HostUrl=https://example.net/offer.exe"), run(9 * second),
		}, pack.High, []string{
			`Steps 1 and 2 are about the same file: c:\users\alice\downloads\offer.exe.`,
			"The mark of the web says zone 3 (Internet): the file came from https://example.net/offer.exe, linked " +
				"from https://example.net/page.",
		}, nil},
		{"a mark whose content was not logged is medium", dropRun, []pack.CaseEvent{download(0, ""), run(9 * second)},
			pack.Medium,
			[]string{"The file was marked as coming from the web; the content of the mark, and so the address, " +
				"was not logged."}, nil},
		{"a run from the intranet is low", dropRun,
			[]pack.CaseEvent{download(0, "[ZoneTransfer]  ZoneId=1"), run(9 * second)}, pack.Low,
			[]string{"The mark of the web says zone 1 (local intranet)."}, nil},
		{"an address that the browser hid is not told", dropRun,
			[]pack.CaseEvent{download(0, "[ZoneTransfer]  ZoneId=3  HostUrl=about:internet"), run(9 * second)},
			pack.High,
			[]string{"The mark of the web says zone 3 (Internet)."}, nil},
		{"a weak rule gains one step from its evidence, not two", "t1204-001-landing-zone-run",
			[]pack.CaseEvent{download(0, "[ZoneTransfer]  ZoneId=3"), run(9 * second)}, pack.Medium, nil, nil},
		{"one event names its parent", "t1204-001-browser-lolbin-web-content", []pack.CaseEvent{
			start(0, "mshta", mshta, "browser", chrome, `mshta C:\Users\alice\Downloads\a.hta`),
		}, pack.High, []string{"One event satisfies the rule by itself, and it names the parent: mshta.exe (pid " +
			"105) was started by chrome.exe (pid 107)."}, nil},
		{"one event whose parent is inferred is medium", "t1204-001-browser-lolbin-web-content", []pack.CaseEvent{
			security(4688, 0, "NewProcessId", "0x800", "NewProcessName", chrome, "ProcessId", "0x700", "CommandLine",
				"chrome"),
			security(4688, second, "NewProcessId", "0x900", "NewProcessName", mshta, "ProcessId", "0x800",
				"CommandLine", `mshta C:\Users\alice\Downloads\a.hta`),
		}, pack.Medium, []string{"One event satisfies the rule by itself: mshta.exe (pid 2304) was probably " +
			"started by chrome.exe (pid 2048), which the record does not name; " +
			"inferred from pid 2048, started 1 s before, no start of the system logged in between, no account " +
			"logged; ends of processes are not logged."}, nil},
		{"the first step's parent is inferred, and its basis is told", literal, []pack.CaseEvent{
			security(4688, 0, "NewProcessId", "0x800", "NewProcessName", chrome, "ProcessId", "0x700", "CommandLine",
				"chrome"),
			security(4688, second, "NewProcessId", "0x900", "NewProcessName", cmdExe, "ProcessId", "0x800",
				"CommandLine", "cmd"),
			security(4688, 2*second, "NewProcessId", "0xa00", "NewProcessName", mshta, "ProcessId", "0x900",
				"CommandLine", "mshta x", "ParentProcessName", cmdExe),
		}, pack.Medium, []string{"That cmd.exe (pid 2304) was started by chrome.exe (pid 2048), which its record " +
			"does not name, is inferred from pid 2048, started 1 s before, " +
			"no start of the system logged in between, no account logged; ends of processes are not logged."}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := find(t, c.rule, c.events...)
			if len(found) != 1 || found[0].Status != pack.StatusFinding {
				t.Fatalf("%d findings: %v", len(found), statusesOf(found))
			}
			f := found[0]
			if f.Confidence != c.want {
				t.Errorf("confidence %s, want %s", f.Confidence, c.want)
			}
			for _, r := range c.reasons {
				if !slices.Contains(f.Reasons, r) {
					t.Errorf("no reason %q in\n  %s", r, strings.Join(f.Reasons, "\n  "))
				}
			}
			if !slices.Equal(f.Labels, c.labels) {
				t.Errorf("labels %q, want %q", f.Labels, c.labels)
			}
		})
	}
}

// TestRarityCountsHostsOfTheBatch starts the same program under the browser on some of a batch's hosts.
func TestRarityCountsHostsOfTheBatch(t *testing.T) {
	for _, c := range []struct {
		hosts, with int
		want        pack.Confidence
		reason      string
	}{
		{12, 1, pack.High, "A browser started mshta.exe on 1 of 12 hosts: only on this one, as far as the logs show."},
		{12, 5, pack.High, "A browser started mshta.exe on 5 of 12 hosts."},
		{12, 6, pack.Medium, "A browser started mshta.exe on 6 of 12 hosts: that is how the organisation's own " +
			"software looks."},
		{9, 9, pack.High, ""},
	} {
		t.Run(fmt.Sprintf("%d of %d hosts", c.with, c.hosts), func(t *testing.T) {
			var events []pack.CaseEvent
			for i := range c.hosts {
				e := start(time.Duration(i)*second, "other", cmdExe, "shell", shell, "cmd")
				if i < c.with {
					e = start(time.Duration(i)*second, "mshta", mshta, "browser", chrome,
						`mshta C:\Users\alice\Downloads\a.hta`)
				}
				e.Computer = fmt.Sprintf("WS%02d.corp.example", i)
				events = append(events, e)
			}
			found := find(t, "t1204-001-browser-lolbin-web-content", events...)
			if len(found) != c.with {
				t.Fatalf("%d findings, want %d", len(found), c.with)
			}
			for _, f := range found {
				if f.Confidence != c.want {
					t.Errorf("confidence %s, want %s", f.Confidence, c.want)
				}
				counted := slices.ContainsFunc(f.Reasons, func(r string) bool {
					return strings.HasPrefix(r, "A browser started")
				})
				if counted != (c.reason != "") || counted && !slices.Contains(f.Reasons, c.reason) {
					t.Errorf("reasons %q, want %q", f.Reasons, c.reason)
				}
			}
		})
	}
}

func TestAllEventsThatCouldHaveBeenTheFirstStageAreKept(t *testing.T) {
	found := find(t, "t1204-001-malicious-link-literal",
		start(0, "old", cmdExe, "browser", chrome, "cmd /c old"),
		start(40*second, "cause", cmdExe, "browser", chrome, "cmd /c cause"),
		start(50*second, "newest", cmdExe, "browser", chrome, "cmd /c newest"),
		start(55*second, "mshta", mshta, "cause", cmdExe, "mshta x"))
	i := slices.IndexFunc(found, func(f *Finding) bool { return f.Status == pack.StatusFinding })
	if i < 0 {
		t.Fatalf("no finding: %v", statusesOf(found))
	}
	f := found[i]
	if !strings.Contains(f.Evidence[0].Event.Message(), "newest") {
		t.Errorf("first stage %s", f.Evidence[0].Event.Message())
	}
	if len(f.Candidates) != 1 || !strings.Contains(f.Candidates[0].Event.Message(), "cause") {
		t.Errorf("candidates %v", f.Candidates)
	}
	if f.Confidence != pack.Low {
		t.Errorf("the newest is not the cause, so confidence %s must be low", f.Confidence)
	}
}

func TestTheEventsOfOneDownloadAreOnePartialChain(t *testing.T) {
	file := func(id uint16, after time.Duration, name string) pack.CaseEvent {
		return sysmon(id, after, "ProcessGuid", "browser", "Image", chrome, "TargetFilename",
			`C:\Users\alice\Downloads\`+name)
	}
	rule, p := partialDownloads(t)
	found := findBy(t, rule, p,
		file(11, 0, "a.exe"), file(15, second/10, "a.exe"), file(11, second/10, "a.exe:Zone.Identifier"),
		file(15, second/5, "a.exe:Zone.Identifier"),
		file(11, 2*second, "b.exe"), file(11, time.Hour, "a.exe"))
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s %s +%d", f.Status, f.Evidence[0].Event.At.Time().Sub(caseStart).String(),
			len(f.Candidates)))
	}
	if want := []string{"partial 0s +3", "partial 2s +0", "partial 1h0m0s +0"}; !slices.Equal(got, want) {
		t.Errorf("have %q, want %q", got, want)
	}
}

// TestStepsOnBothSidesOfAClockThatWasSetBackAreTold has the two steps nine seconds apart by their times, with two
// hours and a change of the clock between their records, in either order.
func TestStepsOnBothSidesOfAClockThatWasSetBackAreTold(t *testing.T) {
	download := sysmon(15, 0, "ProcessGuid", "browser", "ProcessId", int64(107), "Image", chrome, "TargetFilename",
		`C:\Users\alice\Downloads\offer.exe:Zone.Identifier`, "Contents", "[ZoneTransfer]  ZoneId=3")
	run := start(9*second, "offer", `C:\Users\alice\Downloads\offer.exe`, "shell", shell,
		`"C:\Users\alice\Downloads\offer.exe"`)
	between := func() (out []pack.CaseEvent) {
		for i := range 8 {
			out = append(out, sysmon(5, time.Duration(i+1)*15*time.Minute, "ProcessGuid", "x", "ProcessId", int64(9),
				"Image", cmdExe))
		}
		for i := range 8 {
			out = append(out, sysmon(5, -time.Hour+time.Duration(i)*time.Minute, "ProcessGuid", "x", "ProcessId",
				int64(9), "Image", cmdExe))
		}
		return out
	}
	for name, c := range map[string]struct {
		first, last pack.CaseEvent
		want        string
		low         bool
	}{
		"as the times say": {download, run,
			"the clock of this host was set back between steps 1 and 2, so the time between them is wrong", false},
		"against what times says": {run, download,
			"contradiction: the clock of this host was set back, and by the order of the records step 2 came " +
				"before step 1", true},
	} {
		t.Run(name, func(t *testing.T) {
			found := find(t, "t1204-001-download-then-run",
				slices.Concat([]pack.CaseEvent{c.first}, between(), []pack.CaseEvent{c.last})...)
			if len(found) != 1 {
				t.Fatalf("%d findings", len(found))
			}
			if f := found[0]; !slices.Contains(f.Labels, c.want) || (f.Confidence == pack.Low) != c.low {
				t.Errorf("confidence %s, labels %q; want %q", f.Confidence, f.Labels, c.want)
			}
		})
	}
}
