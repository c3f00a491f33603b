//go:build !windows

package output_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"hunt/output"
)

func TestANamedPipeIsWrittenInPlace(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	link := filepath.Join(dir, "link.json")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pipe, link} {
		got := make(chan string)
		go func() {
			time.Sleep(3 * time.Millisecond) // the writer comes first
			b, _ := os.ReadFile(pipe)
			got <- string(b)
		}()
		text := strings.Repeat("a line of the report\n", 50_000) // more than a pipe holds
		s := output.NewSet(io.Discard)
		if err := s.WriteFile(t.Context(), name, says(text)); err != nil {
			t.Error(err)
		}
		if have := <-got; have != text {
			t.Errorf("%d bytes arrived, want %d", len(have), len(text))
		}
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is now %v, %v", info.Mode(), err)
	}
	s := output.NewSet(io.Discard)
	add(t, s, pipe)
	if _, err := s.Add(link, output.Options{}); err == nil {
		t.Error("one pipe was taken twice")
	}
}

func TestAPipeThatNobodyReadsIsGivenUpWithTheRun(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for name, read := range map[string]bool{"nobody opens it": false, "nobody reads on": true} {
		ctx, cancel := context.WithCancel(t.Context())
		if read {
			r, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
		}
		time.AfterFunc(20*time.Millisecond, cancel)
		s := output.NewSet(io.Discard)
		if err := s.WriteFile(ctx, pipe, says(strings.Repeat("x", 1<<20))); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestDescriptorsAreWrittenWhereTheyStand(t *testing.T) {
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("before "); err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("/dev/fd/%d", file.Fd())
	link := filepath.Join(dir, "link")
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{name, link} {
		if err := output.NewSet(io.Discard).WriteFile(t.Context(), n, says("text ")); err != nil {
			t.Fatal(err)
		}
	}
	if b, _ := os.ReadFile(file.Name()); string(b) != "before text text " {
		t.Errorf("the file holds %q", b)
	}
	var out strings.Builder
	for _, n := range []string{"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"} {
		if _, err := os.Stat(filepath.Dir(n)); err != nil {
			continue
		}
		s := output.NewSet(&out)
		out.Reset()
		if err := s.WriteFile(t.Context(), n, says("text")); err != nil || out.String() != "text" {
			t.Errorf("%s: %v, %q", n, err, out.String())
		}
	}
	r, err := os.Open(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, n := range []string{fmt.Sprintf("/dev/fd/%d", r.Fd()), "/dev/fd/999"} {
		if _, err := output.NewSet(io.Discard).Add(n, output.Options{}); err == nil ||
			!strings.Contains(err.Error(), "not open for writing") {
			t.Errorf("%s: error %v", n, err)
		}
	}
}

func TestSocketsAndDisksAreRefusedAndDevicesStay(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	if _, err := output.NewSet(io.Discard).Add(filepath.Join(dir, "s"), output.Options{}); err == nil ||
		!strings.Contains(err.Error(), "is a socket") {
		t.Errorf("error %v", err)
	}
	null := filepath.Join(dir, "null")
	if err := syscall.Mknod(null, syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Skip("devices are made by root alone: ", err)
	}
	if err := output.NewSet(io.Discard).WriteFile(t.Context(), null, says("text")); err != nil &&
		!errors.Is(err, syscall.EACCES) {
		// a mount may forbid devices
		t.Error(err)
	}
	if info, err := os.Lstat(null); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("the device is now %v, %v", info.Mode(), err)
	}
	disk := filepath.Join(dir, "disk")
	if err := syscall.Mknod(disk, syscall.S_IFBLK|0o600, 7<<8|250); err != nil {
		t.Fatal(err)
	}
	if _, err := output.NewSet(io.Discard).Add(disk, output.Options{}); err == nil ||
		!strings.Contains(err.Error(), "destroy") {
		t.Errorf("error %v", err)
	}
}

// A run that is killed leaves its temporary file. The next run removes it, and not that of a run that goes on.
func TestTemporaryFilesOfKilledRunsAreSwept(t *testing.T) {
	if dir := os.Getenv("OUTPUT_TEST_DIR"); dir != "" { // the run that is killed
		s := output.NewSet(io.Discard)
		f, err := s.Add(filepath.Join(dir, "killed"), output.Options{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := s.Add(filepath.Join(dir, "killed-dir"), output.Options{Dir: true})
		if err != nil {
			t.Fatal(err)
		}
		_ = f.Write(t.Context(), says("half"))
		_ = d.WriteDir(t.Context(), func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "part"), []byte("half"), 0o600)
		})
		fmt.Println("\nwritten")
		select {}
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	begin := func() *exec.Cmd {
		c := exec.Command(self, "-test.run=^TestTemporaryFilesOfKilledRunsAreSwept$")
		c.Env = append(os.Environ(), "OUTPUT_TEST_DIR="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "written"; {
		}
		return c
	}
	kill := func(c *exec.Cmd) {
		_ = c.Process.Kill()
		_ = c.Wait()
	}
	left := func() int {
		names, _ := filepath.Glob(filepath.Join(dir, ".hunt-*.tmp"))
		return len(names)
	}
	dead := begin()
	kill(dead)
	alive := begin() // sweeps what the first one left
	defer kill(alive)
	if n := left(); n != 2 {
		t.Fatalf("%d temporary files, want those 2 of the run that goes on", n)
	}
	put(t, filepath.Join(dir, ".hunt-1-0123456789abcdef.tmp"), "left", 0o600)
	put(t, filepath.Join(dir, ".hunt-notes.tmp"), "the analyst's own", 0o600)
	var said string
	s := output.NewSet(io.Discard)
	s.Warn = func(text string) { said = text }
	if err := s.WriteFile(t.Context(), filepath.Join(dir, "a"), says("x")); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 3 || !strings.Contains(said, "removed") {
		t.Errorf("%d files, want 2 of the run that goes on and the analyst's own; said %q", n, said)
	}
}

func TestTheSystemsMaskHoldsForNewFiles(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	name := filepath.Join(t.TempDir(), "a")
	if err := output.NewSet(io.Discard).WriteFile(t.Context(), name, says("x")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v; want 0640", info.Mode(), err)
	}
}

func TestADirectoryThatTakesNoFilesIsRefusedBeforeTheWork(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	put(t, filepath.Join(dir, "there"), "x", 0o644)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o700) }()
	for _, name := range []string{"there", "new"} {
		_, err := output.NewSet(io.Discard).Add(filepath.Join(dir, name), output.Options{})
		if err == nil || !strings.Contains(err.Error(), "no file can be made") ||
			!strings.Contains(err.Error(), "another directory") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// What stands before ".." in a name must be there, and may be a link: the system goes through it.
func TestANameLeadsWhereTheSystemTakesIt(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.MkdirAll(in("far/away"), 0o700), os.Symlink("far/away", in("link")),
		os.Symlink("link/../through.json", in("through.json"))); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		dir + "/missing/../a.json": "",
		dir + "/link/../b.json":    "far/b.json",
		dir + "/through.json":      "far/through.json",
		dir + "/far/../c.json":     "c.json",
	} {
		s := output.NewSet(io.Discard)
		if want == "" {
			if _, err := s.Add(name, output.Options{}); err == nil {
				t.Errorf("%s is not refused", name)
			}
			continue
		}
		err := s.WriteFile(t.Context(), name, says("{}"))
		if _, failed := os.Stat(in(want)); err != nil || failed != nil {
			t.Errorf("%s: %v, %v", name, err, failed)
		}
	}
}
