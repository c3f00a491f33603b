package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hunt/samples"
)

// The parts of hunt's JSON report that the expectations are about. Source: the
// command line's contract, hunt.report/2.
type report struct {
	Findings  []finding  `json:"findings"`
	Incidents []incident `json:"incidents"`
}

type incident struct {
	Hosts    []string `json:"hosts"`
	Accounts []string `json:"accounts"`
	Entry    struct {
		Known bool   `json:"known"`
		Host  string `json:"host"`
	} `json:"entry"`
	Path    []struct{ First, Last string } `json:"path"`
	Collect []struct{ Name string }        `json:"collect"`
}

type finding struct {
	Rule struct {
		ID string `json:"id"`
	} `json:"rule"`
	Host     string `json:"host"`
	Status   string `json:"status"`
	Evidence []struct {
		Ref  ref   `json:"ref"`
		Also []ref `json:"also"`
	} `json:"evidence"`
}

type ref struct {
	File          string `json:"file"`
	EventRecordID uint64 `json:"event_record_id"`
}

// cites reports whether the evidence holds the record.
func (f *finding) cites(r ref) bool {
	for _, e := range f.Evidence {
		if e.Ref == r || slices.Contains(e.Also, r) {
			return true
		}
	}
	return false
}

// TestHuntReportsWhatTheExpectationsSay runs the program itself on each case, as an
// analyst would, and holds its JSON report against what was planted.
func TestHuntReportsWhatTheExpectationsSay(t *testing.T) {
	t.Parallel()
	hunt := filepath.Join(t.TempDir(), "hunt")
	// #nosec G204 -- a constant
	if out, err := exec.Command("go", "build", "-o", hunt, "hunt/cmd/hunt").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	expect, err := samples.Load(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range expect.Cases {
		t.Run(c.Path, func(t *testing.T) {
			report := reportOf(t, hunt, c)
			findings := report.Findings
			if c.Incidents != nil {
				checkIncidents(t, report.Incidents, c.Incidents)
			}
			explained := make([]bool, len(findings))
			for _, m := range c.Matches {
				i := slices.IndexFunc(findings, func(f finding) bool { return shows(f, m, c) })
				if i < 0 {
					t.Errorf("%s is not reported as %s: %s", m.Rule, m.Status, m.Why)
					continue
				}
				explained[i] = true
			}
			for i, f := range findings {
				if f.Status == samples.Finding && !explained[i] && slices.Contains(expect.Rules, f.Rule.ID) {
					t.Errorf("%s reports something that was not planted: %+v", f.Rule.ID, f.Evidence)
				}
			}
		})
	}
}

// shows reports whether a finding is the match: rule, host, status and a record for each stage.
func shows(f finding, m samples.Match, c samples.Case) bool {
	if f.Rule.ID != m.Rule || !strings.EqualFold(f.Host, m.Host) || f.Status != m.Status {
		return false
	}
	for _, s := range m.Stages {
		if !slices.ContainsFunc(s.Records, func(r samples.Record) bool {
			return f.cites(ref{strings.TrimPrefix(r.File, c.Path+"/"), r.EventRecordID})
		}) {
			return false
		}
	}
	return true
}

// checkIncidents holds the incidents of several hosts against those that were planted: each is there with all of
// its hosts and nothing else, tells how it began, who, and what to collect, in order of time.
func checkIncidents(t *testing.T, found []incident, want []samples.Incident) {
	t.Helper()
	found = slices.DeleteFunc(found, func(i incident) bool { return len(i.Hosts) < 2 })
	if len(found) != len(want) {
		t.Fatalf("%d incidents of several hosts, want %d: %+v", len(found), len(want), found)
	}
	for n, w := range want {
		i := found[n]
		if !slices.EqualFunc(i.Hosts, w.Hosts, strings.EqualFold) {
			t.Errorf("the incident is of %q, want %q", i.Hosts, w.Hosts)
		}
		if !i.Entry.Known || !strings.EqualFold(i.Entry.Host, w.Entry) {
			t.Errorf("it began on %q (known: %v), want %q", i.Entry.Host, i.Entry.Known, w.Entry)
		}
		if !slices.Equal(i.Accounts, w.Accounts) {
			t.Errorf("accounts %q, want %q", i.Accounts, w.Accounts)
		}
		if len(i.Collect) != 1 || !strings.HasPrefix(i.Collect[0].Name, w.Collect) {
			t.Errorf("to collect: %+v, want %s alone", i.Collect, w.Collect)
		}
		for k := 1; k < len(i.Path); k++ {
			if i.Path[k].First < i.Path[k-1].First {
				t.Errorf("step %d of the path comes before step %d", k+1, k)
			}
		}
	}
}

func reportOf(t *testing.T, hunt string, c samples.Case) report {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report.json")
	cmd := exec.Command(hunt, "--evtx", path.Join("..", c.Path), "--report", out) // #nosec G204 -- built above
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	// Exit code 3: some evidence could not be read, which is what damaged cases are for.
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 3) {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}
