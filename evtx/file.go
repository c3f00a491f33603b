package evtx

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// File reads one file, for callers that want just one (dump, verify, tests); a scan feeds slots to
// its workers itself. A File belongs to one goroutine.
type File struct {
	Header FileHeader
	Damage []Damage // what is wrong with the file header

	r      io.ReaderAt
	size   int64
	index  int32
	first  int64 // where its slots begin
	closer io.Closer
	buf    *SlotBuffer
	held   int64 // offset of the slot that is in buf
	length int   // its length in bytes; 0: none is held
	head   []byte
}

// Open opens a file by name.
func Open(name string) (*File, error) {
	osf, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	st, err := osf.Stat()
	if err != nil {
		_ = osf.Close()
		return nil, err
	}
	f, err := NewFile(osf, st.Size(), 0)
	if err != nil {
		_ = osf.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f.closer = osf
	return f, nil
}

// ErrNotEVTX says that a file does not begin as an EVTX file does, and holds neither a chunk nor a
// whole record.
var ErrNotEVTX = errors.New("not an EVTX file")

// NewFile reads from r, which holds size bytes. index becomes Ref.File. A file without the magic is
// read if it has a chunk with a sound header or a whole record anywhere; otherwise the error is
// ErrNotEVTX.
func NewFile(r io.ReaderAt, size int64, index int32) (*File, error) {
	f := &File{r: r, size: size, index: index, head: make([]byte, min(size, FileHeaderSize))}
	if n, err := r.ReadAt(f.head, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(f.head)) {
		return nil, fmt.Errorf("file header: %w", err)
	}
	var found bool
	var err error
	if f.first, found, err = FirstSlot(r, size, true); err != nil || !found {
		return nil, cmp.Or(err, ErrNotEVTX)
	}
	f.Header, f.Damage = ParseFileHeader(f.head, size)
	for i := range f.Damage {
		f.Damage[i].Ref.File = index
	}
	return f, nil
}

// Slot is a slot of a file.
type Slot struct {
	Data []byte // up to ChunkSize bytes
	At   Ref
}

// Slots yields the slots of the file in order, each with the read error that cut it short, if any.
// The data is valid until the next turn of the loop.
func (f *File) Slots() iter.Seq2[Slot, error] {
	return func(yield func(Slot, error) bool) {
		if f.buf == nil {
			f.buf = new(SlotBuffer)
		}
		slots := NewSlotReader(io.NewSectionReader(f.r, 0, f.size), f.first)
		for {
			f.length = 0
			n, at, err := slots.Next(f.buf)
			at.File = f.index
			if n == 0 && err == nil || !yield(Slot{f.buf[:n], at}, err) {
				return
			}
			if err != nil { // what follows may be readable
				next := at.Offset + ChunkSize
				if next >= f.size {
					return
				}
				slots = newSlotReader(io.NewSectionReader(f.r, next, f.size-next), next)
			}
		}
	}
}

// SlotOf reads the slot that holds a record. Its data is valid until the File is used again.
func (f *File) SlotOf(ref Ref) (Slot, error) {
	if ref.Offset < 0 || ref.Offset >= f.size {
		return Slot{}, fmt.Errorf("no record at 0x%x: the file has %d bytes", ref.Offset, f.size)
	}
	at := Ref{File: f.index, Chunk: ref.Chunk}
	if at.Chunk > -2 { // on the grid, whatever the number says
		if ref.Offset < FileHeaderSize {
			return Slot{}, fmt.Errorf("no record at 0x%x: slots begin at 0x%x", ref.Offset, FileHeaderSize)
		}
		at.Chunk = int32((ref.Offset - FileHeaderSize) / ChunkSize)
	}
	if at.Offset = SlotOffset(at.Chunk); ref.Offset < at.Offset || ref.Offset >= at.Offset+ChunkSize {
		return Slot{}, fmt.Errorf("no record at 0x%x: it is not in the chunk at 0x%x", ref.Offset, at.Offset)
	}
	if f.buf == nil {
		f.buf = new(SlotBuffer)
	}
	if f.length == 0 || f.held != at.Offset { // records read in order are mostly in the slot of the one before
		n, err := f.r.ReadAt(f.buf[:min(ChunkSize, f.size-at.Offset)], at.Offset)
		if f.held, f.length = at.Offset, n; err != nil && !errors.Is(err, io.EOF) && n == 0 {
			return Slot{}, fmt.Errorf("chunk %d at 0x%x: %w", at.Chunk, at.Offset, err)
		}
	}
	return Slot{f.buf[:f.length], at}, nil
}

// Records decodes the whole file in order on this goroutine: it reports the damage of the file
// header, then yields the live records of each slot, then reports where they contradict the header.
// With d.Carve, the carved records follow all live ones, without duplicates, so that they can
// borrow any template of the file; d.Stats counts them.
func (f *File) Records(d *Decoder, damage func(Damage)) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		report := damage
		if report == nil {
			report = func(Damage) {}
		}
		noCRC, carve := d.NoCRC, d.Carve
		d.NoCRC = noCRC || f.Header.NoCRC()
		d.Carve = false
		defer func() { d.NoCRC, d.Carve = noCRC, carve }()
		for _, x := range f.Damage {
			report(x)
		}
		var seen Dedup
		chunks, last := 0, uint64(0)
		for data, at := range f.slots(report) {
			if len(data) >= len(chunkMagic) && string(data[:len(chunkMagic)]) == chunkMagic {
				chunks++
			}
			for r := range d.Records(data, at, report) {
				last = max(last, r.Ref.HeaderRecordID)
				if carve {
					seen.Add(r)
				}
				if !yield(r) {
					return
				}
			}
		}
		if Sniff(f.head) {
			for _, x := range f.Header.Compare(chunks, last) {
				x.Ref.File = f.index
				report(x)
			}
		}
		if !carve {
			return
		}
		for data := range f.slots(func(Damage) {}) {
			d.Learn(data)
		}
		for data, at := range f.slots(func(Damage) {}) {
			for r := range d.Carved(data, at) {
				if !seen.Add(r) {
					d.Stats.MoveToDuplicate(r)
					continue
				}
				if !yield(r) {
					return
				}
			}
		}
	}
}

// slots yields the slots of the file in order. What cannot be read is reported as damage.
func (f *File) slots(report func(Damage)) iter.Seq2[[]byte, Ref] {
	return func(yield func([]byte, Ref) bool) {
		for s, err := range f.Slots() {
			if err != nil {
				report(Damage{Ref: s.At, Kind: DamageRead, Size: int64(ChunkSize - len(s.Data)), Detail: err.Error()})
			}
			if len(s.Data) > 0 && !yield(s.Data, s.At) {
				return
			}
		}
	}
}

// RecordAt reads again the one record that starts at ref.Offset, for verify and for the context of
// a finding. The record is valid until the File or the Decoder is used again. A carved record with
// a borrowed template needs a Decoder whose Stock has learned from the same slots.
func (f *File) RecordAt(d *Decoder, ref Ref) (*Record, error) {
	defer func(noCRC, unsummed bool) { d.NoCRC, d.Unsummed = noCRC, unsummed }(d.NoCRC, d.Unsummed)
	d.NoCRC, d.Unsummed = f.Header.NoCRC(), true
	s, err := f.SlotOf(ref)
	if err != nil {
		return nil, err
	}
	return d.recordAt(s.Data, s.At, ref)
}

// Close closes the file if Open opened it.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
