package evtxtest

import (
	"encoding/binary"
	"errors"
	"io"
)

// BigLog writes a log of about size bytes made of the given chunks, in turn and
// as often as needed: the material of benchmarks. Checksums are right; record ids
// repeat. Memory: one chunk. size counts the file header and is rounded down to
// whole chunks. The count in the header is 16 bits wide and wraps beyond 4 GiB,
// as it does in real logs.
func BigLog(dst io.Writer, chunks [][]byte, size int64) error {
	n := (size - fileHeaderSize) / chunkSize
	if n < 1 || len(chunks) == 0 {
		return errors.New("evtxtest: a big log needs a chunk, and room for one")
	}
	last := uint64(0)
	for _, c := range chunks[:min(int64(len(chunks)), n)] {
		last = max(last, binary.LittleEndian.Uint64(c[32:])) // last record id of the chunk
	}
	h := FileHeader(1, last+1, 0)
	binary.LittleEndian.PutUint64(h[16:], uint64(n-1))
	binary.LittleEndian.PutUint16(h[42:], uint16(n))
	FixHeaderCRC(h)
	if _, err := dst.Write(h); err != nil {
		return err
	}
	c := make([]byte, chunkSize)
	for i := range n {
		clear(c[copy(c, chunks[i%int64(len(chunks))]):])
		FixChunkCRC(c)
		if _, err := dst.Write(c); err != nil {
			return err
		}
	}
	return nil
}

// Chunks returns the whole chunks of a file that hold records.
func Chunks(file []byte) [][]byte {
	var out [][]byte
	for i := 0; fileHeaderSize+(i+1)*chunkSize <= len(file); i++ {
		if c := Chunk(file, i); string(c[:8]) == "ElfChnk\x00" {
			out = append(out, c)
		}
	}
	return out
}
