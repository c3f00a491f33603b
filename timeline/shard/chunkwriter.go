package shard

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"hunt/evtx"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// wanted is what is needed of a chunk.
type wanted struct {
	whole   bool
	records []wantedRecord // may contain duplicates
}

// wantedRecord is a live record that the shard must hold.
type wantedRecord struct {
	evtx.WantedRecord
	mark uint32 // 0: rules do not need it
}

// sorted returns the records in order, without duplicates.
func (w *wanted) sorted() []wantedRecord {
	slices.SortFunc(w.records, func(a, b wantedRecord) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(b.mark, a.mark), cmp.Compare(b.Hash, a.Hash))
	})
	w.records = slices.CompactFunc(w.records, func(a, b wantedRecord) bool { return a.Offset == b.Offset })
	return w.records
}

// Hit notes records that rules may need. It is safe for concurrent use.
func (s *Writer) Hit(records []Candidate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range records {
		for int(r.Ref.File) >= len(s.touched) {
			s.touched = append(s.touched, nil)
		}
		s.keep(r.Ref, r.Hash, r.Mark)
	}
}

// Keep notes that a record is read again. hash is the hash of its content, 0 if unknown. It is safe for concurrent
// use.
func (s *Writer) Keep(r evtx.Ref, hash uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(r, hash, 0)
}

// keep notes a record. For a slot off the grid of a file, or a record that is no longer live, everything in which it
// may lie is kept.
func (s *Writer) keep(r evtx.Ref, hash uint64, mark uint32) {
	s.want(r.File, headerChunk).whole = true
	at, n := chunkBounds(r.Chunk)
	if r.Chunk >= 0 && !r.Carved {
		w := s.want(r.File, r.Chunk)
		// #nosec G115 -- within a chunk
		w.records = append(w.records, wantedRecord{evtx.WantedRecord{Offset: uint16(r.Offset - at), Hash: hash}, mark})
		if len(w.records) == cap(w.records) {
			w.sorted()
		}
		return
	}
	for chunk := chunkAt(at); chunk <= chunkAt(at+int64(n)-1); chunk++ {
		s.want(r.File, chunk).whole = true
	}
	if mark > 0 {
		s.odd = append(s.odd, oddMark{chunkPlace{r.File, r.Chunk},
			// #nosec G115 -- within a slot
			Marked{Offset: uint16(r.Offset - evtx.SlotOffset(r.Chunk)), Carved: r.Carved}, mark})
	}
}

// want returns what is needed of a chunk.
func (s *Writer) want(file, chunk int32) *wanted {
	if s.touched[file] == nil {
		s.touched[file] = map[int32]*wanted{}
	}
	w := s.touched[file][chunk]
	if w == nil {
		w = &wanted{}
		s.touched[file][chunk] = w
	}
	return w
}

// chunks writes what is needed of the chunks, and the marks.
func (s *Writer) chunks() (blocks []packedBlock, marks []string, err error) {
	w, err := s.member(chunksName)
	if err != nil {
		return nil, nil, err
	}
	if _, err := io.WriteString(w, chunksMagic); err != nil {
		return nil, nil, err
	}
	b := &blockWriter{w: w, at: int64(len(chunksMagic)), open: map[string]*openBlock{}, Buffers: s.Buffers}
	slots, marks := s.slotsByComputer()
	for _, name := range slices.Sorted(maps.Keys(slots)) {
		c := spill.NewEncoder(nil)
		list := slots[name]
		codeSlots(c, &list)
		if err := b.add(name, chunkPlace{file: marksFile}, func(dst []byte) []byte {
			return append(dst, c.Bytes()...)
		}); err != nil {
			return nil, nil, err
		}
	}
	cut := chunkCutter{out: b, dec: &evtx.Decoder{Cache: s.Templates, Unsummed: true},
		buf: make([]byte, evtx.ChunkSize)}
	cut.cutter = evtx.NewCutter(cut.dec)
	for _, f := range s.files {
		if len(s.touched[f.Index]) == 0 {
			continue
		}
		if err := s.fileChunks(f, &cut); err != nil {
			return nil, nil, err
		}
	}
	return b.blocks, marks, b.end()
}

// fileChunks writes what is needed of a file.
func (s *Writer) fileChunks(f *ledger.File, cut *chunkCutter) error {
	file, err := f.File.OpenRandom()
	if err != nil {
		return fmt.Errorf("%s: cannot be read again for the shard: %w", f.Path, err)
	}
	defer file.Close() // read only
	var head [8]byte
	if n, _ := file.ReadAt(head[:], 0); !evtx.Sniff(head[:n]) {
		s.want(f.Index, 0) // without a header, it shows where the chunks begin
	}
	cut.dec.NoCRC = f.Header.NoCRC()
	for _, chunk := range slices.Sorted(maps.Keys(s.touched[f.Index])) {
		start, size := chunkBounds(chunk)
		n, err := file.ReadAt(cut.buf[:size], start)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: chunk %d at %#x: cannot be read again for the shard: %w", f.Path, chunk, start, err)
		}
		if n == 0 {
			continue
		}
		at := evtx.Ref{File: f.Index, Chunk: chunk, Offset: start}
		if err := cut.chunk(s.touched[f.Index][chunk], cut.buf[:n], at); err != nil {
			return err
		}
	}
	if change := f.Change(); change != "" && change != f.Before {
		return fmt.Errorf("%s: after it was scanned, %s", f.Path, change)
	}
	return nil
}

