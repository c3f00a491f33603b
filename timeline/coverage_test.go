package timeline

import (
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/timeline/coverage"
	"hunt/timeline/ecs"
	"hunt/timeline/ledger"
)

func coverageOf(t testing.TB, dir string) (map[string]coverage.SourceCoverage, *coverage.Coverage) {
	t.Helper()
	c, _ := scan(t, ScanOptions{}, dir)
	cov := c.Coverage(c.Hosts.All[0], ledger.Period{})
	by := map[string]coverage.SourceCoverage{}
	for _, s := range cov.Sources {
		by[s.Name] = s
	}
	return by, cov
}

func TestCopiesDoNotMakePartOfTheCommandLinesAll(t *testing.T) {
	dir := t.TempDir()
	with := security4688("WS1", noon, 100, 50, `C:\a.exe`, explorer)
	with.Data = append(with.Data, evtxtest.Str("CommandLine", "a.exe -x"))
	log := evtxtest.File(with, security4688("WS1", noon.Add(time.Hour), 101, 50, `C:\a.exe`, ""))
	write(t, dir, "live/Security.evtx", log)
	write(t, dir, "vss1/Security.evtx", log)
	write(t, dir, "vss2/Security.evtx", log)
	sources, _ := coverageOf(t, dir)
	for _, name := range []string{"Security 4688 command line", "Security 4688 parent name"} {
		if s := sources[name]; s.State != coverage.SourcePartly || s.Count != 1 {
			t.Errorf("%s is %s, %d, %q; want partly, 1", name, s.State, s.Count, s.Detail())
		}
	}
}

// clearedLog is a System 104.
func clearedLog(computer string, at time.Time, channel string) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-Eventlog", GUID: "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}",
		Channel: "System", Computer: computer,
		EventID: 104, Level: 4, Task: 104, Time: at,
		UserData: &evtxtest.UserData{Element: "LogFileCleared",
			XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
			Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "mallory"),
				evtxtest.Str("SubjectDomainName", "CORP"), evtxtest.Str("Channel", channel),
				evtxtest.Str("BackupPath", "")}}}
}

func TestALogThatWasClearedAndIsEmptyIsClearedNotAbsent(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "System.evtx", evtxtest.File(
		clearedLog("WS1", noon, "Microsoft-Windows-Sysmon/Operational"),
		clearedLog("WS1", noon, "Microsoft-Windows-PowerShell/Operational")))
	sources, _ := coverageOf(t, dir)
	for _, name := range []string{"Sysmon 1 process start", "Sysmon 22 DNS query", "PowerShell 4104 script block"} {
		if s := sources[name]; s.State != coverage.SourceCleared {
			t.Errorf("%s is %s (%s), want cleared", name, s.State, s.Detail())
		}
	}
	if s := sources["Security 4624 logon"]; s.State != coverage.SourceAbsent {
		t.Errorf("Security 4624 is %s, want absent", s.State)
	}
}

