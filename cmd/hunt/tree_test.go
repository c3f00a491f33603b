package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
	"hunt/report/tree"
	"hunt/table"
	"hunt/timeline"
	"hunt/timeline/evidence"
	"hunt/timeline/export/duckdbtest"
)

// started is a Security 4688 without the name of the parent.
func started(at time.Time, pid, parent int, program, line string) evtxtest.Event {
	return securityEvent(at, 4688, "SubjectUserSid", anna, "SubjectUserName", "anna", "SubjectDomainName", "CORP",
		"SubjectLogonId", "0x9a9a9",
		"NewProcessId", fmt.Sprintf("0x%x", pid), "NewProcessName", program, "ProcessId", fmt.Sprintf("0x%x", parent),
		"CommandLine", line)
}

// reusedIDs are the logs of a host whose process ids mean other processes after a start of the system.
func reusedIDs(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	at := func(minutes int) time.Time { return time.Date(2026, 3, 2, 8, minutes, 0, 0, time.UTC) }
	logAt(t, dir, "Security.evtx",
		started(at(1), 1280, 700, `C:\Windows\explorer.exe`, "explorer"),
		started(at(2), 1300, 1280, `C:\Windows\System32\cmd.exe`, "cmd /c \x1b[31mred\u202e"),
		started(at(3), 1400, 1300, `C:\Windows\System32\whoami.exe`, "whoami /all "+strings.Repeat("x", 300)),
		securityEvent(at(30), 4608),
		started(at(41), 1300, 1280, `C:\Windows\System32\notepad.exe`, "notepad"),
		started(at(42), 1500, 1300, `C:\Windows\System32\calc.exe`, "calc"))
	return dir
}

func TestATreeKeepsToOneRunOfTheSystem(t *testing.T) {
	dir := reusedIDs(t)
	code, out, errs := hunt(t, "tree", "--evtx", dir)
	if code != exit.OK {
		t.Fatal(code, errs)
	}
	for _, want := range []string{"\n└┄ cmd.exe (pid 1300)", "\n   └┄ whoami.exe (pid 1400)",
		"inferred: pid 1280, started 1 m", "same boot",
		"\nnotepad.exe (pid 1300)", "the system was started again after", "\n└┄ calc.exe (pid 1500)"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.ContainsAny(out, "\x1b\u202e") {
		t.Errorf("%q acts on a terminal", out)
	}
	for at, want := range map[string]string{"2026-03-02T08:10:00Z": "» cmd.exe",
		"2026-03-02T08:50:00Z": "» notepad.exe", "2026-03-02T08:00:30Z": "", "2026-03-02T08:35:00Z": ""} {
		_, out, errs := hunt(t, "tree", "--evtx", dir, "--pid", "1300", "--at", at)
		if n := strings.Count(out, "»"); want == "" &&
			(n != 0 || !strings.Contains(errs, "no process fits at that time")) || want != "" &&
			(n != 1 || !strings.Contains(out, want)) {
			t.Errorf("%s: want %q, got\n%s%s", at, want, out, errs)
		}
	}
	_, out, errs = hunt(t, "tree", "--evtx", dir, "--pid", "1300")
	if strings.Count(out, "»") != 2 || !strings.Contains(errs, "2 processes had the id 1300; --at TIME picks") {
		t.Errorf("%s%s", out, errs)
	}
}

func TestATreeIsChosenByNameSessionAndTime(t *testing.T) {
	dir := reusedIDs(t)
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--name", "whoami"}, []string{"whoami.exe"}}, {[]string{"--name", "CALC.EXE"}, []string{"calc.exe"}},
		{[]string{"--name", "w*"}, []string{"whoami.exe"}},
		{[]string{"--name", `c:\windows\*\c*.exe`}, []string{"cmd.exe", "calc.exe"}},
		{[]string{"--logon", "0x9A9A9", "--from", "2026-03-02T08:40:00Z"}, []string{"notepad.exe", "calc.exe"}},
		{[]string{"--to", "2026-03-02T08:01:30Z"}, []string{"explorer.exe"}}, {[]string{"--name", "nothing"}, nil},
	} {
		var got []string
		for _, r := range rowsOf(t, append([]string{"tree", "--evtx", dir}, c.args...)...) {
			if r["selected"].(bool) {
				got = append(got, r["name"].(string))
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.args, got, c.want)
		}
	}
	code, out, errs := hunt(t, "tree", "--evtx", dir, "--limit", "2")
	if code != exit.OK || !strings.Contains(out, "... and 3 more processes") ||
		!strings.Contains(errs, "--limit 0 shows all") {
		t.Error(code, out, errs)
	}
}

