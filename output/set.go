package output

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// Set is all outputs of a run. Add, Commit and Abandon may be called by any goroutine; the Files of a set may be
// written at once.
type Set struct {
	// Stdout is where "-" and descriptor 1 go.
	Stdout io.Writer
	// Warn receives warnings, which do not end the run; nil drops them.
	Warn func(text string)

	inputs []input

	mu    sync.Mutex // of what follows
	files []*File
	temps map[*temp]bool // on the disk
	swept map[string]bool
	done  bool // abandoned: nothing more is made
}

// input is a file or directory that is read and must not be written.
type input struct {
	name string
	info os.FileInfo
}

// Options say what an output is.
type Options struct {
	// Dir asks for a directory, which must not be there yet.
	Dir bool
	// Sum has File.SHA256 say the hash of what was written.
	Sum bool
}

// NewSet returns a set whose "-" is stdout.
func NewSet(stdout io.Writer) *Set {
	return &Set{Stdout: stdout, temps: map[*temp]bool{}, swept: map[string]bool{}}
}

// Reads tells the set what the run reads: none of it may be an output. Names that lead nowhere are left to whoever
// reads them.
func (s *Set) Reads(names ...string) {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && name != "" {
			s.inputs = append(s.inputs, input{name, info})
		}
	}
}

// Add checks that the output name can be written, and makes it one of the set. It writes nothing that stays.
func (s *Set) Add(name string, o Options) (*File, error) {
	f := &File{set: s, name: name, options: o}
	if err := f.settle(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.files {
		if f.same(other) {
			return nil, fmt.Errorf("%s: the same file as the output %s; give each output a name of its own", name,
				other.name)
		}
	}
	s.files = append(s.files, f)
	return f, nil
}

// TakesStdout reports whether one of the outputs is standard output.
func (s *Set) TakesStdout() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.place == placeDescriptor && f.fd == 1 {
			return true
		}
	}
	return false
}

// Commit puts the outputs that were written in their places: the regular files and directories, then what is written
// in place. If one of them could not be written, or ctx is done, it puts none, removes what was written and returns
// why. An error of what comes later concerns one output and names it; File.Done tells which are there.
func (s *Set) Commit(ctx context.Context) error {
	s.mu.Lock()
	files := s.files
	s.files = nil
	s.mu.Unlock()
	var failed []error
	for _, f := range files {
		if f.err != nil {
			failed = append(failed, f.err)
		}
	}
	release := func() {}
	if err := ctx.Err(); err != nil {
		failed = append(failed, err)
	} else if len(failed) == 0 {
		if release, err = s.takeTurn(ctx, files); err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		for _, f := range files {
			f.drop()
		}
		return errors.Join(failed...)
	}
	for _, f := range files { // renames are short: Ctrl-C does not tear the set apart
		if f.temp != nil {
			failed = append(failed, f.put())
		}
	}
	release()
	for _, f := range files {
		if f.content != nil {
			failed = append(failed, f.stream(ctx))
		}
	}
	return errors.Join(failed...)
}

// WriteFile adds an output, writes it and puts it in its place.
func (s *Set) WriteFile(ctx context.Context, name string, write func(io.Writer) error) error {
	f, err := s.Add(name, Options{})
	if err != nil {
		return err
	}
	return f.alone(ctx, f.Write(ctx, write))
}

// alone commits one file of the set.
func (f *File) alone(ctx context.Context, err error) error {
	s := f.set
	s.mu.Lock()
	s.files = without(s.files, f)
	s.mu.Unlock()
	switch {
	case err != nil:
		return err
	case f.content != nil:
		return f.stream(ctx)
	}
	return f.put()
}

func without(files []*File, f *File) []*File {
	var out []*File
	for _, x := range files {
		if x != f {
			out = append(out, x)
		}
	}
	return out
}

// Abandon removes what was not put in its place; what is written after it fails. It may be called at any time, and
// after Commit.
func (s *Set) Abandon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	for t := range s.temps {
		t.remove()
	}
	clear(s.temps)
}

func (s *Set) warn(format string, args ...any) {
	if s.Warn != nil {
		s.Warn(fmt.Sprintf(format, args...))
	}
}

// sameName compares names of files in one directory.
func sameName(a, b string) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.EqualFold(a, b)
	}
	return a == b
}

// same reports whether two outputs would take each other's place.
func (f *File) same(o *File) bool {
	switch {
	case f.place == placeDescriptor && o.place == placeDescriptor:
		return f.fd == o.fd
	case f.dir != nil && o.dir != nil && os.SameFile(f.dir, o.dir) &&
		sameName(filepath.Base(f.path), filepath.Base(o.path)):
		return true
	case f.info == nil || o.info == nil || f.info.Mode()&os.ModeCharDevice != 0 || !os.SameFile(f.info, o.info):
		return false
	}
	return f.place != placeFile || f.leadsTo(o)
}

// leadsTo checks again whether two names lead to one file: if another run has replaced the first in the meantime,
// the system may have given its inode number to the second.
func (f *File) leadsTo(o *File) bool {
	first, err := os.Open(o.path) // while it is open its number stays its own
	if err != nil {
		return true // not to be told: give each a name of its own
	}
	defer first.Close()
	return isAt(first, f.path)
}
