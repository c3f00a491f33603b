package main

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Timesketch asks of each event of a file for message, datetime (ISO 8601) and timestamp_desc, and takes
// tag as a list; of CSV it asks for the names of the columns in the first line.
func TestATimelineForTimesketchHasWhatItAsksFor(t *testing.T) {
	hostile, _ := hostileLog(t)
	args := []string{"--evtx", hostile, "--evtx", "../../samples/intrusion", "--no-default-rules", "--rules",
		"../../rules/library/rules",
		"--format", "timesketch", "--quiet"}
	dir := t.TempDir()
	lines := filepath.Join(dir, "t.jsonl")
	table := filepath.Join(dir, "t.csv")
	timelineOf(t, append(slices.Clone(args), "--output", lines)...)
	timelineOf(t, append(slices.Clone(args), "--output", table)...)
	text, err := os.ReadFile(lines)
	if err != nil {
		t.Fatal(err)
	}
	n, tagged := 0, 0
	for line := range strings.Lines(string(text)) {
		n++
		var e struct {
			Message, Datetime string
			Desc              string `json:"timestamp_desc"`
			Timestamp         *int64
			Tag               []string
			ID                string `json:"finding"`
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		at, err := time.Parse(time.RFC3339Nano, e.Datetime)
		if err != nil || e.Message == "" || e.Desc == "" || e.Timestamp != nil && *e.Timestamp != at.UnixMicro() {
			t.Fatalf("%v: %s", err, line)
		}
		if len(e.Tag) > 0 {
			tagged++
			for id := range strings.SplitSeq(e.ID, " | ") {
				if id != "" && !slices.Contains(e.Tag, id) {
					t.Errorf("%s is no tag: %s", id, line)
				}
			}
		}
	}
	if n < 100 || tagged == 0 {
		t.Errorf("%d events, %d with tags", n, tagged)
	}

	file, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := rows[0]
	for _, name := range []string{"message", "datetime", "timestamp_desc", "tag"} {
		if !slices.Contains(head, name) {
			t.Errorf("no column %s in %q", name, head)
		}
	}
	if got := strings.Count(string(file), "\n"); len(rows) != n+1 || got != n+1 {
		t.Errorf("%d rows in %d lines of CSV, %d lines of JSON", len(rows), got, n)
	}
}

// Timeline Explorer reads a table with one line of distinct column names and a row on each line.
func TestATableIsOneLineForEachRow(t *testing.T) {
	hostile, _ := hostileLog(t)
	name := filepath.Join(t.TempDir(), "t.csv")
	timelineOf(t, "--evtx", hostile, "--evtx", "../../samples/intrusion", "--no-default-rules", "--rules",
		"../../rules/library/rules",
		"--output", name, "--quiet")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head := slices.Sorted(slices.Values(rows[0]))
	if len(slices.Compact(slices.Clone(head))) != len(head) || slices.Contains(head, "") {
		t.Errorf("names of columns: %q", head)
	}
	if got := strings.Count(string(text), "\n"); got != len(rows) || len(rows) < 100 {
		t.Errorf("%d lines, %d rows", got, len(rows))
	}
	at := slices.Index(rows[0], "time")
	for _, r := range rows[1:] {
		if _, err := time.Parse(time.RFC3339Nano, r[at]); err != nil || len(r) != len(head) {
			t.Fatalf("%v: %q", err, r)
		}
	}
}
