package evidence

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// maxLostHeader is how far into a stream with a damaged header its first packed byte is looked for: a header contains
// a name.
const maxLostHeader = 1 << 10

var errLostHeader = errors.New("its header is damaged; hunt read the packed data after it")

// zstdAnyHeader begins a frame of any size with a window of 8 MiB, which only --ultra and --long exceed, and
// without a checksum.
const zstdAnyHeader = zstdMagic + "\x00\x68"

// soundHeader reports whether unpacking a stream gives something.
func soundHeader(k kind, src Source) bool {
	r, err := src.Open()
	if err != nil {
		return true // reading it will report the error
	}
	defer func() { _ = r.Close() }() // it was only read
	s, _ := newPackedStream(k, newPackedSource(&counting{r: r}))
	defer func() { _ = s.Close() }() // the same
	n, err := readSome(s, make([]byte, 1))
	return n > 0 || errors.Is(err, io.EOF)
}

// lostHeader finds the packed bytes of a gzip or zstd stream whose header is damaged: the place from which a log or
// an archive can be unpacked. It returns the stream with a suitable header, nil if there is none.
func lostHeader(k kind, src Source) Source {
	var header string
	var unpack func(io.Reader) io.Reader
	switch k {
	case kindGzip:
		header = gzipMagic + "\x00\x00\x00\x00\x00\x00\xff"
		unpack = func(r io.Reader) io.Reader { return flate.NewReader(r) }
	case kindZstd:
		header = zstdAnyHeader
		z, err := zstd.NewReader(nil, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil
		}
		defer z.Close()
		unpack = func(r io.Reader) io.Reader {
			if z.Reset(io.MultiReader(strings.NewReader(zstdAnyHeader), r)) != nil {
				return bytes.NewReader(nil)
			}
			return z
		}
	default:
		return nil
	}
	at, err := src.OpenRandom()
	if err != nil {
		return nil
	}
	defer func() { _ = at.Close() }() // it was only read
	front := make([]byte, maxLostHeader+zstdBlockMax)
	n, _ := at.ReadAt(front, 0) // a shorter one is examined, too
	head := make([]byte, sniffSize)
	for i := range min(n, maxLostHeader) {
		got, _ := io.ReadFull(unpack(bytes.NewReader(front[i:n])), head) // it ends early where the piece does
		if found, _ := sniff(head[:got], 0); got >= tarBlock && found != kindOther {
			return behindHeader{header, slice{src, int64(i), at.Size() - int64(i)}}
		}
	}
	return nil
}

// behindHeader is a source with a header in front.
type behindHeader struct {
	header string
	rest   slice
}

func (b behindHeader) Open() (io.ReadCloser, error) {
	r, err := b.rest.Open()
	if err != nil {
		return nil, err
	}
	return &closing{io.MultiReader(strings.NewReader(b.header), r), r}, nil
}

func (b behindHeader) OpenRandom() (RandomAccess, error) {
	r, err := b.rest.OpenRandom()
	if err != nil {
		return nil, err
	}
	return headedReader{b.header, r}, nil
}

type headedReader struct {
	header string
	RandomAccess
}

func (h headedReader) Size() int64 { return h.RandomAccess.Size() + int64(len(h.header)) }

func (h headedReader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < int64(len(h.header)) {
		n = copy(p, h.header[off:])
	}
	if n == len(p) {
		return n, nil
	}
	more, err := h.RandomAccess.ReadAt(p[n:], off+int64(n-len(h.header)))
	return n + more, err
}
