package spill

import (
	"io"
	"iter"
	"os"
	"unsafe"
)

// Log keeps any number of items of a fixed size in the order in which they were added, in memory up
// to a bound, then in an unnamed temporary file. It belongs to one goroutine. Close it when done.
type Log[T any] struct {
	form  Form[T] // Compare is not used
	most  int     // items in memory
	dir   string
	items []T // the newest
	file  *os.File
	away  int64 // items in the file
	err   error
}

// NewLog returns an empty log that holds memory bytes of items, and the rest in dir ("" is the
// system's directory for temporary files).
func NewLog[T any](form Form[T], memory int64, dir string) *Log[T] {
	return &Log[T]{form: form, dir: dir, most: int(max(memory/int64(unsafe.Sizeof(*new(T))), 1))}
}

// Add adds an item. After an error, which Err returns, items are dropped.
func (l *Log[T]) Add(t T) {
	if len(l.items) == l.most {
		l.put()
	}
	l.items = append(l.items, t)
}

// Len returns the number of items that were added.
func (l *Log[T]) Len() int64 { return l.away + int64(len(l.items)) }

// Err returns the first error of the temporary file.
func (l *Log[T]) Err() error { return l.err }

// put appends the items in memory to the file.
func (l *Log[T]) put() {
	defer func() { l.items = l.items[:0] }()
	if l.file == nil && l.err == nil {
		l.file, l.err = TempFile(l.dir)
	}
	for part := l.items; len(part) > 0 && l.err == nil; {
		n := min(len(part), sortRead/l.form.Size)
		buf := make([]byte, n*l.form.Size)
		for i := range n {
			l.form.Put(buf[i*l.form.Size:], &part[i])
		}
		if _, err := l.file.WriteAt(buf, l.away*int64(l.form.Size)); err != nil {
			l.err = Failed(l.dir, err)
			return
		}
		l.away += int64(n)
		part = part[n:]
	}
}

// All yields the items in order; nothing may be added meanwhile. It may be called again. It ends
// with an error if the temporary file could not be written or read.
func (l *Log[T]) All() iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		if l.err != nil {
			yield(none, l.err)
			return
		}
		if l.away > 0 {
			r := runSource[T]{form: &l.form, file: l.file, run: sortRun{0, l.away}, ahead: sortRead / l.form.Size}
			for {
				t, err := r.next()
				if err != nil {
					yield(none, Failed(l.dir, err))
					return
				}
				if t == nil {
					break
				}
				if !yield(*t, nil) {
					return
				}
			}
		}
		for _, t := range l.items {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// At returns item i, counted from 0. It is safe for concurrent use while nothing is added.
func (l *Log[T]) At(i int64) (t T, err error) {
	if l.err != nil {
		return t, l.err
	}
	if i >= l.away {
		return l.items[i-l.away], nil
	}
	buf := make([]byte, l.form.Size)
	if _, err := l.file.ReadAt(buf, i*int64(l.form.Size)); err != nil {
		return t, Failed(l.dir, err)
	}
	l.form.Get(buf, &t)
	return t, nil
}

// Close frees the memory and the temporary file.
func (l *Log[T]) Close() error {
	l.items = nil
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file, l.err = nil, io.ErrClosedPipe
	return err
}
