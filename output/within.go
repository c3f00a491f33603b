package output

import (
	"os"
	"path/filepath"
)

// Within reports whether a path, of which nothing need be there yet, is a directory or lies in it.
func Within(path, dir string) bool {
	top, err := os.Stat(dir)
	if err != nil || !top.IsDir() {
		return false
	}
	path, err = filepath.Abs(path)
	for err == nil {
		if real, failed := filepath.EvalSymlinks(path); failed == nil {
			path = real
		}
		if info, failed := os.Stat(path); failed == nil && os.SameFile(info, top) {
			return true
		}
		above := filepath.Dir(path)
		if above == path {
			return false
		}
		path = above
	}
	return false
}
