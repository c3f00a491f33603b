package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
)

// run executes the command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return runUntil(ctx, nil, args, stdout, stderr)
}

// hunt runs the program and returns its exit code and what it printed. Tests that run it are not parallel: the flag
// library writes to its global help flag.
func hunt(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), append([]string{"hunt"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

// skipIfShort skips what takes long and gives the same on every system: the tests under Wine are short.
func skipIfShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: long, and the same on every system (-short)")
	}
}

func mustRead(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
