package output_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hunt/output"
)

func says(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func put(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
}

// linked makes a symbolic link, and reports whether there is one now: Wine says that it made one and did not.
func linked(to, name string) bool {
	if os.Symlink(to, name) != nil {
		return false
	}
	info, err := os.Lstat(name)
	return err == nil && info.Mode()&os.ModeSymlink != 0
}

// holds fails unless dir holds the named files with these contents and nothing else.
func holds(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	have := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			have[e.Name()] = "(a directory)"
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		have[e.Name()] = string(b)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("the directory (-want +have):\n%s", diff)
	}
}

func add(t *testing.T, s *output.Set, name string) *output.File {
	t.Helper()
	f, err := s.Add(name, output.Options{Sum: true})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestNothingIsReplacedBeforeAllIsComplete(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, a, "old a", 0o640)
	s := output.NewSet(io.Discard)
	fa, fb := add(t, s, a), add(t, s, b)
	if err := fa.Write(t.Context(), says("new a")); err != nil {
		t.Fatal(err)
	}
	if have, _ := os.ReadFile(a); string(have) != "old a" {
		t.Errorf("before Commit a is %q", have)
	}
	if err := fb.Write(t.Context(), says("new b")); err != nil {
		t.Fatal(err)
	}
	if fa.Done() || fb.Done() {
		t.Error("done before Commit")
	}
	if err := s.Commit(t.Context()); err != nil || !fa.Done() || !fb.Done() {
		t.Errorf("%v, done: %t %t", err, fa.Done(), fb.Done())
	}
	holds(t, dir, map[string]string{"a": "new a", "b": "new b"})
	if fa.SHA256() != sha256.Sum256([]byte("new a")) {
		t.Error("the hash is not that of what was written")
	}
	if info, err := os.Stat(a); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode of the file that was replaced is now %v, %v", info.Mode(), err)
	}
}

func TestOneOutputThatFailsLeavesAllAsTheyWere(t *testing.T) {
	broken := errors.New("broken")
	for name, spoil := range map[string]func(context.CancelFunc, *output.File) error{
		"an error of the content": func(_ context.CancelFunc, f *output.File) error {
			return f.Write(t.Context(), func(io.Writer) error { return broken })
		},
		"Ctrl-C before the commit": func(c context.CancelFunc, f *output.File) error {
			defer c()
			return f.Write(t.Context(), says("new b"))
		},
	} {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		put(t, a, "old a", 0o600)
		s := output.NewSet(io.Discard)
		fa, fb := add(t, s, a), add(t, s, b)
		ctx, cancel := context.WithCancel(t.Context())
		if err := fa.Write(ctx, says("new a")); err != nil {
			t.Fatal(err)
		}
		_ = spoil(cancel, fb)
		if err := s.Commit(ctx); !errors.Is(err, broken) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
		cancel()
		holds(t, dir, map[string]string{"a": "old a"})
	}
}

