package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"runtime/debug"

	"hunt/evtx/binxml"
	"hunt/limit"
)

// Decoder decodes chunks. It belongs to one goroutine and reuses its buffers; all decoders of a run may share one
// Cache. The zero value is ready for use.
type Decoder struct {
	Cache *Cache // nil: a cache of its own
	Stock *Stock // what Learn adds to, and Carved borrows from; nil: carved records borrow from their own chunk alone
	Carve bool   // also search after the live records
	NoCRC bool   // the file's no-CRC flag: neither check nor report checksums
	// Unsummed skips the checksum of the record area, for callers that do not show DamageChunkCRC: no decision
	// depends on it. The header's checksum is always checked, as it tells how far live records go.
	Unsummed bool
	// Partial also yields records whose payload cannot be decoded, marked Partial; their damage is reported all
	// the same. Without it, such a record is reported as damage alone, so that no rule mistakes a lost field for
	// an absent one.
	Partial bool
	// Exact writes unpaired surrogates in JSON as escapes (\ud83d). This keeps exactly what the record holds, but
	// many JSON readers reject it. In names and in the literal text of templates they become U+FFFD all the same.
	Exact bool
	// Stats counts what carving found; it grows until the caller resets it.
	Stats CarveStats
	// Limits counts the bounds that apply in live records; nil counts none.
	Limits *limit.Tally

	parser  *binxml.Parser
	stray   *strayed // made for the first record of another chunk
	rec     Record
	strings interner

	// State of the walk through one slot.
	data   []byte
	at     Ref
	damage func(Damage)
	pos    int
	end    int    // of the live records
	sure   int    // the header vouches for records up to here, only consecutive ids for those after it
	first  bool   // no live record found yet
	lastID uint64 // of the last live record
	lastAt uint64 // when it was written, as its header says
	sound  int    // where the next chunk with a sound header after looked begins, -1 if there is none
	looked int    // from where sound was searched; -1: not searched yet
	ends   bool   // the header of the chunk is sound, so that records that continue after its end make it stale
	behind int    // records of a chunk that continue after the end that its header gives
	minID  uint64 // what the header says about the first and the last record's ids
	maxID  uint64
	effort int    // bytes that Account may still write for this slot
	gaps   []span // parts of the live area to be carved: gaps, and records without a template
}

func (d *Decoder) init() {
	if d.Cache == nil {
		d.Cache = NewCache()
	}
	if d.parser == nil {
		d.parser = binxml.NewParser(d.Cache.templates)
		d.rec.strings = &d.strings
	}
}

// Records decodes one slot: data is up to ChunkSize bytes (a short last slot is read as far as it goes), at is its
// place in the evidence (File, Chunk, Offset of the slot). It yields live records in the order of the chunk and
// then, with Carve, carved ones. These borrow templates from this chunk alone, so that workers may take slots in
// any order; Carved also borrows from Stock. damage is called for each Damage, in order; it may be nil. The record
// is valid until the next turn of the loop, and data is not touched after the loop.
func (d *Decoder) Records(data []byte, at Ref, damage func(Damage)) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		d.begin(data, at, damage)
		defer d.finish()
		if !d.openChunk() {
			return
		}
		for more := true; more; {
			var r *Record
			if r, more = d.guard((*Decoder).nextLive); r != nil && !yield(r) {
				return
			}
		}
		if d.Carve {
			d.carve(binxml.LendChunk, yield)
		}
	}
}

// Carved decodes only what follows the live records of a slot. It borrows templates from Stock, so a run carves in
// a separate pass, after Learn has seen every slot that may lend one. Damage of the live part is not reported
// again.
func (d *Decoder) Carved(data []byte, at Ref) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		d.begin(data, at, nil)
		defer d.finish()
		if !d.openChunk() {
			return
		}
		for more := true; more; { // the end of the live records is where the walk ends
			_, more = d.guard((*Decoder).nextLive)
		}
		d.carve(binxml.LendCase, yield)
	}
}

func (d *Decoder) begin(data []byte, at Ref, damage func(Damage)) {
	d.init()
	d.data = data[:min(len(data), ChunkSize)]
	d.at, d.damage = at, damage
	d.pos, d.end, d.sure = chunkHeaderSize, len(d.data), 0
	d.first, d.lastID, d.lastAt, d.minID, d.maxID = true, 0, 0, 1, 0
	d.looked, d.ends, d.behind = -1, false, 0
	d.gaps, d.effort = d.gaps[:0], maxAccountEffort
	d.rec.doc.Exact = d.Exact
	d.parser.Reset(d.data)
	d.parser.Strict, d.parser.Borrow, d.parser.Stock = false, binxml.LendNone, d.Stock.parserStock()
	d.stray.reset(nil)
}

