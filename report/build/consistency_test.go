package build_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

func at(clock string) report.Time {
	t := evtx.FiletimeOf(reporttest.When(clock))
	return &t
}

func TestLabelsSayWhatAnAnalystMustKnow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(*reporttest.World)
		o    build.Options
		rule string
		want []string
	}{
		"nothing odd": {make: reporttest.Attack},
		"all before the window": {make: reporttest.Attack,
			o:    build.Options{Case: report.Case{Window: report.Window{From: at("09:10:30")}}},
			want: []string{"before the incident window"}},
		"begins before the window": {make: reporttest.Attack,
			o:    build.Options{Case: report.Case{Window: report.Window{From: at("09:10:02")}}},
			want: []string{"begins before the incident window"}},
		"all after the window": {make: reporttest.Attack,
			o:    build.Options{Case: report.Case{Window: report.Window{To: at("09:00")}}},
			want: []string{"after the incident window"}},
		"ends after the window": {make: reporttest.Attack,
			o:    build.Options{Case: report.Case{Window: report.Window{To: at("09:10:02")}}},
			want: []string{"ends after the incident window"}},
		"within the window": {make: reporttest.Attack,
			o: build.Options{Case: report.Case{Window: report.Window{From: at("09:00"), To: at("09:30")}}}},
		"tools of the responders": {make: reporttest.Attack,
			o: build.Options{Case: report.Case{Tools: []string{"powershell", "kape", "c:/program files/google",
				"ell"}}},
			want: []string{"responder's own tool: powershell", "responder's own tool: c:/program files/google"}},
		"a process that acted after its end": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Sysmon(5, "09:10:01", "ProcessGuid=200", "ProcessId=200", "Image="+shell)
		}, want: []string{"contradiction: powershell.exe (pid 200) is said to have done step 2 3s after it ended " +
			"at 2026-03-12T09:10:01.0000000Z"}},
		"a process that ended just then": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Sysmon(5, "09:10:03", "ProcessGuid=200", "ProcessId=200", "Image="+shell)
		}},
		"a parent that began after its child": {make: func(w *reporttest.World) {
			w.Start("09:10:00", 200, shell, "powershell", 100, chrome)
			w.Created("09:10:04", 200, shell, `C:\Users\j.doe\AppData\Local\Temp\drop.dll`)
			w.Start("09:20:00", 100, chrome, chrome, 90, `C:\Windows\explorer.exe`)
		}, want: []string{"contradiction: powershell.exe (pid 200) is logged as started 10m0s before its parent " +
			"chrome.exe (pid 100)"}},
		"a parent that had ended": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Sysmon(5, "09:05:00", "ProcessGuid=100", "ProcessId=100", "Image="+chrome)
		}, want: []string{"contradiction: powershell.exe (pid 200) is logged as started 5m0s after its parent " +
			"chrome.exe (pid 100) had ended"}},
		"an event written long after it happened": {make: func(w *reporttest.World) {
			w.Start("09:10:00", 200, shell, "powershell", 100, chrome)
			w.Sysmon(11, "09:10:20", "UtcTime=2026-03-12 07:00:00.000", "ProcessGuid=200", "ProcessId=200",
				"Image="+shell, `TargetFilename=C:\Users\j.doe\AppData\Local\Temp\drop.dll`)
		}, want: []string{
			"order of steps 1 and 2 reversed on the other clock",
			"step 2: Sysmon says that it happened at 2026-03-12T07:00:00.0000000Z, but the record's time is " +
				"2026-03-12T09:10:20.0000000Z",
		}},
		"a record written at another time": {make: func(w *reporttest.World) {
			w.Start("09:10:00", 200, shell, "powershell", 100, chrome)
			e := evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: reporttest.SysmonChannel, EventID: 11,
				Time: reporttest.When("09:10:04"), Written: reporttest.When("11:00:00"),
				Data: reporttest.Pairs("UtcTime=2026-03-12 09:10:04.000", "ProcessGuid=200", "ProcessId=200",
					"Image="+shell, `TargetFilename=C:\Users\j.doe\AppData\Local\Temp\drop.dll`)}
			w.Add(reporttest.SysmonChannel, e)
		}, want: []string{"step 2: the event says 2026-03-12T09:10:04.0000000Z, its record was written at " +
			"2026-03-12T11:00:00.0000000Z"}},
		"a clock that was set": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Security(4616, "09:10:02", "SubjectUserSid=S-1-5-18", "SubjectUserName=x", "SubjectDomainName=CORP",
				"PreviousTime=2026-03-12T07:10:02.0000000Z", "NewTime=2026-03-12T09:10:02.0000000Z",
				`ProcessName=C:\a.exe`)
		}, want: []string{"the clock of this host was changed at 2026-03-12T09:10:02.0000000Z, from " +
			"2026-03-12T07:10:02.0000000Z to 2026-03-12T09:10:02.0000000Z: times around it may not be what they seem"}},
		"a clock that was corrected": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Security(4616, "09:10:02", "PreviousTime=2026-03-12T09:10:02.0000000Z",
				"NewTime=2026-03-12T09:10:02.2000000Z", `ProcessName=C:\Windows\System32\svchost.exe`)
		}},
		"a clock that was set hours before": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Security(4616, "04:10:02", "PreviousTime=2026-03-12T02:10:02.0000000Z",
				"NewTime=2026-03-12T04:10:02.0000000Z", `ProcessName=C:\a.exe`)
		}},
		"two records of one start that disagree": {make: func(w *reporttest.World) {
			reporttest.Attack(w)
			twinOf(w, "adm", "0x9999")
		}, want: []string{`contradiction: the two records of one process start name different users: Microsoft-Windows-Sysmon/Operational 1 says CORP\j.doe, Security 4688 says CORP\adm`}},
		"the system by two names": {make: func(w *reporttest.World) {
			w.Start("09:10:00", 200, shell, "powershell", 100, chrome, `User=NT AUTHORITY\SYSTEM`, "LogonId=0x3e7")
			w.Created("09:10:04", 200, shell, `C:\Users\j.doe\AppData\Local\Temp\drop.dll`)
			twinOf(w, "WS-01$", "0x3e7")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := reporttest.NewWorld(t)
			c.make(w)
			f := reporttest.Only(t, w.Report(c.o, rules.Options{}, "rules.toml"), "test-browser-shell")
			have := slices.Clone(f.Labels)
			have = slices.DeleteFunc(have, func(l string) bool {
				return strings.HasPrefix(l, "beyond the rule's limit")
			})
			slices.Sort(have)
			slices.Sort(c.want)
			if !slices.Equal(have, c.want) {
				t.Errorf("have %q\nwant %q", have, c.want)
			}
		})
	}
}

