package evtx

import (
	"encoding/binary"

	"hunt/evtx/binxml"
)

// The service writes records first and the header of their chunk now and then: a copy that was
// taken in between, or a machine that lost its power, has a sound header that is older than the
// last records. Those are told from what an earlier use of the chunk left behind by what they say
// of themselves: they begin where the header's end is, each has the number after the one before and
// was not written earlier. An older record there has a lower number or, in a log whose numbers
// began anew, an earlier time.

// nextContinued takes one step through the records that run on behind the end that a sound chunk
// header gives. They are decoded as strictly as carved ones, with definitions that stand in the
// chunk where they say, so that one chunk is enough to read them again. What cannot be decoded so
// is left for carving, and what runs on behind it is still looked at.
func (d *Decoder) nextContinued() (r *Record, more bool) {
	pos := d.pos
	if !d.ends || d.first || pos < d.sure {
		return nil, false
	}
	size, ok := completeRecord(d.data[pos:])
	if !ok || binary.LittleEndian.Uint64(d.data[pos+8:]) != d.lastID+1 || binary.LittleEndian.Uint64(d.data[pos+16:]) < d.lastAt {
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
	defer func() { d.damage, d.Partial, d.parser.Strict = damage, partial, false }() // after a panic, too, which is damage
	d.damage, d.Partial, d.parser.Strict, d.parser.Borrow = nil, false, true, binxml.LendNone
	return d.decode(pos, pos+size-4, pos+size)
}

// staleHeader reports, at the end of the records that run on, that there were some.
func (d *Decoder) staleHeader() {
	if d.behind > 0 {
		d.report(DamageStaleHeader, d.sure, d.pos-d.sure, "the chunk header ends the records at 0x%x; %d more run on behind it up to 0x%x, by their numbers and times the newest of the chunk",
			d.sure, d.behind, d.pos)
		d.behind = 0
	}
}
