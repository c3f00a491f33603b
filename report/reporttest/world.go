package reporttest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// World is evidence being made: logs by file name.
type World struct {
	T    *testing.T
	Dir  string
	Logs map[string]*evtxtest.Log
}

func NewWorld(t *testing.T) *World {
	return &World{T: t, Dir: t.TempDir(), Logs: map[string]*evtxtest.Log{}}
}

// When is a time of the day of all events: 09:14:03.5.
func When(clock string) time.Time {
	for _, layout := range []string{"15:04:05", "15:04"} {
		if c, err := time.Parse(layout, clock); err == nil {
			return time.Date(2026, 3, 12, c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), time.UTC)
		}
	}
	panic("no time: " + clock)
}

const TestHost = "WS-01.corp.example"

// Add puts an event into the log of its channel; file names the log if it is another than the channel's own.
func (w *World) Add(file string, e evtxtest.Event) {
	if e.Computer == "" {
		e.Computer = TestHost
	}
	file = strings.ReplaceAll(file, "/", "%4") + ".evtx"
	if w.Logs[file] == nil {
		w.Logs[file] = &evtxtest.Log{}
	}
	w.Logs[file].Add(e)
}

// Pairs makes data of "name=value" texts: numbers of pids and ids as such, GUIDs as such, all else as strings.
func Pairs(data ...string) []evtxtest.Pair {
	var out []evtxtest.Pair
	for _, d := range data {
		name, value, _ := strings.Cut(d, "=")
		v := evtxtest.String(value)
		switch {
		case strings.HasSuffix(name, "ProcessGuid"):
			v = evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0000-%012s}", value))
		case name == "ProcessId" || name == "ParentProcessId" || name == "MessageNumber" || name == "MessageTotal":
			var n uint32
			_, _ = fmt.Sscan(value, &n)
			v = evtxtest.Uint32(n)
		case strings.HasSuffix(name, "LogonId"):
			var n uint64
			_, _ = fmt.Sscanf(value, "0x%x", &n)
			v = evtxtest.Hex64(n)
		case strings.HasSuffix(name, "Sid"):
			v = evtxtest.SID(value)
		}
		out = append(out, evtxtest.Pair{Name: name, Value: v})
	}
	return out
}

const SysmonChannel = "Microsoft-Windows-Sysmon/Operational"

// Sysmon adds a Sysmon event. UtcTime is the event's own unless data says otherwise.
func (w *World) Sysmon(id uint16, at string, data ...string) {
	w.SysmonOn(TestHost, id, at, data...)
}

func (w *World) SysmonOn(computer string, id uint16, at string, data ...string) {
	if !slices.ContainsFunc(data, func(d string) bool { return strings.HasPrefix(d, "UtcTime=") }) {
		data = append([]string{"UtcTime=" + When(at).Format("2006-01-02 15:04:05.000")}, data...)
	}
	w.Add(SysmonChannel, evtxtest.Event{Provider: "Microsoft-Windows-Sysmon",
		GUID: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", Channel: SysmonChannel, Computer: computer,
		EventID: id, Version: 5, Time: When(at), Data: Pairs(data...)})
}

// Start adds a Sysmon 1: the process with that number (pid, and part of its ProcessGuid), run by its parent.
func (w *World) Start(at string, n int, image, line string, parent int, parentImage string, more ...string) {
	data := []string{fmt.Sprintf("ProcessGuid=%d", n), fmt.Sprintf("ProcessId=%d", n), "Image=" + image,
		"CommandLine=" + line, `User=CORP\j.doe`, "LogonId=0x7030d",
		fmt.Sprintf("ParentProcessGuid=%d", parent), fmt.Sprintf("ParentProcessId=%d", parent),
		"ParentImage=" + parentImage, "ParentCommandLine=" + parentImage}
	for _, m := range more {
		name, _, _ := strings.Cut(m, "=")
		data = slices.DeleteFunc(data, func(d string) bool { return strings.HasPrefix(d, name+"=") })
		data = append(data, m)
	}
	w.Sysmon(1, at, data...)
}

// Created adds a Sysmon 11.
func (w *World) Created(at string, n int, image, file string) {
	w.Sysmon(11, at, fmt.Sprintf("ProcessGuid=%d", n), fmt.Sprintf("ProcessId=%d", n), "Image="+image,
		"TargetFilename="+file, `User=CORP\j.doe`)
}

func (w *World) Security(id uint16, at string, data ...string) {
	w.SecurityOn(TestHost, id, at, data...)
}

