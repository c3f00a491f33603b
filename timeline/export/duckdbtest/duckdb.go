// Package duckdbtest asks DuckDB, an independent reader of Parquet and counter of rows, what hunt's timelines
// hold. Tests compare its answers with hunt's own.
package duckdbtest

import (
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// script runs a statement with the Python module and prints its rows as JSON.
const script = `
import duckdb, json, sys
r = duckdb.sql(sys.stdin.read())
names = [d[0] for d in r.description]
print(json.dumps([dict(zip(names, row)) for row in r.fetchall()], default=str))
`

// command is how DuckDB is reached: its own program, or its module for the Python that HUNT_PYTHON names (python3).
func command() (name string, args []string, ok bool) {
	if path, err := exec.LookPath("duckdb"); err == nil {
		return path, []string{"-json"}, true
	}
	python := os.Getenv("HUNT_PYTHON")
	if python == "" {
		python = "python3"
	}
	if exec.Command(python, "-c", "import duckdb").Run() != nil {
		return "", nil, false
	}
	return python, []string{"-c", script}, true
}

// Query runs a statement and returns its rows. Without DuckDB the test is skipped, or fails where HUNT_REQUIRE is
// set.
func Query(t *testing.T, sql string) []map[string]any {
	t.Helper()
	name, args, ok := command()
	if !ok {
		if os.Getenv("HUNT_REQUIRE") != "" && runtime.GOOS != "windows" { // where it is asked on Linux
			t.Fatal("HUNT_REQUIRE is set, but DuckDB is not installed (the program duckdb, or its Python module)")
		}
		t.Skip("SKIPPED: DuckDB is not installed (the program duckdb, or its Python module)")
	}
	cmd := exec.Command(name, args...)
	cmd.Stdin = strings.NewReader(sql)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("duckdb: %v: %s", err, errs.String())
	}
	if len(strings.TrimSpace(string(out))) == 0 { // the program prints nothing for no rows
		return nil
	}
	var rows []map[string]any
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatalf("duckdb: %v: %.300s", err, out)
	}
	return rows
}
