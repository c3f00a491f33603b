package build_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
	"hunt/timeline"
)

var update = flag.Bool("update", false, "rewrite testdata/summaries.txt")

// A reader sees the headline, the sentences, what could not be seen and the recommendations before anything else.
// They stand as text in testdata/summaries.txt, to be read; go test ./report/build -run Summaries -update rewrites
// them.
func TestSummaries(t *testing.T) {
	t.Parallel()
	const file = "testdata/summaries.txt"
	filetime := func(clock string) evtx.Filetime { return evtx.FiletimeOf(reporttest.When(clock)) }
	medium := func(w *reporttest.World) {
		payload := `C:\Users\j.doe\Downloads\7z2409-x64.exe`
		w.Start("09:00:00", 100, chrome, chrome, 90, `C:\Windows\explorer.exe`)
		w.Created("09:10:00", 100, chrome, payload)
		w.Sysmon(15, "09:10:01", "ProcessGuid=100", "ProcessId=100", "Image="+chrome,
			"TargetFilename="+payload+":Zone.Identifier", "Hash=Unknown",
			"Contents=[ZoneTransfer]  ZoneId=3  HostUrl=https://www.7-zip.example/a/7z2409-x64.exe")
		w.Start("09:10:30", 200, payload, payload, 100, chrome,
			"Hashes=SHA256=6C8BC844085A1EE3BD837199F8680C665CC662A23931BB708E869A1BEBF9DB8E")
	}
	var out strings.Builder
	for _, c := range []struct {
		name  string
		make  func(*reporttest.World)
		o     build.Options
		ro    rules.Options
		rules []string
		want  string // verdict
	}{
		{name: "a linked chain of high severity", make: reporttest.Attack, rules: []string{"rules.toml"},
			want: "linked chain"},
		{name: "somebody installs software: a linked chain of medium severity", make: medium,
			rules: []string{"run.toml"}, want: "linked chain"},
		{name: "steps that share host and time only", make: func(w *reporttest.World) {
			w.Start("09:10:00", 200, shell, "powershell", 100, chrome)
			w.Created("09:10:04", 900, `C:\x\other.exe`, `C:\Users\j.doe\AppData\Local\Temp\drop.dll`)
		}, rules: []string{"rules.toml"}, want: "incomplete chain"},
		{name: "a first step without the next", make: func(w *reporttest.World) {
			w.Created("09:10:00", 100, chrome, `C:\Users\j.doe\Downloads\a.exe`)
		}, rules: []string{"run.toml"}, want: "incomplete chain"},
		{name: "a single event", make: reporttest.Attack, rules: []string{"shell.toml"}, want: "single event"},
		{name: "a grave single event beside a lesser linked chain", make: func(w *reporttest.World) {
			medium(w)
			attackLater(w)
		}, rules: []string{"run.toml", "shell.toml"}, want: "single event"},
		{name: "nothing found", make: func(w *reporttest.World) {
			w.Start("09:10:00", 200, shell, "powershell", 90, `C:\Windows\explorer.exe`)
			w.Created("09:10:04", 200, shell, `C:\Users\j.doe\AppData\Local\Temp\notes.txt`)
		}, rules: []string{"rules.toml"}, want: "no finding in what could be seen"},
		{name: "logs that no rule can match on", make: func(w *reporttest.World) {
			w.Logon(reporttest.TestHost, "08:00:00", "j.doe", "0x7030d", "2", "127.0.0.1")
		}, rules: []string{"rules.toml"}, want: "nothing could have been found"},
		{name: "no rules", make: reporttest.Attack, rules: []string{""}, want: "nothing could have been found"},
		{name: "filters that leave nothing", make: reporttest.Attack,
			ro: rules.Options{Filter: timeline.Filter{Hosts: []string{"ELSEWHERE"}}}, rules: []string{"rules.toml"},
			want: "nothing could have been found"},
		{name: "filters that leave nothing to look at", make: reporttest.Attack,
			ro: rules.Options{Filter: timeline.Filter{From: filetime("09:10:02")}}, rules: []string{"rules.toml"},
			want: "nothing could have been found"},
		{name: "filters that leave a part", make: func(w *reporttest.World) { reporttest.Attack(w); attackLater(w) },
			ro: rules.Options{Filter: timeline.Filter{From: filetime("09:10:02")}}, rules: []string{"rules.toml"},
			want: "no finding in what could be seen"},
		{name: "an incident window that the logs do not cover", make: reporttest.Attack, rules: []string{"rules.toml"},
			want: "linked chain",
			o:    build.Options{Case: report.Case{Window: report.Window{From: at("07:00"), To: at("12:00")}}}},
		{name: "a damaged and an unreadable file", make: func(w *reporttest.World) {
			reporttest.Attack(w)
			w.Write()
			log := w.Logs[sysmonFile]
			b, err := log.Bytes()
			if err != nil {
				w.T.Fatal(err)
			}
			placed := log.Placed()
			evtxtest.Tear(b, placed[len(placed)-1])
			w.File(sysmonFile, b)
			w.File("broken.evtx", append([]byte("ElfFile\x00"), make([]byte, 100)...))
			w.Logs = nil
		}, rules: []string{"shell.toml"}, want: "single event"},
	} {
		w := reporttest.NewWorld(t)
		c.make(w)
		r := w.Report(c.o, c.ro, c.rules...)
		if string(r.Summary.Verdict) != c.want {
			t.Errorf("%s: %q, want %q", c.name, r.Summary.Verdict, c.want)
		}
		checkReport(t, r)
		fmt.Fprintf(&out, "## %s\n\n%s\n", c.name, r.Summary.Headline)
		for _, l := range r.Summary.Lines {
			fmt.Fprintf(&out, "  %s\n", l)
		}
		for _, l := range r.Summary.NotSeen {
			fmt.Fprintf(&out, "  not seen: %s\n", l)
		}
		for _, rec := range r.Recommendations {
			fmt.Fprintf(&out, "  %s: %s\n", rec.Kind, rec.Text)
		}
		out.WriteString("\n")
	}
	if *update {
		if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != out.String() {
		t.Errorf("%s differs from what reports say now:\n%s", file, out.String())
	}
}

const sysmonFile = "Microsoft-Windows-Sysmon%4Operational.evtx"

// attackLater is a shell of its own.
func attackLater(w *reporttest.World) {
	w.Start("10:00:00", 700, shell, "powershell.exe -nop -w hidden", 90, `C:\Windows\explorer.exe`)
}

// Nobody may read "nothing" where nothing could be seen.
func TestNothingIsNeverClaimedWhereNothingCouldBeSeen(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	w.Logon(reporttest.TestHost, "08:00:00", "j.doe", "0x7030d", "2", "127.0.0.1")
	w.Start("09:10:00", 200, shell, "powershell", 90, `C:\Windows\explorer.exe`)
	w.SecurityOn("OTHER.corp.example", 4634, "08:00:00", "TargetUserSid=S-1-5-18", "TargetUserName=x",
		"TargetLogonId=0x3e7")
	r := w.Report(build.Options{}, rules.Options{}, "shell.toml", "rules.toml")
	if !strings.Contains(strings.Join(r.Summary.NotSeen, "\n"), "Process starts on 1 of 2 hosts") {
		t.Errorf("%q", r.Summary.NotSeen)
	}
	blind := 0
	for _, rule := range r.Rules {
		blind += len(rule.Blind)
	}
	if blind == 0 {
		t.Error("no rule is blind on a host without process starts")
	}
}