// span is a part of the slot.
type span struct{ from, to int }

// finish drops the references to the caller's buffer.
func (d *Decoder) finish() {
	d.data, d.damage = nil, nil
	d.parser.Reset(nil)
	d.stray.reset(nil)
}

func (d *Decoder) report(kind DamageKind, pos, size int, format string, args ...any) {
	if d.damage == nil {
		return
	}
	ref := d.at
	ref.Offset += int64(pos)
	if pos+recordHeaderSize <= len(d.data) && string(d.data[pos:pos+4]) == recordMagic {
		ref.HeaderRecordID = binary.LittleEndian.Uint64(d.data[pos+8:])
	}
	d.damage(Damage{Ref: ref, Kind: kind, Size: int64(size), Detail: fmt.Sprintf(format, args...)})
}

// openChunk checks the header of the slot and decides how far live records go. It returns false if the slot holds
// nothing.
func (d *Decoder) openChunk() bool {
	data := d.data
	if allZero(data) {
		d.report(DamageEmptyChunk, 0, len(data), "slot of %d bytes is zero-filled", len(data))
		return false
	}
	if len(data) < ChunkSize {
		d.report(DamageTruncated, 0, ChunkSize-len(data), "file ends after %d of %d bytes of a chunk",
			len(data), ChunkSize)
	}
	if len(data) < chunkHeaderSize {
		return false
	}
	if string(data[:8]) != chunkMagic {
		d.report(DamageChunkHeader, 0, chunkHeaderSize, "chunk magic %q, want %q", data[:8], chunkMagic)
		return true
	}
	h := parseChunkHeader(data)
	got := chunkHeaderCRC(data)
	sound := d.NoCRC || got == h.headerCRC
	if !sound {
		d.report(DamageChunkCRC, 0, chunkHeaderSize, "chunk header CRC %08x, computed %08x", h.headerCRC, got)
	}
	d.minID, d.maxID = min(h.firstRecord, h.firstRecordID), max(h.lastRecord, h.lastRecordID)
	free := int(h.freeOffset)
	if free < chunkHeaderSize || free > ChunkSize {
		d.report(DamageChunkHeader, 0, chunkHeaderSize, "free-space offset 0x%x, want 0x%x to 0x%x", free,
			chunkHeaderSize, ChunkSize)
		return true
	}
	d.sure = min(free, len(data))
	if d.ends = sound; sound {
		d.end = d.sure
	}
	if free <= len(data) && !d.NoCRC && !d.Unsummed {
		if got := crc32.ChecksumIEEE(data[chunkHeaderSize:free]); got != h.dataCRC {
			d.report(DamageChunkCRC, chunkHeaderSize, free-chunkHeaderSize,
				"record area CRC %08x, computed %08x", h.dataCRC, got)
		}
	}
	return true
}

// guard runs one step and turns a panic, which is a bug, into damage. Every step advances d.pos before it decodes,
// so that the walk continues after the record that caused the panic.
func (d *Decoder) guard(step func(*Decoder) (*Record, bool)) (r *Record, more bool) {
	pos := d.pos
	defer func() {
		if p := recover(); p != nil {
			d.report(DamagePanic, pos, 0, "decoder panic: %v\n%s", p, debug.Stack())
			r, more = nil, true
			d.pos = max(d.pos, pos+1)
		}
	}()
	return step(d)
}

// nextLive takes one step through the live records: a record, or damage and nil; more is
// false at their end.
func (d *Decoder) nextLive() (r *Record, more bool) {
	data, pos := d.data, d.pos
	if pos >= d.end {
		return d.nextContinued()
	}
	if d.end-pos < recordHeaderSize || string(data[pos:pos+4]) != recordMagic {
		return nil, d.resync()
	}
	size := int(binary.LittleEndian.Uint32(data[pos+4:]))
	id := binary.LittleEndian.Uint64(data[pos+8:])
	if pos >= d.sure && !d.first && !d.follows(id, 0) {
		return nil, false // an older record, which newer ones have not overwritten yet
	}
	switch {
	case size < minRecordSize || size > ChunkSize-pos:
		return d.misSized(pos, fmt.Sprintf("size %d, want %d to %d", size, minRecordSize, ChunkSize-pos))
	case size > len(data)-pos:
		d.report(DamageTruncated, pos, size, "record %d: the file has %d of %d bytes", id, len(data)-pos, size)
		d.pos = d.end
		return nil, false
	}
	next := pos + size
	if allZero(data[pos+recordHeaderSize : next-4]) {
		d.report(DamageTornRecord, pos, size, "record %d: header without a body", id)
		d.pos, d.lastID, d.first = next, id, false
		return nil, true
	}
	if copySize := int(binary.LittleEndian.Uint32(data[next-4:])); copySize != size {
		// A size copy of zero was never written, so the bytes before it were not either.
		if copySize == 0 || next != d.end && !d.headerAt(next) {
			return d.misSized(pos, fmt.Sprintf("size %d, its copy %d", size, copySize))
		}
		d.report(DamageRecord, pos, size, "record %d: size %d, its copy %d; hunt continues by the first", id, size,
			copySize)
	}
	d.pos, d.lastID, d.first = next, id, false
	d.lastAt = binary.LittleEndian.Uint64(data[pos+16:])
	if r = d.decode(pos, next-4, next); r == nil {
		d.gaps = append(d.gaps, span{pos, next}) // carving may find it a template elsewhere
	}
	return r, true
}

