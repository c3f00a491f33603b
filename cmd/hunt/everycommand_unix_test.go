//go:build !windows

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
)

// asked is what the commands of one case are asked: evidence, a batch of it in all stages, and a report.
type asked struct{ evidence, scripts, shards, plan, matches, report string }

func newAsked(t *testing.T) asked {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	a := asked{evidence: filepath.Join("..", "..", "samples", "multi-host"), scripts: scriptLogs(t),
		shards: in("shards"), plan: in("plan"), matches: in("matches"), report: in("r.json")}
	for _, args := range [][]string{
		{"--evtx", a.evidence, "--report", a.report, "--quiet"},
		{"scan", "--evtx", a.evidence, "--out", a.shards, "--quiet"},
		{"resolve", a.shards, "--out", a.plan},
		{"match", a.shards, "--plan", a.plan, "--group", "0/1", "--out", a.matches},
	} {
		if code, _, stderr := hunt(t, args...); code != exit.OK {
			t.Fatalf("%q: exit code %d: %s", args, code, stderr)
		}
	}
	return a
}

// writers are the commands that write files: the arguments, and at their end the name of what is written.
func (a asked) writers() [][]string {
	out := [][]string{
		{"resolve", a.shards, "--out", "plan"},
		{"match", a.shards, "--plan", a.plan, "--group", "0/1", "--out", "matches"},
		{"scan", "--evtx", a.evidence, "--out", "shards"},
		{"scripts", "--evtx", a.scripts, "--out", "scripts"},
		{"search", "--evtx", a.evidence, ".exe", "--format", "csv", "--output", "s.csv"},
		{"search", "--evtx", a.evidence, ".exe", "--format", "xlsx", "--output", "s.xlsx"},
		{"search", "--evtx", a.evidence, ".exe", "--format", "jsonl", "--output", "s.jsonl"},
	}
	for _, name := range []string{"r.html", "r.xlsx", "r.json"} {
		out = append(out, []string{"--evtx", a.evidence, "--report", name},
			[]string{"combine", a.shards, a.matches, "--plan", a.plan, "--report", name},
			[]string{"merge", a.shards, "--report", name})
	}
	for _, name := range []string{"t.csv", "t.jsonl", "t.ndjson", "t.xlsx", "t.parquet", "t.db"} {
		out = append(out, []string{"timeline", "--evtx", a.evidence, "--output", name})
	}
	return append(out, []string{"--evtx", a.evidence, "--stix", "b.json"},
		[]string{"--evtx", a.evidence, "--navigator", "n.json"})
}

// printers are the commands that print.
func (a asked) printers() [][]string {
	var out [][]string
	for _, c := range [][]string{{"stats", "--by", "host,event.code"}, {"stack", "programs"}, {"logons"}, {"tree"},
		{"search", ".exe"}, {"query", "any where true"}, {"coverage"}, {"hosts"}} {
		out = append(out, append(c, "--evtx", a.evidence))
	}
	for _, format := range []string{"csv", "jsonl", "xlsx"} {
		out = append(out, []string{"query", "--evtx", a.evidence, "any where true", "--format", format})
	}
	return append(out, []string{"dump", a.evidence}, []string{"dump", "--format", "xml", a.evidence},
		[]string{"diff", a.report, a.report, "--all"}, []string{"verify", a.report, "--evtx", a.evidence},
		[]string{"show", firstEvidence, "--evtx", a.evidence},
		[]string{"rules", "list"}, []string{"rules", "test"},
		[]string{"merge", a.shards}, []string{"combine", a.shards, a.matches, "--plan", a.plan},
		[]string{"timeline", "--evtx", a.evidence, "--output", "-", "--format", "csv"})
}

// firstEvidence is a record of the evidence.
const firstEvidence = "WS-PUR-09/C/Windows/System32/winevt/logs/Security.evtx:0x1200"

// program is hunt as a process of its own, started by a shell that has said something before: the test program is
// hunt under that name.
func program(t *testing.T, before string, args ...string) *exec.Cmd {
	t.Helper()
	hunt, err := exec.LookPath("hunt")
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command("sh", append([]string{"-c", before + `exec "$0" "$@"`, hunt}, args...)...)
}

// TestEveryOutputThatFindsNoRoomIsSaid has a limit of 512 or 1024 bytes for each file, which any user can set, in place
// of a full disk.
func TestEveryOutputThatFindsNoRoomIsSaid(t *testing.T) {
	a := newAsked(t)
	for _, args := range a.writers() {
		dir := t.TempDir()
		name := filepath.Join(dir, args[len(args)-1])
		c := program(t, "ulimit -f 1; ", append(slices.Clone(args[:len(args)-1]), name)...)
		var stderr bytes.Buffer
		c.Stderr = &stderr
		err := c.Run()
		code := c.ProcessState.ExitCode()
		if err == nil || code != exit.Failed && code != exit.Passing ||
			!strings.Contains(stderr.String(), "file too large") &&
				!strings.Contains(stderr.String(), "free space there") {
			t.Errorf("%q: exit code %d: %s", args, code, stderr.String())
		}
		if left := filesIn(t, dir); len(left) > 0 {
			t.Errorf("%q: %q is left", args, left)
		}
	}
}

