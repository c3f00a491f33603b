package evtxtest

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
)

// BigLog writes a log of about size bytes made of the given chunks, in turn and as often as needed, for
// benchmarks. Checksums are right; record ids repeat. It takes the memory of one chunk. size includes the file
// header and is rounded down to whole chunks. The count in the header is 16 bits wide and wraps beyond 4 GiB, as
// it does in real logs.
func BigLog(dst io.Writer, chunks [][]byte, size int64) error {
	last := uint64(0)
	for _, c := range chunks[:min(int64(len(chunks)), max(chunkCount(size), 0))] {
		last = max(last, binary.LittleEndian.Uint64(c[32:])) // last record id of the chunk
	}
	return bigLog(dst, chunks, size, last+1, func([]byte, int64) {})
}

// FreshLog is BigLog without copies: record ids are consecutive, and each time that a chunk is used again its
// records are a minute later, as are the times among their values.
func FreshLog(dst io.Writer, chunks [][]byte, size int64) error {
	total := uint64(1)
	for i := range chunkCount(size) {
		if len(chunks) > 0 {
			total += renew(slices.Clone(chunks[i%int64(len(chunks))]), 0, 0)
		}
	}
	next := uint64(1)
	return bigLog(dst, chunks, size, total, func(c []byte, round int64) {
		next = renew(c, next, uint64(round)*600_000_000)
	})
}

func chunkCount(size int64) int64 { return (size - fileHeaderSize) / chunkSize }

// bigLog writes a header that expects the record next, and chunks, each after a call of change with the number of
// times that the chunk was written before.
func bigLog(dst io.Writer, chunks [][]byte, size int64, next uint64, change func(chunk []byte, round int64)) error {
	n := chunkCount(size)
	if n < 1 || len(chunks) == 0 {
		return errors.New("evtxtest: a big log needs a chunk, and room for one")
	}
	h := FileHeader(1, next, 0)
	binary.LittleEndian.PutUint64(h[16:], uint64(n-1))
	binary.LittleEndian.PutUint16(h[42:], uint16(n))
	FixHeaderCRC(h)
	if _, err := dst.Write(h); err != nil {
		return err
	}
	c := make([]byte, chunkSize)
	for i := range n {
		clear(c[copy(c, chunks[i%int64(len(chunks))]):])
		change(c, i/int64(len(chunks)))
		FixChunkCRC(c)
		if _, err := dst.Write(c); err != nil {
			return err
		}
	}
	return nil
}

// renew numbers the records of a chunk from next on and adds to their times, in ticks of 100 ns. It
// returns the number after the last.
func renew(c []byte, next, later uint64) uint64 {
	le := binary.LittleEndian
	free := min(uint64(le.Uint32(c[48:])), uint64(len(c)))
	first := next
	for at := uint64(chunkHeaderSize); at+recordHeader <= free && string(c[at:at+4]) == "**\x00\x00"; {
		size := uint64(le.Uint32(c[at+4:]))
		if size < recordHeader || at+size > free {
			break
		}
		id, written := le.Uint64(c[at+8:]), le.Uint64(c[at+16:])
		le.PutUint64(c[at+8:], next)
		le.PutUint64(c[at+16:], written+later)
		renewal{id, next, later}.values(c, int(at), int(at+size)) // #nosec G115 -- within a chunk
		next++
		at += size
	}
	for _, field := range []int{8, 24} {
		le.PutUint64(c[field:], first)
		le.PutUint64(c[field+8:], max(next, first+1)-1)
	}
	return next
}

// renewal is the change to a record: its number before and after, and the ticks that are added to its times.
type renewal struct{ id, next, later uint64 }

// values renews the values of the record c[at:end].
func (r renewal) values(c []byte, at, end int) {
	le := binary.LittleEndian
	// What precedes the definition's offset: a fragment header and the beginning of a template instance.
	const instance = 4 + 2 + 4
	at += recordHeader
	if at+instance+4 > end || c[at] != 0x0f || c[at+4] != 0x0c {
		return
	}
	def := int(le.Uint32(c[at+instance:]))
	if at += instance + 4; at == def { // the definition follows
		at += 24 + int(le.Uint32(c[min(at+20, len(c)-4):]))
	}
	if at+4 > end {
		return
	}
	n := int(le.Uint32(c[at:]))
	spec, value := at+4, at+4+4*n
	for ; n > 0 && spec+4 <= end; n, spec = n-1, spec+4 {
		size, kind := int(le.Uint16(c[spec:])), c[spec+2]
		if value+size > end {
			return
		}
		if v := c[value : value+size]; size == 8 && kind == 0x0a && le.Uint64(v) == r.id {
			le.PutUint64(v, r.next)
		} else if size == 8 && kind == 0x11 && le.Uint64(v) != 0 {
			le.PutUint64(v, le.Uint64(v)+r.later)
		}
		value += size
	}
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
