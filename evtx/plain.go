package evtx

import (
	"encoding/binary"

	"hunt/evtx/binxml"
)

// Plain walks through the live records of a slot without decoding them. If ok is true, the chunk is
// sound and all its records are as the event log service writes them (see binxml.Parser.Plain):
// Records yields that many records and reports no damage. If ok is false, that may still be so, and
// the caller must decode the slot to find out.
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

// Kinds is a set of kinds of values whose text, as shown, does not stand in the log.
type Kinds = binxml.Kinds

// AppendComputed appends the texts of all values of these kinds, each followed by a newline.
func (r *Record) AppendComputed(dst []byte, kinds Kinds) []byte {
	return r.doc.AppendComputed(dst, kinds)
}

// AppendLiterals appends the names and the literal texts in the record's definitions, each followed
// by a newline. They are the same for all records of a Template.
func (r *Record) AppendLiterals(dst []byte) []byte { return r.doc.AppendLiterals(dst) }

// Pieced reports whether some text of the record is composed of several pieces, so that the log does
// not hold it in one piece. The answer is the same for all records of a Template.
func (r *Record) Pieced() bool { return r.doc.Pieced() }

// Repetitions returns how often an element that an array repeats stands in the record at most, 0 if no
// value is an array. The answer is an upper bound: siblings of the same name have no higher number.
func (r *Record) Repetitions() int { return r.doc.Repetitions() }

// Namesakes reports whether the definitions have siblings of the same name, which JSON tells apart by
// _1, _2 and so on. The answer is the same for all records of a Template. Elements that an array
// repeats do not count.
func (r *Record) Namesakes() bool { return r.doc.Namesakes() }