func TestOneProcessInTwoIncidentsIsSaid(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	reporttest.Attack(w) // powershell starts; chrome is above it
	w.Start("09:30:00", 300, `C:\Users\j.doe\Downloads\tool.exe`, "tool", 90, `C:\Windows\explorer.exe`)
	w.Created("09:29:00", 100, chrome, `C:\Users\j.doe\Downloads\tool.exe`)
	w.Start("09:40:00", 400, `C:\Users\j.doe\Downloads\second.exe`, "second", 90, `C:\Windows\explorer.exe`)
	w.Created("09:39:00", 100, chrome, `C:\Users\j.doe\Downloads\second.exe`)
	r := w.Report(build.Options{}, rules.Options{}, "run.toml")
	checkReport(t, r)
	if len(r.Incidents) != 2 {
		t.Fatalf("%d incidents", len(r.Incidents))
	}
	for i, f := range r.Findings {
		want := fmt.Sprintf("chrome.exe (pid 100) acts in another incident as well: %s", r.Findings[1-i].Incident)
		if !slices.Contains(f.Labels, want) {
			t.Errorf("%s: %q lacks %q", f.ID, f.Labels, want)
		}
	}
}

func TestScriptBlocksArePutTogether(t *testing.T) {
	t.Parallel()
	const block = "c6b2d0c1-6f7a-4d54-9f3e-9d0f1b2a3c4d"
	for name, c := range map[string]struct {
		parts []int
		total int
		kind  string
		text  string
	}{
		"all parts":       {[]int{1, 2, 3}, 3, "PowerShell script block, 3 of 3 parts", "<1><2 DownloadString><3>"},
		"parts unordered": {[]int{3, 2, 1}, 3, "PowerShell script block, 3 of 3 parts", "<1><2 DownloadString><3>"},
		"one missing": {[]int{1, 2}, 3, "PowerShell script block, 2 of 3 parts; not in the logs: 3",
			"<1><2 DownloadString>\n[part 3 of 3 is not in the logs]\n"},
		"spans missing": {[]int{2, 6}, 9, "PowerShell script block, 2 of 9 parts; not in the logs: 1, 3 to 5, 7 to 9",
			"\n[part 1 of 9 is not in the logs]\n<2 DownloadString>\n[part 3 to 5 of 9 is not in the logs]\n<6>\n" +
				"[part 7 to 9 of 9 is not in the logs]\n"},
		"a forged total": {[]int{2}, 2_000_000_000,
			"PowerShell script block, 1 of 2000000000 parts; not in the logs: 1, 3 to 2000000000",
			"\n[part 1 of 2000000000 is not in the logs]\n<2 DownloadString>\n[part 3 to 2000000000 of 2000000000 " +
				"is not in the logs]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := reporttest.NewWorld(t)
			w.Start("09:00:00", 200, shell, "powershell", 100, chrome)
			for i, n := range c.parts {
				text := fmt.Sprintf("<%d>", n)
				if n == 2 {
					text = "<2 DownloadString>"
				}
				w.Script(fmt.Sprintf("09:10:0%d", i), block, n, c.total, text)
				w.Script(fmt.Sprintf("09:10:0%d", i), "another-block", n, c.total, "<other>")
			}
			r := w.Report(build.Options{}, rules.Options{}, "script.toml")
			f := reporttest.Only(t, r, "test-script")
			if len(f.Decoded) != 1 || f.Decoded[0].Kind != c.kind || f.Decoded[0].Text != c.text ||
				f.Decoded[0].From != "ScriptBlockId "+block || len(f.Decoded[0].Refs) != len(c.parts)-1 {
				t.Errorf("%+v", f.Decoded)
			}
			if f.Logon == nil || f.Lineage == nil || !strings.Contains(outline(f.Lineage), "powershell.exe !") {
				t.Error("the script's process is not found by the process id of the record")
			}
			checkReport(t, r)
		})
	}
}