// filesIn are the files below a directory, by their names there.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestEveryCommandSaysThatStandardOutputIsFull writes to a device that takes nothing.
func TestEveryCommandSaysThatStandardOutputIsFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("SKIPPED: no device that is always full: %v", err)
	}
	defer full.Close()
	a := newAsked(t)
	for _, args := range a.printers() {
		c := program(t, "", args...)
		var stderr bytes.Buffer
		c.Stdout, c.Stderr = full, &stderr
		_ = c.Run() // the exit code tells
		if code := c.ProcessState.ExitCode(); code != exit.Failed && code != exit.Passing ||
			!strings.Contains(stderr.String(), "no space left on device") {
			t.Errorf("%q: exit code %d: %s", args, code, stderr.String())
		}
	}
}

// TestEveryCommandStopsAtASignalAndLeavesAllOrNothing stops each command at a random moment. What it was to write is
// there as a run that ends writes it, or not at all.
func TestEveryCommandStopsAtASignalAndLeavesAllOrNothing(t *testing.T) {
	a := newAsked(t)
	random := rand.New(rand.NewPCG(seedOf(), 1))
	times := 1
	if os.Getenv("HUNT_LONG") != "" {
		times = 20
	}
	for _, args := range slices.Concat(a.writers(), a.printers()) {
		writes := slices.ContainsFunc(a.writers(), func(w []string) bool { return slices.Equal(w, args) })
		start, whole := time.Now(), map[string]string{}
		if writes {
			if _, err := a.stopped(t, args, whole, 0); err != nil {
				t.Fatalf("%q: %v", args, err)
			}
		}
		takes := time.Since(start)
		for range times {
			left := map[string]string{}
			after := time.Duration(random.Float64()*float64(min(takes, 2*time.Second))) + time.Millisecond
			code, err := a.stopped(t, args, left, after)
			if code != exit.Interrupted && code != exit.OK && code != exit.Incomplete {
				t.Errorf("%q: exit code %d after %s: %v", args, code, after, err)
			}
			for name, text := range left {
				if !writes || whole[name] != text && filepath.Ext(name) != ".db" {
					t.Errorf("%q: %s is left with %d bytes after %s", args, name, len(text), after)
				}
			}
		}
	}
}

// stopped runs a command, sends it SIGTERM after some time, 0 for never, and reads what it leaves. A command that does
// not end is killed, and its exit code is -1.
func (a asked) stopped(t *testing.T, args []string, left map[string]string, after time.Duration) (int, error) {
	t.Helper()
	dir := t.TempDir()
	c := program(t, "cd "+dir+"; ", args...)
	absolute := slices.Clone(args)
	for i, x := range absolute {
		if _, err := os.Stat(x); err == nil {
			absolute[i], _ = filepath.Abs(x)
		}
	}
	c.Args = append(c.Args[:4], absolute...)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		time.Sleep(after)
		_ = c.Process.Signal(syscall.SIGTERM) // it may have ended
		kill := time.AfterFunc(30*time.Second, func() { _ = c.Process.Kill() })
		defer kill.Stop()
	}
	err := c.Wait()
	for _, name := range filesIn(t, dir) {
		left[name] = string(mustRead(t, filepath.Join(dir, name)))
	}
	code := c.ProcessState.ExitCode()
	if w, ok := c.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() && w.Signal() == syscall.SIGTERM {
		code = exit.Interrupted // the shell had not become hunt yet
	}
	if err != nil {
		err = errors.New(err.Error() + ": " + stderr.String())
	}
	return code, err
}

// TestAReadOnlyDirectoryIsSaidByEveryCommand: nothing is asked of the file system before, and nothing is left.
func TestAReadOnlyDirectoryIsSaidByEveryCommand(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("SKIPPED: a read-only file system needs Linux and root")
	}
	dir := t.TempDir()
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", dir).CombinedOutput()
	if err != nil {
		t.Skipf("SKIPPED: no read-only file system: %v: %s", err, out)
	}
	defer func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}()
	a := newAsked(t)
	for _, args := range a.writers() {
		name := filepath.Join(dir, args[len(args)-1])
		code, _, stderr := hunt(t, append(slices.Clone(args[:len(args)-1]), name)...)
		if code != exit.Failed && code != exit.Passing || !strings.Contains(stderr, "read-only") ||
			!strings.Contains(stderr, dir) {
			t.Errorf("%q: exit code %d: %s", args, code, stderr)
		}
	}
}

// TestNamesThatWindowsReservesAreSaidByEveryCommand: on other systems they are written, with a warning.
func TestNamesThatWindowsReservesAreSaidByEveryCommand(t *testing.T) {
	a := newAsked(t)
	for _, args := range a.writers() {
		name := "nul" + filepath.Ext(args[len(args)-1])
		path := filepath.Join(t.TempDir(), name)
		code, _, stderr := hunt(t, append(slices.Clone(args[:len(args)-1]), path)...)
		if code != exit.OK || !strings.Contains(stderr, name+": this file cannot be used on Windows") &&
			!strings.Contains(stderr, name+": this directory cannot be used on Windows") {
			t.Errorf("%q, %s: exit code %d: %s", args, name, code, stderr)
		}
	}
}
