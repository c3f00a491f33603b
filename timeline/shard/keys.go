package shard

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// The keys of a shard: of each record the hash of what it says, in order, and where it counts. What a
// record says includes its id, and copies in one file count alike, so that no more is needed to find
// copies across shards. They are written in blocks, each
//
//	number of keys, as a varint
//	what each hash has more than the one before: deltaSize bytes; greater ones are deltaSize bytes 0xff, then 8 bytes
//	length of the rest, as a varint, and the rest, zstd: the files and counts that keys have, and the number of
//	those of each key, in a byte where there are few
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
	places []keyPlace
}

// keyPlace is where a key counts.
type keyPlace struct {
	file   int32
	carved bool
	count  int32
}

func newKeyWriter(w io.Writer) *keyWriter { return &keyWriter{w: w} }

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
	k.places = append(k.places, keyPlace{key.File, key.Carved, key.Count})
	if k.n++; k.n < keyBlock {
		return nil
	}
	return k.flush()
}

// codePlaces codes where the keys of a block count: the list of places, then the number of each key's place.
func codePlaces(c *spill.Coder, places *[]keyPlace, n int) {
	var all []keyPlace
	number := map[keyPlace]uint64{}
	if !c.Reading() {
		often := map[keyPlace]int{}
		for _, p := range *places {
			often[p]++
		}
		all = slices.SortedFunc(maps.Keys(often), func(a, b keyPlace) int {
			return cmp.Or(cmp.Compare(often[b], often[a]), cmp.Compare(a.file, b.file), cmp.Compare(a.count, b.count),
				boolCompare(a.carved, b.carved))
		})
		for i, p := range all {
			number[p] = uint64(i) // #nosec G115 -- not negative
		}
	}
	spill.Values(c, &all, func(c *spill.Coder, p *keyPlace) {
		spill.Number(c, &p.file)
		c.Flag(&p.carved)
		spill.Number(c, &p.count)
	})
	if c.Reading() {
		*places = make([]keyPlace, n)
	}
	for i := range *places {
		at := number[(*places)[i]]
		c.Uint(&at)
		switch {
		case !c.Reading():
		case at >= uint64(len(all)):
			c.Fail()
		default:
			(*places)[i] = all[at]
		}
	}
}

// flush writes the present block.
func (k *keyWriter) flush() error {
	if k.n == 0 {
		return nil
	}
	c := spill.NewEncoder(nil)
	codePlaces(c, &k.places, k.n)
	packed := spill.Pack(c.Bytes())
	b := binary.AppendUvarint(nil, uint64(k.n)) // #nosec G115 -- not negative
	b = append(b, k.deltas...)
	b = binary.AppendUvarint(b, uint64(len(packed)))
	_, err := k.w.Write(append(b, packed...))
	k.n, k.deltas, k.places = 0, k.deltas[:0], k.places[:0]
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
		var places []keyPlace
		if codePlaces(c, &places, len(hashes)); c.Err() != nil {
			return c.Err()
		}
		for i, hash := range hashes {
			p := places[i]
			if err := each(ledger.RecordKey{Hash: hash, File: p.file, Carved: p.carved, Count: p.count}); err != nil {
				return err
			}
		}
	}
}
