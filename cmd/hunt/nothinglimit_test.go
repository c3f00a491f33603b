package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// TestALimitIsToldWhereNothingCouldBeRead: what a bound kept a command from reading may be all that there was.
func TestALimitIsToldWhereNothingCouldBeRead(t *testing.T) {
	log := evtxtest.File(evtxtest.Event{Provider: "P", Channel: "Application", Computer: "ws01", EventID: 1})
	deep := t.TempDir() // a log that nobody can reach
	if err := os.MkdirAll(filepath.Join(deep, strings.Repeat("d/", 260)), 0o700); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir() // the same, and a log of which no record can be read
	if err := os.CopyFS(broken, os.DirFS(deep)); err != nil {
		t.Fatal(err)
	}
	for i := evtx.FileHeaderSize; i < len(log); i++ {
		log[i] = 'x'
	}
	if err := os.WriteFile(filepath.Join(broken, "a.evtx"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	for _, dir := range []string{deep, broken} {
		for _, args := range [][]string{
			{"--evtx", dir}, {"dump", dir}, {"search", "--evtx", dir, "x"}, {"stats", "--evtx", dir},
			{"stack", "services", "--evtx", dir}, {"logons", "--evtx", dir}, {"tree", "--evtx", dir},
			{"scripts", "--evtx", dir, "--out", out}, {"query", "--evtx", dir, "any where true"},
			{"timeline", "--evtx", dir, "--output", out + ".csv"}, {"hosts", "--evtx", dir},
			{"coverage", "--evtx", dir},
			{"show", "--evtx", dir, "a.evtx#1"},
		} {
			code, _, stderr := hunt(t, args...)
			if code == exit.OK {
				t.Errorf("hunt %s: exit code %d", strings.Join(args, " "), code)
			}
			if n := strings.Count(stderr, "hunt: limit: "); n != 1 {
				t.Errorf("hunt %s: %d limits are told, want 1:\n%.600s", strings.Join(args, " "), n, stderr)
			}
		}
	}
}
