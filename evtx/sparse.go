package evtx

import (
	"encoding/binary"
	"slices"
)

// The tables of a chunk's header: where the chains of its names and of its template definitions begin.
const (
	nameTable, nameChains         = 0x80, 64
	templateTable, templateChains = 0x180, 32
	// maxChained bounds the steps through all chains: a forged chunk can lead them in a circle.
	maxChained = 4096
)

// Sparse returns a copy of a whole chunk in which everything is zero but the header, the names, the template
// definitions and the live records that begin at some offsets within it. A Decoder reads these records of
// it as it does of the chunk itself. ok is false if it would not: then only the whole chunk will do.
func (d *Decoder) Sparse(data []byte, at Ref, offsets []uint16) (sparse []byte, ok bool) {
	if len(data) != ChunkSize || string(data[:8]) != chunkMagic {
		return nil, false
	}
	s := sparser{data: data, out: make([]byte, ChunkSize)}
	s.keep(0, chunkHeaderSize)
	s.chains(nameTable, nameChains, func(at int) int { return 8 + 2*int(binary.LittleEndian.Uint16(data[at+6:])) + 2 })
	s.chains(templateTable, templateChains, func(at int) int {
		return 24 + int(binary.LittleEndian.Uint32(data[at+20:]))
	})
	for _, o := range offsets {
		if int(o)+recordHeaderSize > ChunkSize {
			return nil, false
		}
		s.keep(int(o), int(binary.LittleEndian.Uint32(data[o+4:])))
	}
	want := d.hashes(data, at, func(o uint16) bool { return slices.Contains(offsets, o) })
	got := d.hashes(s.out, at, func(uint16) bool { return true })
	return s.out, len(want) == len(offsets) && slices.Equal(want, got)
}

// placed is a record's place and content.
type placed struct {
	offset uint16
	hash   uint64
	size   int
}

// hashes decodes the live records of a chunk and returns those that are wanted.
func (d *Decoder) hashes(data []byte, at Ref, wanted func(uint16) bool) (out []placed) {
	for r := range d.Records(data, at, nil) {
		if o := uint16(r.Ref.Offset - at.Offset); wanted(o) { // #nosec G115 -- within the chunk
			out = append(out, placed{o, r.ContentHash(), len(r.Raw())})
		}
	}
	return out
}

// sparser copies parts of a chunk.
type sparser struct {
	data, out []byte
	steps     int
}

func (s *sparser) keep(at, n int) {
	if at >= 0 && n > 0 && n <= ChunkSize-at {
		copy(s.out[at:at+n], s.data[at:at+n])
	}
}

// chains keeps what hangs on a table of chains; size tells how long what begins somewhere is.
func (s *sparser) chains(table, n int, size func(at int) int) {
	for i := range n {
		at := int(binary.LittleEndian.Uint32(s.data[table+4*i:]))
		for at >= chunkHeaderSize && at <= ChunkSize-32 && s.steps < maxChained {
			s.steps++
			s.keep(at, size(at))
			at = int(binary.LittleEndian.Uint32(s.data[at:]))
		}
	}
}