// chunkCutter cuts chunks into pieces by the computers of their records.
type chunkCutter struct {
	out    *blockWriter
	cutter *evtx.Cutter
	dec    *evtx.Decoder
	buf    []byte // the chunk
}

// chunk writes the pieces of a chunk: the wanted records of each computer, and what all of these need. If a decoder
// would not read the same from that alone as from the chunk, the chunk is stored whole.
func (c *chunkCutter) chunk(w *wanted, data []byte, at evtx.Ref) error {
	place := chunkPlace{at.File, at.Chunk}
	whole := func() error {
		return c.out.add("", place, func(dst []byte) []byte { return appendPiece(dst, data, wholePiece(data)) })
	}
	if w.whole {
		return whole()
	}
	var records []evtx.WantedRecord
	for _, r := range w.sorted() {
		records = append(records, r.WantedRecord)
	}
	cut, ok := c.cutter.Cut(data, at, records)
	if !ok {
		return whole()
	}
	byComputer := map[string][]evtx.CutRecord{}
	for _, r := range cut.Records {
		byComputer[r.Computer] = append(byComputer[r.Computer], r)
	}
	names := slices.Sorted(maps.Keys(byComputer))
	if len(names) > 1 {
		for _, name := range names {
			if !c.cutter.Reads(data, at, cut, byComputer[name]) {
				return whole()
			}
		}
		if err := c.out.add("", place, func(dst []byte) []byte {
			return appendPiece(dst, data, cut.Frame)
		}); err != nil {
			return err
		}
	}
	for _, name := range names {
		var spans []evtx.Span
		for _, r := range byComputer[name] {
			spans = append(spans, r.Span)
		}
		if len(names) == 1 {
			spans = append(spans, cut.Frame...)
		}
		spans = evtx.Joined(spans)
		if err := c.out.add(name, place, func(dst []byte) []byte { return appendPiece(dst, data, spans) }); err != nil {
			return err
		}
	}
	return nil
}

const (
	// blockSize is about how many bytes of pieces are compressed together.
	blockSize = 1 << 20
	// maxOpenBlocks bounds the bytes of blocks that are being filled.
	maxOpenBlocks = 64 << 20
)

// blockWriter writes pieces in blocks, each for one computer, or for several that have little.
type blockWriter struct {
	w      io.Writer
	at     int64
	open   map[string]*openBlock
	size   int // of the open blocks
	blocks []packedBlock
	*Buffers
}

// Buffers holds the buffers in which a Writer fills blocks. Successive Writers can share it.
type Buffers struct {
	free   [][]byte // of blocks that were written, at most as many as are filled at the same time
	packed []byte
}

// largeBuffer is the size from which a buffer is worth reusing.
const largeBuffer = blockSize / 4

// sharedBuffers is how many buffers one Writer leaves to the next.
const sharedBuffers = 4

// openBlock is a block that is being filled.
type openBlock struct {
	bytes  []byte
	pieces []piecePlace
}

// add adds a piece, which form appends.
func (b *blockWriter) add(computer string, place chunkPlace, form func([]byte) []byte) error {
	o := b.open[computer]
	if o == nil {
		o = &openBlock{}
		b.open[computer] = o
	}
	in := len(o.bytes)
	if n := len(b.free); n > 0 && in >= smallBlock && cap(o.bytes) < largeBuffer {
		o.bytes, b.free = append(b.free[n-1][:0], o.bytes...), b.free[:n-1]
	}
	o.bytes = form(o.bytes)
	size := len(o.bytes) - in
	o.pieces = append(o.pieces, piecePlace{place, computer, int64(in), int64(size)})
	b.size += size
	if len(o.bytes) >= blockSize {
		err := b.write(o)
		delete(b.open, computer)
		return err
	}
	if b.size >= maxOpenBlocks {
		return b.flush()
	}
	return nil
}

// flush writes all open blocks, small ones together.
func (b *blockWriter) flush() error {
	block := &openBlock{}
	for _, name := range slices.Sorted(maps.Keys(b.open)) {
		o := b.open[name]
		if len(block.pieces) == 0 && len(o.bytes) >= smallBlock {
			if err := b.write(o); err != nil {
				return err
			}
			continue
		}
		for _, p := range o.pieces {
			p.in += int64(len(block.bytes))
			block.pieces = append(block.pieces, p)
		}
		if block.bytes = append(block.bytes, o.bytes...); len(block.bytes) < smallBlock {
			continue
		}
		if err := b.write(block); err != nil {
			return err
		}
		block = &openBlock{}
	}
	clear(b.open)
	return b.write(block)
}

// end writes the rest.
func (b *blockWriter) end() error {
	err := b.flush()
	if n := min(len(b.free), sharedBuffers); n < len(b.free) {
		b.free = slices.Clone(b.free[:n])
	}
	return err
}

// smallBlock is the size in bytes up to which a block takes the pieces of another computer as well.
const smallBlock = 64 << 10

// write writes a block.
func (b *blockWriter) write(o *openBlock) error {
	if len(o.pieces) == 0 {
		return nil
	}
	b.size -= len(o.bytes)
	b.packed = spill.AppendPacked(b.packed[:0], o.bytes)
	if cap(o.bytes) >= largeBuffer && len(b.free) < maxOpenBlocks/blockSize {
		b.free = append(b.free, o.bytes)
	}
	size := int64(len(b.packed))
	b.blocks = append(b.blocks, packedBlock{at: b.at, len: size, sum: shortSum(b.packed), pieces: o.pieces})
	b.at += size
	_, err := b.w.Write(b.packed)
	return err
}
