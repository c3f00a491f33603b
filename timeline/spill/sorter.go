package spill

import (
	"io"
	"iter"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Form says how items of a fixed size are compared and written.
type Form[T any] struct {
	Size    int              // bytes of an item in a file
	Put     func([]byte, *T) // writes an item into Size bytes
	Get     func([]byte, *T) // reads what Put wrote
	Compare func(a, b T) int // a total order; called from many goroutines
}

// Bounds of a sorter.
const (
	// sortBlock is how many items are sorted at a time: they fit a core's cache.
	sortBlock = 1 << 13
	// sortRead bounds the bytes read ahead of each run while runs are merged. More saves no time on solid-state disks.
	sortRead = 64 << 10
	// sortReadLeast is the least of it. It bounds how many runs are merged at once: as many as the budget holds such
	// reads.
	sortReadLeast = 16 << 10
)

// Sorter orders any number of items within a memory budget. Items are added through writers, one for each goroutine,
// which sort them in blocks; blocks beyond the budget are merged into a run in an unnamed temporary file, so that
// nothing is left of it however the process ends. The output depends only on the items, not on the budget or the
// writers.
type Sorter[T any] struct {
	form    Form[T]
	memory  int64 // bytes for the items, and for the reads of a merge
	dir     string
	writers []*Writer[T]

	mu    sync.Mutex
	file  *os.File
	end   int64
	runs  []sortRun
	n     int64
	fault atomic.Pointer[error] // the first error of the file; it stays
}

// sortRun is a stretch of the file whose items are in order.
type sortRun struct{ at, n int64 } // offset in bytes, number of items

// NewSorter returns a sorter that holds memory bytes of items, and the rest in dir ("" is the system's directory for
// temporary files). Call Close at the end.
func NewSorter[T any](form Form[T], memory int64, dir string) *Sorter[T] {
	return &Sorter[T]{form: form, memory: memory, dir: dir}
}

// Split returns n writers, each for one goroutine and with an equal share of the memory. It may be called once.
func (s *Sorter[T]) Split(n int) []*Writer[T] {
	share := s.memory / int64(n) / int64(unsafe.Sizeof(*new(T)))
	block := min(max(share/4, 1), sortBlock)
	s.writers = make([]*Writer[T], n)
	for i := range s.writers {
		s.writers[i] = &Writer[T]{s: s, block: int(block), most: int(max(share/block, 1))}
	}
	return s.writers
}

// Err returns the error of the temporary file. After an error, added items are dropped.
func (s *Sorter[T]) Err() error {
	if e := s.fault.Load(); e != nil {
		return *e
	}
	return nil
}

func (s *Sorter[T]) fail(err error) {
	err = Failed(s.dir, err)
	s.fault.CompareAndSwap(nil, &err)
}

// Sorted yields all items in order. Nothing may be added after the first call; it may be called again. It ends with an
// error if the temporary file could not be written or read.
func (s *Sorter[T]) Sorted() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		sources, err := s.sources()
		if err != nil {
			yield(none, err)
			return
		}
		m := newMerge(s.form.Compare, sources)
		for t := m.next(); t != nil; t = m.next() {
			if !yield(*t, nil) {
				return
			}
		}
		if m.err != nil {
			s.fail(m.err)
			yield(none, s.Err())
		}
	}
}

