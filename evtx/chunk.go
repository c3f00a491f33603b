package evtx

import (
	"io"
	"iter"
)

// SKETCH of the API that other packages code against (bodies to be written).

const (
	// FileHeaderSize is the size of the block before the first chunk.
	FileHeaderSize = 4096
	// ChunkSize is the size of a slot.
	ChunkSize = 65536
)

// FileHeader is what the file header claims; hunt compares it and obeys none of it.
type FileHeader struct {
	FirstChunk, LastChunk uint64
	NextRecordID          uint64
	Major, Minor          uint16
	Chunks                uint16
	Flags                 uint32 // 1 dirty, 2 full, 4 no CRC32
	CRC                   uint32
}

// Sniff reports whether b (8 bytes or more) starts as an EVTX file does: "ElfFile\0".
func Sniff(b []byte) bool { return len(b) >= 8 && string(b[:8]) == "ElfFile\x00" }

// ParseFileHeader reads the first 4096 bytes of a file, of which the last may be missing, and
// compares them with the file's size (-1: unknown).
func ParseFileHeader(b []byte, size int64) (FileHeader, []Damage) { panic("sketch") }

// Decoder decodes chunks. It belongs to one goroutine and reuses its buffers; Cache may
// be shared by all of a run's decoders.
type Decoder struct {
	Cache *Cache // nil: a private one
	Carve bool   // also look behind the live records
	NoCRC bool   // the file's no-CRC flag: do not check, do not report
}

// Cache holds compiled templates by content and interned strings. Safe for concurrent use.
type Cache struct{}

// Records decodes one slot: data is up to ChunkSize bytes (a short last slot is
// read as far as it goes), at is its place in the evidence (File, Chunk, Offset of the
// slot). It yields live records in the order of the chunk, then carved ones if asked for;
// damage goes to report, in order. The record is valid until the next turn of the loop.
func (d *Decoder) Records(data []byte, at Ref, damage func(Damage)) iter.Seq[*Record] {
	panic("sketch")
}

// File reads one file for the callers that want one (dump, verify, tests); the
// main job feeds chunks to workers itself (timeline.Scan).
type File struct {
	Header FileHeader
}

// Open opens a file by name.
func Open(name string) (*File, error) { panic("sketch") }

// NewFile reads from r, which holds size bytes.
func NewFile(r io.ReaderAt, size int64, index int32) (*File, error) { panic("sketch") }

// Records decodes the whole file in order on this goroutine.
func (f *File) Records(d *Decoder, damage func(Damage)) iter.Seq[*Record] { panic("sketch") }

// RecordAt re-reads the one record that starts at ref.Offset: for verify, and for the context
// around a finding.
func (f *File) RecordAt(d *Decoder, ref Ref) (*Record, error) { panic("sketch") }

// Close closes the file if Open opened it.
func (f *File) Close() error { panic("sketch") }