func TestOnlyTheEventLogServiceSaysThatALogWasCleared(t *testing.T) {
	const note = "the log Security was cleared by"
	str := evtxtest.Str
	as := func(e evtxtest.Event, provider, channel string, id uint16) evtxtest.Event {
		e.Provider, e.Channel, e.EventID, e.GUID = provider, channel, id, ""
		return e
	}
	clear := clearedLog("WS1", noon, "Security")
	inEventData := clear
	inEventData.UserData, inEventData.Data = nil,
		[]evtxtest.Pair{str("SubjectUserName", "framed"), str("SubjectDomainName", "CORP"), str("Channel", "Security")}
	for name, c := range map[string]struct {
		event evtxtest.Event
		want  string // part of the note; "" = there is none
	}{
		"the service":                    {clear, note + ` CORP\mallory`},
		"the service under its old name": {as(clear, "EventLog", "System", 104), note + ` CORP\mallory`},
		"the service, forwarded": {as(clear, "Microsoft-Windows-EventLog", "ForwardedEvents", 104),
			note + ` CORP\mallory`},
		"the Security log, without a GUID": {as(clear, "Microsoft-Windows-Eventlog", "Security", 1102),
			`the Security log was cleared by CORP\mallory`},
		"a name outside its own payload":  {inEventData, `the log (unnamed) was cleared by an unknown user`},
		"a smart card driver":             {as(clear, "WudfUsbccidDriver", "System", 104), ""},
		"a smart card driver, other form": {as(inEventData, "WudfUsbccidDriver", "System", 104), ""},
		"a remote desktop client": {as(clear, "Microsoft-Windows-TerminalServices-ClientActiveXCore",
			"Microsoft-Windows-TerminalServices-RDPClient/Operational", 1102), ""},
		"a start menu": {as(clear, "Microsoft-Windows-ShellCommon-StartLayoutPopulation",
			"Security", 1102), ""},
		"a program that borrowed the name":  {as(clear, "Microsoft-Windows-Eventlog", "Application", 1102), ""},
		"another program in the System log": {as(clear, "Service Control Manager", "System", 104), ""},
	} {
		dir := t.TempDir()
		write(t, dir, "a.evtx", evtxtest.File(c.event))
		sources, cov := coverageOf(t, dir)
		cleared := sources["Security 4624 logon"].State == coverage.SourceCleared
		if said := strings.Join(cov.Notes, "\n"); (c.want == "") != (said == "") || !strings.Contains(said, c.want) ||
			strings.Contains(said, "framed") || c.want == "" && (cleared || len(cov.Gaps) > 0) {
			t.Errorf("%s: %q, cleared %t, %d gaps; want %q", name, said, cleared, len(cov.Gaps), c.want)
		}
	}
}

func TestALogonIsOnlyWhatTheSecurityLogCallsOne(t *testing.T) {
	dir := t.TempDir()
	failed := security4688("WS1", noon, 0, 0, "", "")
	failed.EventID, failed.Data = 4625,
		[]evtxtest.Pair{evtxtest.Str("TargetUserName", "anna"), evtxtest.Str("TargetDomainName", "CORP")}
	other, forwarded := failed, failed
	other.Provider, other.GUID, other.Channel = "Microsoft-Windows-EventSystem", "", "Security"
	forwarded.Channel, forwarded.Time = "WEC-Servers", noon.Add(time.Minute)
	write(t, dir, "a.evtx", evtxtest.File(failed, other, forwarded))
	c, _ := scan(t, ScanOptions{}, dir)
	n := 0
	for l := range c.Hosts.All[0].Logons() {
		if n++; l.Role != ecs.RoleFailedLogon || l.User != `CORP\anna` {
			t.Errorf("%+v", l)
		}
	}
	if n != 2 {
		t.Errorf("%d failed logons, want the Security log's and the forwarded one", n)
	}
}

func TestLoggingIsDownFromTheLastStopToTheNextStart(t *testing.T) {
	dir := t.TempDir()
	stop := func(at time.Time) evtxtest.Event {
		e := security4688("WS1", at, 0, 0, "", "")
		e.EventID, e.Data, e.UserData = 1100, nil,
			&evtxtest.UserData{Element: "ServiceShutdown",
				XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog"}
		e.Provider, e.GUID = "Microsoft-Windows-Eventlog", "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}"
		return e
	}
	service := func(id uint16, at time.Time) evtxtest.Event {
		return evtxtest.Event{Provider: "EventLog", Channel: "System", Computer: "WS1", EventID: id, Level: 4,
			Classic: true, Time: at}
	}
	write(t, dir, "Security.evtx", evtxtest.File(
		stop(noon), security4688("WS1", noon.Add(24*time.Hour), 100, 50, `C:\a.exe`, explorer),
		stop(noon.Add(48*time.Hour))))
	// The System log rolled over: it begins with the second shutdown.
	write(t, dir, "System.evtx",
		evtxtest.File(service(6006, noon.Add(48*time.Hour-time.Second)), service(6005, noon.Add(49*time.Hour))))
	_, cov := coverageOf(t, dir)
	var stops []coverage.Gap
	for _, g := range cov.Gaps {
		if g.Kind == "logging stopped" {
			stops = append(stops, g)
		}
	}
	if len(stops) != 1 || stops[0].From.Time() != noon.Add(48*time.Hour-time.Second) ||
		stops[0].To.Time() != noon.Add(49*time.Hour) {
		t.Errorf("logging was down %+v, want once, from the second shutdown on: there are events between the "+
			"first and the second", stops)
	}
}
