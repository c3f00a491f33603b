package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// Slots follow each other from FileHeaderSize on, and Ref.Chunk counts them. If bytes were lost or inserted, chunks
// begin elsewhere; the number then gives the sector or, in the first GiB, the byte. All share one number, so that a
// Ref alone tells which bytes to decode.

// SectorSize is the unit of offsets off the grid: copies, images and file systems lose and gain whole sectors.
const SectorSize = 512

const (
	// maxSector is the last sector at which a slot off the grid can begin.
	maxSector = 1 << 30
	// maxOdd is the last byte off a sector boundary at which a slot can begin. Whatever inserts bytes without
	// regard to sectors works on a file, not on a disk, so the first GiB is enough.
	maxOdd = 1<<30 - 8
	// numberOdd is the number of a slot at byte 0: slots off a sector boundary are numbered from here downwards.
	numberOdd = -2 - maxSector - 1
)

// slotAt reports whether a slot can begin at an offset.
func slotAt(offset int64) bool {
	if offset%SectorSize == 0 {
		return offset <= maxSector*SectorSize || (offset-FileHeaderSize)%ChunkSize == 0
	}
	return offset <= maxOdd
}

// SlotOffset returns where the slot with that number begins: on the grid for 0 and above, at a sector or byte for
// -2 and below. The number -1 stands for no slot.
func SlotOffset(chunk int32) int64 {
	switch {
	case chunk <= numberOdd:
		return numberOdd - int64(chunk)
	case chunk <= -2:
		return (-2 - int64(chunk)) * SectorSize
	}
	return FileHeaderSize + int64(chunk)*ChunkSize
}

// SlotNumber returns the number of the slot that begins at an offset, at which a slot must be able to begin.
func SlotNumber(offset int64) int32 {
	switch {
	case offset >= FileHeaderSize && (offset-FileHeaderSize)%ChunkSize == 0:
		return int32((offset - FileHeaderSize) / ChunkSize)
	case offset%SectorSize != 0:
		return int32(numberOdd - offset)
	}
	return int32(-2 - offset/SectorSize)
}

// FirstSlot returns where the slots of a file begin, and whether the file is a log at all. Slots begin after the
// file header. If the header is gone, and no chunk stands where the first should, the first sound chunk among the
// first look bytes sets the grid. If there is no such chunk and records is set, a whole record among these bytes
// makes the file a log: its slots begin where the record says that its chunk began, or else at the start of the
// file.
func FirstSlot(r io.ReaderAt, look int64, records bool) (offset int64, found bool, err error) {
	var head [FileHeaderSize + 8]byte
	n, err := r.ReadAt(head[:], 0)
	if Sniff(head[:n]) { // whatever the first chunk is, and whether or not it can be read
		return FileHeaderSize, true, nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, false, err
	}
	if n == len(head) && string(head[FileHeaderSize:]) == chunkMagic {
		return FileHeaderSize, true, nil
	}
	const step = 1 << 20
	buf := make([]byte, min(look, step)+ChunkSize) // a record that begins among the first step bytes is whole
	for at := int64(0); at < look; at += step {
		n, err := r.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, false, err
		}
		if k := soundChunk(buf[:n], at, 0); k >= 0 && at+int64(k) < look {
			offset, err = slotsBefore(r, at+int64(k))
			return offset, err == nil, err
		}
		if pos := wholeRecord(buf[:n]); records && !found && pos >= 0 && at+int64(pos) < look {
			found = true
			if base, told := ownChunk(buf[:n], pos); told && at+int64(base) >= 0 && (at+int64(base))%SectorSize == 0 {
				offset = (at + int64(base)) % ChunkSize
			}
		}
		if n < len(buf) {
			break
		}
	}
	return offset, found, nil
}

// slotsBefore returns where the slots begin in a file without a header whose first sound chunk is at the given
// offset: on the grid of that chunk or, if whole records come before the grid begins and no chunk would lose its
// place, at the start of the file.
func slotsBefore(r io.ReaderAt, chunk int64) (int64, error) {
	first := chunk % ChunkSize
	buf := make([]byte, first)
	if n, err := r.ReadAt(buf, 0); n < len(buf) {
		return 0, err
	}
	if wholeRecord(buf) < 0 {
		return first, nil
	}
	var magic [len(chunkMagic)]byte
	for at := first; at < chunk; at += ChunkSize {
		if n, err := r.ReadAt(magic[:], at); n < len(magic) {
			return 0, err
		}
		if string(magic[:]) == chunkMagic {
			return first, nil
		}
	}
	return 0, nil
}

