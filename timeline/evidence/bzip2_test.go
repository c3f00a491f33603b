package evidence

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestABzip2StreamIsFoundBehindADamagedBeginning: the vector was written by the bzip2 of a system, because Go has no writer.
func TestABzip2StreamIsFoundBehindADamagedBeginning(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "archives", "bzip2.evtx.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	for what, body := range map[string][]byte{
		"whole":                          whole,
		"bytes before it":                slices.Concat([]byte("damaged beginning"), whole),
		"what is left of another stream": slices.Concat(bytes.Repeat([]byte{0xa5}, 300), whole),
	} {
		for name, want := range map[string]int{"a.evtx.bz2": 1, "a.bin": 0} {
			if what == "whole" {
				want = 1
			}
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
				t.Fatal(err)
			}
			col, err := Collect(t.Context(), Inputs(dir), Options{})
			if err != nil {
				t.Fatal(err)
			}
			read := 0
			for _, f := range col.Files {
				if f.Status == Read {
					read++
				}
			}
			if read != want {
				t.Errorf("%s, %s: %d logs, want %d", what, name, read, want)
			}
			_ = col.Close()
		}
	}
}