// misSized handles a record that does not fit, or whose size differs from the copy at its end. It
// is decoded if a copy right before the next record vouches for another size, and is damage
// otherwise. Decoding whatever lies up to the next record would invent events: what follows a torn
// page is zeros or records of another time.
func (d *Decoder) misSized(pos int, why string) (*Record, bool) {
	id := binary.LittleEndian.Uint64(d.data[pos+8:])
	if d.follows(id, 0) {
		d.lastID, d.first = id, false
	}
	next := d.nextHeader(pos + minRecordSize)
	to := next
	if next < 0 {
		to = d.end
	}
	if size := to - pos; size >= minRecordSize && int(binary.LittleEndian.Uint32(d.data[to-4:])) == size {
		d.report(DamageRecord, pos, size,
			"%s; decoded as the %d bytes up to chunk offset 0x%x, where the copy of its size is", why, size, to)
		d.pos = to
		return d.decode(pos, to-4, to), true
	}
	kind := DamageRecord
	if size := int(binary.LittleEndian.Uint32(d.data[pos+4:])); size >= minRecordSize &&
		size <= d.end-pos && allZero(d.data[pos+size-4:pos+size]) {
		kind = DamageTornRecord
	}
	d.report(kind, pos, to-pos, "record %d: %s; %s", id, why, d.whereNext(next))
	d.gaps = append(d.gaps, span{pos + recordHeaderSize, to})
	d.pos = to
	return nil, next >= 0
}

// resync continues with the next record of this chunk after the gap that begins at d.pos.
func (d *Decoder) resync() bool {
	if k := d.soundChunk(min(d.pos, len(d.data))); k >= 0 && k < d.end {
		d.end, d.ends = max(k, d.pos), false // bytes are gone, and another chunk begins
	}
	from, next := d.pos, d.nextHeader(d.pos+1)
	to := next
	if next < 0 {
		to = max(min(d.sure, d.end), from)
	}
	if d.damage != nil && (from < d.sure || next >= 0) {
		d.report(DamageGap, from, to-from, "no record where one should begin; %s", d.whereNext(next))
	}
	d.gaps = append(d.gaps, span{from, to})
	d.pos = to
	return next >= 0
}

// soundChunk calls the function of the same name for the slot and keeps its answer, so that a slot with many gaps
// is searched once.
func (d *Decoder) soundChunk(from int) int {
	if d.looked < 0 || from < d.looked || d.sound >= 0 && d.sound < from {
		d.sound, d.looked = soundChunk(d.data, d.at.Offset, from), from
	}
	return d.sound
}

func (d *Decoder) whereNext(next int) string {
	if next < 0 {
		return fmt.Sprintf("no further record of this chunk up to 0x%x", d.end)
	}
	return fmt.Sprintf("next record of this chunk at 0x%x", next)
}

// follows reports whether a record with that id can be the next live one of the chunk, after a gap of that many
// bytes. Ids are consecutive within a chunk; a record after a gap with an id that does not fit is an older one, or
// one of another chunk that a torn write brought in.
func (d *Decoder) follows(id uint64, gap int) bool {
	if d.first {
		return d.minID <= id && id <= d.maxID
	}
	return id > d.lastID && id-d.lastID <= uint64(gap/minRecordSize)+1
}

// nextHeader finds the next header of a record of this chunk in the live area at or after pos, -1 if there is
// none.
func (d *Decoder) nextHeader(pos int) int {
	for from := d.pos; pos < d.end; pos++ {
		i := bytes.Index(d.data[pos:d.end], []byte(recordMagic))
		if i < 0 {
			return -1
		}
		if pos += i; d.headerAt(pos) && d.follows(binary.LittleEndian.Uint64(d.data[pos+8:]), pos-from) {
			return pos
		}
	}
	return -1
}

