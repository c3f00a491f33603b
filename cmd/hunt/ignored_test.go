package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"hunt/cmd/hunt/exit"
)

// TestNoOptionIsIgnored: an option that needs another one is refused without it, before anything is read.
func TestNoOptionIsIgnored(t *testing.T) {
	const nowhere = "nowhere"
	ruleOptions := [][]string{{"--rules", nowhere}, {"--rules-status", "test"}, {"--rules-level", "high"},
		{"--rules-tag", "x"}, {"--placeholders", nowhere}, {"--no-default-rules"}, {"--tuning", nowhere},
		{"--no-default-tuning"}}
	for _, c := range []struct {
		command []string
		options [][]string
	}{
		{[]string{"tree", "--evtx", nowhere}, append(ruleOptions, []string{"--ecs", "strict"})},
		{[]string{"timeline", "--evtx", nowhere, "--output", "x.csv"}, append(slices.Clone(ruleOptions[1:]),
			[]string{"--hits"}, []string{"--bulk"})},
		{[]string{"query", "any where true", "--evtx", nowhere}, [][]string{{"--mapping", nowhere},
			{"--timestamp-field", "x"}, {"--event-category-field", "x"}, {"--tiebreaker-field", "x"},
			{"--fields", "x"}, {"--format", "elastic", "--tz", "UTC"}}},
		{[]string{"query", "any where true", "--ndjson", nowhere}, [][]string{{"--host", "x"}, {"--from", "2026-01-01"},
			{"--to", "2026-01-01"}, {"--carved"}, {"--clock", "utc"}, {"--ecs", "strict"}, {"--merge-hosts", nowhere},
			{"--password-file", nowhere}}},
		{[]string{"verify", nowhere, "--evtx", nowhere}, [][]string{{"--rules", nowhere}, {"--tuning", nowhere},
			{"--placeholders", nowhere}, {"--case", nowhere}, {"--previous", nowhere}}},
		{[]string{"dump", nowhere, "--format", "xml"}, [][]string{{"--with-ref"}, {"--exact"}}},
		{[]string{"show", "a#1", "--evtx", nowhere, "--format", "json"}, [][]string{{"--section", "hex"}}},
		{[]string{"--evtx", nowhere}, [][]string{{"--checksum"}, {"--report-limit", "1MiB"}, {"--generated", "now"}}},
		{[]string{"--evtx", nowhere, "--stix", filepath.Join(t.TempDir(), "s.json")},
			[][]string{{"--report-limit", "1MiB"}, {"--generated", "now"}}},
	} {
		for _, o := range c.options {
			args := append(append([]string{}, c.command...), o...)
			code, _, errs := hunt(t, args...)
			if code != exit.Usage ||
				!strings.Contains(errs, " works only with --") {
				t.Errorf("%q: exit code %d: %s", args, code, errs)
			}
		}
	}
}

// TestEveryCommandRefusesFormatsThatItDoesNotKnow: none falls back on its usual one.
func TestEveryCommandRefusesFormatsThatItDoesNotKnow(t *testing.T) {
	args := map[string][]string{"dump": {"x"}, "query": {"any where true", "--evtx", "x"},
		"search":   {"x", "--evtx", "x"},
		"timeline": {"--evtx", "x", "--output", "-"}, "verify": {"x", "--evtx", "x"}, "diff": {"x", "y"},
		"show": {"a#1", "--evtx", "x"}, "stack": {"programs", "--evtx", "x"}, "rules list": {}, "rules test": {},
		"rules explain": {"--rule", "x", "--evtx", "x", "--host", "x", "--at", "2026-01-01"}}
	var walk func(path []string, list []*cli.Command)
	found := 0
	walk = func(path []string, list []*cli.Command) {
		for _, c := range list {
			at := append(append([]string{}, path...), c.Name)
			walk(at, c.Subcommands)
			for _, f := range c.Flags {
				if f.Names()[0] != "format" {
					continue
				}
				found++
				with, ok := args[strings.Join(at, " ")]
				if !ok {
					with = []string{"--evtx", "x"}
				}
				code, _, errs := hunt(t, append(append(at, with...), "--format", "nothing")...)
				if code != exit.Usage || !strings.Contains(errs, `--format: unknown format "nothing"; use `) {
					t.Errorf("%q: exit code %d: %s", at, code, errs)
				}
			}
		}
	}
	walk(nil, newApp(io.Discard, io.Discard).Commands)
	if found < 10 {
		t.Errorf("only %d commands have formats", found)
	}
}
