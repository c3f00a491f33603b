package evidence

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestABzip2StreamIsFoundBehindADamagedBeginning reads a vector that the bzip2 of a system wrote.
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

// TestSearchingADamagedStreamHasABound: each magic may begin a block, and each must be tried.
func TestSearchingADamagedStreamHasABound(t *testing.T) {
	magic := []byte{0x31, 0x41, 0x59, 0x26, 0x53, 0x59}
	col, list := collectIn(t, Options{},
		write(t, t.TempDir(), "a.tar.bz2", append([]byte("BZh9"), bytes.Repeat(magic, 5000)...)))
	if bites := col.Limits.Bites(); len(bites) != 1 || bites[0].ID != boundSearch.ID {
		t.Errorf("%v", bites)
	}
	if len(col.Files) != 1 || !strings.Contains(col.Files[0].Detail, "stopped searching") {
		t.Errorf("%q", list)
	}
}

func TestWhatIsCompressedOtherwiseIsNamedWithWhatToDo(t *testing.T) {
	for name, head := range map[string]string{"a.tar.xz": "\xfd7zXZ\x00", "a.evtx.lzma": "\x5d\x00\x00\x80\x00",
		"a.lz": "LZIP\x01", "a.tar.lz4": "\x04\x22\x4d\x18",
		"a.lzo": "\x89LZO\x00\r\n\x1a\n", "a.tar.Z": "\x1f\x9d\x90", "a.cpio": "070701", "a.rar": "Rar!\x1a\x07\x01",
		"renamed.bin": "\xfd7zXZ\x00"} {
		col, list := collectIn(t, Options{}, write(t, t.TempDir(), name, append([]byte(head), make([]byte, 5000)...)))
		if len(col.Files) != 1 || col.Files[0].Status != Unreadable ||
			!strings.Contains(col.Files[0].Detail, "unpack it") {
			t.Errorf("%s: %q", name, list)
		}
	}
}
