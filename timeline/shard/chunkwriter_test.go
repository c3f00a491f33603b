package shard

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
)

// taken is what the buffers of blocks take in memory, in bytes.
func (b *blockWriter) taken() (size int) {
	for _, o := range b.open {
		size += cap(o.bytes)
	}
	for _, f := range b.free {
		size += cap(f)
	}
	return size
}

// TestOpenBlocksTakeWhatTheyHold: many computers with little each, before and after others that had much, take little
// more memory than what is kept of them.
func TestOpenBlocksTakeWhatTheyHold(t *testing.T) {
	b := &blockWriter{w: io.Discard, open: map[string]*openBlock{}, Buffers: &Buffers{}}
	rng := rand.New(rand.NewPCG(3, 5))
	chunk := make([]byte, 64<<10)
	for i := range chunk {
		chunk[i] = byte(rng.Uint32())
	}
	const few, many = 50, 20_000
	piece := func(computer, size int) {
		t.Helper()
		form := func(dst []byte) []byte { return appendPiece(dst, chunk[:size], wholePiece(chunk[:size])) }
		if err := b.add(fmt.Sprint("host-", computer), chunkPlace{}, form); err != nil {
			t.Fatal(err)
		}
		if computer%64 == 0 {
			if most := 2*b.size + maxOpenBlocks + maxOpenBlocks/8; b.taken() > most {
				t.Fatalf("blocks of %d bytes take %d", b.size, b.taken())
			}
		}
	}
	small := func() {
		for i := range many {
			piece(few+i, 400)
		}
	}
	small()
	if b.taken() > 2*b.size || len(b.open) != many {
		t.Errorf("%d blocks of %d bytes take %d", len(b.open), b.size, b.taken())
	}
	for range 20 {
		for i := range few {
			piece(i, 60_000)
		}
	}
	small()
	small()
	if err := b.end(); err != nil || b.size != 0 || len(b.open) != 0 {
		t.Errorf("%d bytes of %d blocks are left: %v", b.size, len(b.open), err)
	}
	if len(b.free) != sharedBuffers {
		t.Errorf("%d buffers are left for the next shard, want %d", len(b.free), sharedBuffers)
	}
	pieces := 0
	for _, x := range b.blocks {
		pieces += len(x.pieces)
	}
	if want := 3*many + 20*few; pieces != want {
		t.Errorf("%d pieces were written, want %d", pieces, want)
	}
}