func TestWhatFailsAtTheRenameIsNamedAndTheRestIsThere(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	s := output.NewSet(io.Discard)
	fa, fb := add(t, s, a), add(t, s, b)
	for _, f := range []*output.File{fa, fb} {
		if err := f.Write(t.Context(), says("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(a, 0o700); err != nil { // came to be there while hunt ran
		t.Fatal(err)
	}
	err := s.Commit(t.Context())
	if err == nil || !strings.Contains(err.Error(), a) || fa.Done() || !fb.Done() {
		t.Errorf("error %v; done: %t %t", err, fa.Done(), fb.Done())
	}
	holds(t, dir, map[string]string{"a": "(a directory)", "b": "x"})
}

func TestAbandonedOutputsLeaveNothing(t *testing.T) {
	dir := t.TempDir()
	s := output.NewSet(io.Discard)
	f := add(t, s, filepath.Join(dir, "a"))
	if err := f.Write(t.Context(), says("x")); err != nil {
		t.Fatal(err)
	}
	s.Abandon()
	holds(t, dir, map[string]string{})
	if err := f.Write(t.Context(), says("x")); err == nil {
		t.Error("written after the run has ended")
	}
	holds(t, dir, map[string]string{})
}

func TestALinkStaysAndItsTargetIsReplaced(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	target := filepath.Join(elsewhere, "target")
	put(t, target, "old", 0o644)
	for link, to := range map[string]string{"absolute": target, "chain": "absolute",
		"dangling": filepath.Join(elsewhere, "new")} {
		if !linked(to, filepath.Join(dir, link)) {
			t.Skip("no symbolic links here")
		}
	}
	for link, place := range map[string]string{"absolute": "target", "chain": "target", "dangling": "new"} {
		s := output.NewSet(io.Discard)
		if err := s.WriteFile(t.Context(), filepath.Join(dir, link), says(link)); err != nil {
			t.Error(err)
		}
		if info, err := os.Lstat(filepath.Join(dir, link)); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", link)
		}
		if b, err := os.ReadFile(filepath.Join(elsewhere, place)); err != nil || string(b) != link {
			t.Errorf("%s: the target holds %q, %v", link, b, err)
		}
	}
}

func TestWhatCannotBeWrittenIsRefusedBeforeTheWork(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	put(t, at("log"), "ElfFile\x00...", 0o644)
	put(t, at("readonly"), "x", 0o444)
	t.Cleanup(func() { _ = os.Chmod(at("readonly"), 0o600) }) // Windows removes no read-only file
	put(t, at("case.toml"), "x", 0o644)
	put(t, at("there"), "x", 0o644)
	for _, d := range []string{"dir", "real"} {
		if err := os.Mkdir(at(d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(at("case.toml"), at("hardlink")); err != nil {
		t.Skip("no hard links here: ", err)
	}
	links := map[string]string{"circle": "circle", "todir": "dir", "tolog": "log", "nowhere": "missing/x",
		"same": "there", "realtoo": "real"}
	for link, to := range links {
		if !linked(to, at(link)) {
			t.Log("no symbolic links here")
			_ = os.Remove(at(link)) // what Wine makes
		} else {
			delete(links, link) // usable
		}
	}
	before, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		names []string // the last one is refused
		want  string
	}{
		{[]string{""}, "empty"},
		{[]string{"log"}, "event log"}, {[]string{"tolog"}, "event log"},
		{[]string{"readonly"}, "read-only; make it writable"},
		{[]string{"case.toml"}, "also read"}, {[]string{"hardlink"}, "also read"},
		{[]string{"dir"}, "is a directory"}, {[]string{"todir"}, "is a directory"},
		{[]string{"dir/"}, "name of a directory"},
		{[]string{"circle"}, "cannot write here"},
		{[]string{"nowhere"}, "does not exist; create it first"},
		{[]string{"missing/x"}, "does not exist; create it first"},
		{[]string{"there/x"}, "not a directory"},
		{[]string{"new.evtx"}, "looks like an event log"},
		{[]string{strings.Repeat("n", 300)}, "long"},
		{[]string{"new", "new"}, "same file as the output"}, {[]string{"there", "same"}, "same file as the output"},
		{[]string{"real/new", "realtoo/../realtoo/new"}, "same file as the output"},
		{[]string{"-", "-"}, "same file as the output"},
	} {
		if name, _, _ := strings.Cut(tt.names[len(tt.names)-1], "/"); links[name] != "" {
			continue // a link that could not be made
		}
		s := output.NewSet(io.Discard)
		s.Reads(at("case.toml"))
		for i, name := range tt.names {
			full := name
			if name != "" && name != "-" {
				full = dir + "/" + name
			}
			_, err := s.Add(full, output.Options{})
			if last := i == len(tt.names)-1; !last && err != nil {
				t.Errorf("%q: %v", name, err)
			} else if last && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%q: error %v, want %q", tt.names, err, tt.want)
			} else if last && len(err.Error()) > 700 {
				t.Errorf("%q: the message is %d bytes long", tt.names, len(err.Error()))
			}
		}
		s.Abandon()
	}
	after, err := os.ReadDir(dir)
	if err != nil || len(after) != len(before) {
		t.Errorf("%d entries, before it were %d (%v)", len(after), len(before), err)
	}
}

func TestADirectoryIsWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	fill := func(d string) error { return os.WriteFile(filepath.Join(d, "part"), []byte("x"), 0o600) }
	broken := errors.New("broken")
	s := output.NewSet(io.Discard)
	write := func(ctx context.Context, fill func(string) error) error {
		f, err := s.Add(name, output.Options{Dir: true})
		if err != nil {
			return err
		}
		_ = f.WriteDir(ctx, fill)
		return s.Commit(ctx)
	}
	if err := write(t.Context(), func(d string) error { return errors.Join(fill(d), broken) }); !errors.Is(err,
		broken) {
		t.Errorf("error %v", err)
	}
	holds(t, dir, map[string]string{})
	ctx, cancel := context.WithCancel(t.Context())
	if err := write(ctx, func(d string) error { cancel(); return fill(d) }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	holds(t, dir, map[string]string{})
	came := func(d string) error { return errors.Join(fill(d), os.Mkdir(name, 0o700)) } // while it is being filled
	if err := write(t.Context(), came); err == nil || !strings.Contains(err.Error(), "appeared while hunt ran") {
		t.Errorf("error %v", err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := write(t.Context(), fill); err != nil {
		t.Fatal(err)
	}
	holds(t, name, map[string]string{"part": "x"})
	if err := write(t.Context(), fill); err == nil || !strings.Contains(err.Error(), "the directory exists") {
		t.Errorf("error %v", err)
	}
	if err := errors.Join(os.RemoveAll(name), os.WriteFile(name, []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	err := write(t.Context(), fill)
	if err == nil || !strings.Contains(err.Error(), "and a file has its name already") {
		t.Errorf("error %v", err)
	}
	if got, _ := os.ReadFile(name); string(got) != "mine" {
		t.Errorf("the file holds %q", got)
	}
}

func TestStandardOutputIsWrittenInItsPlaceAfterTheFiles(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	var out bytes.Buffer
	s := output.NewSet(&out)
	dash, file := add(t, s, "-"), add(t, s, name)
	if !s.TakesStdout() || !dash.InPlace() || file.InPlace() {
		t.Error("- is not standard output")
	}
	there := false
	_ = dash.Write(t.Context(), func(w io.Writer) error {
		_, err := os.Stat(name)
		there = err == nil
		return says("text")(w)
	})
	_ = file.Write(t.Context(), says("file"))
	if err := s.Commit(t.Context()); err != nil || out.String() != "text" || !there {
		t.Errorf("%v; %q; the file was there first: %t", err, out.String(), there)
	}
}

func TestTwoRunsOnOneOutputDoNotBreakEachOther(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a")
	var files [2]*output.File
	var sets [2]*output.Set
	for i := range sets {
		sets[i] = output.NewSet(io.Discard)
		files[i] = add(t, sets[i], name)
		if err := files[i].Write(t.Context(), says(strings.Repeat(string(rune('0'+i)), 100_000))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range sets {
		if err := sets[i].Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(name); string(b) != strings.Repeat(string(rune('0'+i)), 100_000) {
			t.Errorf("after run %d the file is not whole, or not its own", i)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// A path that is too long is not told as a name that is.
func TestAPathThatIsTooLongIsSaid(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: Windows says of such a path that there is none")
	}
	name := filepath.Join(t.TempDir(), strings.Repeat("dir/", 2000), "x.json")
	if _, err := output.NewSet(nil).Add(name, output.Options{}); err == nil ||
		!strings.Contains(err.Error(), fmt.Sprintf("the path is too long for this system (%d bytes)", len(name))) {
		t.Errorf("error %v", err)
	}
}
