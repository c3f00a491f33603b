package spill

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// sortItem is as large as a key of a timeline, and has few values in what it is sorted by first.
type sortItem struct {
	a, b uint64
	rest [4]uint64
}

var sortItemForm = Form[sortItem]{
	Size: 48,
	Put: func(b []byte, t *sortItem) {
		for i, v := range append([]uint64{t.a, t.b}, t.rest[:]...) {
			binary.LittleEndian.PutUint64(b[8*i:], v)
		}
	},
	Get: func(b []byte, t *sortItem) {
		t.a, t.b = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		for i := range t.rest {
			t.rest[i] = binary.LittleEndian.Uint64(b[16+8*i:])
		}
	},
	Compare: func(x, y sortItem) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) },
}

// sortAll has the writers add the items at the same time and returns what comes out.
func sortAll(s *Sorter[sortItem], items []sortItem, writers int) ([]sortItem, error) {
	group := sync.WaitGroup{}
	for i, w := range s.Split(writers) {
		group.Go(func() {
			for j := i; j < len(items); j += writers {
				w.Add(items[j])
			}
		})
	}
	group.Wait()
	return drain(s)
}

func drain(s *Sorter[sortItem]) ([]sortItem, error) {
	var out []sortItem
	for t, err := range s.Sorted() {
		if err != nil {
			return out, err
		}
		out = append(out, t)
	}
	return out, nil
}

func TestSorterGivesWhatSortingInMemoryGives(t *testing.T) {
	spilt, again := false, false
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		items := make([]sortItem, rapid.IntRange(0, 1000).Draw(t, "items"))
		values := rapid.Uint64Range(1, 1000).Draw(t, "values")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for i := range items {
			items[i] = sortItem{a: random.Uint64N(values), b: uint64(i),
				rest: [4]uint64{random.Uint64(), 0, 0, ^uint64(i)}}
		}
		s := NewSorter(sortItemForm, rapid.Int64Range(0, 60_000).Draw(t, "memory"), dir)
		defer s.Close()
		got, err := sortAll(s, items, rapid.IntRange(1, 9).Draw(t, "writers"))
		if err != nil {
			t.Fatal(err)
		}
		want := slices.SortedFunc(slices.Values(items), sortItemForm.Compare)
		if !slices.Equal(got, want) {
			t.Fatalf("%d items come out otherwise than slices.Sort has them", len(items))
		}
		// It can be asked again.
		if got, err = drain(s); err != nil || !slices.Equal(got, want) {
			t.Fatalf("the second time %d items come out, %v", len(got), err)
		}
		spilt = spilt || s.file != nil
		again = again || s.file != nil && s.end == int64(len(items)*48) && s.memory < 1000
	})
	if !spilt || !again {
		t.Errorf("no run was written (%v), or none merged into a longer one (%v)", spilt, again)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left in the directory for temporary files, %v", left, err)
	}
}

func TestSorterStaysWithinItsMemory(t *testing.T) {
	const memory, items = 1 << 20, 200_000 // 9.6 MB
	s := NewSorter(sortItemForm, memory, t.TempDir())
	defer s.Close()
	for _, w := range s.Split(4)[:1] {
		for i := range uint64(items) {
			w.Add(sortItem{a: i * 0x9e3779b97f4a7c15 >> 20, b: i})
			if i%1000 > 0 {
				continue
			}
			held := 0
			for _, b := range append(w.blocks, w.free...) {
				held += cap(b) * 48
			}
			if held > memory {
				t.Fatalf("%d bytes held, %d allowed", held, memory)
			}
		}
	}
	if len(s.runs) < items*48/memory {
		t.Errorf("%d bytes in %d runs", items*48, len(s.runs))
	}
	n, last := 0, uint64(0)
	for item, err := range s.Sorted() {
		if err != nil || item.a < last {
			t.Fatalf("item %d: %d after %d, %v", n, item.a, last, err)
		}
		n, last = n+1, item.a
	}
	if n != items {
		t.Errorf("%d items of %d", n, items)
	}
}

func TestSorterSaysWhyItsTemporaryFileFailed(t *testing.T) {
	items := make([]sortItem, 40_000)
	for i := range items {
		items[i] = sortItem{a: uint64(i), b: uint64(i)}
	}
	check := func(t *testing.T, dir, why, help string) {
		t.Helper()
		s := NewSorter(sortItemForm, 100_000, dir)
		defer s.Close()
		out, err := sortAll(s, items, 3)
		if err == nil {
			t.Fatal("no error")
		}
		if len(out) > 0 {
			t.Errorf("%d items came out before the error", len(out))
		}
		want := "temporary file in " + dir + ": " + why + "; " + help + "give another directory with --temp-dir"
		if err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	t.Run("no directory", func(t *testing.T) {
		check(t, filepath.Join(t.TempDir(), "none"), "no such file or directory", "")
	})
	t.Run("full disk", func(t *testing.T) { check(t, fullDisk(t), "no space left on device", "free space there or ") })
	t.Run("file cut short", func(t *testing.T) {
		s := NewSorter(sortItemForm, 100_000, t.TempDir())
		defer s.Close()
		if _, err := sortAll(s, items, 3); err != nil {
			t.Fatal(err)
		}
		if err := s.file.Truncate(s.end / 2); err != nil {
			t.Fatal(err)
		}
		if _, err := drain(s); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
			t.Errorf("half of the file is gone, and the error is %v", err)
		}
	})
}

// fullDisk gives a directory whose disk holds 1 MiB.
func fullDisk(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("SKIPPED: a small disk needs Linux and root")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no small disk: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", dir).Run(); err != nil {
			t.Error(err)
		}
	})
	if err := os.WriteFile(filepath.Join(dir, "x"), make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("a disk of 1 MiB takes 2 MiB: %v", err)
	}
	return dir
}

// What does a timeline's order cost, in memory and beyond it? 48 bytes an item, 4 writers.
func BenchmarkSorter(b *testing.B) {
	items := make([]sortItem, 2_000_000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range items {
		items[i] = sortItem{a: random.Uint64(), b: uint64(i)}
	}
	for name, memory := range map[string]int64{"memory": 1 << 30, "spilling": 8 << 20} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(items) * 48))
			for b.Loop() {
				s := NewSorter(sortItemForm, memory, "")
				group := sync.WaitGroup{}
				for i, w := range s.Split(4) {
					group.Go(func() {
						for j := i; j < len(items); j += 4 {
							w.Add(items[j])
						}
					})
				}
				group.Wait()
				for _, err := range s.Sorted() {
					if err != nil {
						b.Fatal(err)
					}
				}
				_ = s.Close()
			}
		})
	}
	b.Run("slices.SortFunc", func(b *testing.B) {
		b.SetBytes(int64(len(items) * 48))
		for b.Loop() {
			slices.SortFunc(slices.Clone(items), sortItemForm.Compare)
		}
	})
}
