package evtx

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"hunt/evtx/binxml"
)

const (
	// rawStep is how much of raw evidence is searched at a time.
	rawStep = 1 << 20
	// rawMargin is what is kept before and after it: a record's template can stand anywhere in its chunk, so at
	// least a chunk each way.
	rawMargin = ChunkSize
)

// CarveRaw searches evidence that is not an EVTX file (unallocated space, a memory image, a damaged file) for chunks
// and for single records, at any offset. Every record that it yields is marked as carved, with Chunk -1 and the
// offset in the evidence; equal records are yielded once. A record outside a whole chunk is decoded with the
// template that it carries, or else with the one that stands where its chunk must have been, or else with one of the
// same id borrowed from Stock.
//
// CarveRaw reads the evidence twice, first to learn templates, so that what is borrowed does not depend on what
// comes first. It takes about 1.2 MiB of memory, and 20 bytes per record to recognise equal ones.
func (d *Decoder) CarveRaw(r io.ReaderAt, size int64, file int32, damage func(Damage)) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		carve, noCRC := d.Carve, d.NoCRC
		d.Carve, d.NoCRC = false, true
		defer func() { d.Carve, d.NoCRC = carve, noCRC }()
		w := rawWalk{d: d, r: r, size: size, file: file, buf: make([]byte, min(rawStep+2*rawMargin, size))}
		w.run(func(pos, end int) bool {
			d.Learn(w.data[pos:end])
			return true
		}, func(pos, _ int) bool {
			if base, ok := w.inlineBase(pos); ok && base != w.lastBase {
				w.lastBase = base
				d.Learn(w.chunkAt(base))
			}
			return true
		}, damage)
		var seen Dedup
		w.run(func(pos, end int) bool {
			return w.chunk(pos, end, &seen, yield)
		}, func(pos, size int) bool {
			return w.record(pos, size, &seen, yield)
		}, nil)
	}
}

// rawWalk is a walk through raw evidence, a window at a time.
type rawWalk struct {
	d    *Decoder
	r    io.ReaderAt
	size int64
	file int32
	buf  []byte

	data     []byte // the window: margin, step, margin
	origin   int64  // of data, in the evidence
	lastBase int64  // where the chunk of the last single record began; -1 if unknown
}

// run calls chunk for every chunk header with the end of what can belong to it, and record for every complete record
// outside chunks, by their offsets in w.data, until one of the two returns false.
func (w *rawWalk) run(chunk, record func(pos, end int) bool, damage func(Damage)) {
	w.lastBase = -1
	done := int64(0) // everything before this has been dealt with
	for start := int64(0); start < w.size; start += rawStep {
		w.origin = max(start-rawMargin, 0)
		n, err := w.r.ReadAt(w.buf[:min(int64(len(w.buf)), w.size-w.origin)], w.origin)
		if err != nil && !errors.Is(err, io.EOF) && damage != nil {
			damage(Damage{Ref: Ref{File: w.file, Chunk: -1, Offset: w.origin + int64(n)},
				Kind: DamageRead, Detail: err.Error()})
		}
		w.data = w.buf[:n]
		end := int(min(start+rawStep-w.origin, int64(n)))
		pos := int(max(start, done) - w.origin)
		nextChunk, nextRecord := -1, -1
		for pos < end {
			nextChunk = w.find(nextChunk, pos, chunkMagic)
			nextRecord = w.find(nextRecord, pos, recordMagic)
			pos = min(nextChunk, nextRecord)
			switch {
			case pos >= end:
			case nextChunk < nextRecord:
				stop := min(pos+ChunkSize, len(w.data))
				if i := bytes.Index(w.data[pos+8:stop], []byte(chunkMagic)); i >= 0 {
					stop = pos + 8 + i
				}
				if !chunk(pos, stop) {
					return
				}
				pos = stop
			default:
				size, ok := completeRecord(w.data[pos:])
				if !ok {
					pos++
					break
				}
				if !record(pos, size) {
					return
				}
				pos += size
			}
		}
		done = w.origin + int64(pos)
	}
}

// find returns the position of the next magic at or after pos; known is the position that it returned last.
func (w *rawWalk) find(known, pos int, magic string) int {
	if known >= pos {
		return known
	}
	if i := bytes.Index(w.data[pos:], []byte(magic)); i >= 0 {
		return pos + i
	}
	return len(w.data)
}

// chunkAt returns the 64 KiB at an offset of the evidence, as far as the window has them. If they begin before the
// window, zeros stand for the missing part.
func (w *rawWalk) chunkAt(base int64) []byte {
	from := base - w.origin
	if from < 0 || from >= int64(len(w.data)) {
		return nil
	}
	return w.data[from:min(from+ChunkSize, int64(len(w.data)))]
}

// inlineBase works out where in the evidence the chunk of a record began whose body carries its own template.
func (w *rawWalk) inlineBase(pos int) (base int64, ok bool) {
	at, ok := ownChunk(w.data, pos)
	return w.origin + int64(at), ok && at >= 0
}

// chunk yields the records of a chunk.
func (w *rawWalk) chunk(pos, end int, seen *Dedup, yield func(*Record) bool) bool {
	at := Ref{File: w.file, Chunk: -1, Offset: w.origin + int64(pos)}
	for r := range w.d.Records(w.data[pos:end], at, nil) {
		r.Ref.Carved = true
		if r.Partial {
			w.d.Stats.Partial++
		} else {
			w.d.Stats.Full++
		}
		if !w.emit(r, seen, yield) {
			return false
		}
	}
	for r := range w.d.Carved(w.data[pos:end], at) {
		if !w.emit(r, seen, yield) {
			return false
		}
	}
	return true
}

// record yields a single record.
func (w *rawWalk) record(pos, size int, seen *Dedup, yield func(*Record) bool) bool {
	at := w.origin + int64(pos)
	base, ok := w.inlineBase(pos)
	if !ok {
		base = w.lastBase
		if base < w.origin || at < base+chunkHeaderSize || at+int64(size) > base+ChunkSize {
			base = at // nothing is known of the chunk: only borrowing can help
		}
	}
	w.lastBase = base
	if base == at {
		w.lastBase = -1
	}
	d := w.d
	d.begin(w.chunkAt(base), Ref{File: w.file, Chunk: -1, Offset: base}, nil)
	d.parser.Strict, d.parser.Borrow = true, binxml.LendCase
	from := int(at - base)
	d.pos, d.end = from, len(d.data)
	r, _ := d.guard((*Decoder).nextCarved)
	ok = r == nil || w.emit(r, seen, yield)
	d.finish()
	return ok
}

func (w *rawWalk) emit(r *Record, seen *Dedup, yield func(*Record) bool) bool {
	if !seen.Add(r) {
		w.d.Stats.MoveToDuplicate(r)
		return true
	}
	return yield(r)
}
