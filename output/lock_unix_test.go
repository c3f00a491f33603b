//go:build !windows

package output

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWhatASweepIsAboutToRemoveIsNotUsed: between the making of a temporary file and its lock another run may take it
// for left, lock it and then remove it.
func TestWhatASweepIsAboutToRemoveIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	s := NewSet(io.Discard)
	var sweeper *os.File
	made, err := s.make(func() (*temp, error) {
		f, err := os.Create(newTempName(dir))
		if err != nil {
			return nil, err
		}
		if sweeper == nil {
			if sweeper, err = os.Open(f.Name()); err != nil || lockFile(sweeper) != nil {
				t.Fatal("the sweep cannot lock: ", err)
			}
		}
		return &temp{path: f.Name(), file: f}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Abandon()
	if isAt(sweeper, made.path) {
		t.Error("the run goes on with the file that the sweep removes")
	}
	_ = os.Remove(sweeper.Name()) // as the sweep does
	_ = sweeper.Close()
	if _, err := os.Stat(made.path); err != nil {
		t.Error(err)
	}
}

// TestWhatIsNotLockedYetIsNotSwept: a run that was killed before it could lock what it made leaves
// it under a name of its own, which nobody takes for left until it is old.
func TestWhatIsNotLockedYetIsNotSwept(t *testing.T) {
	dir := t.TempDir()
	file, sub := newTempName(dir), newTempName(dir)
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Mkdir(sub, 0o700)); err != nil {
		t.Fatal(err)
	}
	left := func() int {
		NewSet(io.Discard).sweep(dir)
		names, _ := filepath.Glob(filepath.Join(dir, ".hunt-*"))
		return len(names)
	}
	if n := left(); n != 2 {
		t.Errorf("%d of 2 are left, although their run may be about to lock them", n)
	}
	old := time.Now().Add(-quiet)
	if err := errors.Join(os.Chtimes(file, old, old), os.Chtimes(sub, old, old)); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 0 {
		t.Errorf("%d are left, although nothing has touched them for %v", n, quiet)
	}
}

// TestALostTemporaryDirectoryIsMadeAnew: what is gone before it could be opened is not used.
func TestALostTemporaryDirectoryIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	if d, err := openDir(filepath.Join(dir, "gone")); d != nil || !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a directory that is gone: %v, %v", d, err)
	}
	s := NewSet(io.Discard)
	defer s.Abandon()
	tries := 0
	made, err := s.make(func() (*temp, error) {
		if tries++; tries == 1 {
			return nil, errSwept
		}
		path := newTempName(dir)
		f, err := os.Create(path)
		return &temp{path: path, file: f}, err
	})
	if err != nil || tries != 2 || !strings.HasSuffix(made.path, lockedEnding) {
		t.Fatalf("after %d tries: %v, %v", tries, made, err)
	}
}

// TestAnOutputIsNoOtherForItsNumber: the system gives the number of a file that was replaced to the
// next one that is made, perhaps to another output of the run.
func TestAnOutputIsNoOtherForItsNumber(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(os.WriteFile(at("a"), nil, 0o600), os.WriteFile(at("b"), nil, 0o600),
		os.Link(at("a"), at("a2"))); err != nil {
		t.Fatal(err)
	}
	settled := func(name string) *File {
		f := &File{set: NewSet(io.Discard), name: at(name)}
		if err := f.settle(); err != nil {
			t.Fatal(err)
		}
		return f
	}
	a, b := settled("a"), settled("b")
	b.info = a.info // as where a was replaced and b got its number
	if b.same(a) {
		t.Error("b counts as a")
	}
	if !settled("a2").same(a) {
		t.Error("two names of one file do not count as the same")
	}
	again := settled("a")
	again.info = settled("b").info // as where another run has replaced it since
	if !again.same(a) {
		t.Error("a name does not count as itself")
	}
}

// TestTheOutputsOfTwoRunsDoNotMix: while one run renames its outputs, another one waits, and ends
// with nothing done where it is interrupted.
func TestTheOutputsOfTwoRunsDoNotMix(t *testing.T) {
	dir := t.TempDir()
	other, err := openDir(dir)
	if err != nil || lockFile(other) != nil {
		t.Skip("no locks here: ", err)
	}
	commit := func(ctx context.Context) error {
		s := NewSet(io.Discard)
		defer s.Abandon()
		for _, name := range []string{"a", "b"} {
			f, err := s.Add(filepath.Join(dir, name), Options{})
			if err != nil {
				return err
			}
			if err := f.Write(ctx, func(io.Writer) error { return nil }); err != nil {
				return err
			}
		}
		return s.Commit(ctx)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := commit(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("the run that was interrupted left %v, %v", entries, err)
	}
	time.AfterFunc(20*time.Millisecond, func() { _ = other.Close() })
	if err := commit(t.Context()); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("the run left %v, %v", entries, err)
	}
}

// TestWhatIsGoneIsNotSwept: a run may put its output in its place after another one has opened it to
// see whether it is left.
func TestWhatIsGoneIsNotSwept(t *testing.T) {
	path := newTempName(t.TempDir())
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := openDir(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if sweepOpen(f, path, true) {
		t.Error("what its own run removed counts as left behind")
	}
}
