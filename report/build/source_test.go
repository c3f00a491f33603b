package build_test

import (
	"strings"
	"testing"

	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/rules"
)

// The source of a connection that a program opened is its own host, even if two hosts show the same address: there is
// no other machine to be found.
func TestWhoConnectsElsewhereIsNoUnknownMachine(t *testing.T) {
	t.Parallel()
	w := reporttest.NewWorld(t)
	for host, initiated := range map[string]string{"ws-01": "true", "ws-02": "true", "ws-03": "false"} {
		source := map[string]string{"true": "10.0.2.15", "false": "10.0.2.77"}[initiated]
		w.SysmonOn(host, 3, "09:00:00", "ProcessId=100", `Image=C:\Users\Public\a.exe`, "Protocol=tcp",
			"Initiated="+initiated, "SourceIp="+source, "SourcePort=50000", "DestinationIp=198.51.100.7",
			"DestinationPort=4444")
	}
	text := ""
	for _, x := range w.Report(build.Options{}, rules.Options{}, "contact.toml").Recommendations {
		text += x.Text + "\n"
	}
	if strings.Contains(text, "10.0.2.15") || !strings.Contains(text, "which machine has the address 10.0.2.77") {
		t.Error(text)
	}
}

// Sysmon calls all pipes without a name alike.
func TestPipesWithoutANameAreNotOne(t *testing.T) {
	t.Parallel()
	for name, joined := range map[string]bool{"<Anonymous Pipe>": false, `\psexesvc`: true} {
		w := reporttest.NewWorld(t)
		w.Sysmon(17, "09:00:00", "EventType=CreatePipe", "ProcessId=100", "PipeName="+name,
			`Image=C:\Users\Public\a.exe`)
		w.Sysmon(18, "09:00:01", "EventType=ConnectPipe", "ProcessId=200", "PipeName="+name,
			`Image=C:\Users\Public\b.exe`)
		r := w.Report(build.Options{}, rules.Options{}, "pipe-made.toml", "pipe-used.toml")
		if len(r.Findings) != 2 || (len(r.Incidents) == 1) != joined {
			t.Errorf("%s: %d findings, %d incidents", name, len(r.Findings), len(r.Incidents))
		}
	}
}
