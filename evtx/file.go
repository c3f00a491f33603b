package evtx

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// File reads one file for the callers that want one (dump, verify, tests); the
// main job feeds chunks to workers itself. It belongs to one goroutine.
type File struct {
	Header FileHeader
	Damage []Damage // what is wrong with the file header

	r      io.ReaderAt
	size   int64
	index  int32
	closer io.Closer
	buf    []byte
	held   int // the slot that RecordAt has left in buf,
	length int // and how many bytes of it; 0: none
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

// ErrNotEVTX says that a file neither starts as an EVTX file nor has a chunk where the first
// should be.
var ErrNotEVTX = errors.New("not an EVTX file")

// NewFile reads from r, which holds size bytes. index becomes Ref.File. A file without the
// magic is read if its first chunk is in place; otherwise the error is ErrNotEVTX.
func NewFile(r io.ReaderAt, size int64, index int32) (*File, error) {
	f := &File{r: r, size: size, index: index, head: make([]byte, min(size, FileHeaderSize))}
	if n, err := r.ReadAt(f.head, 0); err != nil && !(errors.Is(err, io.EOF) && n == len(f.head)) {
		return nil, fmt.Errorf("file header: %w", err)
	}
	if !Sniff(f.head) {
		var magic [8]byte
		if n, _ := r.ReadAt(magic[:], FileHeaderSize); n < 8 || string(magic[:]) != chunkMagic {
			return nil, ErrNotEVTX
		}
	}
	f.Header, f.Damage = ParseFileHeader(f.head, size)
	for i := range f.Damage {
		f.Damage[i].Ref.File = index
	}
	return f, nil
}

// Slots returns the number of 64 KiB slots behind the header, a short last one included.
func (f *File) Slots() int {
	return int((max(f.size-FileHeaderSize, 0) + ChunkSize - 1) / ChunkSize)
}

// Slot reads slot i into buf, which has room for ChunkSize bytes, and returns the part that
// the file has, with its place.
func (f *File) Slot(i int, buf []byte) ([]byte, Ref, error) {
	at := f.place(i)
	want := min(int64(ChunkSize), f.size-at.Offset)
	n, err := f.r.ReadAt(buf[:want], at.Offset)
	if errors.Is(err, io.EOF) && int64(n) == want {
		err = nil
	}
	return buf[:n], at, err
}

// place returns the place of slot i.
func (f *File) place(i int) Ref {
	return Ref{File: f.index, Chunk: int32(i), Offset: FileHeaderSize + int64(i)*ChunkSize}
}

// Records decodes the whole file in order on this goroutine: damage of the header, then
// the live records of each slot, then what of the header they contradict. With d.Carve the carved records follow all live ones, so
// that any template of the file can be borrowed, without duplicates; d.Stats counts them.
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

// slots yields the slots of the file in order; what the medium cannot read is damage.
func (f *File) slots(report func(Damage)) iter.Seq2[[]byte, Ref] {
	return func(yield func([]byte, Ref) bool) {
		if f.buf == nil {
			f.buf = make([]byte, ChunkSize)
		}
		for i := range f.Slots() {
			f.length = 0
			data, at, err := f.Slot(i, f.buf)
			if err != nil {
				report(Damage{Ref: at, Kind: DamageRead, Size: int64(ChunkSize - len(data)), Detail: err.Error()})
			}
			if len(data) > 0 && !yield(data, at) {
				return
			}
		}
	}
}

// RecordAt re-reads the one record that starts at ref.Offset: for verify, and for the context
// around a finding. The record is valid until the File or the Decoder is used again. A carved record with a
// borrowed template needs a Decoder whose Cache has seen the lender.
func (f *File) RecordAt(d *Decoder, ref Ref) (*Record, error) {
	if ref.Offset < FileHeaderSize || ref.Offset >= f.size {
		return nil, fmt.Errorf("no record at 0x%x: the file has %d bytes", ref.Offset, f.size)
	}
	if f.buf == nil {
		f.buf = make([]byte, ChunkSize)
	}
	defer func(noCRC, unsummed bool) { d.NoCRC, d.Unsummed = noCRC, unsummed }(d.NoCRC, d.Unsummed)
	d.NoCRC, d.Unsummed = f.Header.NoCRC(), true
	slot := int((ref.Offset - FileHeaderSize) / ChunkSize)
	if f.length == 0 || f.held != slot { // who asks in order finds most records in the slot of the one before
		data, at, err := f.Slot(slot, f.buf)
		if f.held, f.length = slot, len(data); err != nil && len(data) == 0 {
			return nil, fmt.Errorf("chunk %d at 0x%x: %w", at.Chunk, at.Offset, err)
		}
	}
	return d.recordAt(f.buf[:f.length], f.place(slot), ref)
}

// Close closes the file if Open opened it.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
