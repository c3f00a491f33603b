package spill_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"hunt/timeline/spill"
)

func Example() {
	s := spill.NewStore("")
	defer s.Close()
	first, _, _ := s.Add(strings.NewReader("the first copy"))
	second, _, _ := s.Add(strings.NewReader("the second"))
	var b [6]byte
	_, _ = first.Reader().ReadAt(b[:], 4)
	fmt.Println(string(b[:]), second.Size())
	// Output: first  10
}

func TestWhatDoesNotFitInMemoryGoesToAFileWithoutAName(t *testing.T) {
	dir := t.TempDir()
	s := spill.NewStore(dir)
	var blocks []spill.Block
	var want [][]byte
	for i := range 5 {
		body := bytes.Repeat([]byte{byte(i), byte(i >> 1), 7}, 2<<20)
		b, kept, err := s.Add(bytes.NewReader(body))
		if err != nil || !kept {
			t.Fatal(kept, err)
		}
		blocks, want = append(blocks, b), append(want, body)
	}
	if memory, disk := s.Held(); memory == 0 || disk == 0 || memory+disk < 5*6<<20 {
		t.Errorf("%d bytes in memory, %d in the file", memory, disk)
	}
	for i, b := range blocks {
		if got, err := io.ReadAll(b.Reader()); err != nil || !bytes.Equal(got, want[i]) {
			t.Errorf("copy %d: %d bytes of %d, %v", i, len(got), len(want[i]), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestSmallCopiesTakeWhatTheyHold: a buffer for each would take 512 bytes and more, of 100,000 hosts 50 MB.
func TestSmallCopiesTakeWhatTheyHold(t *testing.T) {
	const n, size = 20_000, 100
	s := spill.NewStore(t.TempDir())
	defer s.Close()
	blocks := make([]spill.Block, n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range blocks {
		var err error
		if blocks[i], _, err = s.Add(strings.NewReader(fmt.Sprintf("%0*d", size, i))); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2*n*size {
		t.Errorf("%d copies of %d bytes take %d bytes each", n, size, grown/n)
	}
	for i, b := range blocks {
		if got, err := io.ReadAll(b.Reader()); err != nil || string(got) != fmt.Sprintf("%0*d", size, i) {
			t.Fatalf("copy %d: %q, %v", i, got, err)
		}
	}
}

func TestAnErrorOfReadingLeavesWhatCameBefore(t *testing.T) {
	s := spill.NewStore(t.TempDir())
	defer s.Close()
	bad := errors.New("bad sector")
	b, kept, err := s.Add(io.MultiReader(strings.NewReader("before"), iotest.ErrReader(bad)))
	if got, _ := io.ReadAll(b.Reader()); !kept || !errors.Is(err, bad) || string(got) != "before" {
		t.Errorf("%q, %t, %v", got, kept, err)
	}
}

func TestADirectoryThatTakesNoFilesIsNamed(t *testing.T) {
	s := spill.NewStore("/nowhere/at/all")
	_, kept, err := s.Add(bytes.NewReader(make([]byte, 20<<20)))
	if kept || err == nil || !strings.Contains(err.Error(), "/nowhere/at/all") ||
		!strings.Contains(err.Error(), "--temp-dir") {
		t.Errorf("%t, %v", kept, err)
	}
}
