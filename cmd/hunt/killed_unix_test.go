//go:build !windows

package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestARunThatIsStoppedOrKilledLeavesAllOrNothing ends runs of the program at random moments. Its
// outputs are then all old, all new, or all missing as before; what lies beside them is as it was;
// only a killed run leaves temporary files, and the next run removes them.
func TestARunThatIsStoppedOrKilledLeavesAllOrNothing(t *testing.T) {
	times := 4 // for each signal
	if os.Getenv("HUNT_LONG") != "" {
		times = 50
	}
	random := rand.New(rand.NewPCG(seedOf(), 0))
	o := newStopped(t)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		for i := range times {
			o.stop(sig, i%2 == 0, time.Duration(random.Float64()*1.1*float64(o.takes)))
		}
	}
	o.age()
	if err := o.command().Run(); err != nil {
		t.Fatal(err)
	}
	o.check(syscall.SIGTERM, false)
}

// stopped are the outputs of runs that are stopped.
type stopped struct {
	t     *testing.T
	dir   string
	whole map[string][]byte // what a run that ends writes
	takes time.Duration
}

const beside, kept = "beside.json", "not hunt's"

func newStopped(t *testing.T) *stopped {
	o := &stopped{t: t, dir: t.TempDir(), whole: map[string][]byte{}}
	if err := os.WriteFile(filepath.Join(o.dir, beside), []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := o.command().Run(); err != nil {
		t.Fatal(err)
	}
	o.takes = time.Since(start)
	for _, name := range o.names() {
		o.whole[name] = mustRead(t, filepath.Join(o.dir, name))
	}
	return o
}

func (o *stopped) names() []string {
	return []string{"r.html", "r.json", "r.xlsx", "r.html.sha256", "r.json.sha256", "r.xlsx.sha256"}
}

// command is the program as a process of its own: the test program is it under its name.
func (o *stopped) command() *exec.Cmd {
	program, err := os.Executable()
	if err != nil {
		o.t.Fatal(err)
	}
	args := []string{"hunt", "--evtx", filepath.Join("..", "..", "samples", "multi-host"), "--quiet", "--checksum"}
	for _, name := range o.names()[:3] {
		args = append(args, "--report", filepath.Join(o.dir, name))
	}
	return &exec.Cmd{Path: program, Args: args}
}

// stop ends a run after some time. old says whether there are outputs of an earlier run.
func (o *stopped) stop(sig syscall.Signal, old bool, after time.Duration) {
	o.t.Helper()
	for _, name := range o.names() {
		path := filepath.Join(o.dir, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			o.t.Fatal(err)
		}
		if old {
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				o.t.Fatal(err)
			}
		}
	}
	c := o.command()
	if err := c.Start(); err != nil {
		o.t.Fatal(err)
	}
	time.Sleep(after)
	_ = c.Process.Signal(sig) // it may have ended
	_ = c.Wait()              // its exit code depends on the moment
	o.check(sig, old)
}

// age makes what is left in the directory so old that a run may remove what was not locked yet.
func (o *stopped) age() {
	left, err := filepath.Glob(filepath.Join(o.dir, ".hunt-*"))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, name := range left {
		long := time.Now().Add(-time.Hour)
		if err := os.Chtimes(name, long, long); err != nil {
			o.t.Fatal(err)
		}
	}
}

// check looks at the directory.
func (o *stopped) check(sig syscall.Signal, old bool) {
	o.t.Helper()
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		o.t.Fatal(err)
	}
	written := 0
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".hunt-") && sig == syscall.SIGKILL {
			continue
		}
		b := mustRead(o.t, filepath.Join(o.dir, e.Name()))
		switch want, ours := o.whole[e.Name()]; {
		case e.Name() == beside:
			if string(b) != kept {
				o.t.Errorf("%v: the file beside the outputs was changed", sig)
			}
		case !ours:
			o.t.Errorf("%v: %s is left", sig, e.Name())
		case old && string(b) == "old":
		case bytes.Equal(b, want):
			written++
		default:
			o.t.Errorf("%v: %s is half written, %d bytes", sig, e.Name(), len(b))
		}
	}
	for _, name := range o.names() {
		if old && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name }) {
			o.t.Errorf("%v: the old %s is gone", sig, name)
		}
	}
	// Between two renames only what cannot be caught ends a run.
	if sig != syscall.SIGKILL && written != 0 && written != len(o.names()) {
		o.t.Errorf("%v: %d of %d outputs are new", sig, written, len(o.names()))
	}
}
