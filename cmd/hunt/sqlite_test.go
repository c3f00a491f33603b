package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// readSQLite has Python's sqlite3 check a timeline and print its rows as JSON lines, then how many rows a search finds.
const readSQLite = `
import json, sqlite3, sys
c = sqlite3.connect(sys.argv[1])
assert c.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
c.execute("INSERT INTO events_fts(events_fts) VALUES ('integrity-check')")
c.row_factory = sqlite3.Row
for row in c.execute("SELECT * FROM events ORDER BY id"):
    print(json.dumps(dict(row)))
print(c.execute("SELECT count(*) FROM events_fts WHERE events_fts MATCH ?", (sys.argv[2],)).fetchone()[0])
`

// A timeline as SQLite has the rows of the JSON lines, as another reader of SQLite reads them.
func TestPythonReadsATimelineAsSQLite(t *testing.T) {
	python := os.Getenv("HUNT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import sqlite3").Run(); err != nil {
		if os.Getenv("HUNT_REQUIRE") != "" && runtime.GOOS != "windows" { // where it is asked on Linux
			t.Fatal("HUNT_REQUIRE is set, but Python with sqlite3 is not installed")
		}
		t.Skip("SKIPPED: Python with sqlite3 is not installed")
	}
	hostile, _ := hostileLog(t)
	args := []string{"--evtx", hostile, "--evtx", "../../samples/multi-host", "--no-default-rules", "--rules",
		"../../rules/library/rules",
		"--tz", "Asia/Tokyo"}
	dir := t.TempDir()
	odd := filepath.Join(dir, "temporary #%20 files")
	if err := os.Mkdir(odd, 0o700); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "odd #% name.db")
	timelineOf(t, append(args, "--output", name, "--jobs", "1", "--temp-dir", odd, "--quiet")...)
	again := filepath.Join(dir, "again.db")
	timelineOf(t, append(args, "--output", again, "--jobs", "3", "--max-memory", "1MiB", "--quiet")...)
	if left, err := os.ReadDir(odd); err != nil || len(left) > 0 {
		t.Errorf("%v, %v is left of temporary files", err, left)
	}
	a, errA := os.ReadFile(name)
	b, errB := os.ReadFile(again)
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("%v, %v: the database depends on the workers or the memory", errA, errB)
	}
	out, err := exec.Command(python, "-c", readSQLite, again, "whoami").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	found := got[len(got)-1]
	got = got[:len(got)-1]
	want := slices.Collect(strings.Lines(
		timelineOf(t, append(args, "--output", "-", "--format", "jsonl", "--quiet")...)))
	if len(got) != len(want) {
		t.Fatalf("%d rows, %d lines", len(got), len(want))
	}
	matches := 0
	for i := range want {
		var row, line map[string]any
		if err := json.Unmarshal([]byte(got[i]), &row); err != nil {
			t.Fatal(err, got[i])
		}
		var raw map[string]json.RawMessage
		if json.Unmarshal([]byte(want[i]), &line) != nil || json.Unmarshal([]byte(want[i]), &raw) != nil {
			t.Fatal(want[i])
		}
		for k, v := range line {
			switch {
			case k == "data":
				v = string(raw[k])
			case k == "pid":
				continue // a number where it is one
			case v == true:
				v = float64(1)
			}
			if row[k] != v {
				t.Fatalf("row %d, %s: %v, want %v", i, k, row[k], v)
			}
		}
		if row["id"] != float64(i+1) {
			t.Fatalf("row %d has id %v", i, row["id"])
		}
		if strings.Contains(strings.ToLower(want[i]), "whoami") {
			matches++
		}
	}
	if matches == 0 || found == "0" {
		t.Errorf("%s rows found, %d lines have the word", found, matches)
	}
}
