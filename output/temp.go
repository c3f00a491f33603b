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
	"strings"
	"time"
)

// temp is an output on its way: a file or directory beside its place, locked until it is there.
type temp struct {
	path string
	file *os.File // the file; of a directory what holds the lock, nil where there is none
	dir  bool
}

// tempName matches names of temporary files: the process that made them, a random number, and
// whether they are locked.
var tempName = regexp.MustCompile(`^\.hunt-([0-9]{1,10})-[0-9a-f]{16}(\.tmp|\.new)$`)

const (
	lockedEnding = ".tmp" // a free lock says that the run has ended
	newEnding    = ".new" // made, and not locked yet: a free lock says nothing
)

// quiet is how long a file that nothing else protects must have been left alone before it is swept.
const quiet = 10 * time.Minute

// newTempName returns a name for what is made but not locked yet.
func newTempName(dir string) string {
	ending := newEnding
	if !removeOpen { // no locks: the process number tells whether the run lives, from the start
		ending = lockedEnding
	}
	return filepath.Join(dir, fmt.Sprintf(".hunt-%d-%016x%s", os.Getpid(), rand.Uint64(), ending))
}

// maxTries bounds the names that are tried; two runs meet once in 2^64 names.
const maxTries = 10

// errSwept is the error of what another run removed before it was locked.
var errSwept = errors.New("temporary files disappear as soon as they are created")

// errAbandoned is the error of a set whose run has ended.
var errAbandoned = errors.New("the run has ended")

// errLocked says that another run holds the lock.
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
		d, err := openDir(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, errSwept
		case err != nil:
			_ = os.Remove(path)
			return nil, err
		}
		return &temp{path: path, file: d, dir: true}, nil
	})
}

// make has create make something, locks it, and gives it the name under which the lock counts.
// Where another run takes it for left all the same, as clocks of two machines differ, another one is
// made.
func (s *Set) make(create func() (*temp, error)) (*temp, error) {
	for try := range maxTries {
		t, err := create()
		switch {
		case errors.Is(err, fs.ErrExist) && try < maxTries-1, errors.Is(err, errSwept):
			continue
		case err != nil:
			return nil, err
		}
		if !t.lock() {
			t.remove()
			continue
		}
		if err := t.showLocked(); err != nil {
			t.remove()
			return nil, err
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
	return nil, errSwept
}

// lock locks what was made, and reports whether it is still there and will stay: a run that holds its lock is about
// to remove it.
func (t *temp) lock() bool {
	if t.file == nil {
		return true
	}
	if errors.Is(lockFile(t.file), errLocked) {
		return false
	} // where there are no locks nobody can take it for left either
	return isAt(t.file, t.path)
}

// isAt reports whether a path still leads to an open file.
func isAt(f *os.File, path string) bool {
	own, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(path)
	return err == nil && os.SameFile(own, there)
}

// showLocked gives what is locked the name that says so.
func (t *temp) showLocked() error {
	stem, isNew := strings.CutSuffix(t.path, newEnding)
	if !isNew {
		return nil
	}
	if err := os.Rename(t.path, stem+lockedEnding); err != nil {
		return err
	}
	t.path = stem + lockedEnding
	return nil
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
	if err != nil && t.dir { // it is not empty
		err = os.RemoveAll(t.path)
	}
	t.unlock()               // only now: another run would take it for left
	if err != nil && t.dir { // emptying it takes descriptors, of which the lock was one
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
		if m[2] == newEnding && !leftAlone(e) {
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

// leftAlone reports whether nothing has touched a temporary file for long.
func leftAlone(e fs.DirEntry) bool {
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) >= quiet
}
