package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/report"
	"hunt/rules"
	"hunt/timeline"
)

// change changes one value of the first evidence's document.
func change(t *testing.T, r *report.Report, value any, path ...string) {
	t.Helper()
	e := &r.Findings[0].Evidence[0]
	var doc map[string]any
	if err := json.Unmarshal(e.Event, &doc); err != nil {
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
	e.Event = b
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
			r.Findings[0].Evidence[0].Event = json.RawMessage(strings.Replace(string(r.Findings[0].Evidence[0].Event), "{", "{ ", 1))
		}, ""},
		{"what history tells", func(t *testing.T, r *report.Report) { change(t, r, "other", "host", "name") }, ""},
		{"the command line", func(t *testing.T, r *report.Report) { change(t, r, "calc.exe", "process", "command_line") }, "process.command_line"},
		{"the pid", func(t *testing.T, r *report.Report) { change(t, r, 1, "process", "pid") }, "process.pid"},
		{"a field left out", func(t *testing.T, r *report.Report) { change(t, r, nil, "winlog", "event_data", "Image") }, "winlog.event_data.Image"},
		{"the document's time", func(t *testing.T, r *report.Report) { change(t, r, other, "@timestamp") }, "@timestamp"},
		{"the time of the evidence", func(_ *testing.T, r *report.Report) { r.Findings[0].Evidence[0].Time = &other }, "time"},
		{"Sysmon's time", func(_ *testing.T, r *report.Report) { r.Findings[0].Evidence[0].UTCTime = &other }, "utc_time"},
		{"the time of a row of the timeline", func(_ *testing.T, r *report.Report) { r.Timeline[0].Time = &other }, "time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			attack(w)
			w.write()
			r, col := reportOf(t, w.dir, report.BuildOptions{}, rules.Options{})
			c.tamper(t, r)
			v, err := report.Verify(t.Context(), r, col)
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
	w := newWorld(t)
	w.add("Application", evtxtest.Event{Provider: "MsiInstaller", Channel: "Application", EventID: 1033, Level: 4, Classic: true, Time: when("09:00:00"),
		Data: []evtxtest.Pair{evtxtest.Str("", "Product"), evtxtest.Str("", ""), evtxtest.Str("", "1.2.3")}})
	rule := filepath.Join(w.dir, "rule.eql")
	if err := os.WriteFile(rule, []byte(`any where event.code == "1033"`), 0o600); err != nil {
		t.Fatal(err)
	}
	w.write()
	pack, err := rules.Load(rules.Sources{NoDefaultRules: true, Rules: []string{rule}})
	if err != nil {
		t.Fatal(err)
	}
	col, err := timeline.Collect(t.Context(), []string{w.dir})
	if err != nil {
		t.Fatal(err)
	}
	res, err := rules.Run(t.Context(), col, pack, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Build(t.Context(), res, report.BuildOptions{})
	if err != nil || len(r.Findings) != 1 {
		t.Fatalf("%d findings, %v", len(r.Findings), err)
	}
	v, err := report.Verify(t.Context(), r, col)
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
	attacked := newWorld(t)
	attack(attacked)
	w := newWorld(t)
	w.start("08:00:00", 50, `C:\Windows\System32\notepad.exe`, "notepad.exe", 40, `C:\Windows\explorer.exe`) // has the template
	for name, old := range attacked.logs {
		before, err := old.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		// One short record stands where the log of the attack began: the first start is gone, with the template of all starts.
		var l evtxtest.Log
		l.Add(evtxtest.Event{Provider: "Service", Channel: "System", Computer: testHost, EventID: 1, RecordID: 900, Time: when("10:00:00")})
		l.Reuse(evtxtest.Chunk(before, 0))
		b, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		w.file("old/"+name, b)
	}
	w.write()
	r, col := reportOf(t, w.dir, report.BuildOptions{}, rules.Options{Carved: true})
	carved := 0
	for _, f := range r.Findings {
		for _, e := range f.Evidence {
			if e.Ref.Carved {
				carved++
			}
		}
	}
	if carved == 0 {
		t.Fatal("no finding rests on a carved record")
	}
	v, err := report.Verify(t.Context(), r, col)
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
	w := newWorld(t)
	attack(w)
	w.write()
	found, err := filepath.Glob(filepath.Join(w.dir, "*"))
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	for i, name := range found { // the two differ in a byte that U+FFFD would hide
		if err := os.Rename(name, filepath.Join(w.dir, []string{"log\xff.evtx", "log\xfe.evtx", `log\xff.evtx`}[i%3]+fmt.Sprint(i/3))); err != nil {
			t.Fatal(err)
		}
	}
	built, col := reportOf(t, w.dir, report.BuildOptions{}, rules.Options{})
	var b bytes.Buffer
	if err := report.WriteJSON(&b, built); err != nil {
		t.Fatal(err)
	}
	r, err := report.ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	v, err := report.Verify(t.Context(), r, col)
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

// A copy in the evidence stands for itself: it does not excuse a changed file. One that was not there when the report was made may be
// the file under a new name.
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
		{"moved, and another in its place", false, true, true, true, "moved", "under its own are others, with the sha256 "},
		{"changed", false, true, false, false, "changed", "sha256 is now "},
		{"changed, a copy is not", true, true, false, false, "changed", "sha256 is now "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			attack(w)
			w.write()
			name := filepath.Join(w.dir, "Microsoft-Windows-Sysmon%4Operational.evtx")
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
				save(filepath.Join(w.dir, "copy.evtx"), log)
			}
			r, _ := reportOf(t, w.dir, report.BuildOptions{}, rules.Options{})
			if c.move {
				if err := os.Rename(name, filepath.Join(w.dir, "elsewhere.evtx")); err != nil {
					t.Fatal(err)
				}
			}
			if c.change {
				log[evtx.FileHeaderSize+0x400] ^= 1
				save(name, log)
			}
			col, err := timeline.Collect(t.Context(), []string{w.dir})
			if err != nil {
				t.Fatal(err)
			}
			v, err := report.Verify(t.Context(), r, col)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range v.Files {
				if strings.HasSuffix(f.Path, filepath.Base(name)) && (f.Result != c.result || !strings.Contains(f.Detail, c.details)) || v.Match != c.match {
					t.Errorf("match %t, want %t; %s: %s, %s; want %s, %s", v.Match, c.match, f.Path, f.Result, f.Detail, c.result, c.details)
				}
			}
		})
	}
}
