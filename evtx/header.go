package evtx

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

const (
	// FileHeaderSize is the size of the block before the first chunk.
	FileHeaderSize = 4096
	// ChunkSize is the size of a chunk, and of the slot that holds it.
	ChunkSize = 65536
)

// Flags of the file header. Source: libevtx, 2 "File header".
const (
	FlagDirty = 1 // the log was not closed
	FlagFull  = 2 // the log reached its maximum size
	FlagNoCRC = 4 // checksums are not kept
)

// FileHeader holds what the file header claims. hunt checks these claims and relies on none of
// them. Source: libevtx, 2 "File header".
type FileHeader struct {
	FirstChunk, LastChunk uint64
	NextRecordID          uint64
	Major, Minor          uint16
	Chunks                uint16
	Flags                 uint32 // 1 dirty, 2 full, 4 no CRC32
	CRC                   uint32
}

// NoCRC reports whether the file says that its checksums are not kept.
func (h *FileHeader) NoCRC() bool { return h.Flags&FlagNoCRC != 0 }

const fileMagic = "ElfFile\x00"

// Sniff reports whether b (8 bytes or more) starts as an EVTX file does: "ElfFile\0".
func Sniff(b []byte) bool { return len(b) >= 8 && string(b[:8]) == fileMagic }

// ParseFileHeader reads the header from the first 4096 bytes of a file, or from as many as there
// are, and compares it with the size of the file (-1 if unknown). Ref.File of the damage is not
// set.
func ParseFileHeader(b []byte, size int64) (FileHeader, []Damage) {
	var h FileHeader
	var out []Damage
	report := func(kind DamageKind, format string, args ...any) {
		out = append(out, Damage{Ref: Ref{Chunk: -1}, Kind: kind, Detail: fmt.Sprintf(format, args...)})
	}
	if len(b) < 128 {
		report(DamageTruncated, "file ends after %d of the %d bytes of its header", len(b), FileHeaderSize)
		return h, out
	}
	if !Sniff(b) {
		report(DamageNoHead, "the file does not begin with a header (%q, want %q); "+
			"chunks are read where they stand; what came before the first one is unknown, and "+
			"'hunt dump --carve-raw' finds single records in it", b[:8], fileMagic)
		return h, out
	}
	h = FileHeader{
		FirstChunk:   binary.LittleEndian.Uint64(b[8:]),
		LastChunk:    binary.LittleEndian.Uint64(b[16:]),
		NextRecordID: binary.LittleEndian.Uint64(b[24:]),
		Minor:        binary.LittleEndian.Uint16(b[36:]),
		Major:        binary.LittleEndian.Uint16(b[38:]),
		Chunks:       binary.LittleEndian.Uint16(b[42:]),
		Flags:        binary.LittleEndian.Uint32(b[120:]),
		CRC:          binary.LittleEndian.Uint32(b[124:]),
	}
	if h.Major != 3 {
		report(DamageFileHeader, "format version %d.%d, hunt knows 3.x", h.Major, h.Minor)
	}
	if got := crc32.ChecksumIEEE(b[:120]); !h.NoCRC() && got != h.CRC {
		report(DamageFileHeader, "file header CRC %08x, computed %08x", h.CRC, got)
	}
	if h.Flags&FlagDirty != 0 {
		report(DamageDirty, "dirty flag set: the log was not closed, its header may be out of date")
	}
	if size >= 0 && size <= FileHeaderSize && h.Chunks == 0 {
		out = append(out, Damage{Ref: Ref{Chunk: -1, Offset: size}, Kind: DamageTruncated, Size: ChunkSize,
			Detail: fmt.Sprintf("file ends after %d bytes, before its first chunk", size)})
	}
	if size >= 0 {
		// A chunk that is cut short is reported where it is read; this check is for chunks that are
		// missing altogether. Copies break off at round sizes, so that only this count shows that
		// such a file is incomplete.
		slots := (max(size-FileHeaderSize, 0) + ChunkSize - 1) / ChunkSize
		if lost := int64(h.Chunks) - slots; lost > 0 {
			out = append(out, Damage{Ref: Ref{Chunk: -1, Offset: size}, Kind: DamageTruncated, Size: lost * ChunkSize,
				Detail: fmt.Sprintf("file ends after %d of the %d chunks that its header counts", slots, h.Chunks)})
		}
		if rest := size - FileHeaderSize; rest > 0 && rest%ChunkSize != 0 {
			report(DamageFileHeader, "file size %d is not a header and whole chunks: %d bytes over", size,
				rest%ChunkSize)
		}
	}
	return h, out
}

// Compare compares the header's claims with what was found: the number of slots that hold a chunk,
// and the highest record id. Logs that were not closed may differ; others should not.
func (h FileHeader) Compare(chunks int, lastRecordID uint64) []Damage {
	var out []Damage
	report := func(format string, args ...any) {
		out = append(out, Damage{Ref: Ref{Chunk: -1}, Kind: DamageFileHeader, Detail: fmt.Sprintf(format, args...)})
	}
	if h.Chunks != uint16(chunks) { // #nosec G115 -- the field wraps in logs of 4 GiB and more
		report("header counts %d chunks, found %d", h.Chunks, chunks)
	}
	if h.NextRecordID != lastRecordID+1 {
		report("header expects record id %d next, the last one found is %d", h.NextRecordID, lastRecordID)
	}
	return out
}

// chunkHeaderSize is the size of a chunk's header with its string and template tables, which the
// first record follows.
const chunkHeaderSize = 512

const (
	chunkMagic  = "ElfChnk\x00"
	recordMagic = "**\x00\x00"

	recordHeaderSize = 24
	// minRecordSize is a header, the smallest possible body, and the size copy.
	minRecordSize = recordHeaderSize + 4 + 4
)

// chunkHeader holds what a chunk's header claims. Source: libevtx, 3 "Chunk".
type chunkHeader struct {
	firstRecord, lastRecord     uint64
	firstRecordID, lastRecordID uint64
	lastOffset, freeOffset      uint32
	dataCRC, headerCRC          uint32
}

func parseChunkHeader(b []byte) chunkHeader {
	return chunkHeader{
		firstRecord:   binary.LittleEndian.Uint64(b[8:]),
		lastRecord:    binary.LittleEndian.Uint64(b[16:]),
		firstRecordID: binary.LittleEndian.Uint64(b[24:]),
		lastRecordID:  binary.LittleEndian.Uint64(b[32:]),
		lastOffset:    binary.LittleEndian.Uint32(b[44:]),
		freeOffset:    binary.LittleEndian.Uint32(b[48:]),
		dataCRC:       binary.LittleEndian.Uint32(b[52:]),
		headerCRC:     binary.LittleEndian.Uint32(b[124:]),
	}
}

// chunkHeaderCRC computes the checksum of a chunk header, which leaves out its own field and the
// flags.
func chunkHeaderCRC(b []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE(b[:120]), crc32.IEEETable, b[128:chunkHeaderSize])
}
