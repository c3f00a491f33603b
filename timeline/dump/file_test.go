package dump

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/timeline/evidence"
	"hunt/timeline/slot"
)

// slotsLog collects one log of n chunks.
func slotsLog(t *testing.T, n int64) numbered {
	t.Helper()
	var b bytes.Buffer
	if err := evtxtest.BigLog(&b, evtxtest.Chunks(evtxtest.File(evtxtest.Event{EventID: 1})),
		evtx.FileHeaderSize+n*evtx.ChunkSize); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "a.evtx")
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := evidence.Collect(t.Context(), evidence.Inputs(name), evidence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return numbered{File: c.Files[0]}
}

func passOf(f numbered, jobs int, decode func(*Writer, *evtx.Decoder, *slot.Slot[printed])) pass {
	return pass{f, decode, jobs, nil, func(string) {}}
}

// A slot whose records ask for far more text than honest ones holds no more of it than its bound, and the order stays.
func TestADumpHasTheOrderOfTheFileAndBoundedText(t *testing.T) {
	const slots, lines = 40, 60
	f := slotsLog(t, slots)
	line := bytes.Repeat([]byte("x"), 100_000) // six megabytes a slot
	var want bytes.Buffer
	for i := range slots {
		for j := range lines {
			fmt.Fprintf(&want, "%d %d %s\n", i, j, line)
		}
	}
	for _, jobs := range []int{1, 2, 7} {
		var mu sync.Mutex
		most := 0
		var out bytes.Buffer
		d := NewWriter(&out, Options{})
		err := d.file(t.Context(), passOf(f, jobs, func(_ *Writer, _ *evtx.Decoder, s *slot.Slot[printed]) {
			if rand.IntN(4) == 0 {
				time.Sleep(time.Millisecond)
			}
			for j := range lines {
				if s.Out.text = fmt.Appendf(s.Out.text, "%d %d %s\n", s.At.Chunk, j, line); len(s.Out.text) >=
					maxSlotText {
					s.Out.spill()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			most = max(most, cap(s.Out.text))
		}))
		if err = errors.Join(err, d.Flush()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), want.Bytes()) {
			t.Errorf("%d workers: the output is not that of the slots in order", jobs)
		}
		if most > 2*maxSlotText {
			t.Errorf("%d workers: a slot kept %d bytes of text, want %d at most", jobs, most, 2*maxSlotText)
		}
	}
}

// full is an output that takes so many writes and no more.
type full struct{ left int }

var errFull = errors.New("no space left")

func (w *full) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestADumpEndsWhereItsOutputDoes(t *testing.T) {
	f := slotsLog(t, 40)
	for _, jobs := range []int{1, 2, 7} {
		for _, left := range []int{0, 1, 9} {
			d := NewWriter(nil, Options{})
			d.out = bufio.NewWriterSize(&full{left}, 16) // the least there is: each slot is a write
			if err := errors.Join(d.file(t.Context(), passOf(f, jobs, (*Writer).live)), d.Flush()); !errors.Is(
				err,
				errFull,
			) {
				t.Errorf("%d workers, %d writes: %v, want %v", jobs, left, err, errFull)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	slots := 0
	err := NewWriter(io.Discard, Options{}).file(ctx,
		passOf(f, 2, func(d *Writer, _ *evtx.Decoder, _ *slot.Slot[printed]) {
			d.mu.Lock()
			defer d.mu.Unlock()
			if slots++; slots == 5 {
				cancel()
			}
		}))
	if !errors.Is(err, context.Canceled) || slots > 7 {
		t.Errorf("cancelled after 5 slots: %v after %d", err, slots)
	}
}