// headerAt reports whether a plausible record header is at pos.
func (d *Decoder) headerAt(pos int) bool {
	if pos+minRecordSize > len(d.data) || string(d.data[pos:pos+4]) != recordMagic {
		return false
	}
	size := int(binary.LittleEndian.Uint32(d.data[pos+4:]))
	return size >= minRecordSize && size <= len(d.data)-pos &&
		plausibleTime(binary.LittleEndian.Uint64(d.data[pos+16:]))
}

// decode decodes the record data[pos:next], whose body ends at bodyEnd. It returns nil if it cannot.
func (d *Decoder) decode(pos, bodyEnd, next int) *Record {
	r := &d.rec
	if err := d.parser.Parse(&r.doc, pos, pos+recordHeaderSize, bodyEnd, next); err != nil {
		d.report(DamageBinXML, pos, next-pos, "record %d: %v", binary.LittleEndian.Uint64(d.data[pos+8:]), err)
		d.bite(err, pos)
		return nil
	}
	r.Ref = d.at
	r.Ref.Offset += int64(pos)
	r.Ref.HeaderRecordID = binary.LittleEndian.Uint64(d.data[pos+8:])
	r.Ref.EventRecordID = r.EventRecordID()
	r.Written = Filetime(binary.LittleEndian.Uint64(d.data[pos+16:]))
	r.Borrowed, r.Strayed, r.Partial, r.Continued = r.doc.Borrowed(), false, false, false
	if err := d.flaw(r, pos, next); err != nil {
		d.report(DamageBinXML, pos, next-pos, "record %d (%s %d, EventRecordID %d): %v",
			r.Ref.HeaderRecordID, r.Provider(), r.EventID(), r.Ref.EventRecordID, err)
		d.bite(err, pos)
		if !d.parser.Strict {
			d.Account(r) // the caller does not get this record
		}
		if r.Partial = true; !d.Partial {
			return nil
		}
	}
	return r
}

// errUnnumbered says that a record does not even tell which event it is.
var errUnnumbered = errors.New("no EventID, or one that is not a number")

// flaw returns why a decoded record is not a sound event, nil if it is one. It also reports damage that leaves the
// record sound.
func (d *Decoder) flaw(r *Record, pos, next int) error {
	if err := r.doc.Partial(); err != nil {
		return err
	}
	if !r.doc.Numbered() {
		return errUnnumbered
	}
	if err := r.doc.Misfit(); err != nil {
		d.report(DamageRecord, pos, next-pos,
			"record %d (%s %d, EventRecordID %d): %v; decoded by the types of its values",
			r.Ref.HeaderRecordID, r.Provider(), r.EventID(), r.Ref.EventRecordID, err)
	}
	return nil
}

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// recordAt decodes the record at ref.Offset of a slot, as Records or Carved did. A whole live record is decoded
// where it is. A record that needs its neighbours to vouch for it, or a borrowed definition, takes a walk through
// the slot.
func (d *Decoder) recordAt(data []byte, at, ref Ref) (*Record, error) {
	pos, why := int(ref.Offset-at.Offset), "nothing there"
	if pos+minRecordSize > min(len(data), ChunkSize) || string(data[pos:pos+4]) != recordMagic {
		return nil, fmt.Errorf("chunk %d: no record at 0x%x", at.Chunk, ref.Offset)
	}
	if !ref.Carved {
		d.begin(data, at, func(x Damage) { why = x.Detail })
		behind := d.openChunk() && d.ends && pos >= d.end // a record there is live only if those before it vouch for it
		d.begin(data, at, func(x Damage) { why = x.Detail })
		if d.pos = pos; behind {
			return d.walked(data, at, ref, why)
		}
		if r, _ := d.guard((*Decoder).nextLive); r != nil {
			return r, nil
		}
	}
	return d.walked(data, at, ref, why)
}

// walked decodes the record at ref.Offset by a walk through its slot. why goes into the error if the walk does not
// find it.
func (d *Decoder) walked(data []byte, at, ref Ref, why string) (*Record, error) {
	stats := d.Stats
	r := d.walkTo(data, at, ref)
	if d.Stats = stats; r == nil {
		return nil, fmt.Errorf("chunk %d: record at 0x%x: %s", at.Chunk, ref.Offset, why)
	}
	return r, nil
}

// walkTo decodes a slot up to the record at ref.Offset. It returns nil if neither the live nor the
// carved records include it.
func (d *Decoder) walkTo(data []byte, at, ref Ref) (found *Record) {
	d.begin(data, at, nil)
	if !d.openChunk() {
		return nil
	}
	for more := true; more; {
		var r *Record
		if r, more = d.guard((*Decoder).nextLive); r != nil && r.Ref.Offset == ref.Offset {
			return r
		}
	}
	if ref.Carved {
		d.carve(binxml.LendCase, func(r *Record) bool {
			if r.Ref.Offset == ref.Offset {
				found = r
			}
			return found == nil
		})
	}
	return found
}
