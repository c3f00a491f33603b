package evtx

import (
	"encoding/binary"

	"hunt/evtx/binxml"
)

// The service writes records first and updates their chunk's header only now and then. A copy taken in between, or
// a machine that lost power, leaves a sound header that is older than the last records. These can be told from the
// leftovers of an earlier use of the chunk: they begin where the header says that the records end, each has the
// number after its predecessor's, and none was written earlier than its predecessor. Leftovers have lower numbers
// or, in a log whose numbering began again, earlier times.

// nextContinued takes one step through the records that follow the end that a sound chunk header gives. They are
// decoded as strictly as carved ones, with definitions that are in the chunk itself, so that the chunk alone is
// enough to read them again. What cannot be decoded in this way is left for carving, and the walk continues after
// it.
func (d *Decoder) nextContinued() (r *Record, more bool) {
	pos := d.pos
	if !d.ends || d.first || pos < d.sure {
		return nil, false
	}
	size, ok := completeRecord(d.data[pos:])
	if !ok || binary.LittleEndian.Uint64(d.data[pos+8:]) != d.lastID+1 ||
		binary.LittleEndian.Uint64(d.data[pos+16:]) < d.lastAt {
		d.staleHeader()
		return nil, false
	}
	d.pos += size
	d.lastID++
	d.lastAt = binary.LittleEndian.Uint64(d.data[pos+16:])
	if r = d.decodeContinued(pos, size); r == nil {
		d.gaps = append(d.gaps, span{pos, pos + size})
		return nil, true
	}
	d.behind++
	r.Continued = true
	return r, true
}

func (d *Decoder) decodeContinued(pos, size int) *Record {
	damage, partial := d.damage, d.Partial
	// Deferred so that it also runs after a panic, which is damage.
	defer func() { d.damage, d.Partial, d.parser.Strict = damage, partial, false }()
	d.damage, d.Partial, d.parser.Strict, d.parser.Borrow = nil, false, true, binxml.LendNone
	return d.decode(pos, pos+size-4, pos+size)
}

// staleHeader reports, after the last of the records that follow the header's end, that there were some.
func (d *Decoder) staleHeader() {
	if d.behind > 0 {
		d.report(DamageStaleHeader, d.sure, d.pos-d.sure,
			"the chunk header ends the records at 0x%x, but they go on up to 0x%x; "+
				"by number and time the last %d are the newest of the chunk",
			d.sure, d.pos, d.behind)
		d.behind = 0
	}
}
