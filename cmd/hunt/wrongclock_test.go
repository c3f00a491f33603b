package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// wrongClock is what a program whose time.Now is wrong gets beside the package time: HUNT_TEST_CLOCK is by how many
// seconds, and with a ~ before them the clock jumps there and back with each look at it.
const wrongClock = `package time

import (
	"sync"
	"sync/atomic"
	"syscall"
)

var (
	wrongOnce  sync.Once
	wrongBy    int64
	wrongJumps bool
	wrongLooks atomic.Int64
)

func wrong() int64 {
	wrongOnce.Do(func() {
		s, _ := syscall.Getenv("HUNT_TEST_CLOCK")
		if wrongJumps = len(s) > 0 && s[0] == '~'; wrongJumps {
			s = s[1:]
		}
		back := len(s) > 0 && s[0] == '-'
		for _, c := range []byte(s) {
			if c != '-' {
				wrongBy = wrongBy*10 + int64(c-'0')
			}
		}
		if back {
			wrongBy = -wrongBy
		}
	})
	if wrongJumps && wrongLooks.Add(1)%2 == 0 {
		return 0
	}
	return wrongBy
}
`

// huntWithClock builds hunt with another time.Now.
func huntWithClock(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	lib := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	src, err := os.ReadFile(filepath.Join(lib, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const now = "sec, nsec, mono := runtimeNow()\n"
	if bytes.Count(src, []byte(now)) == 0 {
		t.Fatal("time.Now is made otherwise in this version of Go: the test must follow")
	}
	replaced := filepath.Join(dir, "time.go")
	added := filepath.Join(dir, "wrong.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(lib, "time.go"): replaced, filepath.Join(lib, "wrong.go"): added}})
	if err != nil {
		t.Fatal(err)
	}
	src = bytes.ReplaceAll(src, []byte(now), []byte(now+"\tsec += wrong()\n"))
	for name, b := range map[string][]byte{replaced: src, added: []byte(wrongClock),
		filepath.Join(dir, "overlay.json"): overlay} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	program := filepath.Join(dir, "hunt")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-overlay", filepath.Join(dir, "overlay.json"),
		"-o", program, "./cmd/hunt")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// stamped is the one file that says what the clock shows.
const stamped = "stamped.json"

// TestNothingDependsOnTheClock runs hunt with clocks that are wrong by decades, and with one that jumps: what it writes
// is the same.
func TestNothingDependsOnTheClock(t *testing.T) {
	if os.Getenv("HUNT_LONG") == "" {
		t.Skip("compiles the standard library; HUNT_LONG=1 runs it")
	}
	program := huntWithClock(t)
	evidence, err := filepath.Abs("../../samples/intrusion")
	if err != nil {
		t.Fatal(err)
	}
	written := func(clock string) map[string]string {
		dir, files := t.TempDir(), map[string]string{}
		for _, args := range [][]string{
			{"--evtx", evidence, "--report", "r.json", "--report", "r.html", "--report", "r.xlsx", "--stix", "s.json"},
			{"scan", "--evtx", evidence, "--out", "shards"},
			{"merge", "shards", "--report", "merged.json"},
			{"timeline", "--evtx", evidence, "--output", "t.csv", "--output", "t.parquet"},
			{"timeline", "--evtx", evidence, "--output", "t.xlsx"},
			{"dump", evidence},
			{"scripts", "--evtx", evidence, "--out", "scripts"},
			{"verify", "--evtx", evidence, "r.json"},
			{"--evtx", evidence, "--generated", "now", "--report", stamped},
		} {
			cmd := exec.Command(program, args...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HUNT_TEST_CLOCK="+clock)
			var errs bytes.Buffer
			cmd.Stderr = &errs
			out, err := cmd.Output()
			if err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != exitIncomplete) {
				t.Errorf("%s: %q: %v: %s", clock, args, err, &errs)
			}
			if args[0] == "dump" {
				files["dump"] = string(out)
			}
		}
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			files[strings.TrimPrefix(path, dir)] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	right := written("0")
	if len(right) < 10 {
		t.Fatalf("only %d files were written", len(right))
	}
	for name, clock := range map[string]string{"before 1970": "-2000000000", "after 2262": "9000000000",
		"jumps": "~-400000000"} {
		got := written(clock)
		if by, err := strconv.ParseInt(clock, 10, 64); err == nil {
			stamp := time.Unix(time.Now().Unix()+by, 0).UTC().Format("2006-01-")
			if !strings.Contains(got[string(filepath.Separator)+stamped], `"`+stamp) {
				t.Errorf("%s: the stamp is not of %s..", name, stamp)
			}
		}
		for file, want := range right {
			if same := got[file] == want; same == (filepath.Base(file) == stamped) {
				t.Errorf("%s: %s is the same: %v", name, file, same)
			}
		}
		if len(got) != len(right) {
			t.Errorf("%s: %d files, not %d", name, len(got), len(right))
		}
	}
}
