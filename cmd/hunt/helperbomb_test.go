package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
	"hunt/racetest"
)

// bombs are files that take much more than their size where nobody counts.
func bombs() map[string]string {
	const n = 16_000
	many := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	aliases := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		aliases += fmt.Sprintf("%c: &%c [%s*%c]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 8), c-1)
	}
	return map[string]string{
		"deep.yaml":    "any: " + strings.Repeat("[", n) + strings.Repeat("]", n),
		"maps.yaml":    "any: " + strings.Repeat("{a: ", n),
		"aliases.yaml": aliases,
		"keys.yaml":    many("k%d: x\n"),
		"keys.toml":    many("k%d = 1\n"),
		"tables.toml":  many("[any.t%d]\n"),
		"deep.toml":    "any = " + strings.Repeat("[", n),
		"path.toml":    "id." + strings.Repeat("b.", n) + "c = 1",
		"deep.json":    strings.Repeat(`{"objects":[`, n),
		"list.json":    `{"objects":[` + strings.Repeat("{},", n) + "{}]}",
		"line.txt":     strings.Repeat("x", 40<<20),
	}
}

// TestNoHelperFileIsABomb gives each bomb to each option that takes a file. The run ends, says what is wrong where
// something is, and takes no more than the file and the run need.
func TestNoHelperFileIsABomb(t *testing.T) {
	racetest.Skip(t)
	evidence := filepath.Join("..", "..", "samples", "scenario-1-uri-handler")
	main := []string{"--evtx", evidence, "--quiet", "--report", filepath.Join(t.TempDir(), "r.json")}
	options := map[string][]string{
		"--case": main, "--rules": main, "--tuning": main, "--merge-hosts": main, "--placeholders": main,
		"--password-file": main, "--previous": main,
		"--input-list": {"scan", "--out", filepath.Join(t.TempDir(), "shards")},
		"--indicators": {"search", "--evtx", evidence, "--quiet"},
		"--mapping":    {"query", "any where true", "--ndjson", os.DevNull},
	}
	for name, text := range bombs() {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for option, args := range options {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			code, _, stderr := hunt(t, slices.Concat(args, []string{option, file})...)
			runtime.ReadMemStats(&after)
			// The sum of all that was allocated, freed since or not: the line of 40 MiB is read and shown in parts.
			if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 1<<10 {
				t.Errorf("%s %s: %d MiB, exit code %d", option, name, took, code)
			}
			if len(stderr) > 64<<10 {
				t.Errorf("%s %s: %d bytes of messages: %.300s", option, name, len(stderr), stderr)
			}
			readAsLines := option == "--password-file" || option == "--indicators" || option == "--rules" &&
				(strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".txt"))
			if code == exit.OK && !readAsLines || strings.Contains(stderr, "panic") {
				t.Errorf("%s %s: exit code %d: %.600s", option, name, code, stderr)
			}
		}
	}
}

// TestRulesOfAMegabyteMeetValuesOfAMegabyte: a rule is refused where it is, or it finds what it says and nothing else.
func TestRulesOfAMegabyteMeetValuesOfAMegabyte(t *testing.T) {
	racetest.Skip(t)
	dir := t.TempDir()
	part := strings.Repeat("a", 29_000)
	writeLog(t, filepath.Join(dir, "big.evtx"), repeatedData("Microsoft-Windows-Sysmon",
		"Microsoft-Windows-Sysmon/Operational", "1", "CommandLine", part, 33))
	if err := os.WriteFile(filepath.Join(dir, "small.evtx"), evtxtest.File(sysmonEvent(1, 0, 1,
		evtxtest.Str("CommandLine", "aab"))), 0o600); err != nil {
		t.Fatal(err)
	}
	const eql, mega = "process where process.command_line ", 1 << 20
	sigma := func(line string) string {
		return "title: x\nid: 11111111-1111-4111-8111-111111111111\nlevel: high\nstatus: test\n" +
			"logsource:\n  product: windows\n  category: process_creation\ndetection:\n  s:\n    " + line +
			"\n  condition: s\n"
	}
	for _, c := range []struct {
		kind, text string
		hits       int // -1: the rule is refused
	}{
		{"eql", eql + `== "` + strings.Repeat("a", mega) + `"`, -1},
		{"eql", eql + `== "` + part + `"`, 0},
		{"eql", eql + `like "*` + strings.Repeat("a*", 5_000) + `b"`, 0},
		{"eql", eql + `like "` + part + `*"`, 1},
		{"eql", eql + `like~ "*` + strings.ToUpper(part) + `*"`, 1},
		{"eql", eql + `regex ".*a.*a.*a.*a.*b"`, 0},
		{"eql", eql + `regex "(a|aa|aaa)*b"`, 1},
		{"eql", `process where stringContains(process.command_line, "` + part + `")`, 1},
		{"eql", `process where length(process.command_line) > 900000`, 1},
		{"yml", sigma("CommandLine|contains: " + strings.Repeat("a", mega)), -1},
		{"yml", sigma("CommandLine|contains: " + part), 1},
		{"yml", sigma("CommandLine|endswith: " + part + "b"), 0},
		{"yml", sigma("CommandLine: '" + strings.Repeat("*a?", 5_000) + "b'"), 0},
		{"yml", sigma("CommandLine|re: '(a|aa)*b$'"), 1},
		{"yml", sigma("CommandLine|contains:\n" + strings.Repeat("      - "+part[:2_000]+"b\n", 100)), 0},
	} {
		rule := filepath.Join(t.TempDir(), "rule."+c.kind)
		if err := os.WriteFile(rule, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "r.json")
		code, _, stderr := hunt(t, "--evtx", dir, "--rules", rule, "--no-default-rules", "--no-default-tuning",
			"--quiet", "--report", out)
		what := fmt.Sprintf("%s, %d bytes, %.80s", c.kind, len(c.text), c.text)
		if len(stderr) > 4<<10 {
			t.Errorf("%s: %d bytes of messages: %.300s", what, len(stderr), stderr)
		}
		if c.hits < 0 {
			if code == exit.OK || !strings.Contains(stderr, "rule."+c.kind) {
				t.Errorf("%s: exit code %d: %.300s", what, code, stderr)
			}
			continue
		}
		if code != exit.OK && code != exit.Incomplete {
			t.Errorf("%s: exit code %d: %.300s", what, code, stderr)
			continue
		}
		var r struct{ Findings []struct{ ID string } }
		if err := json.Unmarshal(mustRead(t, out), &r); err != nil {
			t.Fatal(err)
		}
		if len(r.Findings) != c.hits {
			t.Errorf("%s: %d findings, want %d: %.300s", what, len(r.Findings), c.hits, stderr)
		}
	}
}
