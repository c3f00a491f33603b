package timeline

import (
	"testing"
	"time"

	"hunt/evtx/evtxtest"
)

func coverageOf(t testing.TB, dir string) (map[string]SourceCoverage, *Coverage) {
	t.Helper()
	c, _ := scan(t, ScanOptions{}, dir)
	cov := c.Coverage(c.Hosts[0], Period{})
	by := map[string]SourceCoverage{}
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
		if s := sources[name]; s.State != SourcePartly || s.Count != 1 {
			t.Errorf("%s is %s, %d, %q; want partly, 1", name, s.State, s.Count, s.Detail)
		}
	}
}

// clearedLog is a System 104.
func clearedLog(computer string, at time.Time, channel string) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-Eventlog", GUID: "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}", Channel: "System", Computer: computer,
		EventID: 104, Level: 4, Task: 104, Time: at, UserData: &evtxtest.UserData{Element: "LogFileCleared", XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog",
			Fields: []evtxtest.Pair{evtxtest.Str("SubjectUserName", "mallory"), evtxtest.Str("SubjectDomainName", "CORP"), evtxtest.Str("Channel", channel), evtxtest.Str("BackupPath", "")}}}
}

func TestALogThatWasClearedAndIsEmptyIsClearedNotAbsent(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "System.evtx", evtxtest.File(
		clearedLog("WS1", noon, "Microsoft-Windows-Sysmon/Operational"), clearedLog("WS1", noon, "Microsoft-Windows-PowerShell/Operational")))
	sources, _ := coverageOf(t, dir)
	for _, name := range []string{"Sysmon 1 process start", "Sysmon 22 DNS query", "PowerShell 4104 script block"} {
		if s := sources[name]; s.State != SourceCleared {
			t.Errorf("%s is %s (%s), want cleared", name, s.State, s.Detail)
		}
	}
	if s := sources["Security 4624 logon"]; s.State != SourceAbsent {
		t.Errorf("Security 4624 is %s, want absent", s.State)
	}
}

func TestLoggingIsDownFromTheLastStopToTheNextStart(t *testing.T) {
	dir := t.TempDir()
	stop := func(at time.Time) evtxtest.Event {
		e := security4688("WS1", at, 0, 0, "", "")
		e.EventID, e.Data, e.UserData = 1100, nil, &evtxtest.UserData{Element: "ServiceShutdown", XMLNS: "http://manifests.microsoft.com/win/2004/08/windows/eventlog"}
		e.Provider, e.GUID = "Microsoft-Windows-Eventlog", "{FC65DDD8-D6EF-4962-83D5-6E5CFE9CE148}"
		return e
	}
	service := func(id uint16, at time.Time) evtxtest.Event {
		return evtxtest.Event{Provider: "EventLog", Channel: "System", Computer: "WS1", EventID: id, Level: 4, Classic: true, Time: at}
	}
	write(t, dir, "Security.evtx", evtxtest.File(
		stop(noon), security4688("WS1", noon.Add(24*time.Hour), 100, 50, `C:\a.exe`, explorer), stop(noon.Add(48*time.Hour))))
	// The System log rolled over: it begins with the second shutdown.
	write(t, dir, "System.evtx", evtxtest.File(service(6006, noon.Add(48*time.Hour-time.Second)), service(6005, noon.Add(49*time.Hour))))
	_, cov := coverageOf(t, dir)
	var stops []Gap
	for _, g := range cov.Gaps {
		if g.Kind == "logging stopped" {
			stops = append(stops, g)
		}
	}
	if len(stops) != 1 || stops[0].From.Time() != noon.Add(48*time.Hour-time.Second) || stops[0].To.Time() != noon.Add(49*time.Hour) {
		t.Errorf("logging was down %+v, want once, from the second shutdown on: there are events between the first and the second", stops)
	}
}
