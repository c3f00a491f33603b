package rules

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// caseStart is the time of the first event of most tests, caseComputer the computer.
var caseStart = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

const caseComputer = "WS01.corp.example"

// caseLogs are the logs that tests make events of.
var caseLogs = map[string]struct{ channel, provider string }{
	"sysmon":     {"Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"},
	"security":   {"Security", "Microsoft-Windows-Security-Auditing"},
	"powershell": {"Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell"},
	"system":     {"System", "Service Control Manager"},
	"defender":   {"Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender"},
}

var update = flag.Bool("update", false, "rewrite the goldens")

// golden compares text with a file of testdata, given by its absolute name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", filepath.Base(name), diff)
	}
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	abs, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// write makes files below a new directory and the directory the current one, so that messages hold no temporary name.
func write(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

func ruleText(id string) string {
	return "id = \"" + id + "\"\nname = \"A rule\"\nquery = 'process where true'\n"
}

func tuningText(id string) string {
	return "[[exception]]\nid = \"" + id + "\"\nrule = \"*\"\nreason = \"x\"\nexpires = 2027-01-31\nhost = \"a\"\n"
}

// runCase runs a pack over the events of a case.
func runCase(t *testing.T, c *pack.Case, p *pack.Pack) []*Finding {
	t.Helper()
	dir := t.TempDir()
	if err := c.Write(dir); err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), timeline.Of(col), p, Options{Jobs: 1, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for _, rr := range res.Rules {
		if !rr.Ran {
			t.Fatalf("the rule does not run: %s", rr.Reason)
		}
	}
	return res.Findings
}

// statusesOf are the statuses of findings, as messages of tests show them.
func statusesOf(found []*Finding) []pack.Status {
	var out []pack.Status
	for _, f := range found {
		out = append(out, f.Status)
	}
	return out
}
