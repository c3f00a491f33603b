package output

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// temp is an output on its way: a file or directory beside its place, locked until it is there.
type temp struct {
	path string
	file *os.File // the file; of a directory what holds the lock, nil where there is none
	dir  bool
}

// tempName matches names of temporary files: the process that made them, and a random number.
var tempName = regexp.MustCompile(`^\.hunt-([0-9]{1,10})-[0-9a-f]{16}\.tmp$`)

func newTempName(dir string) string {
	return filepath.Join(dir, fmt.Sprintf(".hunt-%d-%016x.tmp", os.Getpid(), rand.Uint64()))
}

// maxTries bounds the names that are tried; two runs meet once in 2^64 names.
const maxTries = 10

// errAbandoned is the error of a set whose run has ended.
var errAbandoned = errors.New("the run has ended")

// errLocked is the error of a lock that another run holds.
var errLocked = errors.New("another run holds the lock")

// newTemp makes a temporary file. The system's mask applies to mode.
func (s *Set) newTemp(dir string, mode fs.FileMode) (*temp, error) {
	return s.make(func() (*temp, error) {
		path := newTempName(dir)
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return nil, err
		}
		return &temp{path: path, file: f}, nil
	})
}

// newTempDir makes a temporary directory.
func (s *Set) newTempDir(dir string) (*temp, error) {
	return s.make(func() (*temp, error) {
		path := newTempName(dir)
		if err := os.Mkdir(path, 0o777); err != nil {
			return nil, err
		}
		return &temp{path: path, file: openDir(path), dir: true}, nil
	})
}

// make has create make something and locks it. Between the two a run that sweeps may take it for left: then another one is made.
func (s *Set) make(create func() (*temp, error)) (*temp, error) {
	for try := range maxTries {
		t, err := create()
		switch {
		case errors.Is(err, fs.ErrExist) && try < maxTries-1:
			continue
		case err != nil:
			return nil, err
		}
		if !t.lock() {
			t.remove()
			continue
		}
		s.mu.Lock()
		done := s.done
		if !done {
			s.temps[t] = true
		}
		s.mu.Unlock()
		if done {
			t.remove()
			return nil, errAbandoned
		}
		return t, nil
	}
	return nil, errors.New("temporary files disappear as soon as they are created")
}

// lock locks what was made, and reports whether it is still there and will stay: a run that holds its lock is about to remove it.
func (t *temp) lock() bool {
	if t.file == nil {
		return true
	}
	if errors.Is(lockFile(t.file), errLocked) {
		return false
	} // where there are no locks nobody can take it for left either
	own, err := t.file.Stat()
	if err != nil {
		return true
	}
	there, err := os.Lstat(t.path)
	return err == nil && os.SameFile(own, there)
}

// unlock lets go of what is in its place.
func (t *temp) unlock() {
	if t.file != nil {
		_ = t.file.Close() // it is on the disk
		t.file = nil
	}
}

// remove removes what was made.
func (t *temp) remove() {
	if !removeOpen {
		t.unlock()
	}
	err := os.Remove(t.path)
	t.unlock()
	if err != nil && t.dir { // it is not empty; emptying it takes descriptors, of which the lock was one
		_ = os.RemoveAll(t.path) // what stays is swept by the next run
	}
}

// rename puts what was made in its place.
func (t *temp) rename(to string) error {
	if !removeOpen {
		t.unlock()
	}
	return os.Rename(t.path, to)
}

// forget leaves what is in its place to whoever asked for it.
func (s *Set) forget(t *temp) {
	s.mu.Lock()
	delete(s.temps, t)
	s.mu.Unlock()
}

func (s *Set) discard(t *temp) {
	s.forget(t)
	t.remove()
}

// sweep removes what runs that were killed have left in a directory.
func (s *Set) sweep(dir string) {
	s.mu.Lock()
	again := s.swept[dir]
	s.swept[dir] = true
	s.mu.Unlock()
	if again {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // a directory may be written and not read
	}
	removed := 0
	for _, e := range entries {
		m := tempName.FindStringSubmatch(e.Name())
		if m == nil || !e.IsDir() && !e.Type().IsRegular() {
			continue
		}
		pid, err := strconv.Atoi(m[1])
		if err == nil && sweepOne(filepath.Join(dir, e.Name()), pid, e.IsDir()) {
			removed++
		}
	}
	if removed > 0 {
		s.warn("%s: removed temporary files that earlier runs left behind: %d", short(dir), removed)
	}
}