// Close frees the memory and the temporary file.
func (s *Sorter[T]) Close() error {
	s.writers, s.runs = nil, nil
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// sources returns what is to be merged: the blocks if all fits in memory, otherwise as many runs as the memory can read
// at once.
func (s *Sorter[T]) sources() ([]mergeSource[T], error) {
	if err := s.Err(); err != nil {
		return nil, err
	}
	if len(s.runs) == 0 {
		var sources []mergeSource[T]
		for _, w := range s.writers {
			w.sort()
			for _, b := range w.blocks {
				sources = append(sources, &blockSource[T]{b})
			}
		}
		return sources, nil
	}
	for _, w := range s.writers {
		w.spill()
		w.blocks, w.free = nil, nil
	}
	most := int(max(s.memory/sortReadLeast, 2))
	for len(s.runs) > most && s.Err() == nil {
		s.mergeRuns(most)
	}
	return s.runSources(s.runs), s.Err()
}

// mergeRuns merges groups of most runs into one run each, in a new file.
func (s *Sorter[T]) mergeRuns(most int) {
	file, runs := s.file, s.runs
	defer file.Close()
	s.file, s.runs, s.end, s.n = nil, nil, 0, 0
	sources := &Sorter[T]{form: s.form, memory: s.memory, file: file}
	for part := range slices.Chunk(runs, most) {
		n := int64(0)
		for _, r := range part {
			n += r.n
		}
		m := newMerge(s.form.Compare, sources.runSources(part))
		s.run(m, n)
		if m.err != nil {
			s.fail(m.err)
		}
		if s.Err() != nil {
			return
		}
	}
}

func (s *Sorter[T]) runSources(runs []sortRun) []mergeSource[T] {
	sources := make([]mergeSource[T], len(runs))
	ahead := min(max(s.memory/int64(len(runs)), sortReadLeast), sortRead)
	for i, r := range runs {
		sources[i] = &runSource[T]{form: &s.form, file: s.file, run: r, ahead: int(max(ahead/int64(s.form.Size), 1))}
	}
	return sources
}

// run writes n items, which come in order, as a run. It is safe for concurrent use.
func (s *Sorter[T]) run(m *merge[T], n int64) {
	s.mu.Lock()
	if s.file == nil && s.Err() == nil {
		file, err := TempFile(s.dir)
		if err != nil {
			s.fault.CompareAndSwap(nil, &err)
		}
		s.file = file
	}
	file, r := s.file, sortRun{s.end, n}
	s.end += n * int64(s.form.Size)
	s.n += n
	s.runs = append(s.runs, r)
	s.mu.Unlock()
	if s.Err() != nil {
		return
	}
	buf := make([]byte, 0, max(sortRead, s.form.Size))
	at := r.at
	flush := func() bool {
		_, err := file.WriteAt(buf, at)
		if err != nil {
			s.fail(err)
		}
		at += int64(len(buf))
		buf = buf[:0]
		return err == nil
	}
	for t := m.next(); t != nil; t = m.next() {
		if len(buf)+s.form.Size > cap(buf) && !flush() {
			return
		}
		buf = buf[:len(buf)+s.form.Size]
		s.form.Put(buf[len(buf)-s.form.Size:], t)
	}
	flush()
}

// Writer adds the items of one goroutine.
type Writer[T any] struct {
	s      *Sorter[T]
	block  int   // items of a block
	most   int   // blocks in memory
	blocks [][]T // all but the last are full and in order
	free   [][]T // blocks whose items are in the file
	sorted bool  // the last is in order too
}

// Add adds an item.
func (w *Writer[T]) Add(t T) {
	n := len(w.blocks)
	if n == 0 || len(w.blocks[n-1]) == w.block {
		w.sort()
		if n == w.most {
			w.spill()
			n = 0
		}
		w.blocks = append(w.blocks, w.fresh())
		n++
	}
	w.sorted = false
	w.blocks[n-1] = append(w.blocks[n-1], t)
}

// fresh returns an empty block. The first one grows as it is filled: most timelines are small.
func (w *Writer[T]) fresh() []T {
	if n := len(w.free); n > 0 {
		b := w.free[n-1]
		w.free = w.free[:n-1]
		return b
	}
	if len(w.blocks) == 0 {
		return nil
	}
	return make([]T, 0, w.block)
}

// sort puts the last block in order.
func (w *Writer[T]) sort() {
	if n := len(w.blocks); n > 0 && !w.sorted {
		slices.SortFunc(w.blocks[n-1], w.s.form.Compare)
	}
	w.sorted = true
}

func (w *Writer[T]) count() int64 {
	n := int64(0)
	for _, b := range w.blocks {
		n += int64(len(b))
	}
	return n
}

// spill writes what is in memory as a run.
func (w *Writer[T]) spill() {
	if len(w.blocks) == 0 {
		return
	}
	w.sort()
	n := w.count()
	if w.s.Err() == nil {
		sources := make([]mergeSource[T], len(w.blocks))
		for i, b := range w.blocks {
			sources[i] = &blockSource[T]{b}
		}
		w.s.run(newMerge(w.s.form.Compare, sources), n)
	}
	for _, b := range w.blocks {
		w.free = append(w.free, b[:0])
	}
	w.blocks = w.blocks[:0]
}

// blockSource yields the items of a block.
type blockSource[T any] struct{ rest []T }

func (b *blockSource[T]) next() (*T, error) {
	if len(b.rest) == 0 {
		return nil, nil
	}
	t := &b.rest[0]
	b.rest = b.rest[1:]
	return t, nil
}

// runSource reads the items of a run.
type runSource[T any] struct {
	form  *Form[T]
	file  *os.File
	run   sortRun
	ahead int // items read at a time
	buf   []byte
	rest  []byte
	item  T
}

func (r *runSource[T]) next() (*T, error) {
	if len(r.rest) == 0 {
		if r.run.n == 0 {
			return nil, nil
		}
		n := min(r.run.n, int64(r.ahead))
		if r.buf == nil {
			r.buf = make([]byte, n*int64(r.form.Size))
		}
		r.rest = r.buf[:n*int64(r.form.Size)]
		if _, err := r.file.ReadAt(r.rest, r.run.at); err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
		r.run.at += int64(len(r.rest))
		r.run.n -= n
	}
	r.form.Get(r.rest[:r.form.Size], &r.item)
	r.rest = r.rest[r.form.Size:]
	return &r.item, nil
}
