package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
	"hunt/cmd/hunt/screen"
	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/racetest"
	"hunt/samples/growth"
	"hunt/timeline/evidence"
)

// excess is evidence, rules and options that make one bound bite; others may bite with it.
type excess struct {
	write func(t *testing.T, dir string) // the evidence
	rules []string                       // instead of the built-in ones, by extension: "eql any where true"
	args  []string
	lower evidence.Options // bounds that a test cannot reach as they are
}

// excesses has one entry for each bound that hunt has.
func excesses(t *testing.T) map[limit.ID]excess {
	all := map[limit.ID]excess{}
	for _, part := range []map[limit.ID]excess{excessOfEvidence(t), excessOfRecords(), excessOfRules(),
		excessOfReports()} {
		for id := range part {
			if _, twice := all[id]; twice {
				t.Errorf("%s stands twice", id)
			}
		}
		maps.Copy(all, part)
	}
	return all
}

// documentedBounds reads from docs/limits.md which bounds there are, and whether they lose anything. A
// test of the module holds that page against the code.
func documentedBounds(t *testing.T) map[limit.ID]bool {
	t.Helper()
	out := map[limit.ID]bool{}
	page := mustRead(t, filepath.Join("..", "..", "docs", "limits.md"))
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|.*\\| (yes|no) \\|$").FindAllSubmatch(page, -1) {
		out[limit.ID(m[1])] = string(m[2]) == "yes"
	}
	return out
}

// Each bound that bites is in the report's accounting and limits, on standard error, and, where
// evidence or a match may be lost, in the exit code. The evidence beside it is read.
func TestEachBoundIsTold(t *testing.T) {
	racetest.Skip(t)
	skipIfShort(t)
	loses, table := documentedBounds(t), excesses(t)
	want := slices.Sorted(maps.Keys(loses))
	got := slices.AppendSeq(slices.Collect(maps.Keys(table)), maps.Keys(withoutReport()))
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("bounds that are made to bite %q, bounds that there are %q", got, want)
	}
	for _, id := range slices.Sorted(maps.Keys(table)) {
		t.Run(string(id), func(t *testing.T) { table[id].check(t, id, loses) })
	}
}

// check runs hunt over what makes a bound bite.
func (x excess) check(t *testing.T, id limit.ID, loses map[limit.ID]bool) {
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "r.json")
	log := evtxtest.File(evtxtest.Event{Provider: "P", Channel: "Application", Computer: "ws01", EventID: 4242})
	if err := os.WriteFile(filepath.Join(dir, "good.evtx"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	x.write(t, dir)
	evidenceDefaults = x.lower
	defer func() { evidenceDefaults = evidence.Options{} }()
	args := append([]string{"--evtx", dir, "--report", out}, x.args...)
	for i, rule := range x.rules {
		kind, text, _ := strings.Cut(rule, " ")
		name := filepath.Join(t.TempDir(), fmt.Sprintf("rule%d.%s", i, kind))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--rules", name, "--no-default-rules", "--no-default-tuning")
	}
	code, _, stderr := hunt(t, args...)
	var r struct {
		Accounting struct {
			Files []struct {
				File string
				Kept int
			}
			Limits []string
			Bounds []struct {
				ID    limit.ID
				Text  string
				Count int
				Loses bool `json:"loses_records"`
			}
		}
	}
	if err := json.Unmarshal(mustRead(t, out), &r); err != nil {
		t.Fatal(err)
	}
	told, want := false, exit.OK
	for _, b := range r.Accounting.Bounds {
		told = told || b.ID == id && b.Count > 0
		if b.Loses != loses[b.ID] {
			t.Errorf("%s: loses %v, and docs/limits.md says %v", b.ID, b.Loses, loses[b.ID])
		}
		if b.Loses {
			want = exit.Incomplete
		}
		says := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(b.Text)) }
		// long paths are cut there
		if !strings.Contains(strings.ToLower(stderr), strings.ToLower(screen.Message(b.Text))) {
			t.Errorf("%s: standard error does not tell: %s", b.ID, stderr)
		}
		if !slices.ContainsFunc(r.Accounting.Limits, says) {
			t.Errorf("%s: the limits do not tell: %q", b.ID, r.Accounting.Limits)
		}
	}
	if !told {
		t.Errorf("not told: %+v", r.Accounting.Bounds)
	}
	if code != want {
		t.Errorf("exit code %d, want %d: %s", code, want, stderr)
	}
	good := false
	for _, f := range r.Accounting.Files {
		good = good || f.File == "good.evtx" && f.Kept == 1
	}
	if !good {
		t.Errorf("the log beside it is not read: %s", stderr)
	}
}

