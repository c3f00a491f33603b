//go:build !windows

package spill

import "os"

func createTemp(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "hunt-*.tmp")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
