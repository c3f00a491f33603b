package spill

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// TempFile makes a temporary file in dir ("" is the system's directory). It disappears when it is closed, and when
// the process ends for whatever reason: it has no name (Unix), or the system deletes it with its last handle
// (Windows).
func TempFile(dir string) (*os.File, error) {
	f, err := createTemp(tempDir(dir))
	if err != nil {
		return nil, Failed(dir, err)
	}
	return f, nil
}

func tempDir(dir string) string { return cmp.Or(dir, os.TempDir()) }

// Failed adds to an error the directory in which a temporary file failed, and what helps.
func Failed(dir string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // its name means nothing to the reader
	}
	help := "free space there or give another directory with --temp-dir"
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) ||
		errors.Is(err, syscall.ENOTDIR) {
		help = "give another directory with --temp-dir" // no amount of free space makes the directory accept files
	}
	return fmt.Errorf("temporary file in %s: %w; %s", tempDir(dir), err, help)
}
