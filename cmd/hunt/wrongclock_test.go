package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"hunt/cmd/hunt/exit"
	"hunt/racetest"
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

// wrongNow goes into those packages of hunt that look at the clock, where only these are compiled anew.
const wrongNow = `
func wrongTime() time.Time { return time.Now().Add(time.Duration(wrong()) * time.Second) }
`

// looking are the packages of hunt that look at the clock.
var looking = []string{"cmd/hunt", "cmd/hunt/progress", "output"}

var looks = regexp.MustCompile(`time\.(Now|Since|Until)\b`)

// huntWithOwnClock builds hunt with another clock for its own packages, in the time that two of them take.
func huntWithOwnClock(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	replaced := map[string][]byte{}
	for _, dir := range looking {
		files, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if src := mustRead(t, name); !strings.HasSuffix(name, "_test.go") && looks.Match(src) {
				src = bytes.ReplaceAll(src, []byte("time.Since("), []byte("wrongTime().Sub("))
				src = bytes.ReplaceAll(src, []byte("time.Now"), []byte("wrongTime"))
				replaced[name] = append(src, "\nvar _ time.Time\n"...)
			}
		}
		src := strings.Replace(wrongClock+wrongNow, "package time", "package "+filepath.Base(dir), 1)
		if dir == "cmd/hunt" {
			src = strings.Replace(src, "package hunt", "package main", 1)
		}
		src = strings.Replace(src, "\t\"syscall\"\n", "\t\"syscall\"\n\t\"time\"\n", 1)
		replaced[filepath.Join(root, dir, "wrong.go")] = []byte(src)
	}
	return built(t, replaced)
}

// built is hunt, compiled with other contents of some files.
func built(t *testing.T, replaced map[string][]byte) string {
	t.Helper()
	dir, names := t.TempDir(), map[string]string{}
	for name, b := range replaced {
		names[name] = filepath.Join(dir, fmt.Sprintf("%d.go", len(names)))
		if err := os.WriteFile(names[name], b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": names})
	if err != nil {
		t.Fatal(err)
	}
	program, list := filepath.Join(dir, "hunt"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-overlay", list,
		"-o", program, "./cmd/hunt")
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// huntWithClock builds hunt with another time.Now, for its libraries, too.
func huntWithClock(t *testing.T) string {
	t.Helper()
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
	src = bytes.ReplaceAll(src, []byte(now), []byte(now+"\tsec += wrong()\n"))
	return built(t, map[string][]byte{filepath.Join(lib, "time.go"): src,
		filepath.Join(lib, "wrong.go"): []byte(wrongClock)})
}

// stamped is the one file that says what the clock shows.
const stamped = "stamped.json"

// TestTheClockIsReadInFewPlaces: huntWithOwnClock replaces it in all of them.
func TestTheClockIsReadInFewPlaces(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && !strings.HasPrefix(d.Name(), ".."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../../")
		if !slices.Contains(looking, dir) && looks.Match(mustRead(t, path)) {
			t.Errorf("%s looks at the clock", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNothingDependsOnTheClock runs hunt with clocks that are wrong by decades, and with one that jumps: what it writes
// is the same. With HUNT_LONG the standard library has the wrong clock, and with it all libraries.
func TestNothingDependsOnTheClock(t *testing.T) {
	racetest.Skip(t)
	if _, err := exec.LookPath("go"); err != nil || runtime.GOOS == "windows" {
		t.Skip("SKIPPED: it compiles hunt, and needs Go")
	}
	program, long := "", os.Getenv("HUNT_LONG") != ""
	if long {
		program = huntWithClock(t)
	} else {
		program = huntWithOwnClock(t)
	}
	clocks := map[string]string{"before 1970": "-2000000000", "after 2262": "9000000000", "jumps": "~-400000000"}
	sample := "intrusion"
	if !long {
		delete(clocks, "before 1970")
		sample = "cleared"
	}
	evidence, err := filepath.Abs(filepath.Join("../../samples", sample))
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
			if err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != exit.Incomplete) {
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
	for name, clock := range clocks {
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