// SecurityAs adds a record with its keywords, which say whether an audited act succeeded.
func (w *World) SecurityAs(keywords uint64, id uint16, at string, data ...string) {
	w.Add("Security", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
		GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}", Channel: "Security", Computer: TestHost,
		EventID: id, Version: 2, Keywords: keywords, Time: When(at), Data: Pairs(data...)})
}

func (w *World) SecurityOn(computer string, id uint16, at string, data ...string) {
	w.Add("Security", evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing",
		GUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}", Channel: "Security", Computer: computer,
		EventID: id, Version: 2, Time: When(at), Data: Pairs(data...)})
}

// Logon adds a 4624.
func (w *World) Logon(computer, at, user, logonID, kind, ip string) {
	sid := "S-1-5-21-1-2-3-1104"
	if user != "j.doe" {
		sid = "S-1-5-21-1-2-3-1105"
	}
	w.SecurityOn(computer, 4624, at, "SubjectUserSid=S-1-5-18", "SubjectUserName=WS-01$", "SubjectDomainName=CORP",
		"SubjectLogonId=0x3e7",
		"TargetUserSid="+sid, "TargetUserName="+user, "TargetDomainName=CORP", "TargetLogonId="+logonID,
		"LogonType="+kind, "WorkstationName=KIOSK", "IpAddress="+ip)
}

// Script adds a part of a 4104.
func (w *World) Script(at, block string, n, total int, text string) {
	const channel = "Microsoft-Windows-PowerShell/Operational"
	w.Add(channel, evtxtest.Event{Provider: "Microsoft-Windows-PowerShell",
		GUID: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}", Channel: channel, EventID: 4104, Version: 1, Level: 3,
		Time: When(at), ProcessID: 200, UserID: "S-1-5-21-1-2-3-1104",
		Data: Pairs(fmt.Sprintf("MessageNumber=%d", n), fmt.Sprintf("MessageTotal=%d", total), "ScriptBlockText="+text,
			"ScriptBlockId="+block, "Path=")})
}

// Write puts the logs on disk.
func (w *World) Write() {
	w.T.Helper()
	for name, l := range w.Logs {
		b, err := l.Bytes()
		if err != nil {
			w.T.Fatal(err)
		}
		w.File(name, b)
	}
}

func (w *World) File(name string, b []byte) {
	w.T.Helper()
	p := filepath.Join(w.Dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o750); err != nil {
		w.T.Fatal(err)
	}
	if err := os.WriteFile(p, b, 0o600); err != nil {
		w.T.Fatal(err)
	}
}

// Report runs rules over the world: files of testdata/build, or the library where none is named.
func (w *World) Report(o build.Options, ro rules.Options, ruleFiles ...string) *report.Report {
	w.T.Helper()
	w.Write()
	r, _ := ReportOf(w.T, w.Dir, o, ro, ruleFiles...)
	return r
}

func ReportOf(t *testing.T, dir string, o build.Options, ro rules.Options, ruleFiles ...string) (*report.Report,
	*evidence.Collection) {
	t.Helper()
	src := pack.Sources{NoDefaultRules: len(ruleFiles) > 0}
	for _, f := range ruleFiles {
		if f != "" {
			src.Rules = append(src.Rules, filepath.Join("testdata", f))
		}
	}
	pk, err := pack.Load(src)
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ro.Jobs = 2
	res, err := rules.Run(t.Context(), timeline.Of(col), pk, ro)
	if err != nil {
		t.Fatal(err)
	}
	r, err := build.Report(t.Context(), res, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, col
}

// Only returns the one finding of a rule.
func Only(t *testing.T, r *report.Report, rule string) *report.Finding {
	t.Helper()
	var out *report.Finding
	for i := range r.Findings {
		if r.Findings[i].Rule.ID == rule {
			if out != nil {
				t.Fatalf("%s has more than one finding", rule)
			}
			out = &r.Findings[i]
		}
	}
	if out == nil {
		t.Fatalf("%s has no finding", rule)
	}
	return out
}

// Programs of the attack.
const (
	Chrome = `C:\Program Files\Google\Chrome\Application\chrome.exe`
	Shell  = `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`
)

// Attack is a browser that starts PowerShell, which drops a library and runs a payload.
func Attack(w *World) {
	w.Start("09:00:00", 100, Chrome, Chrome, 90, `C:\Windows\explorer.exe`)
	w.Start("09:10:00", 200, Shell, "powershell.exe -nop -w hidden", 100, Chrome)
	w.Created("09:10:04", 200, Shell, `C:\Users\j.doe\AppData\Local\Temp\drop.dll`)
}
