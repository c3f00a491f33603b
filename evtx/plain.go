package evtx

import (
	"encoding/binary"

	"hunt/evtx/binxml"
)

// Plain walks through the live records of a slot without decoding them. If the chunk is sound and all
// of them are as the event log service writes them (see binxml.Parser.Plain), ok is true: Records
// yields that many records, and reports no damage. A false may be wrong, so that the caller decodes
// the slot.
func (d *Decoder) Plain(data []byte, at Ref) (records int, ok bool) {
	sound := true
	d.begin(data, at, func(Damage) { sound = false })
	defer d.finish()
	if len(data) < ChunkSize || string(data[:8]) != chunkMagic || !d.openChunk() || !sound {
		return 0, false
	}
	data = d.data
	pos, end := d.pos, d.end
	var last uint64
	for ; pos < end; records++ {
		if end-pos < minRecordSize || string(data[pos:pos+4]) != recordMagic {
			return 0, false
		}
		size := int(binary.LittleEndian.Uint32(data[pos+4:]))
		if size < minRecordSize || size > end-pos || int(binary.LittleEndian.Uint32(data[pos+size-4:])) != size {
			return 0, false
		}
		last = binary.LittleEndian.Uint64(data[pos+8:])
		if !d.parser.Plain(pos+recordHeaderSize, pos+size-4) {
			return 0, false
		}
		pos += size
	}
	if _, more := completeRecord(data[pos:]); more && binary.LittleEndian.Uint64(data[pos+8:]) == last+1 {
		return 0, false // it may be a live one that the header does not count
	}
	return records, true
}

// Kinds are kinds of values that are not in a log as the text that is shown of them.
type Kinds = binxml.Kinds

// AppendComputed appends, with a line end behind each, the texts of all values of these kinds.
func (r *Record) AppendComputed(dst []byte, kinds Kinds) []byte {
	return r.doc.AppendComputed(dst, kinds)
}

// AppendLiterals appends, with a line end behind each, the names and the literal texts that the
// record's definitions have. They are the same for all records of a Template.
func (r *Record) AppendLiterals(dst []byte) []byte { return r.doc.AppendLiterals(dst) }

// Pieced reports whether a text of the record is put together of several pieces, so that it stands
// nowhere as one. It is the same for all records of a Template.
func (r *Record) Pieced() bool { return r.doc.Pieced() }

// Arrays reports whether some value is an array, which repeats its element.
func (r *Record) Arrays() bool { return r.doc.Arrays() }

// Namesakes reports whether the definitions have siblings of one name, which JSON tells apart by _1,
// _2 and so on. It is the same for all records of a Template. Arrays repeat elements beside that.
func (r *Record) Namesakes() bool { return r.doc.Namesakes() }
