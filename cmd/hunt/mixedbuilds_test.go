package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
)

// Two programs of one version that know no commit, and differ in a number somewhere, do not share a batch.
func TestBuildsOutsideGitDoNotMix(t *testing.T) {
	if os.Getenv("HUNT_LONG") == "" && os.Getenv("HUNT_REQUIRE") == "" {
		t.Skip("builds hunt twice; HUNT_LONG=1 runs it")
	}
	if _, err := exec.LookPath("go"); err != nil && runtime.GOOS == "windows" { // Wine has none
		t.Skipf("SKIPPED: hunt cannot be built here: %v", err)
	}
	dir := t.TempDir()
	top := filepath.Join(dir, "sources")
	copySources(t, filepath.Join("..", ".."), top)
	compile := func(name string) string {
		t.Helper()
		out := filepath.Join(dir, name)
		if runtime.GOOS == "windows" {
			out += ".exe"
		}
		cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", out, "./cmd/hunt")
		cmd.Dir = top
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return out
	}
	first := compile("first")
	scan := filepath.Join(top, "timeline", "scan.go")
	was := mustRead(t, scan)
	now := bytes.Replace(was, []byte("PerChunk = 64"), []byte("PerChunk = 65"), 1)
	if bytes.Equal(was, now) {
		t.Fatal("scan.go has no number to change")
	}
	if err := os.WriteFile(scan, now, 0o600); err != nil {
		t.Fatal(err)
	}
	second := compile("second")
	say := func(program string, args ...string) (int, string) {
		t.Helper()
		cmd := exec.Command(program, args...)
		said, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(said)
	}
	shards, plan := filepath.Join(dir, "shards"), filepath.Join(dir, "plan")
	sample := filepath.Join("..", "..", "samples", "scenario-1-uri-handler")
	if code, said := say(first, "scan", "--evtx", sample, "--out", shards); code != exit.OK {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	refused := func(what string, code int, said string) {
		t.Helper()
		if code != exit.Failed || !strings.Contains(said, "another build of hunt") ||
			!strings.Contains(said, "unknown+sources:") {
			t.Errorf("%s: exit code %d, want %d and a message that another build wrote it\n%s", what, code, exit.Failed,
				said)
		}
	}
	code, said := say(second, "merge", shards, "--report", filepath.Join(dir, "r.json"))
	refused("merge", code, said)
	code, said = say(second, "resolve", shards, "--out", plan)
	refused("resolve", code, said)
	if code, said := say(first, "resolve", shards, "--out", plan); code != exit.OK {
		t.Fatalf("exit code %d\n%s", code, said)
	}
	if code, said := say(second, "scan", "--evtx", sample, "--out", shards); code != exit.OK ||
		!strings.Contains(said, " 0 scanned before") {
		t.Fatalf("the second build takes the shard of the first for its own: exit code %d\n%s", code, said)
	}
	code, said = say(second, "match", shards, "--plan", plan, "--group", "0/1", "--out", filepath.Join(dir, "f"))
	refused("match with a plan of the first build", code, said)
}

// copySources copies what the program is built from.
func copySources(t *testing.T, from, to string) {
	t.Helper()
	top := os.DirFS(from)
	err := fs.WalkDir(top, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skip := d.Name() == "testdata" || name == "samples" || name == "docs" || name == "deploy" ||
				name == "release" || name == "report/browsertest" || len(name) > 1 && name[0] == '.'; skip {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if strings.HasSuffix(name, "_test.go") || !d.Type().IsRegular() {
			return nil
		}
		b, err := fs.ReadFile(top, name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), b, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
