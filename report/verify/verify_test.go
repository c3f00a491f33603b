package verify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/report/build"
	"hunt/report/reporttest"
	"hunt/report/verify"
	"hunt/rules"
	"hunt/rules/pack"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// change changes one value of the first evidence's document.
func change(t *testing.T, r *report.Report, value any, path ...string) {
	t.Helper()
	e := &r.Findings[0].Evidence[0]
	var doc map[string]any
	if err := json.Unmarshal(e.Document, &doc); err != nil {
		t.Fatal(err)
	}
	at := doc
	for _, name := range path[:len(path)-1] {
		at = at[name].(map[string]any)
	}
	last := path[len(path)-1]
	if _, ok := at[last]; !ok {
		t.Fatalf("the document has no %s", strings.Join(path, "."))
	}
	if at[last] = value; value == nil {
		delete(at, last)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	e.Document = b
}

func TestVerifyFindsWhatAReportSaysThatItsRecordsDoNot(t *testing.T) {
	other := evtx.FiletimeOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name    string
		tamper  func(t *testing.T, r *report.Report)
		problem string // "" = none
	}{
		{"nothing", func(*testing.T, *report.Report) {}, ""},
		{"the spelling of the JSON", func(t *testing.T, r *report.Report) {
			r.Findings[0].Evidence[0].Document =
				json.RawMessage(strings.Replace(string(r.Findings[0].Evidence[0].Document),
					"{", "{ ", 1))
		}, ""},
		{"what history tells", func(t *testing.T, r *report.Report) { change(t, r, "other", "host", "name") }, ""},
		{"the command line", func(t *testing.T, r *report.Report) {
			change(t, r, "calc.exe", "process", "command_line")
		}, "process.command_line"},
		{"the pid", func(t *testing.T, r *report.Report) { change(t, r, 1, "process", "pid") }, "process.pid"},
		{"a field left out", func(t *testing.T, r *report.Report) {
			change(t, r, nil, "winlog", "event_data", "Image")
		}, "winlog.event_data.Image"},
		{"the document's time", func(t *testing.T, r *report.Report) { change(t, r, other, "@timestamp") },
			"@timestamp"},
		{"the time of the evidence", func(_ *testing.T, r *report.Report) {
			r.Findings[0].Evidence[0].Time = &other
		}, "time"},
		{"Sysmon's time", func(_ *testing.T, r *report.Report) { r.Findings[0].Evidence[0].UTCTime = &other },
			"utc_time"},
		{"the time of a row of the timeline", func(_ *testing.T, r *report.Report) {
			r.Timeline[0].Time = &other
		}, "time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := reporttest.NewWorld(t)
			reporttest.Attack(w)
			w.Write()
			r, col := reporttest.ReportOf(t, w.Dir, build.Options{}, rules.Options{})
			c.tamper(t, r)
			v, err := verify.Evidence(t.Context(), r, col)
			if err != nil {
				t.Fatal(err)
			}
			var problems []string
			for _, rec := range v.Records {
				problems = append(problems, rec.Problems...)
			}
			all := strings.Join(problems, "\n")
			if v.Match != (c.problem == "") || !strings.Contains(all, c.problem) {
				t.Errorf("match %t, problems %q, want one about %q", v.Match, all, c.problem)
			}
		})
	}
}

func TestVerifyReadsClassicEvents(t *testing.T) {
	w := reporttest.NewWorld(t)
	w.Add("Application", evtxtest.Event{Provider: "MsiInstaller", Channel: "Application", EventID: 1033, Level: 4,
		Classic: true, Time: reporttest.When("09:00:00"),
		Data: []evtxtest.Pair{evtxtest.Str("", "Product"), evtxtest.Str("", ""), evtxtest.Str("", "1.2.3")}})
	w.Write()
	r, col := reportOfQuery(t, w, `any where event.code == "1033"`)
	v, err := verify.Evidence(t.Context(), r, col)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range v.Records {
		if rec.Result != "match" {
			t.Errorf("unnamed data do not match: %q", rec.Problems)
		}
	}
}