// withoutReport are bounds that only commands which write no report can meet. Each returns arguments
// that make its bound bite.
func withoutReport() map[limit.ID]func(t *testing.T, dir string) []string {
	return map[limit.ID]func(t *testing.T, dir string) []string{
		"query-fields": func(t *testing.T, dir string) []string {
			var b strings.Builder
			b.WriteString(`{"a":1`)
			for i := range 100_001 {
				fmt.Fprintf(&b, `,"f%d":1`, i)
			}
			name := filepath.Join(dir, "d.ndjson")
			if err := os.WriteFile(name, []byte(b.String()+"}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return []string{"query", "--ndjson", name, "any where a == 1"}
		},
		"search-matches": func(t *testing.T, dir string) []string {
			var fields []evtxtest.Pair
			for i := range 1_001 {
				fields = append(fields, evtxtest.Str(fmt.Sprintf("f%d", i), "needle"))
			}
			logged(0, evtxtest.Event{Provider: "P", Channel: "Application", Computer: "ws01", EventID: 1,
				Time: boundNoon, Data: fields})(t, dir)
			return []string{"search", "--evtx", dir, "needle"}
		},
		"scripts-decoded": func(t *testing.T, dir string) []string {
			var b strings.Builder
			for i := range 70 {
				text := fmt.Sprintf("Write-Host 'this is the payload of number %d'", i)
				fmt.Fprintf(&b, "'%s'\n", base64.StdEncoding.EncodeToString([]byte(text)))
			}
			logged(0, blockPart("ws01", boundNoon, "11111111-1111-1111-1111-111111111111", 1, 1, "", b.String()))(t,
				dir)
			return []string{"scripts", "--evtx", dir, "--out", filepath.Join(t.TempDir(), "out")}
		},
		"scripts-text": func(t *testing.T, dir string) []string {
			const parts = 285 // of 60,000 bytes in UTF-8
			var events []evtxtest.Event
			for i := range parts {
				events = append(events, blockPart("ws01", boundNoon, "11111111-1111-1111-1111-111111111111", i+1, parts,
					"", strings.Repeat("€", 20_000)))
			}
			logged(0, events...)(t, dir)
			return []string{"scripts", "--evtx", dir, "--out", filepath.Join(t.TempDir(), "out")}
		},
	}
}

func TestEachBoundOfCommandsWithoutAReportIsTold(t *testing.T) {
	loses := documentedBounds(t)
	text := map[limit.ID]string{
		"query-fields":    "In JSON documents without a mapping, hunt knows the types of the first 100,000 fields",
		"scripts-decoded": "hunt scripts decodes 64 parts, 8 MiB and 6 levels of one script",
		"scripts-text":    "hunt scripts writes the first 16 MiB of a PowerShell script block",
		"search-matches":  "hunt search shows the first 1000 matches of a record",
	}
	for id, args := range withoutReport() {
		want := exit.OK
		if loses[id] {
			want = exit.Incomplete
		}
		code, _, stderr := hunt(t, args(t, t.TempDir())...)
		if code != want || text[id] == "" || !strings.Contains(stderr, "hunt: limit: "+text[id]) {
			t.Errorf("%s: exit code %d, want %d: %s", id, code, want, stderr)
		}
	}
}

// grown is evidence with n of a kind.
func grown(kind string, n int) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		i := slices.IndexFunc(growth.Kinds(), func(k growth.Kind) bool { return k.Name == kind })
		if err := growth.Kinds()[i].Write(dir, n); err != nil {
			t.Fatal(err)
		}
	}
}

// logged is a log of these events, with so many copies.
func logged(copies int, events ...evtxtest.Event) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		log := evtxtest.File(events...)
		for i := range 1 + copies {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("log%d.evtx", i)), log, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

var boundNoon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

// sysmonEvent is event i of process pid.
func sysmonEvent(id uint16, i, pid int, data ...evtxtest.Pair) evtxtest.Event {
	at := boundNoon.Add(time.Duration(i) * time.Millisecond)
	return evtxtest.Event{Provider: "Microsoft-Windows-Sysmon", Channel: "Microsoft-Windows-Sysmon/Operational",
		Computer: "ws01", EventID: id, Version: 5, Time: at, Data: append([]evtxtest.Pair{
			evtxtest.Str("UtcTime", at.Format("2006-01-02 15:04:05.000")),
			{Name: "ProcessGuid", Value: evtxtest.GUID(fmt.Sprintf("{912F8223-0000-0000-0000-%012X}", pid))},
			{Name: "ProcessId", Value: evtxtest.Uint32(uint32(pid))}, // #nosec G115 -- small
			evtxtest.Str("Image", fmt.Sprintf(`C:\Users\a\tool%d.exe`, pid))}, data...)}
}

// failedLogons are n failed logons of one account.
func failedLogons(n int) []evtxtest.Event {
	var out []evtxtest.Event
	for i := range n {
		out = append(out, evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
			Computer: "ws01",
			EventID:  4625, Time: boundNoon.Add(time.Duration(i) * time.Second), Data: []evtxtest.Pair{
				evtxtest.Str("TargetUserName", "anna"), evtxtest.Str("TargetDomainName", "CORP"),
				evtxtest.Str("IpAddress", "198.51.100.7")}})
	}
	return out
}

// words are n words, each another one.
func words(mark string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d ", mark, i)
	}
	return b.String()
}
