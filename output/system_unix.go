//go:build !windows

package output

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
)

const (
	renameAdvice = ""
	openAdvice   = ""
	removeOpen   = true // files are removed and renamed while they are open
)

var (
	descriptorDir  = regexp.MustCompile(`^(/proc/self|/proc/thread-self|/proc/([0-9]+))(/task/[0-9]+)?/fd$|^/dev/fd$`)
	descriptorName = regexp.MustCompile(`^[0-9]{1,6}$`)
)

// descriptorOf returns the descriptor of this process that a path stands for.
func descriptorOf(path string) (int, bool) {
	switch path {
	case "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	if !descriptorName.MatchString(filepath.Base(path)) {
		return 0, false
	}
	dir := filepath.Dir(path)
	if real, err := filepath.EvalSymlinks(dir); err == nil && dir != "/dev/fd" {
		dir = real
	}
	m := descriptorDir.FindStringSubmatch(dir)
	if m == nil || m[2] != "" && m[2] != strconv.Itoa(os.Getpid()) {
		return 0, false
	}
	fd, err := strconv.Atoi(filepath.Base(path))
	return fd, err == nil
}

// checkDescriptor reports whether a descriptor is open for writing. It writes nothing.
func checkDescriptor(fd int) error {
	_, err := syscall.Write(fd, nil)
	if errors.Is(err, syscall.EBADF) {
		return err
	}
	return nil
}

// openDescriptor returns a copy of a descriptor: the place in a file is that of the original.
func openDescriptor(fd int) (io.Writer, error) {
	fd, err := syscall.Dup(fd)
	if err != nil {
		return nil, err
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), "descriptor"), nil
}

// openStream opens a device or named pipe without waiting for a reader.
func openStream(path string) (io.Writer, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// noReader reports whether a named pipe could not be opened because nobody reads it.
func noReader(err error) bool { return errors.Is(err, syscall.ENXIO) }

func tooLong(err error) bool { return errors.Is(err, syscall.ENAMETOOLONG) }

// advice says what helps against an error, where that is not what usually does.
func advice(err error, usual string) string {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "raise the limit on open files (ulimit -n)"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "free space there, or " + usual
	}
	return usual
}

// mayWrite asks the system whether this user may write a file, without opening it.
func mayWrite(path string) error {
	const writable = 2
	return syscall.Access(path, writable)
}

// keepMode gives a new file the mode of the one that it replaces, and its owner where this user may do that.
func keepMode(f *os.File, old os.FileInfo) error {
	if st, ok := old.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(st.Uid), int(st.Gid)) // only root may give files away
	}
	return f.Chmod(old.Mode() & fs.ModePerm)
}

// syncDir makes a rename last.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync() // not every file system knows it
		_ = d.Close()
	}
}

// openDir opens a directory to lock it. One that its owner may not read is not opened and has no
// lock; no other run of that user can take it for left.
func openDir(path string) (*os.File, error) {
	d, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	return d, err
}

// lockFile locks a file until it is closed or the process ends for whatever reason. errLocked says that another run
// holds the lock; any other error that the file system has no locks.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for errors.Is(err, syscall.EINTR) { // a lock of a network: a signal says nothing about it
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// sweepOne removes a temporary file if the run that made it has ended: its lock is free then.
func sweepOne(path string, _ int, dir bool) bool {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return sweepOpen(f, path, dir)
}

func sweepOpen(f *os.File, path string, dir bool) bool {
	if lockFile(f) != nil || !isAt(f, path) { // its run lives, or has put it in its place or removed it
		return false
	}
	if dir {
		return os.RemoveAll(path) == nil
	}
	return os.Remove(path) == nil
}