func TestVerifyReadsCarvedRecordsWithATemplateBorrowedFromAnotherFile(t *testing.T) {
	attacked := reporttest.NewWorld(t)
	reporttest.Attack(attacked)
	w := reporttest.NewWorld(t)
	// has the template
	w.Start("08:00:00", 50, `C:\Windows\System32\notepad.exe`, "notepad.exe", 40, `C:\Windows\explorer.exe`)
	for name, old := range attacked.Logs {
		before, err := old.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		// One short record stands where the log of the attack began: the first start is gone, with the template of
		// all starts.
		var l evtxtest.Log
		l.Add(evtxtest.Event{Provider: "Service", Channel: "System", Computer: reporttest.TestHost, EventID: 1,
			RecordID: 900, Time: reporttest.When("10:00:00")})
		l.Reuse(evtxtest.Chunk(before, 0))
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w.File("old/"+name, b)
		w.File("older/"+name, b)
	}
	w.Write()
	r, col := reporttest.ReportOf(t, w.Dir, build.Options{}, rules.Options{Carved: true})
	carved := 0
	for _, f := range r.Findings {
		for _, e := range f.Evidence {
			for _, ref := range append(slices.Clone(e.Also), e.Ref) {
				if ref.Carved && len(e.Also) > 0 {
					carved++
				}
				if ref.PayloadSHA256 == "" {
					t.Errorf("%s at %#x is cited without a hash", ref.File, ref.Offset)
				}
			}
		}
	}
	if carved == 0 {
		t.Fatal("no finding rests on a carved record of which there is a copy")
	}
	spilled, _ := reporttest.ReportOf(t, w.Dir, build.Options{},
		rules.Options{Carved: true, MaxMemory: 1 << 10, TempDir: t.TempDir()})
	if diff := cmp.Diff(r.Findings, spilled.Findings); diff != "" {
		t.Errorf("with little memory the findings differ:\n%s", diff)
	}
	v, err := verify.Evidence(t.Context(), r, col)
	if err != nil {
		t.Fatal(err)
	}
	for _, rec := range v.Records {
		if rec.Result != "match" {
			t.Errorf("%s at %#x: %q", rec.Ref.File, rec.Ref.Offset, rec.Problems)
		}
	}
}

func TestVerifyFindsFilesWhoseNamesAreNotUTF8(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: file systems elsewhere refuse such names")
	}
	w := reporttest.NewWorld(t)
	reporttest.Attack(w)
	w.Write()
	found, err := filepath.Glob(filepath.Join(w.Dir, "*"))
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	for i, name := range found { // the two differ in a byte that U+FFFD would hide
		if err := os.Rename(name,
			filepath.Join(w.Dir, []string{"log\xff.evtx", "log\xfe.evtx", `log\xff.evtx`}[i%3]+fmt.Sprint(i/3))); err !=
			nil {
			t.Fatal(err)
		}
	}
	built, col := reporttest.ReportOf(t, w.Dir, build.Options{}, rules.Options{})
	var b bytes.Buffer
	if err := report.WriteJSON(t.Context(), &b, built); err != nil {
		t.Fatal(err)
	}
	r, err := report.ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify.Evidence(t.Context(), r, col)
	if err != nil {
		t.Fatal(err)
	}
	if !v.Match || len(v.Files) != len(found) || !strings.Contains(v.Files[0].Path, `\xf`) {
		t.Errorf("match %t, files %+v", v.Match, v.Files)
	}
	for _, f := range v.Files {
		if f.Result != "match" {
			t.Errorf("%s: %s, %s", f.Path, f.Result, f.Detail)
		}
	}
}

