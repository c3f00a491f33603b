package spill

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	// storeMemory is how much of its copies a Store keeps in memory if Memory is not set: enough for the small logs
	// of one host, little compared to the memory of a run.
	storeMemory = 16 << 20
	// maxStore bounds the temporary file of a Store if Max is not set. It is far above the event logs of a large
	// case, far below a disk that an archive bomb fills.
	maxStore = 256 << 30
	// storePage is the memory that small copies share, so that each takes no more than its own bytes.
	storePage = 64 << 10
)

// ErrFull says that the copies of a Store reached their bound.
var ErrFull = fmt.Errorf("the data unpacked so far reaches the bound of %d GiB for temporary files; unpack the "+
	"archive yourself and give hunt the directory", maxStore>>30)

// Store holds copies, in memory up to a bound, then in one temporary file. Make it with NewStore. It is safe for
// concurrent use.
type Store struct {
	Max    int64 // bytes that its temporary file takes; 0 is 256 GiB. Set it before the first Add
	Memory int64 // bytes of copies that stay in memory; 0 is 16 MiB. Set it before the first Add

	dir string

	mu    sync.Mutex
	mem   int64         // bytes in memory
	page  []byte        // for small copies; the next one follows those that are there
	pages *bytes.Reader // reads the whole page
	file  *os.File
	end   int64 // of the file
}

// NewStore returns an empty store whose temporary file, once it needs one, is in dir; "" is the system's directory.
func NewStore(dir string) *Store { return &Store{dir: dir} }

// Block is a copy in a Store. It is valid until the store is closed.
type Block struct {
	at     io.ReaderAt
	off, n int64
}

// Size returns the length of the copy in bytes.
func (b Block) Size() int64 { return b.n }

// Reader returns a reader of the copy.
func (b Block) Reader() *io.SectionReader { return io.NewSectionReader(b.at, b.off, b.n) }

// Add copies r to its end. If reading fails, kept is true and the block holds the bytes before the error; if the
// store fails, there is no block.
func (s *Store) Add(r io.Reader) (b Block, kept bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := max(cmp.Or(s.Memory, storeMemory)-s.mem, 0)
	head := &pages{}
	n, err := head.ReadFrom(io.LimitReader(r, room))
	if err != nil || n < room {
		s.mem += n
		return s.place(head.joined(n)), true, err
	}
	if s.file == nil {
		if s.file, err = TempFile(s.dir); err != nil {
			return Block{}, false, err
		}
	}
	start := s.end
	w := &storeWriter{s: s}
	if _, err = w.Write(head.joined(n)); err == nil {
		_, err = io.Copy(w, r)
	}
	if w.err != nil {
		return Block{}, false, w.err
	}
	return Block{s.file, start, s.end - start}, true, err
}

// pages collect bytes of unknown total size.
type pages struct {
	full []*[storePage]byte
	last int // bytes in the last one
}

// freePages are pages for reuse.
var freePages = sync.Pool{New: func() any { return new([storePage]byte) }}

// ReadFrom reads r to its end.
func (p *pages) ReadFrom(r io.Reader) (n int64, err error) {
	for {
		if len(p.full) == 0 || p.last == storePage {
			p.full, p.last = append(p.full, freePages.Get().(*[storePage]byte)), 0
		}
		got, err := r.Read(p.full[len(p.full)-1][p.last:])
		p.last += got
		n += int64(got)
		switch {
		case err == io.EOF: // a wrapped io.EOF is a fault
			return n, nil
		case err != nil:
			return n, err
		}
	}
}

// joined returns the n bytes that the pages hold, in one piece, and empties them.
func (p *pages) joined(n int64) []byte {
	out := make([]byte, 0, n)
	for i, page := range p.full {
		if i == len(p.full)-1 {
			out = append(out, page[:p.last]...)
		} else {
			out = append(out, page[:]...)
		}
		freePages.Put(page)
	}
	*p = pages{}
	return out
}

// place returns a block of a copy in memory. Thousands of hosts spill a hundred bytes or so each: spare capacity in
// buffers would take most of the memory.
func (s *Store) place(b []byte) Block {
	if len(b) > storePage/4 {
		return Block{bytes.NewReader(b), 0, int64(len(b))}
	}
	if len(s.page)+len(b) > cap(s.page) {
		s.page = make([]byte, 0, storePage)
		s.pages = bytes.NewReader(s.page[:storePage])
	}
	start := len(s.page)
	s.page = append(s.page, b...)
	return Block{s.pages, int64(start), int64(len(b))}
}

// Held returns how many bytes of copies are in memory, and how many in the temporary file.
func (s *Store) Held() (memory, disk int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mem, s.end
}

// Close frees the copies.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// storeWriter appends to the store's file and keeps a write error, to distinguish it from a read error.
type storeWriter struct {
	s   *Store
	err error
}

func (w *storeWriter) Write(p []byte) (int, error) {
	if w.s.end+int64(len(p)) > cmp.Or(w.s.Max, maxStore) {
		w.err = ErrFull
		return 0, w.err
	}
	n, err := w.s.file.WriteAt(p, w.s.end)
	w.s.end += int64(n)
	if err != nil {
		w.err = Failed(w.s.dir, err)
	}
	return n, w.err
}
