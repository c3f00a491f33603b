package evidence

import (
	"context"
	"errors"
	"fmt"
	"hunt/timeline/spill"
	"io"
	"os"
	"sync"
	"time"
)

// RandomAccess is the content of a file of evidence, readable at any offset. ReadAt is safe for concurrent use.
type RandomAccess interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Source is where the bytes of a file come from: a file on disk, a member of an archive, or a copy
// of one.
type Source interface {
	// Open reads the bytes once, from front to back.
	Open() (io.ReadCloser, error)
	// OpenRandom gives access to bytes at any offset. A source that can only be unpacked from the front is copied
	// first.
	OpenRandom() (RandomAccess, error)
}

// diskFile is a file on disk. It has the bytes that it had when it was found: what is appended later is not read.
type diskFile struct {
	name     string
	size     int64
	modified int64 // Unix time in nanoseconds
}

func (d *diskFile) Open() (io.ReadCloser, error) {
	f, err := openRegular(d.name)
	if err != nil {
		return nil, err
	}
	return &closing{io.LimitReader(nameless{f}, d.size), f}, nil
}

func (d *diskFile) OpenRandom() (RandomAccess, error) {
	f, err := openRegular(d.name)
	if err != nil {
		return nil, err
	}
	return &sizedFile{io.NewSectionReader(nameless{f}, 0, d.size), f}, nil
}

// nameless reads a file, and omits its name from errors.
type nameless struct{ f *os.File }

func (n nameless) Read(p []byte) (int, error) {
	got, err := n.f.Read(p)
	return got, unwrapPath(err)
}

func (n nameless) ReadAt(p []byte, off int64) (int, error) {
	got, err := n.f.ReadAt(p, off)
	return got, unwrapPath(err)
}

// change says how the file differs from what it was when it was found; "" if it does not.
func (d *diskFile) change() string {
	info, err := os.Stat(d.name)
	switch {
	case err != nil:
		return unwrapPath(err).Error()
	case info.Size() != d.size:
		return fmt.Sprintf("it had %d bytes and now has %d", d.size, info.Size())
	case info.ModTime().UnixNano() != d.modified:
		return "it was written at " + info.ModTime().UTC().Format(time.RFC3339Nano)
	}
	return ""
}

// openRegular opens regular files only: a file may have been replaced by a pipe since it was found, and opening
// that would block.
func openRegular(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|openNow, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("no longer a regular file (%s)", info.Mode().Type())
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

type sizedFile struct {
	*io.SectionReader
	io.Closer
}

// slice is a stretch of another source: a member that its archive stores uncompressed.
type slice struct {
	of     Source
	off, n int64
}

func (s slice) Open() (io.ReadCloser, error) { return s.open() }

func (s slice) OpenRandom() (RandomAccess, error) { return s.open() }

func (s slice) open() (*sliceReader, error) {
	at, err := s.of.OpenRandom()
	if err != nil {
		return nil, err
	}
	return &sliceReader{io.NewSectionReader(at, s.off, s.n), at}, nil
}

type sliceReader struct {
	*io.SectionReader
	io.Closer
}

// closing reads from one thing and closes another.
type closing struct {
	io.Reader
	io.Closer
}

// damagedSource gives the bytes that could be recovered, then the error that ended them.
type damagedSource struct {
	Source
	err error
}

func (d damagedSource) Open() (io.ReadCloser, error) {
	r, err := d.Source.Open()
	if err != nil {
		return nil, err
	}
	return &closing{io.MultiReader(r, failing{d.err}), r}, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// copySource is a copy in the collection's spill.
type copySource struct{ spill.Block }

func (b copySource) Open() (io.ReadCloser, error) { return io.NopCloser(b.Reader()), nil }

func (b copySource) OpenRandom() (RandomAccess, error) { return copyReader{b.Reader()}, nil }

type copyReader struct{ *io.SectionReader }

func (copyReader) Close() error { return nil }

// addTo copies r to its end. If r fails, the source has the bytes before the error, which is returned beside it.
func addTo(s *spill.Store, r io.Reader) (Source, int64, error) {
	b, kept, err := s.Add(r)
	if !kept {
		return nil, 0, err
	}
	return copySource{b}, b.Size(), readError(err)
}

// copied unpacks a source once for random access and keeps the copy as long as the collection.
type copied struct {
	mu    sync.Mutex
	copy  Source
	ended error // the error after the last byte of the copy; nil if the source was read to its end
}

// Unpacked is the copy of a source that can only be unpacked from the front. Ended is the error that ended the
// unpacking, nil if there was none.
type Unpacked struct {
	RandomAccess
	Ended error
}

func (c *copied) openRandom(s *spill.Store, from Source) (RandomAccess, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.copy == nil {
		r, err := from.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		// What could be unpacked can be read again; an error in between was reported when the file was scanned.
		src, _, err := addTo(s, r)
		if c.copy, c.ended = src, err; src == nil {
			return nil, err
		}
	}
	r, err := c.copy.OpenRandom()
	return Unpacked{r, c.ended}, err
}

// cancellable ends with its context.
type cancellable struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// readError turns an unexpected end into an error that says so.
func readError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncated
	}
	return err
}

// errTruncated says that an archive ends before its member does.
var errTruncated = errors.New("the archive ends here")