// A copy in the evidence stands for itself: it does not excuse a changed file. One that was not there when the report
// was made may be the file under a new name.
func TestVerifyTellsAChangedFileFromAMovedOne(t *testing.T) {
	for _, c := range []struct {
		name            string
		copied          bool // the log was there twice when the report was made
		change, move    bool // what happened to it since
		match           bool
		result, details string
	}{
		{"nothing", true, false, false, true, "match", ""},
		{"moved", false, false, true, true, "moved", "same bytes under another path"},
		{"moved, and another in its place", false, true, true, true, "moved",
			"under its own are others, with the sha256 "},
		{"changed", false, true, false, false, "changed", "sha256 is now "},
		{"changed, a copy is not", true, true, false, false, "changed", "sha256 is now "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := reporttest.NewWorld(t)
			reporttest.Attack(w)
			w.Write()
			name := filepath.Join(w.Dir, "Microsoft-Windows-Sysmon%4Operational.evtx")
			log, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			save := func(name string, b []byte) {
				if err := os.WriteFile(name, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.copied {
				save(filepath.Join(w.Dir, "copy.evtx"), log)
			}
			r, _ := reporttest.ReportOf(t, w.Dir, build.Options{}, rules.Options{})
			if c.move {
				if err := os.Rename(name, filepath.Join(w.Dir, "elsewhere.evtx")); err != nil {
					t.Fatal(err)
				}
			}
			if c.change {
				log[evtx.FileHeaderSize+0x400] ^= 1
				save(name, log)
			}
			col, err := evidence.Collect(t.Context(), evidence.Inputs(w.Dir), evidence.Options{})
			if err != nil {
				t.Fatal(err)
			}
			v, err := verify.Evidence(t.Context(), r, col)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range v.Files {
				if strings.HasSuffix(f.Path, filepath.Base(name)) &&
					(string(f.Result) != c.result || !strings.Contains(f.Detail, c.details)) || v.Match != c.match {
					t.Errorf("match %t, want %t; %s: %s, %s; want %s, %s", v.Match, c.match, f.Path, f.Result, f.Detail,
						c.result, c.details)
				}
			}
		})
	}
}

// legacyStart adds a Security 4688 of a Windows that did not log the parent's name: only history can tell it.
func legacyStart(w *reporttest.World, at string, pid, parent int, image, line string) {
	w.Security(4688, at, "SubjectUserSid=S-1-5-21-1-2-3-1104", "SubjectUserName=j.doe", "SubjectDomainName=CORP",
		"SubjectLogonId=0x7030d",
		fmt.Sprintf("NewProcessId=%#x", pid), "NewProcessName="+image, fmt.Sprintf("ProcessId=%#x", parent),
		"CommandLine="+line)
}

// reportOfQuery runs one query over a world and returns the report, which has one finding, and its evidence.
func reportOfQuery(t *testing.T, w *reporttest.World, query string) (*report.Report, *evidence.Collection) {
	t.Helper()
	rule := filepath.Join(t.TempDir(), "rule.eql")
	if err := os.WriteFile(rule, []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	pk, err := pack.Load(pack.Sources{NoDefaultRules: true, Rules: []string{rule}})
	if err != nil {
		t.Fatal(err)
	}
	col, err := evidence.Collect(t.Context(), evidence.Inputs(w.Dir), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := rules.Run(t.Context(), timeline.Of(col), pk, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := build.Report(t.Context(), res, build.Options{})
	if err != nil || len(r.Findings) != 1 {
		t.Fatalf("%d findings, %v", len(r.Findings), err)
	}
	return r, col
}

// derivedWorld is a shell that a program started whose own start is logged, and a third start beside it that no rule
// asks for.
func derivedWorld(t *testing.T) (*report.Report, *evidence.Collection) {
	w := reporttest.NewWorld(t)
	legacyStart(w, "09:10:00", 400, 300, `C:\Office\winword.exe`, "winword")
	legacyStart(w, "09:10:01", 500, 400, `C:\Windows\System32\cmd.exe`, "cmd /c whoami")
	legacyStart(w, "09:10:02", 600, 500, `C:\Windows\System32\whoami.exe`, "whoami")
	w.Security(4689, "09:10:03", "SubjectUserSid=S-1-5-21-1-2-3-1104", "SubjectUserName=j.doe",
		"SubjectDomainName=CORP", "SubjectLogonId=0x7030d",
		"Status=0", "ProcessId=0x258", `ProcessName=C:\Windows\System32\whoami.exe`)
	w.Write()
	r, col := reportOfQuery(t, w, `process where process.name == "cmd.exe"`)
	if len(r.Timeline) != 4 {
		t.Fatalf("%d rows", len(r.Timeline))
	}
	if m := r.Findings[0].Evidence[0].Message; !strings.Contains(m, "winword.exe") {
		t.Fatalf("the message does not quote the parent: %s", m)
	}
	return r, col
}

// What rests on other records is taken from the report; what is made of it must follow, and what does not depend on
// it must stand.
func TestVerifyMakesAnewWhatQuotesOtherRecords(t *testing.T) {
	row := func(r *report.Report, code, text string) *report.TimelineRow {
		for i := range r.Timeline {
			if r.Timeline[i].EventCode == code && strings.Contains(r.Timeline[i].Message, text) {
				return &r.Timeline[i]
			}
		}
		t.Fatalf("no row of event %s that says %q", code, text)
		return nil
	}
	for _, c := range []struct {
		name    string
		tamper  func(t *testing.T, r *report.Report)
		problem string // "" = none
	}{
		{"nothing", func(*testing.T, *report.Report) {}, ""},
		{"the message", func(_ *testing.T, r *report.Report) {
			e := &r.Findings[0].Evidence[0]
			e.Message = strings.Replace(e.Message, "winword.exe", "explorer.exe", 1)
		}, "message is"},
		{"the parent in the document alone", func(t *testing.T, r *report.Report) {
			change(t, r, "explorer.exe", "process", "parent", "name")
		}, "message is"},
		{"the parent among the facts alone", func(_ *testing.T, r *report.Report) {
			for i, f := range r.Findings[0].Evidence[0].Facts {
				if f.Key == "parent" {
					r.Findings[0].Evidence[0].Facts[i].Value = `C:\Windows\explorer.exe`
				}
			}
		}, "fact parent is"},
		{"a fact left out", func(_ *testing.T, r *report.Report) {
			r.Findings[0].Evidence[0].Facts = r.Findings[0].Evidence[0].Facts[1:]
		}, "fact process is"},
		{"a derived value that is no value", func(t *testing.T, r *report.Report) {
			change(t, r, map[string]any{"x": 1}, "process", "parent", "name")
		}, "process.parent.name"},
		{"the user", func(_ *testing.T, r *report.Report) { r.Findings[0].Evidence[0].User = `CORP\admin` }, "user is"},
		{"the host", func(_ *testing.T, r *report.Report) { r.Findings[0].Evidence[0].Host = "dc01" }, "host is"},
		{"a list that claims what the record says to be derived", func(t *testing.T, r *report.Report) {
			change(t, r, "calc.exe", "process", "command_line")
			change(t, r, []string{"process.command_line", "process.parent.name"}, "hunt", "derived")
		}, "process.command_line"},
		{"the row of the finding", func(_ *testing.T, r *report.Report) {
			row(r, "4688", "probably by winword.exe").Message = "nothing"
		}, "message is"},
		{"a row that rests on its record", func(_ *testing.T, r *report.Report) {
			row(r, "4689", "whoami").Message = "nothing"
		}, "message is"},
		{"the user of a row", func(_ *testing.T, r *report.Report) { row(r, "4689", "whoami").User = "nobody" },
			"user is"},
		{"a step of the provenance", func(_ *testing.T, r *report.Report) {
			r.Findings[0].Provenance[0].Text = "cmd /c calc"
		}, "provenance"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, col := derivedWorld(t)
			c.tamper(t, r)
			v, err := verify.Evidence(t.Context(), r, col)
			if err != nil {
				t.Fatal(err)
			}
			var problems []string
			for _, rec := range v.Records {
				problems = append(problems, rec.Problems...)
			}
			all := strings.Join(problems, "\n")
			if v.Match != (c.problem == "") || !strings.Contains(all, c.problem) {
				t.Errorf("match %t, problems %q, want one about %q", v.Match, all, c.problem)
			}
			if c.problem == "" && (v.Derived.Events != 1 ||
				!strings.Contains(strings.Join(v.Derived.Fields, " "), "process.parent.name") || v.Derived.Rows == 0) {
				t.Errorf("what was taken from the report is not told: %+v", v.Derived)
			}
		})
	}
}
