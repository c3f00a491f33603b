package output

import (
	"errors"
	"io"
	"os"
	"syscall"
	"time"
)

const (
	renameAdvice = "; is it open in another program?"
	openAdvice   = ", or close the program that has it open"
	removeOpen   = false // a file that is open can be neither removed nor renamed
)

// Windows has no names for descriptors.
func descriptorOf(string) (int, bool)           { return 0, false }
func checkDescriptor(int) error                 { return nil }
func openDescriptor(int) (io.Writer, error)     { return nil, errors.ErrUnsupported }
func openStream(path string) (io.Writer, error) { return os.OpenFile(path, os.O_WRONLY, 0) }
func noReader(error) bool                       { return false }
func mayWrite(string) error                     { return nil }
func keepMode(*os.File, os.FileInfo) error      { return nil }
func syncDir(string)                            {}
func openDir(string) (*os.File, error)          { return nil, nil }
func lockFile(*os.File) error                   { return nil }
func advice(_ error, usual string) string       { return usual }
func mountPoint(string) bool                    { return false }

// filenameTooLong is ERROR_FILENAME_EXCED_RANGE.
const filenameTooLong = syscall.Errno(206)

func tooLong(err error) bool { return errors.Is(err, filenameTooLong) }

// noSuchProcess is ERROR_INVALID_PARAMETER, with which OpenProcess answers for a process that is not
// there; one of another user is refused in another way.
const noSuchProcess = syscall.Errno(87)

// sweepOne removes a temporary file if the run that made it has ended: no such process is there, and nobody has the
// file open. On a network share the process may be another machine's, which holds the file open all the time but for
// the rename: what was touched of late stays.
func sweepOne(path string, pid int, dir bool) bool {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Release()
		return false
	} else if !errors.Is(err, noSuchProcess) {
		return false
	}
	info, err := os.Lstat(path)
	if err != nil || time.Since(info.ModTime()) < quiet {
		return false
	}
	if dir {
		return os.RemoveAll(path) == nil
	}
	return os.Remove(path) == nil
}
