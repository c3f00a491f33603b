package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// interrupt runs hunt and cancels it after d, as Ctrl-C does.
func interrupt(t *testing.T, d time.Duration, args ...string) (code int, stderr string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if d == 0 {
		cancel()
	} else {
		stop := time.AfterFunc(d, cancel)
		defer stop.Stop()
	}
	var out, errs bytes.Buffer
	code = run(ctx, append([]string{"hunt"}, args...), &out, &errs)
	return code, errs.String()
}

func TestAnInterruptedRunLeavesNothingHalfWritten(t *testing.T) {
	dir := t.TempDir()
	evidence := filepath.Join(dir, "evidence")
	if err := os.Mkdir(evidence, 0o755); err != nil {
		t.Fatal(err)
	}
	log := evtxtest.File(evtxtest.Event{Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
		Computer: "WS1", EventID: 4634})
	f, err := os.Create(filepath.Join(evidence, "Security.evtx"))
	if err != nil {
		t.Fatal(err)
	}
	if err := evtxtest.BigLog(f, evtxtest.Chunks(log), 64<<20); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	interrupted := 0
	for _, d := range []time.Duration{0, time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond,
		30 * time.Millisecond} {
		args := []string{"--evtx", evidence}
		for _, name := range []string{"r.html", "r.xlsx", "r.json"} {
			args = append(args, "--report", filepath.Join(out, name))
		}
		code, stderr := interrupt(t, d, args...)
		left, err := os.ReadDir(out)
		if err != nil {
			t.Fatal(err)
		}
		switch code {
		case exit.Interrupted:
			interrupted++
			if !strings.Contains(stderr, "interrupted") {
				t.Errorf("after %s: standard error does not say so: %q", d, stderr)
			}
			for _, e := range left {
				if name := e.Name(); name != "r.html" && name != "r.xlsx" && name != "r.json" {
					t.Errorf("after %s: %s was left behind", d, name)
				}
			}
		case exit.OK:
			if len(left) != 3 {
				t.Errorf("after %s: finished with %d reports, want 3", d, len(left))
			}
		default:
			t.Errorf("after %s: exit code %d: %s", d, code, stderr)
		}
		for _, e := range left {
			if err := os.Remove(filepath.Join(out, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if interrupted == 0 {
		t.Error("no run was interrupted, not even the one that was cancelled before it began")
	}
}
