package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// TestSearchesAndCountsAreThoseOfJQ: what 'hunt search' finds and 'hunt stats' counts is what jq finds and counts in
// the records that 'hunt dump' prints.
func TestSearchesAndCountsAreThoseOfJQ(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" && runtime.GOOS != "windows" {
			t.Fatal("HUNT_REQUIRE is set, but jq is not installed")
		}
		t.Skip("SKIPPED: jq is not installed")
	}
	const evidence = "../../samples/intrusion/WS-HR-11"
	searches := []struct{ args, condition string }{
		{"WSCRIPT", `any($l[]; contains("wscript"))`},
		{"4624", `any($t[]; contains("4624"))`},
		{"targetusersid", `any($l[]; contains("targetusersid"))`},
		{"--case-sensitive System32", `any($t[]; contains("System32"))`},
		{"--case-sensitive system32", `any($t[]; contains("system32"))`},
		{"--all-words chrome.exe explorer",
			`all("chrome.exe", "explorer"; . as $w | any($l[]; contains($w)))`},
		{`--regex ^(?i)S-1-5-21-.*-1[0-9]{3}$`, `any($t[]; test("^S-1-5-21-.*-1[0-9]{3}$"; "i"))`},
		{"--field CommandLine users",
			`any(.Event.EventData // {} | .CommandLine? // empty | tostring; ascii_downcase | contains("users"))`},
		{"no-such-text-anywhere", `any($t[]; contains("no-such-text-anywhere"))`},
	}
	// names that begin with # are the layout's
	program := `[(.Event | .. | scalars | tostring),
			(.Event | paths | last | strings | select(startswith("#") | not))] as $t |
		($t | map(ascii_downcase)) as $l |
		.Event.System as $s | "\($s.Computer) \($s.Channel) \($s.EventRecordID)" as $r |
		"count \($s.Channel) \($s.EventID | if type == "object" then ."#text" else . end)"`
	got := map[string]int{}
	for i, s := range searches {
		program += fmt.Sprintf(", (select(%s) | \"search %d \\($r)\")", s.condition, i)
		for _, row := range jsonRows(t, append([]string{"search", "--evtx", evidence}, strings.Fields(s.args)...)) {
			got[fmt.Sprintf("search %d %v %v %v", i, row["host"], row["channel"], row["record_id"])]++
		}
	}
	for _, row := range jsonRows(t, []string{"stats", "--evtx", evidence}) {
		n, ok := row["count"].(float64)
		if !ok {
			t.Fatal(row)
		}
		got[fmt.Sprintf("count %v %v", row["channel"], row["event_code"])] += int(n)
	}
	code, dump, errs := hunt(t, "dump", "--quiet", evidence)
	if code != exit.OK {
		t.Fatal(code, errs)
	}
	cmd := exec.CommandContext(t.Context(), jq, "-r", program)
	cmd.Stdin = strings.NewReader(dump)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %.500s", err, out)
	}
	want := map[string]int{}
	for line := range strings.Lines(string(out)) {
		want[strings.TrimSuffix(line, "\n")]++
	}
	if len(want) < 200 {
		t.Errorf("jq prints %d kinds of lines only", len(want))
	}
	for i, s := range searches[:len(searches)-1] {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(k string) bool {
			return strings.HasPrefix(k, fmt.Sprintf("search %d ", i))
		}) {
			t.Errorf("%s: jq finds nothing", s.args)
		}
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		if got[k] != want[k] {
			t.Errorf("%s: hunt %d, jq %d", k, got[k], want[k])
		}
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] == 0 {
			t.Errorf("%s: hunt 0, jq %d", k, want[k])
		}
	}
}

// jsonRows are the rows that a command prints as JSON lines.
func jsonRows(t *testing.T, args []string) (rows []map[string]any) {
	t.Helper()
	code, out, errs := hunt(t, append(args, "--format", "jsonl", "--quiet")...)
	if code != exit.OK {
		t.Fatal(args, code, errs)
	}
	for line := range strings.Lines(out) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		rows = append(rows, row)
	}
	return rows
}