func TestASingleScriptBlockIsShownAsEvidenceOnly(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	w.Script("09:10:00", "b", 1, 1, "x.DownloadString(y)")
	if f := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "script.toml"),
		"test-script"); len(f.Decoded) > 0 {
		t.Errorf("%+v", f.Decoded)
	}
}

func TestALongScriptIsCutAndSaysSo(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	for i := range 40 {
		text := strings.Repeat("abcdefghij", 1000)
		if i == 0 {
			text = "DownloadString " + text
		}
		w.Script("09:10:00", "long", i+1, 40, text)
	}
	d := reporttest.Only(t, w.Report(build.Options{}, rules.Options{}, "script.toml"), "test-script").Decoded
	if len(d) != 1 || len(d[0].Text) > 140<<10 || !strings.Contains(d[0].Text, "...[cut, ") ||
		d[0].Kind != "PowerShell script block, 40 of 40 parts" {
		t.Errorf("%d parts, %d bytes", len(d), len(d[0].Text))
	}
}

func TestPartsOfOneScriptAreOneFinding(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	w.Script("09:10:00", "b", 1, 2, "x.DownloadString(1)")
	w.Script("11:10:00", "b", 2, 2, "x.DownloadString(2)")
	w.Script("13:20:00", "c", 1, 1, "x.DownloadString(3)")
	r := w.Report(build.Options{}, rules.Options{}, "medium-script.toml")
	if len(r.Findings) != 2 || len(r.Incidents) != 2 || len(r.Findings[0].HitsAlso) != 1 {
		t.Errorf("%d findings in %d incidents", len(r.Findings), len(r.Incidents))
	}
}

// TestPartsOfScriptsNeedNotStayInMemory joins a script whose parts exceed the share of a small budget.
func TestPartsOfScriptsNeedNotStayInMemory(t *testing.T) {
	t.Parallel()
	const parts, size = 9, 10_000
	w := reporttest.NewWorld(t)
	w.Start("09:00:00", 200, shell, "powershell", 100, chrome)
	want := ""
	for n := 1; n <= parts; n++ {
		text := fmt.Sprintf("<%d DownloadString>", n) + strings.Repeat("x", size)
		w.Script(fmt.Sprintf("09:10:0%d", n), "c6b2d0c1-6f7a-4d54-9f3e-9d0f1b2a3c4d", n, parts, text)
		want += text
	}
	r := w.Report(build.Options{}, rules.Options{MaxMemory: 1 << 20}, "script.toml")
	f := reporttest.Only(t, r, "test-script")
	if len(f.Decoded) == 0 || f.Decoded[0].Text != want {
		t.Errorf("%.200v", f.Decoded)
	}
}
