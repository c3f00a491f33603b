package spill

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

func TestALogGivesBackWhatItWasGivenInOrder(t *testing.T) {
	form := Form[uint64]{Size: 8,
		Put: func(b []byte, v *uint64) { binary.LittleEndian.PutUint64(b, *v) },
		Get: func(b []byte, v *uint64) { *v = binary.LittleEndian.Uint64(b) }}
	for _, memory := range []int64{1, 80, 1 << 20, 1 << 30} {
		for _, n := range []uint64{0, 1, 9, 10, 11, 40_000} {
			l := NewLog(form, memory, t.TempDir())
			for i := range n {
				l.Add(i * i)
			}
			if l.Len() != int64(n) {
				t.Fatalf("memory %d: %d items, want %d", memory, l.Len(), n)
			}
			for range 2 { // it can be read again
				i := uint64(0)
				for v, err := range l.All() {
					if err != nil || v != i*i {
						t.Fatalf("memory %d: item %d of %d is %d (%v)", memory, i, n, v, err)
					}
					i++
				}
				if i != n {
					t.Fatalf("memory %d: %d of %d items came out", memory, i, n)
				}
			}
			for i := uint64(0); i < n; i += 1 + n/7 {
				if v, err := l.At(int64(i)); err != nil || v != i*i {
					t.Fatalf("memory %d: item %d of %d is %d (%v)", memory, i, n, v, err)
				}
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestALogSaysThatItsFileFailed(t *testing.T) {
	form := Form[uint64]{Size: 8, Put: func([]byte, *uint64) {}, Get: func([]byte, *uint64) {}}
	l := NewLog(form, 1, filepath.Join(t.TempDir(), "none"))
	for range 3 {
		l.Add(1)
	}
	if l.Err() == nil {
		t.Fatal("no error of a directory that is not there")
	}
	for _, err := range l.All() {
		if err == nil {
			t.Error("an item came out")
		}
	}
	if err := os.RemoveAll(t.TempDir()); err != nil {
		t.Error(err)
	}
}
