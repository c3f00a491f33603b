package evtx

import (
	"bytes"
	"encoding/binary"
	"slices"

	"hunt/evtx/binxml"
)

// CarveStats counts the complete older records that carving found: those with a valid header, size,
// size copy and time.
type CarveStats struct {
	Full      int // decoded with the template in its place
	Borrowed  int // decoded with a template of the same id from elsewhere
	Partial   int // System decoded, payload not
	Lost      int // no template found, or values overwritten
	Duplicate int // decoded, but equal to a live record or to one carved before
}

// Found returns the number of complete records found.
func (s CarveStats) Found() int { return s.Full + s.Borrowed + s.Partial + s.Lost + s.Duplicate }

func (s *CarveStats) Add(o CarveStats) {
	s.Full += o.Full
	s.Borrowed += o.Borrowed
	s.Partial += o.Partial
	s.Lost += o.Lost
	s.Duplicate += o.Duplicate
}

// carve yields the older records in what the live walk left over: the gaps in it, and everything
// between its end and the end of the slot.
func (d *Decoder) carve(from binxml.Lender, yield func(*Record) bool) {
	d.parser.Strict, d.parser.Borrow = true, from
	d.damage = nil // slack may be broken: that is not damage
	end := len(d.data)
	if k := d.soundChunk(min(SectorSize, end)); k >= d.pos {
		end = k // another chunk begins here and has a slot of its own
	}
	if n := len(d.gaps); n > 0 && d.gaps[n-1].to >= d.pos {
		d.gaps[n-1].to = end // a record may begin in the gap and end after it
	} else {
		d.gaps = append(d.gaps, span{d.pos, end})
	}
	if !bytes.HasPrefix(d.data, []byte(chunkMagic)) { // there is no header where the live walk leaves room for one
		if first := &d.gaps[0]; first.from <= chunkHeaderSize {
			first.from = 0
		} else {
			d.gaps = slices.Insert(d.gaps, 0, span{0, min(chunkHeaderSize, end)})
		}
	}
	for _, g := range d.gaps {
		d.pos, d.end = g.from, g.to
		for more := true; more; {
			var r *Record
			if r, more = d.guard((*Decoder).nextCarved); r != nil && !yield(r) {
				return
			}
		}
	}
}

// definitionStart is how the tokens of every definition begin: a fragment header of version 1.1,
// followed by an element.
var definitionStart = []byte{0x0f, 0x01, 0x01, 0x00}

// Learn searches a slot, slack included, for whole template definitions and keeps them in Stock, to
// be lent to records whose own is gone. It searches without decoding records. If Stock is nil, it
// makes one.
func (d *Decoder) Learn(data []byte) {
	if d.Stock == nil {
		d.Stock = &Stock{}
	}
	d.begin(data, Ref{}, nil)
	defer d.finish()
	learn(d.parser, d.data, 0)
	for pos := 0; ; pos++ {
		i := bytes.Index(d.data[pos:], []byte(recordMagic))
		if i < 0 {
			return
		}
		pos += i
		size, ok := completeRecord(d.data[pos:])
		if !ok {
			continue
		}
		if base, told := ownChunk(d.data, pos); told && base != 0 && d.strayTo(base, pos+size) {
			d.stray.parser.Stock = d.parser.Stock
			learn(d.stray.parser, d.stray.data[:pos+size-base], pos-base)
		}
		pos += size - 1
	}
}

// learn makes a parser keep the whole definitions in data, from the offset from on. data begins
// where its chunk does.
func learn(p *binxml.Parser, data []byte, from int) {
	for pos := from; ; pos++ {
		i := bytes.Index(data[pos:], definitionStart)
		if i < 0 {
			return
		}
		pos += i
		if next := pos + len(definitionStart); next < len(data) && data[next]&^0x40 == 0x01 {
			p.Learn(pos)
		}
	}
}

// nextCarved takes one step through the slack.
func (d *Decoder) nextCarved() (r *Record, more bool) {
	if d.pos >= d.end {
		return nil, false
	}
	i := bytes.Index(d.data[d.pos:d.end], []byte(recordMagic))
	if i < 0 {
		return nil, false
	}
	pos := d.pos + i
	size, ok := completeRecord(d.data[pos:d.end])
	if !ok {
		d.pos = pos + 1
		return nil, true
	}
	d.pos = pos + size
	return d.decodeCarved(pos, size), true
}

// decodeCarved decodes a complete record and counts the outcome.
func (d *Decoder) decodeCarved(pos, size int) *Record {
	partial := d.Partial
	d.Partial = true
	r := d.decodeStray(pos, size)
	if r == nil {
		r = d.decode(pos, pos+size-4, pos+size)
	}
	d.Partial = partial
	switch {
	case r == nil:
		d.Stats.Lost++
		return nil
	case r.Partial:
		d.Stats.Partial++
		if !d.Partial {
			return nil
		}
	case r.Borrowed:
		d.Stats.Borrowed++
	default:
		d.Stats.Full++
	}
	r.Ref.Carved = true
	return r
}

// completeRecord reports whether b begins with a whole record: magic, size, the same size at its
// end, a plausible time and a number.
func completeRecord(b []byte) (size int, ok bool) {
	if len(b) < minRecordSize || string(b[:4]) != recordMagic {
		return 0, false
	}
	size = int(binary.LittleEndian.Uint32(b[4:]))
	if size < minRecordSize || size > ChunkSize-chunkHeaderSize || size > len(b) {
		return 0, false
	}
	return size, int(binary.LittleEndian.Uint32(b[size-4:])) == size &&
		binary.LittleEndian.Uint64(b[8:]) != 0 && plausibleTime(binary.LittleEndian.Uint64(b[16:]))
}

// MoveToDuplicate counts a record that was already counted as decoded as a duplicate instead.
func (s *CarveStats) MoveToDuplicate(r *Record) {
	switch {
	case r.Partial:
		s.Partial--
	case r.Borrowed:
		s.Borrowed--
	default:
		s.Full--
	}
	s.Duplicate++
}