// wholeRecord returns where the first whole record in data begins, -1 if there is none.
func wholeRecord(data []byte) int {
	for pos := 0; ; pos++ {
		i := bytes.Index(data[pos:], []byte(recordMagic))
		if i < 0 {
			return -1
		}
		pos += i
		if _, ok := completeRecord(data[pos:]); ok {
			return pos
		}
	}
}

// soundChunk returns where the first chunk with a sound header begins in data at or after from, -1 if there is
// none. data is at that offset of a file, and only chunks that begin where a slot can begin count.
func soundChunk(data []byte, offset int64, from int) int {
	for from < len(data) {
		i := bytes.Index(data[from:], []byte(chunkMagic))
		if i < 0 {
			return -1
		}
		from += i
		if slotAt(offset+int64(from)) && len(data)-from >= chunkHeaderSize &&
			chunkHeaderCRC(data[from:]) == binary.LittleEndian.Uint32(data[from+124:]) {
			return from
		}
		from++
	}
	return -1
}

// SlotReader cuts a file that is read from front to back into slots. A slot is ChunkSize bytes, or whatever is left
// at the end of the file, and the next begins right after it. If the next one is not a chunk and a chunk with a
// sound header stands within the slot, the next begins there instead. So a lost or added sector affects the chunk
// that it is in, and not all that follow.
type SlotReader struct {
	r       io.Reader
	pending []byte // what was read of the next slot
	next    int64  // where it begins
	err     error  // a read error, or io.EOF
}

// SlotBuffer has room for a slot and for the start of the next one, which tells where that begins.
type SlotBuffer [ChunkSize + SectorSize]byte

// NewSlotReader returns a reader of the slots from the offset first on. r is at the beginning of the file.
func NewSlotReader(r io.Reader, first int64) *SlotReader {
	s := newSlotReader(r, first)
	_, s.err = io.CopyN(io.Discard, r, first)
	return s
}

// newSlotReader returns a reader of the slots from the offset next on, which is where r stands.
func newSlotReader(r io.Reader, next int64) *SlotReader { return &SlotReader{r: r, next: next} }

// Next reads the next slot into buf and returns its length and its place; the length is 0 at the end of the file. A
// read error is returned together with what could be read before it.
func (s *SlotReader) Next(buf *SlotBuffer) (n int, at Ref, err error) {
	at = Ref{Chunk: SlotNumber(s.next), Offset: s.next}
	all := copy(buf[:], s.pending)
	if s.err == nil {
		var more int
		more, s.err = io.ReadFull(s.r, buf[all:])
		all += more
	}
	if n = min(all, ChunkSize); n < ChunkSize && s.err != nil && !errors.Is(s.err, io.EOF) &&
		!errors.Is(s.err, io.ErrUnexpectedEOF) {
		err = s.err
	}
	if n == 0 {
		return 0, at, err
	}
	var behind []byte
	if n == ChunkSize {
		behind = buf[ChunkSize:min(all, ChunkSize+chunkHeaderSize)]
	}
	size := slotSize(buf[:n], behind, s.next)
	s.pending = append(s.pending[:0], buf[size:all]...)
	s.next += int64(size)
	return n, at, err
}

// slotSize returns how many bytes the slot in data has before the next one begins. offset is where it is in the
// file; behind holds the first bytes after it.
func slotSize(data, behind []byte, offset int64) int {
	chunk := bytes.HasPrefix(data, []byte(chunkMagic))
	next := behind[:min(len(chunkMagic), len(behind))]
	if string(next) == chunkMagic || chunk && (len(next) == 0 || allZero(next)) {
		return endOf(data, offset) // a chunk header within a chunk is part of its content
	}
	from := 1
	if chunk {
		from = chunkHeaderSize
	}
	if k := soundChunk(data, offset, from); k > 0 {
		return k
	}
	if len(behind) == chunkHeaderSize { // a header can begin in data and end after it
		at := max(len(data)-chunkHeaderSize+1, from)
		tail := append(bytes.Clone(data[min(at, len(data)):]), behind...)
		if k := soundChunk(tail, offset+int64(at), 0); k >= 0 && at+k < len(data) {
			return at + k
		}
	}
	return endOf(data, offset)
}

// endOf returns where the slot in data ends if no other begins inside it: at the end of data or, if no slot could
// begin there, at the last sector boundary.
func endOf(data []byte, offset int64) int {
	if end := offset + int64(len(data)); len(data) == ChunkSize && !slotAt(end) {
		return len(data) - int(end%SectorSize)
	}
	return len(data)
}
