package xlsx

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"hunt/pattern"
	"hunt/timeline/spill"
)

// zipEpoch is the time on every entry of a workbook: the first that a zip can hold, so
// that equal reports are equal files.
var zipEpoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// sortedZip is the zip writer that excelize writes a workbook through. excelize hands
// over the parts in the order of a Go map, and keeps the whole zip in memory; here each
// part is deflated into one temporary file as it comes, and finish copies the parts to
// the destination sorted by name with fixed times. A sheet is begun here with its rows
// before excelize writes the rest of it. Memory does not grow with the workbook.
type sortedZip struct {
	dst   io.Writer
	spool *os.File
	buf   *bufio.Writer
	fl    *flate.Writer // one for all parts: it is large
	parts []*zipPart
	begun map[string]*zipPart // sheets with their rows, by name
	open  *zipPart            // the part that is being written
	size  int64               // of the spool
	err   error
}

// zipPart is one file of the workbook.
type zipPart struct {
	name  string
	spans []span // of the spool, in order
	raw   int64
	crc   uint32

	zip  *sortedZip
	held *bytes.Buffer // what excelize wrote, where edit wants it whole
	edit func([]byte) ([]byte, error)
}

// span is a piece of the spool.
type span struct{ start, size int64 }

func newSortedZip(dst io.Writer, tempDir string) (*sortedZip, error) {
	f, err := spill.TempFile(tempDir)
	if err != nil {
		return nil, err
	}
	z := &sortedZip{dst: dst, spool: f, buf: bufio.NewWriterSize(spoolWriter{f, tempDir}, 1<<16),
		begun: map[string]*zipPart{}}
	z.fl, z.err = flate.NewWriter(countingWriter{z}, flate.BestSpeed)
	return z, z.err
}

// spoolWriter writes the spool. Its errors say where temporary files go.
type spoolWriter struct {
	file *os.File
	dir  string
}

func (s spoolWriter) Write(b []byte) (int, error) {
	n, err := s.file.Write(b)
	if err != nil {
		return n, spill.Failed(s.dir, err)
	}
	return n, nil
}

// begin starts the part name ahead of excelize. What is written to it until the next
// part is its beginning; when excelize comes to write the part, edit makes the end of
// what excelize has.
func (z *sortedZip) begin(name string, edit func([]byte) ([]byte, error)) *zipPart {
	z.finishPart()
	p := &zipPart{name: name, zip: z, edit: edit}
	z.parts = append(z.parts, p)
	z.begun[name] = p
	z.start(p)
	return p
}

// Create starts the part name; the one before it is complete.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	z.finishPart()
	if z.err != nil {
		return nil, z.err
	}
	p := z.begun[name]
	if p == nil {
		p = &zipPart{name: name, zip: z}
		z.parts = append(z.parts, p)
		if name == contentTypes {
			p.edit = sortDefaults
		}
	}
	if p.edit != nil {
		p.held = new(bytes.Buffer)
	}
	z.start(p)
	return p, nil
}

// start begins a span of p. Deflate streams that end with a flush can follow each other
// in one part.
func (z *sortedZip) start(p *zipPart) {
	z.open = p
	z.fl.Reset(countingWriter{z})
	p.spans = append(p.spans, span{start: z.size})
}

// countingWriter appends to the spool.
type countingWriter struct{ z *sortedZip }

func (c countingWriter) Write(b []byte) (int, error) {
	n, err := c.z.buf.Write(b)
	c.z.size += int64(n)
	return n, err
}

// Write deflates b into the part.
func (p *zipPart) Write(b []byte) (int, error) {
	if p.held != nil {
		return p.held.Write(b)
	}
	p.crc = crc32.Update(p.crc, crc32.IEEETable, b)
	p.raw += int64(len(b))
	n, err := p.zip.fl.Write(b)
	if err != nil {
		p.zip.err = err
	}
	return n, err
}

// finishPart ends the open span: with the part, or, where excelize has yet to write the
// rest of it, with a flush.
func (z *sortedZip) finishPart() {
	p := z.open
	if p == nil || z.err != nil {
		return
	}
	z.open = nil
	last := p.edit == nil || p.held != nil
	if p.held != nil {
		var b []byte
		if b, z.err = p.edit(p.held.Bytes()); z.err != nil {
			return
		}
		p.held = nil
		if _, z.err = p.Write(b); z.err != nil {
			return
		}
	}
	if last {
		z.err = z.fl.Close()
	} else {
		z.err = z.fl.Flush()
	}
	s := &p.spans[len(p.spans)-1]
	s.size = z.size - s.start
}

// AddFS is part of excelize's interface; a report adds no directories.
func (z *sortedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close is called by excelize when all parts are there; finish does the work.
func (z *sortedZip) Close() error {
	z.finishPart()
	return z.err
}

// finish writes the zip to the destination.
func (z *sortedZip) finish() error {
	if z.finishPart(); z.err != nil {
		return z.err
	}
	if err := z.buf.Flush(); err != nil {
		return err
	}
	slices.SortFunc(z.parts, func(a, b *zipPart) int { return comparePart(a.name, b.name) })
	out := zip.NewWriter(z.dst)
	for _, p := range z.parts {
		var compressed int64
		for _, s := range p.spans {
			compressed += s.size
		}
		w, err := out.CreateRaw(&zip.FileHeader{
			Name: p.name, Method: zip.Deflate, Modified: zipEpoch, CRC32: p.crc,
			CompressedSize64: uint64(compressed), UncompressedSize64: uint64(p.raw),
		})
		if err != nil {
			return err
		}
		for _, s := range p.spans {
			if _, err := io.Copy(w, io.NewSectionReader(z.spool, s.start, s.size)); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// contentTypes is the part that lists the types of all others.
const contentTypes = "[Content_Types].xml"

var defaultType = pattern.Of(`<Default [^>]*></Default>`)

// sortDefaults puts the default types, which excelize writes in the order of a Go map,
// in the order of their text; they come first in the part and mean the same in any order.
func sortDefaults(b []byte) ([]byte, error) {
	types := defaultType().FindAllString(string(b), -1)
	slices.Sort(types)
	i := 0
	return defaultType().ReplaceAllFunc(b, func([]byte) []byte {
		i++
		return []byte(types[i-1])
	}), nil
}

// comparePart orders the parts by name, the content types first as readers expect.
func comparePart(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == contentTypes:
		return -1
	case b == contentTypes:
		return 1
	}
	return strings.Compare(a, b)
}

// close deletes the temporary file.
func (z *sortedZip) close() error { return z.spool.Close() }
