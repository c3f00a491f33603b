package evtx

import (
	"bytes"
	"encoding/binary"

	"hunt/evtx/binxml"
)

// The rest of a chunk whose header or whole first part is gone does not begin where a slot begins. A
// record that carries its own definition gives the definition's offset in the chunk, and so tells where
// its chunk began; the records after it are tried with the same start. Only definitions in the slot's
// own bytes are used, so that a slot is always decoded in the same way.

// strayed is a slot seen as part of a chunk that began elsewhere.
type strayed struct {
	parser *binxml.Parser
	base   int    // where that chunk begins, by the slot's offsets; 0 if none is known
	data   []byte // from there to the end of the slot, or of the chunk
	buf    []byte // the buffer of data if the chunk began before the slot; zeros stand for the missing part
}

// reset drops that chunk and gives the parser the budget of a new slot.
func (s *strayed) reset(data []byte) {
	if s != nil {
		s.base, s.data = 0, nil
		s.parser.Reset(data)
	}
}

// ownChunk works out where the chunk of the record at data[pos:] began, if the body carries its own
// definition: the template instance gives the definition's offset in the chunk, and here is where it
// stands. base may lie before data.
func ownChunk(data []byte, pos int) (base int, ok bool) {
	const toID, toDef, toGUID = recordHeaderSize + 6, recordHeaderSize + 10, recordHeaderSize + 14 + 4
	b := data[pos:]
	if len(b) < toGUID+4 || b[recordHeaderSize] != 0x0f || b[recordHeaderSize+4]&^0x40 != 0x0c {
		return 0, false
	}
	if !bytes.Equal(b[toID:toID+4], b[toGUID:toGUID+4]) {
		return 0, false
	}
	def := binary.LittleEndian.Uint32(b[toDef:])
	base = pos + recordHeaderSize + 14 - int(def)
	return base, def < ChunkSize && base+chunkHeaderSize <= pos
}

// strayTo treats the slot as part of a chunk that began at base. It returns false if what ends at end
// cannot be in that chunk.
func (d *Decoder) strayTo(base, end int) bool {
	if end-base > ChunkSize {
		return false
	}
	s := d.stray
	if s == nil {
		s = &strayed{parser: binxml.NewParser(d.Cache.templates)}
		s.parser.Strict = true
		s.parser.Reset(nil)
		d.stray = s
	}
	if s.base == base {
		return true
	}
	s.base = base
	if base > 0 {
		s.data = d.data[base:]
	} else {
		if s.buf == nil {
			s.buf = make([]byte, ChunkSize)
		}
		clear(s.buf[:-base])
		s.data = s.buf[:-base+copy(s.buf[-base:], d.data)]
	}
	s.parser.Move(s.data)
	return true
}

// decodeStray decodes a complete record with the definitions of the chunk that it, or a record
// before it, says it belongs to. It returns nil if that chunk is the slot, or if not all the
// definitions are there.
func (d *Decoder) decodeStray(pos, size int) *Record {
	base, told := ownChunk(d.data, pos)
	switch {
	case told && base == 0:
		d.stray.leave()
		return nil
	case !told && d.stray != nil:
		base = d.stray.base
	}
	if base == 0 || pos < base+chunkHeaderSize || !d.strayTo(base, pos+size) {
		return nil
	}
	data, at, parser := d.data, d.at, d.parser
	d.data, d.parser = d.stray.data, d.stray.parser
	d.at.Offset += int64(base)
	defer func() { d.data, d.at, d.parser = data, at, parser }()
	pos -= base
	if r := d.decode(pos, pos+size-4, pos+size); r != nil && !r.Partial {
		r.Strayed = true
		return r
	}
	return nil
}

// leave makes the following records part of the slot's own chunk again.
func (s *strayed) leave() {
	if s != nil {
		s.base, s.data = 0, nil
	}
}
