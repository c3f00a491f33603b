package timeline

import "os"

// newTemp makes a temporary file that is gone when it is closed, and when the process ends in whatever way: it has no name
// (Unix), or the system deletes it with its last handle (Windows).
func newTemp(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	f, err := createTemp(dir)
	if err != nil {
		return nil, unwrapPath(err)
	}
	return f, nil
}
