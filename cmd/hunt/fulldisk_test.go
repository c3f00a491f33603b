package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// smallDisk returns a directory that takes 64 KiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("SKIPPED: a small disk needs Linux and root")
	}
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", disk).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return disk
}

// TestAFullDiskUnderAnOutputIsSaid: the message has the name that was asked for, the reason and what to do, and no
// temporary path.
func TestAFullDiskUnderAnOutputIsSaid(t *testing.T) {
	disk := smallDisk(t)
	samples := filepath.Join("..", "..", "samples")
	for _, args := range [][]string{
		{"--report", "r.html"}, {"--report", "r.xlsx"}, {"--report", "r.json"},
		{"timeline", "--output", "t.csv"}, {"timeline", "--output", "t.jsonl"}, {"timeline", "--output", "t.ndjson"},
		{"timeline", "--output", "t.xlsx"}, {"timeline", "--output", "t.parquet"}, {"timeline", "--output", "t.db"},
		{"timeline", "--output", "sketch.csv", "--format", "timesketch"},
		{"scan", "--out", "shards"},
	} {
		at := len(args) - 1
		if args[at] == "timesketch" {
			at -= 2
		}
		name := filepath.Join(disk, args[at])
		args[at] = name
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), append(append([]string{"hunt"}, args...), "--evtx", samples, "--quiet"),
			&stdout, &stderr)
		text := stderr.String()
		want := exit.Failed
		if args[0] == "scan" {
			want = exit.Passing // whoever runs the batch tries again
		}
		if code != want || !strings.Contains(text, name) ||
			!strings.Contains(text, "no space left on device; free space there, or write to another disk") ||
			strings.Contains(text, ".hunt-") || strings.Contains(text, ".tmp") {
			t.Errorf("%q: exit code %d: %s", args, code, text)
		}
		left, err := filepath.Glob(filepath.Join(disk, ".hunt-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("%q: %q is left, %v", args, left, err)
		}
	}
}

// A workbook is put together in a temporary file, which says where it is.
func TestAFullDiskUnderAWorkbooksPartsIsSaid(t *testing.T) {
	disk := smallDisk(t)
	if err := os.WriteFile(filepath.Join(disk, "fill"), make([]byte, 60<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(context.Background(),
		[]string{"hunt", "--evtx", filepath.Join("..", "..", "samples"), "--report",
			filepath.Join(t.TempDir(), "r.xlsx"), "--temp-dir", disk, "--quiet"}, &stdout, &stderr)
	want := "temporary file in " + disk + ": no space left on device; free space there or give another directory " +
		"with --temp-dir"
	if code != exit.Failed || !strings.Contains(stderr.String(), want) {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

// broken is a standard output that takes nothing.
type broken struct{}

var errBroken = errors.New("the disk is gone")

func (broken) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: errBroken}
}

// TestAStandardOutputThatFailsIsSaid holds for all that prints, and for the help, whose printer drops errors.
func TestAStandardOutputThatFailsIsSaid(t *testing.T) {
	sample := filepath.Join("..", "..", "samples", "scenario-1-uri-handler")
	for _, args := range [][]string{
		{"--help"}, {"dump", "--help"}, {"version"}, {"man"}, {"completion", "bash"}, {"rules", "list"},
		{"--evtx", sample}, {"dump", sample},
		{"hosts", "--evtx", sample}, {"coverage", "--evtx", sample}, {"query", "--evtx", sample, "any where true"},
		{"timeline", "--evtx", sample, "--output", "-", "--format", "csv"},
	} {
		var stderr bytes.Buffer
		code := run(context.Background(), append([]string{"hunt"}, args...), broken{}, &stderr)
		if code != exit.Failed || !strings.Contains(stderr.String(), "hunt: standard output: the disk is gone") ||
			strings.Contains(stderr.String(), "/dev/stdout") {
			t.Errorf("%q: exit code %d: %s", args, code, stderr.String())
		}
	}
}

// TestADirectoryThatTakesNothingIsSaid: with what to do. No directory can be made below a file.
func TestADirectoryThatTakesNothingIsSaid(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sample := filepath.Join("..", "..", "samples", "scenario-1-uri-handler")
	below := filepath.Join(file, "below")
	for _, args := range [][]string{
		{"scan", "--evtx", sample, "--out", below}, {"--evtx", sample, "--temp-dir", below},
		{"rules", "test", "--temp-dir", below},
	} {
		var stdout, stderr bytes.Buffer
		code := run(context.Background(), append([]string{"hunt"}, args...), &stdout, &stderr)
		text := stderr.String()
		if code != exit.Failed || strings.Count(text, below) != 1 || !strings.Contains(text, "cannot write here: ") ||
			!strings.Contains(text, "; give another directory") {
			t.Errorf("%q: exit code %d: %s", args, code, text)
		}
	}
}
