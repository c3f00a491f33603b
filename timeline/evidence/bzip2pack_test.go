package evidence

import (
	"bytes"
	"compress/bzip2"
	"io"
	"math/bits"
	"slices"
	"testing"
)

// bzip2Of packs blocks with bzip2 and returns where their magics begin, in bits. Go and its
// libraries have no writer.
func bzip2Of(t testing.TB, blocks ...[]byte) (packed []byte, at []int) {
	t.Helper()
	var w bitWriter
	w.write('B', 8)
	w.write('Z', 8)
	w.write('h', 8)
	w.write('9', 8)
	sum := uint32(0)
	for _, block := range blocks {
		at = append(at, w.n)
		crc := bzip2Sum(block)
		sum = bits.RotateLeft32(sum, 1) ^ crc
		w.block(block, crc)
	}
	w.write(0x177245385090, 48)
	w.write(uint64(sum), 32)
	got, err := io.ReadAll(bzip2.NewReader(bytes.NewReader(w.b)))
	if err != nil || !bytes.Equal(got, slices.Concat(blocks...)) {
		t.Fatalf("packed wrongly: %d bytes, %v", len(got), err)
	}
	return w.b, at
}

func bzip2Sum(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c) << 24
		for range 8 {
			if crc&(1<<31) != 0 {
				crc = crc<<1 ^ 0x04c11db7
			} else {
				crc <<= 1
			}
		}
	}
	return ^crc
}

type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) write(v uint64, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

// block writes one block: runs, Burrows-Wheeler transform, move to front, runs again, and codes
// that are all of nearly the same length.
func (w *bitWriter) block(b []byte, crc uint32) {
	var in []byte
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] && n < 255 {
			n++
		}
		in = append(in, bytes.Repeat(b[i:i+1], min(n, 4))...)
		if n >= 4 {
			in = append(in, byte(n-4))
		}
		i += n
	}
	double := append(slices.Clone(in), in...)
	order := make([]int, len(in))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return bytes.Compare(double[x:x+len(in)], double[y:y+len(in)]) })
	w.write(0x314159265359, 48)
	w.write(uint64(crc), 32)
	w.write(0, 1)
	w.write(uint64(slices.Index(order, 0)), 24)
	var used [256]bool
	for _, c := range in {
		used[c] = true
	}
	var front []byte
	for c, u := range used {
		if u {
			front = append(front, byte(c))
		}
	}
	for row := range 16 {
		w.write(flag(slices.Contains(used[16*row:16*row+16], true)), 1)
	}
	for row := range 16 {
		if slices.Contains(used[16*row:16*row+16], true) {
			for _, u := range used[16*row : 16*row+16] {
				w.write(flag(u), 1)
			}
		}
	}
	last := len(front) + 1
	var symbols []int
	run := 0
	flush := func() {
		for n := run; n > 0; n = (n - 1) / 2 {
			symbols = append(symbols, (n-1)%2)
		}
		run = 0
	}
	for _, i := range order {
		c := double[i+len(in)-1]
		k := bytes.IndexByte(front, c)
		if k == 0 {
			run++
			continue
		}
		flush()
		symbols = append(symbols, k+1)
		copy(front[1:k+1], front[:k])
		front[0] = c
	}
	flush()
	symbols = append(symbols, last)
	w.codes(symbols, last+1)
}

func (w *bitWriter) codes(symbols []int, size int) {
	selectors := (len(symbols) + 49) / 50
	w.write(2, 3)
	w.write(uint64(selectors), 15)
	w.write(0, selectors)
	long := bits.Len(uint(size - 1))
	short := 1<<long - size // symbols with a code that is one bit shorter
	length := func(s int) int {
		if s < short {
			return long - 1
		}
		return long
	}
	for range 2 {
		at := length(0)
		w.write(uint64(at), 5)
		for s := range size {
			if length(s) != at {
				w.write(0b10, 2)
				at++
			}
			w.write(0, 1)
		}
	}
	for _, s := range symbols {
		if s < short {
			w.write(uint64(s), long-1)
		} else {
			w.write(uint64(s+short), long)
		}
	}
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
