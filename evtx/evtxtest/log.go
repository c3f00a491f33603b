package evtxtest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"
)

// A Log collects records and lays them out as one EVTX file.
type Log struct {
	// Flags of the file header: FlagDirty and so on.
	Flags uint32

	open   *area
	slack  []byte // earlier content of the next finished chunk
	chunks [][]byte
	placed []Placed
	next   uint64
	header uint64 // next record id of the file header, which counts record headers
	forms  forms
	err    error
}

// The flags of the file header and of chunk headers.
const (
	FlagDirty = 1 // the log was not closed
	FlagFull  = 2 // the log reached its largest size
	FlagNoCRC = 4 // checksums are not kept
)

// Placed says where a record was put.
type Placed struct {
	Chunk    int
	Offset   int64 // of the record's magic, from the start of the file
	Size     int
	HeaderID uint64
	RecordID uint64
}

// Add appends an event. If it does not fit the rest of the chunk, it starts the next one; an
// event larger than a chunk fails the log.
func (l *Log) Add(events ...Event) {
	if l.forms.known == nil {
		l.forms = newForms()
	}
	for _, e := range events {
		if e.RecordID == 0 {
			e.RecordID = max(l.next, 1)
		}
		if e.HeaderID == 0 {
			e.HeaderID = e.RecordID
		}
		if e.Written.IsZero() {
			e.Written = e.Time
		}
		l.put(e.HeaderID, e.RecordID, e.Written, e.body(l.forms))
	}
}

// AddBody appends a record with that content, whatever it is.
func (l *Log) AddBody(id uint64, written time.Time, body Body) { l.put(id, id, written, body) }

func (l *Log) put(headerID, recordID uint64, written time.Time, body Body) {
	if l.err != nil {
		return
	}
	if l.open == nil {
		l.open = newArea()
	}
	if !l.open.add(headerID, written, body) {
		if l.open.records > 0 {
			l.Break()
		}
		l.open = newArea()
		if !l.open.add(headerID, written, body) {
			l.err = fmt.Errorf("evtxtest: record %d does not fit a chunk", recordID)
			return
		}
	}
	at := int64(l.open.lastAt)
	l.placed = append(l.placed, Placed{
		Chunk:    len(l.chunks),
		Offset:   fileHeaderSize + int64(len(l.chunks))*chunkSize + at,
		Size:     l.open.pos() - int(at),
		HeaderID: headerID,
		RecordID: recordID,
	})
	l.next = max(headerID, recordID) + 1
	l.header = max(l.header, headerID+1)
}

// Break ends the current chunk; the next record starts a new one.
func (l *Log) Break() {
	if l.open != nil && l.open.records > 0 {
		l.chunks = append(l.chunks, l.open.chunk(0, l.slack))
	}
	l.open, l.slack = nil, nil
}

// AddChunk appends a chunk made elsewhere, as it is.
func (l *Log) AddChunk(c []byte) {
	l.Break()
	l.chunks = append(l.chunks, c)
}

// Placed returns where the records are, in the order in which they were added.
func (l *Log) Placed() []Placed { return l.placed }

// Bytes returns the file.
func (l *Log) Bytes() ([]byte, error) {
	if l.err != nil {
		return nil, l.err
	}
	l.Break()
	if len(l.chunks) > 0xffff {
		return nil, errors.New("evtxtest: more chunks than the file header can count")
	}
	out := make([]byte, 0, fileHeaderSize+len(l.chunks)*chunkSize)
	out = append(out, FileHeader(len(l.chunks), max(l.header, 1), l.Flags)...)
	for _, c := range l.chunks {
		out = append(out, c...)
	}
	return out, nil
}

// File returns the log that holds these events. It panics when one of them is
// larger than a chunk, which is a mistake in the test.
func File(events ...Event) []byte {
	var l Log
	l.Add(events...)
	b, err := l.Bytes()
	if err != nil {
		panic(err)
	}
	return b
}

// FileHeader returns the 4096 bytes before the first chunk, with the right checksum.
// Source: libevtx, "File header".
func FileHeader(chunks int, nextRecordID uint64, flags uint32) []byte {
	h := make([]byte, fileHeaderSize)
	le := binary.LittleEndian
	copy(h, "ElfFile\x00")
	le.PutUint64(h[16:], uint64(max(chunks-1, 0)))
	le.PutUint64(h[24:], nextRecordID)
	le.PutUint32(h[32:], 128)
	le.PutUint16(h[36:], 1)
	le.PutUint16(h[38:], 3)
	le.PutUint16(h[40:], fileHeaderSize)
	le.PutUint16(h[42:], uint16(chunks))
	le.PutUint32(h[120:], flags)
	FixHeaderCRC(h)
	return h
}

// FixHeaderCRC corrects the checksum of a file header.
func FixHeaderCRC(h []byte) {
	binary.LittleEndian.PutUint32(h[124:], crc32.ChecksumIEEE(h[:120]))
}
