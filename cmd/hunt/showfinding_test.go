package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/cmd/hunt/exit"
)

// findingIDs are the ids of the findings of a JSON report that it writes.
func findingIDs(t *testing.T, name string, args ...string) (ids []string) {
	t.Helper()
	if code, _, errs := hunt(t, append(args, "--report", name, "--quiet")...); code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var rep struct{ Findings []struct{ ID string } }
	if err := json.Unmarshal(b, &rep); err != nil || len(rep.Findings) == 0 {
		t.Fatal(len(rep.Findings), err)
	}
	for _, f := range rep.Findings {
		ids = append(ids, f.ID)
	}
	return ids
}

// TestShowOfAFindingNeedsNoReport shows findings as they are in a report, and by running the rules.
func TestShowOfAFindingNeedsNoReport(t *testing.T) {
	const evidence = "../../samples/scenario-3-wscript-vbs/attack"
	name := filepath.Join(t.TempDir(), "out.json")
	for _, id := range findingIDs(t, name, "--evtx", evidence) {
		code, want, errs := hunt(t, "show", id, "--report", name, "--evtx", evidence, "--quiet")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, errs)
		}
		if code, got, errs := hunt(t, "show", id, "--evtx", evidence, "--quiet"); code != 0 || got != want {
			t.Errorf("%s: exit %d: %s\n%s\nwant\n%s", id, code, errs, got, want)
		}
	}
}

// TestShowRefusesRuleOptionsWhereItRunsNoRules: an option that does nothing is a mistake.
func TestShowRefusesRuleOptionsWhereItRunsNoRules(t *testing.T) {
	const evidence = "../../samples/scenario-3-wscript-vbs/attack"
	for _, args := range [][]string{{"Security.evtx#1"}, {"F-1a2b3c4d5e6f", "--report", "out.json"}} {
		for _, option := range [][]string{{"--no-default-rules"}, {"--host", "x"}, {"--from", "2026-01-01"},
			{"--to", "2026-01-01"}, {"--clock", "utc"}, {"--merge-hosts", "x"}, {"--ecs", "strict"}} {
			code, _, errs := hunt(t, slices.Concat([]string{"show"}, args, []string{"--evtx", evidence}, option)...)
			if code != 2 || !strings.Contains(errs, option[0]+" works only with a finding") {
				t.Errorf("%q %q: exit %d: %s", args, option, code, errs)
			}
		}
	}
}

// TestShowOfFindingsTakesWhatTheReportWasMadeWith: an id holds for the same evidence and the same options.
func TestShowOfFindingsTakesWhatTheReportWasMadeWith(t *testing.T) {
	const evidence = "../../samples/multi-host"
	name := filepath.Join(t.TempDir(), "out.json")
	narrowed := []string{"--evtx", evidence, "--quiet", "--host", "ws-pur-09", "--from", "2026-03-12T08:00"}
	ids := findingIDs(t, name, narrowed...)
	ids[0] = strings.ToLower(ids[0])
	args := append([]string{"show"}, ids...)
	code, want, errs := hunt(t, append(args, "--evtx", evidence, "--report", name, "--quiet")...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if code, got, errs := hunt(t, append(args, narrowed...)...); code != 0 || got != want {
		t.Errorf("exit %d: %s\n%s", code, errs, cmp.Diff(want, got))
	}
	for _, command := range [][]string{{"show", "F-nothing"}, {"tree", "--finding", "F-nothing"}} {
		code, _, errs := hunt(t, append(command, narrowed...)...)
		if code != exit.Failed || !strings.Contains(errs, "--host, --from, --to and --carved") {
			t.Errorf("%q: exit %d: %s", command, code, errs)
		}
	}
}

// TestShowRunsTheRulesOnce: it reads the evidence once for all findings, and says that rules read carved records.
func TestShowRunsTheRulesOnce(t *testing.T) {
	const evidence = "../../samples/multi-host"
	ids := findingIDs(t, filepath.Join(t.TempDir(), "out.json"), "--evtx", evidence, "--carved")
	if len(ids) < 2 {
		t.Fatal(ids)
	}
	code, _, errs := hunt(t, append([]string{"show", "--evtx", evidence, "--carved", "--progress", "json"}, ids...)...)
	if n := strings.Count(errs, `"event":"total"`); code != 0 || n != 1 ||
		strings.Count(errs, "the rules also read carved records") != 1 {
		t.Errorf("exit %d, read %d times: %s", code, n, errs)
	}
}

// TestShowTakesTheIDsOfAQuery: each result of a query can be looked at as it is named.
func TestShowTakesTheIDsOfAQuery(t *testing.T) {
	evidence := []string{"--evtx", "../../samples/intrusion", "--evtx", "../../samples/hostile", "--quiet"}
	code, out, errs := hunt(t, append([]string{"query", "any where true", "--format", "jsonl"}, evidence...)...)
	if code != exit.OK {
		t.Fatal(code, errs)
	}
	type result struct {
		ID string `json:"_id"`
	}
	var ids []string
	n := 0
	for line := range strings.Lines(out) {
		var r result
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if n++; n%29 == 0 {
			ids = append(ids, r.ID)
		}
	}
	code, out, errs = hunt(t, slices.Concat([]string{"show", "--format", "json"}, ids, evidence)...)
	shown := strings.Split(strings.TrimSpace(out), "\n")
	if code != exit.OK || len(ids) < 20 || len(shown) != len(ids) {
		t.Fatalf("exit %d: %d of %d: %s", code, len(shown), len(ids), errs)
	}
	for i, line := range shown {
		parts := strings.Split(ids[i], "/")
		var r struct {
			Target        string `json:"target"`
			EventRecordID uint64 `json:"event_record_id"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		if r.Target != ids[i] || strconv.FormatUint(r.EventRecordID, 10) != parts[len(parts)-2] {
			t.Errorf("%s: %+v", ids[i], r)
		}
	}
	unknown := "ws-01/Security/4711/4c904aa0"
	if code, _, errs := hunt(t, append([]string{"show", unknown}, evidence...)...); code != exit.Failed ||
		!strings.Contains(errs, "no record has the id") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
