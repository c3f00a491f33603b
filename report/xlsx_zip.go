package report

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// zipEpoch is the time on every entry of a workbook: the first that a zip can hold, so
// that equal reports are equal files.
var zipEpoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// sortedZip is the zip writer that excelize writes a workbook through. excelize hands
// over the streamed sheets in the order of a Go map, and keeps the whole zip in memory;
// here each part is deflated into one temporary file as it comes, and Close copies the
// parts to the destination sorted by name with fixed times. Memory does not grow with
// the workbook.
type sortedZip struct {
	dst   io.Writer
	spool *os.File
	buf   *bufio.Writer
	parts []*zipPart
	size  int64 // of the spool
	err   error
}

// zipPart is one file of the workbook.
type zipPart struct {
	name       string
	start      int64
	compressed int64
	raw        int64
	crc        uint32

	zip  *sortedZip
	fl   *flate.Writer
	held *bytes.Buffer // of the content types, which are put in order when complete
}

func newSortedZip(dst io.Writer) (*sortedZip, error) {
	f, err := os.CreateTemp("", "hunt-xlsx-*.tmp")
	if err != nil {
		return nil, fmt.Errorf("temporary file for the workbook: %w", err)
	}
	return &sortedZip{dst: dst, spool: f, buf: bufio.NewWriterSize(f, 1<<16)}, nil
}

// Create starts the part name; the one before it is complete.
func (z *sortedZip) Create(name string) (io.Writer, error) {
	z.finishPart()
	if z.err != nil {
		return nil, z.err
	}
	p := &zipPart{name: name, start: z.size, zip: z}
	p.fl, z.err = flate.NewWriter(countingWriter{z}, flate.BestSpeed)
	if name == contentTypes {
		p.held = new(bytes.Buffer)
	}
	z.parts = append(z.parts, p)
	return p, z.err
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
	n, err := p.fl.Write(b)
	if err != nil {
		p.zip.err = err
	}
	return n, err
}

func (z *sortedZip) finishPart() {
	if len(z.parts) == 0 {
		return
	}
	p := z.parts[len(z.parts)-1]
	if p.fl == nil {
		return
	}
	if p.held != nil {
		b := sortDefaults(p.held.Bytes())
		p.held = nil
		if _, err := p.Write(b); err != nil {
			z.err = err
		}
	}
	if err := p.fl.Close(); err != nil && z.err == nil {
		z.err = err
	}
	p.fl, p.compressed = nil, z.size-p.start
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
		w, err := out.CreateRaw(&zip.FileHeader{
			Name: p.name, Method: zip.Deflate, Modified: zipEpoch, CRC32: p.crc,
			CompressedSize64: uint64(p.compressed), UncompressedSize64: uint64(p.raw),
		})
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, io.NewSectionReader(z.spool, p.start, p.compressed)); err != nil {
			return err
		}
	}
	return out.Close()
}

// contentTypes is the part that lists the types of all others.
const contentTypes = "[Content_Types].xml"

var defaultType = regexp.MustCompile(`<Default [^>]*></Default>`)

// sortDefaults puts the default types, which excelize writes in the order of a Go map,
// in the order of their text; they come first in the part and mean the same in any order.
func sortDefaults(b []byte) []byte {
	types := defaultType.FindAllString(string(b), -1)
	slices.Sort(types)
	i := 0
	return defaultType.ReplaceAllFunc(b, func([]byte) []byte {
		i++
		return []byte(types[i-1])
	})
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

// remove deletes the temporary file.
func (z *sortedZip) remove() error {
	return errors.Join(z.spool.Close(), os.Remove(z.spool.Name()))
}
