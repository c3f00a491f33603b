package timeline

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd frame may ask for. The format's own recommended limit is 8 MiB; --ultra asks for up to 128.
const maxWindow = 128 << 20

// stream reads what can only be read from the front: a tar, or one compressed stream with a tar or a single file in it. The logs
// are copied on the way; the rest is passed over.
func (w *walker) stream(k kind, e walkEntry) error {
	r := e.stream
	if e.src != nil {
		file, err := e.src.open()
		if err != nil {
			return unwrapPath(err)
		}
		defer file.Close()
		r = file
	}
	in := &counting{r: &cancellable{w.ctx, r}}
	if k == kindTar {
		return w.tar(in, e, "tar")
	}
	unpacked, inner, err := decompress(k, in)
	if err != nil {
		return readError(err)
	}
	if c, ok := unpacked.(io.Closer); ok {
		defer c.Close()
	}
	buffered := bufio.NewReaderSize(&bounded{r: unpacked, packed: func() int64 { return in.n }, limits: &w.limits}, 64<<10)
	head, err := buffered.Peek(sniffSize)
	if len(head) == 0 && !errors.Is(err, io.EOF) {
		return readError(err)
	}
	if found, _ := sniff(head, 0); found == kindTar {
		return w.tar(buffered, e, "tar."+k.String())
	}
	if err := w.member(); err != nil {
		return err
	}
	if inner == "" {
		inner = strings.TrimSuffix(e.name, path.Ext(e.name))
	}
	c := e.child(inner, k.String(), map[string]int{})
	c.head, c.stream = append([]byte(nil), head...), buffered
	w.consider(c)
	return nil
}

// decompress opens a compressed stream, with the name of what is in it where the format has that.
func decompress(k kind, r io.Reader) (unpacked io.Reader, name string, err error) {
	switch k {
	case kindGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, "", err
		}
		return z, path.Base(clean(z.Name)), nil
	case kindBzip2:
		return bzip2.NewReader(r), "", nil
	case kindZstd:
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, "", err
		}
		return z.IOReadCloser(), "", nil
	}
	return nil, "", errors.New("not a compressed stream")
}

// tar goes through a tar's members.
func (w *walker) tar(r io.Reader, e walkEntry, format string) error {
	t := tar.NewReader(r)
	names := map[string]int{}
	for n := 0; ; n++ {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, errTruncated):
			return fmt.Errorf("it ends in the middle of member %d; whatever followed is lost", n)
		case err != nil:
			return fmt.Errorf("after member %d: %w", n, err)
		}
		if err := w.member(); err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse {
			if h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink {
				w.col.Ignored++ // a name for a member that is read under another
			}
			continue // directories and devices hold no bytes
		}
		c := e.child(h.Name, format, names)
		buffered := bufio.NewReaderSize(t, sniffSize)
		head, err := buffered.Peek(sniffSize)
		if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
			return fmt.Errorf("member %d: %w", n+1, readError(err))
		}
		c.head, c.stream, c.size = append([]byte(nil), head...), buffered, h.Size
		w.consider(c)
	}
}
