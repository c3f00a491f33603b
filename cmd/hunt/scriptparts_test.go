package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// scriptPart is an event 4104 of a block.
func scriptPart(block, number, total int32, text string) evtxtest.Event {
	return evtxtest.Event{Provider: "Microsoft-Windows-PowerShell", Channel: "Microsoft-Windows-PowerShell/Operational",
		Computer: "ws-01", EventID: 4104, Version: 1,
		Time: boundNoon.Add(time.Duration(block*10+number) * time.Second),
		Data: []evtxtest.Pair{{Name: "MessageNumber", Value: evtxtest.Int32(number)},
			{Name: "MessageTotal", Value: evtxtest.Int32(total)}, evtxtest.Str("ScriptBlockText", text),
			evtxtest.Str("ScriptBlockId", fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", block)),
			evtxtest.Str("Path", "")}}
}

// TestScriptBlocksInPartsAreTheSameInShards: the parts of blocks lie in two logs, which are scanned apart; one of them
// carries the tool's name in base64 across the cut. One run and a merge give the same bytes.
func TestScriptBlocksInPartsAreTheSameInShards(t *testing.T) {
	dir := t.TempDir()
	old := []evtxtest.Event{scriptPart(1, 1, 3, "Invoke-Mim"), scriptPart(2, 1, 2, `$x="SW52b2tlLU1pbWlrYXR6I`),
		scriptPart(3, 1, 2, "Get-Date"),
		scriptPart(4, 1, 2, "Get-Content notes.txt")}
	late := []evtxtest.Event{scriptPart(1, 2, 3, `ikatz -Command "sekurlsa::logonpasswords"`),
		scriptPart(2, 2, 2, `C1EdW1wQ3JlZHMgLUNvbXB1dGVyTmFtZSBkYzAx"`), scriptPart(3, 2, 2, " | Out-Host"),
		scriptPart(4, 2, 2, " | Out-Null")}
	logs := map[string][]evtxtest.Event{"old/Archive-PowerShell.evtx": old, "new/PowerShell.evtx": late}
	for name, events := range logs {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), evtxtest.File(events...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	list := filepath.Join(dir, "list.csv")
	rows := fmt.Sprintf("%q,%q\n%q,%q\n", filepath.Join(dir, "old"), "old", filepath.Join(dir, "new"), "new")
	if err := os.WriteFile(list, []byte(rows), 0o644); err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) {
		t.Helper()
		if code, out, errs := hunt(t, args...); code != exit.OK {
			t.Fatalf("%s: exit code %d\n%s%s", strings.Join(args, " "), code, out, errs)
		}
	}
	one, merged, combined := filepath.Join(dir, "one.json"), filepath.Join(dir, "merged.json"),
		filepath.Join(dir, "combined.json")
	must("--quiet", "--input-list", list, "--report", one)
	for _, memory := range []string{"512MiB", "1MiB"} {
		shards := filepath.Join(dir, "shards-"+memory)
		for i := range 2 {
			must("scan", "--quiet", "--input-list", list, "--out", fmt.Sprintf("%s-%d", shards, i), "--part",
				fmt.Sprintf("%d/2", i), "--max-memory", memory)
		}
		both := []string{shards + "-0", shards + "-1"}
		must(append([]string{"merge", "--quiet", "--max-memory", memory, "--report", merged}, both...)...)
		plan, found := filepath.Join(dir, "plan-"+memory), filepath.Join(dir, "found-"+memory)
		must(append([]string{"resolve", "--quiet", "--out", plan}, both...)...)
		must(append([]string{"match", "--quiet", "--plan", plan, "--group", "0/1", "--out", found}, both...)...)
		must(append([]string{"combine", "--quiet", "--plan", plan, "--report", combined}, append(both, found)...)...)
		want := mustRead(t, one)
		for _, name := range []string{merged, combined} {
			if got := mustRead(t, name); !bytes.Equal(got, want) {
				t.Errorf("%s with %s is not what one run gives", filepath.Base(name), memory)
			}
		}
	}
	report := string(mustRead(t, one))
	for _, want := range []string{"of which 2 are in the logs: not part 3",
		"in 2 parts, which were matched as one text",
		"matches what the script holds in encoded form", "PowerShell script block, 2 of 3 parts; not in the logs: 3"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if !strings.Contains(report, `"id": "script-block"`) && !strings.Contains(report, `"id":"script-block"`) {
		t.Errorf("the blocks have no finding of script-block:\n%.3000s", report)
	}
}
