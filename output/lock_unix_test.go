//go:build !windows

package output

import (
	"io"
	"os"
	"testing"
)

// TestWhatASweepIsAboutToRemoveIsNotUsed: between the making of a temporary file and its lock another run may take it for left,
// lock it and then remove it.
func TestWhatASweepIsAboutToRemoveIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	s := NewSet(io.Discard)
	var sweeper *os.File
	made, err := s.make(func() (*temp, error) {
		f, err := os.Create(newTempName(dir))
		if err != nil {
			return nil, err
		}
		if sweeper == nil {
			if sweeper, err = os.Open(f.Name()); err != nil || lockFile(sweeper) != nil {
				t.Fatal("the sweep cannot lock: ", err)
			}
		}
		return &temp{path: f.Name(), file: f}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Abandon()
	if made.path == sweeper.Name() {
		t.Error("the run goes on with the file that the sweep removes")
	}
	_ = os.Remove(sweeper.Name()) // as the sweep does
	_ = sweeper.Close()
	if _, err := os.Stat(made.path); err != nil {
		t.Error(err)
	}
}
