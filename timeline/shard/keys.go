package shard

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// The keys of a shard: of each record the hash of what it says, in order, and where it counts. What a
// record says includes its id, and copies in one file count alike, so that no more is needed to find
// copies across shards. They are written in blocks, each
//
//	number of keys, as a varint
//	what each hash has more than the one before: deltaSize bytes; greater ones are deltaSize bytes 0xff, then 8 bytes
//	length of the rest, as a varint, and the rest: file and count of each key, zstd
const (
	deltaSize  = 7
	keyBlock   = 1 << 16 // keys
	wholeDelta = 1<<(8*deltaSize) - 1
	// maxKeyBlock bounds the rest of a block, in bytes, packed and unpacked.
	maxKeyBlock = 16 << 20
)

// keyWriter writes keys in order.
type keyWriter struct {
	w      io.Writer
	n      int
	last   uint64
	deltas []byte
	counts *spill.Coder
}

func newKeyWriter(w io.Writer) *keyWriter { return &keyWriter{w: w, counts: spill.NewEncoder(nil)} }

func (k *keyWriter) add(key *ledger.RecordKey) error {
	delta := key.Hash - k.last
	k.last = key.Hash
	var b [8]byte
	if delta < wholeDelta {
		binary.LittleEndian.PutUint64(b[:], delta)
		k.deltas = append(k.deltas, b[:deltaSize]...)
	} else {
		binary.LittleEndian.PutUint64(b[:], wholeDelta)
		k.deltas = append(k.deltas, b[:deltaSize]...)
		k.deltas = binary.LittleEndian.AppendUint64(k.deltas, delta)
	}
	codeKey(k.counts, key)
	if k.n++; k.n < keyBlock {
		return nil
	}
	return k.flush()
}

func codeKey(c *spill.Coder, key *ledger.RecordKey) {
	file := key.File << 1
	if key.Carved {
		file |= 1
	}
	spill.Number(c, &file)
	spill.Number(c, &key.Count)
	key.File, key.Carved = file>>1, file&1 == 1
}

// flush writes the present block.
func (k *keyWriter) flush() error {
	if k.n == 0 {
		return nil
	}
	packed := spill.Pack(k.counts.Bytes())
	b := binary.AppendUvarint(nil, uint64(k.n)) // #nosec G115 -- not negative
	b = append(b, k.deltas...)
	b = binary.AppendUvarint(b, uint64(len(packed)))
	_, err := k.w.Write(append(b, packed...))
	k.n, k.deltas, k.counts = 0, k.deltas[:0], spill.NewEncoder(nil)
	return err
}

// readKeys reads what a keyWriter wrote.
func readKeys(r io.Reader, each func(ledger.RecordKey) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	last := uint64(0)
	hashes := make([]uint64, 0, keyBlock)
	for {
		n, err := binary.ReadUvarint(in)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil || n > keyBlock:
			return spill.ErrFacts
		}
		hashes = hashes[:0]
		for range n {
			var b [8]byte
			if _, err := io.ReadFull(in, b[:deltaSize]); err != nil {
				return spill.ErrFacts
			}
			delta := binary.LittleEndian.Uint64(b[:])
			if delta == wholeDelta {
				if _, err := io.ReadFull(in, b[:]); err != nil {
					return spill.ErrFacts
				}
				delta = binary.LittleEndian.Uint64(b[:])
			}
			last += delta
			hashes = append(hashes, last)
		}
		size, err := binary.ReadUvarint(in)
		if err != nil || size > maxKeyBlock {
			return spill.ErrFacts
		}
		packed := make([]byte, size)
		if _, err := io.ReadFull(in, packed); err != nil {
			return spill.ErrFacts
		}
		b, err := spill.UnpackWithin(packed, maxKeyBlock)
		if err != nil {
			return fmt.Errorf("%w (%w)", spill.ErrFacts, err)
		}
		c := spill.NewDecoder(b, nil)
		for _, hash := range hashes {
			key := ledger.RecordKey{Hash: hash}
			if codeKey(c, &key); c.Err() != nil {
				return c.Err()
			}
			if err := each(key); err != nil {
				return err
			}
		}
	}
}
