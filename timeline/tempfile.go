package timeline

import (
	"cmp"
	"fmt"
	"os"
)

// newTemp makes a temporary file that is gone when it is closed, and when the process ends in whatever way: it has no name
// (Unix), or the system deletes it with its last handle (Windows).
func newTemp(dir string) (*os.File, error) {
	f, err := createTemp(tempDir(dir))
	if err != nil {
		return nil, unwrapPath(err)
	}
	return f, nil
}

// TempFile makes a temporary file in dir ("" is the system's directory) that is gone when it is closed, and when the process ends in
// whatever way.
func TempFile(dir string) (*os.File, error) {
	f, err := newTemp(dir)
	if err != nil {
		return nil, tempError(dir, err)
	}
	return f, nil
}

func tempDir(dir string) string { return cmp.Or(dir, os.TempDir()) }

// tempError says of which directory a temporary file failed, and what helps.
func tempError(dir string, err error) error {
	return fmt.Errorf("temporary file in %s: %w; free space there or give another directory with --temp-dir", tempDir(dir), unwrapPath(err))
}
