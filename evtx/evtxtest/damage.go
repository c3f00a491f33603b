package evtxtest

import "encoding/binary"

// The functions below damage a finished file in place, each in one way that real evidence
// shows. They keep all other checksums valid, so that a test sees one kind of damage at a time.

// Chunk returns the slot with that index, as much of it as the file holds.
func Chunk(file []byte, index int) []byte {
	from := min(fileHeaderSize+index*chunkSize, len(file))
	return file[from:min(from+chunkSize, len(file))]
}

// Dirty marks the file as one whose service never closed it: the dirty flag set,
// chunk count and next record id as they were some time before.
func Dirty(file []byte, chunks int, nextRecordID uint64) {
	le := binary.LittleEndian
	le.PutUint64(file[16:], uint64(max(chunks-1, 0)))
	le.PutUint64(file[24:], nextRecordID)
	le.PutUint16(file[42:], uint16(chunks))
	le.PutUint32(file[120:], le.Uint32(file[120:])|FlagDirty)
	FixHeaderCRC(file)
}

// BreakRecordsCRC makes the checksum of a chunk's records wrong; the chunk's header and every
// record stay valid.
func BreakRecordsCRC(file []byte, chunk int) {
	c := Chunk(file, chunk)
	c[52] ^= 0xff
	fixChunkHeaderCRC(c)
}

// BreakChunkHeaderCRC makes the checksum of a chunk's header wrong.
func BreakChunkHeaderCRC(file []byte, chunk int) { Chunk(file, chunk)[124] ^= 0xff }

// Tear zeroes a record's body as a crash between two writes leaves it: the
// record header is there, the rest is not.
func Tear(file []byte, p Placed) {
	clear(file[p.Offset+recordHeader : p.Offset+int64(p.Size)])
	FixChunkCRC(Chunk(file, p.Chunk))
}

// ZeroSlot zeroes a whole chunk: preallocated and never written.
func ZeroSlot(file []byte, chunk int) { clear(Chunk(file, chunk)) }

// StaleChunkHeader makes a chunk's header say that last is its last record and that free space
// starts after it, as in a chunk that was copied before its header was written again. The
// records after it are whole.
func StaleChunkHeader(file []byte, last Placed) {
	c := Chunk(file, last.Chunk)
	le := binary.LittleEndian
	at := uint32(last.Offset - int64(fileHeaderSize+last.Chunk*chunkSize))
	le.PutUint64(c[16:], last.HeaderID)
	le.PutUint64(c[32:], last.HeaderID)
	le.PutUint32(c[44:], at)
	le.PutUint32(c[48:], at+uint32(last.Size))
	FixChunkCRC(c)
}

// AddGarbage puts bytes between the records, where a record should start.
// It must follow an Add to the same chunk.
func (l *Log) AddGarbage(b []byte) {
	if l.open != nil && l.open.pos()+len(b) <= chunkSize {
		l.open.buf = append(l.open.buf, b...)
	}
}

// Reuse gives the chunk that is being written earlier content: previous is visible after the
// free-space offset.
func (l *Log) Reuse(previous []byte) { l.slack = previous }