func TestATreeShowsTheProcessesOfAFinding(t *testing.T) {
	report := filepath.Join(t.TempDir(), "r.json")
	if code, _, errs := hunt(t, "--evtx", "../../samples/scenario-3-wscript-vbs/attack", "--report", report,
		"--quiet"); code != exit.OK {
		t.Fatal(code, errs)
	}
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r struct{ Findings []struct{ ID string } }
	if err := json.Unmarshal(b, &r); err != nil || len(r.Findings) == 0 {
		t.Fatal(err)
	}
	some := false
	for _, f := range r.Findings {
		_, out, errs := hunt(t, "tree", "--evtx", "../../samples/scenario-3-wscript-vbs/attack", "--finding", f.ID,
			"--quiet")
		some = some || strings.Contains(out, "» wscript.exe")
		if strings.Contains(errs, "no finding") {
			t.Error(errs)
		}
	}
	if !some {
		t.Error("no finding is about wscript.exe")
	}
	if code, _, errs := hunt(t, "tree", "--evtx", "../../samples/multi-host", "--finding", "F-nothing",
		"--quiet"); code != exit.Failed || !strings.Contains(errs, "no finding has the id") {
		t.Error(code, errs)
	}
}

func TestATreeFitsTheTerminal(t *testing.T) {
	col, err := evidence.Collect(t.Context(),
		evidence.Inputs(reusedIDs(t), "../../samples/hostile", "../../samples/scenario-1-uri-handler"),
		evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cs, err := timeline.Scan(t.Context(), col, timeline.ScanOptions{}, func() timeline.Visitor { return unseen{} })
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{60, 80, 200} {
		var b strings.Builder
		for _, h := range cs.Hosts.All {
			if _, err := tree.Text(&b, h, &tree.Query{}, tree.Options{Width: width}); err != nil {
				t.Fatal(err)
			}
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if n := table.Width(line); n > width {
				t.Errorf("a line of %d in a terminal of %d: %q", n, width, line)
			}
			if i := strings.IndexFunc(line, unicode.IsControl); i >= 0 {
				t.Errorf("%q holds a control character", line)
			}
		}
	}
}

func TestATreeHoldsTheStartsThatDuckDBCounts(t *testing.T) {
	args := withCorpus(t, "../../samples/multi-host", "../../samples/scenario-1-uri-handler", reusedIDs(t))
	dir := filepath.Join(t.TempDir(), "timeline.parquet")
	code, _, errs := hunt(t, append([]string{"timeline", "--output", dir, "--quiet"}, args...)...)
	if code != exit.OK && code != exit.Incomplete {
		t.Fatal(code, errs)
	}
	want := map[string]string{}
	for _, r := range duckdbtest.Query(t, fmt.Sprintf(`select host, count(*) as n,
		count(*) filter (provider = 'Microsoft-Windows-Sysmon') as sysmon from read_parquet('%s/**/*.parquet', hive_partitioning = true)
		where provider = 'Microsoft-Windows-Sysmon' and event_code = 1 or provider = 'Microsoft-Windows-Security-Auditing' and event_code = 4688
		group by all`, filepath.ToSlash(dir))) {
		want[r["host"].(string)] = fmt.Sprint(r["n"])
	}
	_, out, _ := hunt(t, append([]string{"tree", "--format", "jsonl", "--limit", "0", "--quiet"}, args...)...)
	counts, got := map[string]int{}, map[string]string{}
	for line := range strings.Lines(out) {
		var p struct {
			Host      string
			NotLogged bool `json:"start_not_logged"`
		}
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		if !p.NotLogged {
			counts[p.Host]++
		}
	}
	for h, n := range counts {
		got[h] = fmt.Sprint(n)
	}
	if len(want) < 4 {
		t.Errorf("DuckDB knows the starts of %d hosts only", len(want))
	}
	for h := range want {
		if got[h] != want[h] {
			t.Errorf("%s: %s starts, DuckDB counts %s", h, got[h], want[h])
		}
	}
}

// TestATreeIsWholeWhateverItsDepth: a forged log can claim any depth, and that the first process descends from the
// last one. Every process stands in the tree, below the one that its record names.
func TestATreeIsWholeWhateverItsDepth(t *testing.T) {
	const n = 2500
	for _, loop := range []bool{false, true} {
		dir := t.TempDir()
		var events []evtxtest.Event
		for i := range n {
			parent := i
			if i == 0 {
				parent = n
			}
			by := []evtxtest.Pair{{Name: "ParentProcessGuid",
				Value: evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0000-%012X}", parent))}}
			if i == 0 && !loop {
				by = nil
			}
			events = append(events, sysmonEvent(1, i, i+1, by...))
		}
		logAt(t, dir, "Sysmon.evtx", events...)
		for _, args := range [][]string{{"--limit", "0"}, {"--limit", "0", "--name", "tool2500.exe"}} {
			rows := rowsOf(t, append([]string{"tree", "--evtx", dir}, args...)...)
			depth := 0.0
			for _, r := range rows {
				depth = max(depth, r["depth"].(float64))
			}
			if len(rows) != n || depth != n-1 {
				t.Errorf("loop %v, %q: %d processes down to level %v", loop, args, len(rows), depth)
			}
			if basis, _ := rows[0]["basis"].(string); loop && !strings.Contains(basis, "descends from it") {
				t.Errorf("%q: the parent of the first process: %q", args, basis)
			}
		}
		code, out, errs := hunt(t, "tree", "--evtx", dir, "--limit", "0")
		if code != exit.OK || !strings.Contains(out, "\n(level 2499) tool") || len(out) > n*1500 {
			t.Errorf("loop %v: exit code %d, %d bytes: %s", loop, code, len(out), errs)
		}
	}
}
