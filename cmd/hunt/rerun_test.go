package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/racetest"
	"hunt/report"
	"hunt/report/integrity"
	"hunt/report/sight"
)

// Every edit is found by the hash of the report; one whose author computed the hash again is found by making the
// report again.
func TestEditedReportsAreFound(t *testing.T) {
	racetest.Skip(t)
	dir := t.TempDir()
	evidence := filepath.Join("..", "..", "samples", "multi-host")
	name := filepath.Join(dir, "r.json")
	if code, _, errs := hunt(t, "--quiet", "--evtx", evidence, "--report", name); code != exit.OK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	written := mustRead(t, name)
	for _, c := range []struct {
		edit  string
		apply func(r *report.Report)
		where string // as the comparison names it
	}{
		{"nothing", func(*report.Report) {}, ""},
		{"a finding deleted", func(r *report.Report) { r.Findings = r.Findings[1:] }, "findings[F-"},
		{"all findings deleted", func(r *report.Report) { r.Findings, r.Incidents, r.Timeline = nil, nil, nil },
			"findings[F-"},
		{"a finding made up", func(r *report.Report) {
			f := r.Findings[0]
			f.ID = "F-000000000000"
			r.Findings = append(r.Findings, f)
		}, "findings[F-000000000000]: only in the report"},
		{"findings in another order", func(r *report.Report) {
			r.Findings[0], r.Findings[1] = r.Findings[1], r.Findings[0]
		}, "findings: the report says"},
		{"a severity", func(r *report.Report) { r.Findings[0].Rule.Severity = "critical" }, ".rule.severity"},
		{"a confidence", func(r *report.Report) { r.Findings[0].Confidence = "low" }, ".confidence"},
		{"a title", func(r *report.Report) { r.Findings[0].Title = "nothing to see" }, ".title"},
		{"the host of a finding", func(r *report.Report) { r.Findings[0].Host = "dc01" }, ".host"},
		{"a host left out", func(r *report.Report) { r.Hosts = r.Hosts[1:] }, "hosts["},
		{"a host's name", func(r *report.Report) { r.Hosts[0].ID = "other" }, "hosts[other]"},
		{"the verdict", func(r *report.Report) { r.Summary.Verdict, r.Summary.Headline = "single event", "no finding" },
			"summary.verdict"},
		{"what could not be seen", func(r *report.Report) { r.Summary.NotSeen = nil }, "summary.not_seen"},
		{"coverage", func(r *report.Report) { r.Coverage[0].Sources[0].State += " and well" }, "coverage["},
		{"a gap", func(r *report.Report) {
			r.Coverage[0].Gaps = append(r.Coverage[0].Gaps, sight.Gap{Channel: "Security"})
		}, ".gaps"},
		{"damage", func(r *report.Report) { r.Accounting.Records.Damaged++ }, "accounting.records.damaged"},
		{"a rule's matches", func(r *report.Report) { r.Rules[0].Matches++ }, ".matches"},
		{"the options", func(r *report.Report) { r.Tool.Options = "--host ws-01" }, "tool.options"},
		{"the analyst", func(r *report.Report) { r.Case.Analyst = "somebody" }, "case.analyst"},
		{"a recommendation", func(r *report.Report) { r.Recommendations = r.Recommendations[1:] }, "recommendations["},
		{"a process tree", func(r *report.Report) { r.Findings[0].Lineage.Executable = `C:\evil.exe` },
			".lineage.executable"},
		{"the id", func(r *report.Report) { r.ID = "R-0000000000000000" }, "id: the report says"},
	} {
		t.Run(c.edit, func(t *testing.T) {
			r, err := report.ReadJSON(bytes.NewReader(written))
			if err != nil {
				t.Fatal(err)
			}
			c.apply(r)
			file := filepath.Join(t.TempDir(), "edited.json")
			write := func() {
				var b bytes.Buffer
				if err := report.WriteJSON(t.Context(), &b, r); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write()
			edited := c.where != ""
			want := map[bool]int{false: exit.OK, true: exit.Failed}[edited]
			code, out, _ := hunt(t, "verify", file, "--evtx", evidence)
			if code != want || strings.Contains(out, "MISMATCH: the report has changed since hunt wrote it") != edited {
				t.Errorf("by its hash: exit code %d\n%s", code, out)
			}
			if err := integrity.Seal(r); err != nil {
				t.Fatal(err)
			}
			write()
			code, out, _ = hunt(t, "verify", file, "--rerun", "--evtx", evidence)
			if code != want || !strings.Contains(out, "The report is as hunt wrote it") ||
				!strings.Contains(out, c.where) ||
				edited != strings.Contains(out,
					"MISMATCH: hunt made the report again from the evidence, and it differs in") {
				t.Errorf("made again: exit code %d, want %d and %q\n%s", code, want, c.where, out)
			}
		})
	}
}

// A member that no report has counts, and so does one that is missing; the version and the commit are said and set
// aside.
func TestARerunComparesEveryMemberButTheProgram(t *testing.T) {
	dir := t.TempDir()
	evidence := filepath.Join("..", "..", "samples", "scenario-3-wscript-vbs", "attack")
	name := filepath.Join(dir, "r.json")
	if code, _, errs := hunt(t, "--quiet", "--evtx", evidence, "--report", name); code != exit.OK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	written := string(mustRead(t, name))
	for _, c := range []struct {
		name, old, new string
		code           int
		says           []string
	}{
		{"the version", `"version":"` + version() + `","commit":"unknown","dirty":false`,
			`"version":"9.9.9","commit":"abc","dirty":true`, exit.OK,
			[]string{`Not compared: tool.version is "9.9.9" in the report, and "` + version() + `" in this hunt`,
				`tool.commit is "abc" in the report, and "unknown" in this hunt`, "every member is the same"}},
		{"a new member", "{\n", "{\n \"note\": \"all is well\",\n", exit.Failed,
			[]string{`note: only in the report: "all is well"`}},
		{"a member twice in another spelling", "{\n", "{\n \"Findings\": [],\n", exit.Failed,
			[]string{"Findings: only in the report"}},
		{"a member left out", ` "recommendations":`, ` "recomendations":`, exit.Failed,
			[]string{"recommendations: missing from the report", "recomendations: only in the report"}},
		{"a member of a finding", `"rule_version"`, `"mood":"good","rule_version"`, exit.Failed,
			[]string{".mood: only in the report"}},
	} {
		edited := strings.Replace(written, c.old, c.new, 1)
		if edited == written {
			t.Fatalf("%s: the report has no %s", c.name, c.old)
		}
		body, err := integrity.CheckBody([]byte(edited))
		if err != nil {
			t.Fatal(err)
		}
		edited = strings.Replace(edited, body.Said, body.Have, 1)
		file := filepath.Join(dir, "edited.json")
		if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := hunt(t, "verify", file, "--rerun", "--evtx", evidence)
		if code != c.code {
			t.Errorf("%s: exit code %d\n%s%s", c.name, code, out, errs)
		}
		for _, want := range c.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s: nothing about %q\n%s", c.name, want, out)
			}
		}
	}
}
