package evidence

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds the memory that a zstd frame may ask for. The format's own recommended limit is
// 8 MiB; --ultra asks for up to 128.
const maxWindow = 128 << 20

// stream reads what can only be read from the front: a tar, or one compressed stream with a tar or
// a single file in it. The logs are copied on the way; the rest is passed over.
func (w *walker) stream(k kind, e walkEntry) error {
	names := map[string]int{}
	resume, err := w.streamFrom(k, e, 0, names)
	for e.src != nil && resume >= 0 && w.ctx.Err() == nil && !errors.Is(err, errAllowance) {
		from := resume
		var again error
		if resume, again = w.streamFrom(k, e, from, names); resume <= from {
			resume = -1
		}
		err = errors.Join(err, again)
	}
	return err
}

// streamFrom reads the unpacked stream from an offset on.
func (w *walker) streamFrom(k kind, e walkEntry, from int64, names map[string]int) (resume int64, err error) {
	r := e.stream
	if e.src != nil {
		file, err := e.src.Open()
		if err != nil {
			return -1, unwrapPath(err)
		}
		defer file.Close()
		r = file
	}
	in := &counting{r: &cancellable{w.ctx, r}}
	if k == kindTar {
		return w.plainTar(in, e, from, names)
	}
	unpacked, inner := newPackedStream(k, in)
	defer func() { _ = unpacked.Close() }() // it was only read
	if e.src != nil && e.seekable {
		if at, err := e.src.OpenRandom(); err == nil {
			defer func() { _ = at.Close() }() // it was only read
			unpacked.from = func(off int64) io.Reader {
				return &cancellable{w.ctx, io.NewSectionReader(at, off, max(at.Size()-off, 0))}
			}
		}
	}
	limited := &bounded{r: unpacked, packed: func() int64 { return in.n }, limits: &w.limits}
	e.paid = true
	buffered := &rewinder{r: &paying{r: limited, from: w.allow}} // unlike a bufio.Reader it has an error still to come
	head := append([]byte(nil), buffered.peek(sniffSize)...)
	err = buffered.err
	holed := errors.As(err, new(*holeError))
	if len(head) == 0 && !errors.Is(err, io.EOF) && !holed {
		return -1, readError(err)
	}
	if found, _ := sniff(head, 0); found == kindTar || from > 0 || found == kindOther && nameSaysTar(e.name) && (holed || len(head) >= tarBlock) {
		if _, err := io.CopyN(io.Discard, buffered, from); err != nil {
			return -1, err
		}
		return w.tar(buffered, e, "tar."+k.String(), names, from)
	}
	if err := w.member(e); err != nil {
		return -1, err
	}
	if inner == "" {
		inner = strings.TrimSuffix(e.name, path.Ext(e.name))
	}
	c := e.child(inner, k.String(), names)
	c.head, c.stream, c.paid = append([]byte(nil), head...), buffered, true
	w.consider(c)
	if found, advice := sniff(head, 0); found == kindOther && advice == "" {
		// Nothing that hunt reads; but a damaged beginning can look like that, and then the
		// checksum tells.
		if _, err := io.CopyN(io.Discard, buffered, w.limits.floor); err != nil && !errors.Is(err, io.EOF) {
			return -1, readError(err)
		}
	}
	return -1, nil
}

// plainTar reads a tar that is not compressed from an offset on.
func (w *walker) plainTar(in io.Reader, e walkEntry, from int64, names map[string]int) (resume int64, err error) {
	if _, err := io.CopyN(io.Discard, in, from); err != nil {
		return -1, err
	}
	if from > 0 {
		in = &paying{r: in, from: w.allow} // or a tar of forged sizes would be read as often as it has members
	}
	return w.tar(in, e, "tar", names, from)
}

// nameSaysTar reports whether a file is named as a tar, or as one that is compressed.
func nameSaysTar(name string) bool {
	name = strings.ToLower(name)
	ext := path.Ext(name)
	return ext == ".tar" || ext == ".tgz" || ext == ".tbz2" || path.Ext(strings.TrimSuffix(name, ext)) == ".tar"
}

// holeError says that a part of a compressed stream is damaged, and that what is read next stands
// behind it. It does not unwrap: where a part ends too early, the stream does not.
type holeError struct{ err error }

func (h *holeError) Error() string {
	return fmt.Sprintf("damaged (%v); hunt continued with its next part", h.err)
}

// packedStream unpacks a stream that consists of parts, as appending files makes it: gzip members,
// bzip2 streams, zstd frames. Behind a damaged part it goes on with the next, after a holeError.
type packedStream struct {
	kind kind
	in   *bufio.Reader
	part io.Reader
	end  error

	raw   *counting                 // below in
	from  func(off int64) io.Reader // the packed bytes from an offset on; nil if there is no way back
	base  int64                     // of raw's first byte
	begin int64                     // of the gzip member that is read
	backs int
}

// maxBacks bounds how often a stream is gone back in.
const maxBacks = 1000

func newPackedStream(k kind, r *counting) (s *packedStream, name string) {
	s = &packedStream{kind: k, in: bufio.NewReaderSize(r, 64<<10), raw: r}
	if err := s.next(); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // damaged lengths can reach beyond the end
		}
		s.part = broken{err} // others may follow
	}
	if z, ok := s.part.(*gzip.Reader); ok && z.Name != "" {
		name = path.Base(clean(z.Name))
	}
	return s, name
}

// broken is a part whose beginning cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// next begins a part.
func (s *packedStream) next() error {
	switch s.kind {
	case kindGzip:
		s.begin = s.base + s.raw.n - int64(s.in.Buffered())
		if z, ok := s.part.(*gzip.Reader); ok {
			if err := z.Reset(s.in); err != nil {
				return err
			}
			z.Multistream(false)
			return nil
		}
		z, err := gzip.NewReader(s.in)
		if err != nil {
			return err
		}
		z.Multistream(false)
		s.part = z
		return nil
	case kindBzip2:
		s.part = bzip2.NewReader(s.in)
		return nil
	case kindZstd:
		s.close()
		z, err := zstd.NewReader(s.in, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return err
		}
		s.part = z
		return nil
	}
	return errors.New("not a compressed stream")
}

func (s *packedStream) close() {
	if z, ok := s.part.(*zstd.Decoder); ok {
		z.Close()
	}
	s.part = nil
}

// Close frees the decoder.
func (s *packedStream) Close() error {
	s.close()
	return nil
}

func (s *packedStream) Read(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := readSome(s.part, p)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF):
		if !s.more() {
			s.end = io.EOF
			return n, s.end
		}
		err = s.next()
		if err == nil {
			return n, nil
		}
	case errors.Is(err, io.ErrUnexpectedEOF) && s.from == nil:
		s.end = err
		return n, err
	}
	for s.resume() {
		if s.next() == nil {
			return n, &holeError{err}
		}
	}
	s.end = err
	return n, err
}

// resume goes to the next part behind a damaged one. Damaged data can go on through the beginnings
// of other gzip members: they are searched from the beginning of this one, if there is a way back.
// The decoders of bzip2 and zstd do not tell where a part begins.
func (s *packedStream) resume() bool {
	if s.kind == kindGzip && s.from != nil && s.backs < maxBacks {
		s.backs++
		s.raw.r = s.from(s.begin + 1)
		s.base = s.begin + 1 - s.raw.n
		s.in.Reset(s.raw)
	}
	return s.search()
}

// more reports whether a part follows. Zeros, as tapes have them, and rubbish behind the end are
// none.
func (s *packedStream) more() bool {
	if s.kind != kindGzip {
		return false // bzip2 and zstd read all parts themselves
	}
	for {
		b, err := s.in.Peek(1)
		if err != nil {
			return false
		}
		if b[0] != 0 {
			break
		}
		_, _ = s.in.Discard(1)
	}
	head, _ := s.in.Peek(3)
	return string(head) == "\x1f\x8b\x08" || s.search()
}

// packedWithin tells what is compressed in a file by its name and by the beginning of a part
// somewhere in it: its own is damaged.
func packedWithin(r io.Reader, name string) kind {
	var k kind
	switch strings.ToLower(path.Ext(name)) {
	case ".gz", ".tgz":
		k = kindGzip
	case ".bz2", ".tbz2":
		k = kindBzip2
	case ".zst":
		k = kindZstd
	default:
		return kindOther
	}
	if s := (&packedStream{kind: k, in: bufio.NewReaderSize(r, 64<<10)}); !s.search() {
		return kindOther
	}
	return k
}

// search goes to where the next part begins.
func (s *packedStream) search() bool {
	magic, check := "\x1f\x8b\x08", 10
	switch s.kind {
	case kindBzip2:
		magic = "BZh"
	case kindZstd:
		magic = "\x28\xb5\x2f\xfd"
	}
	for {
		b, err := s.in.Peek(s.in.Size())
		if i := bytes.Index(b, []byte(magic)); i >= 0 {
			_, _ = s.in.Discard(i)
			head, _ := s.in.Peek(check)
			if len(head) == check && (s.kind != kindGzip || head[3]&0xe0 == 0 && (head[8] == 0 || head[8] == 2 || head[8] == 4)) &&
				(s.kind != kindBzip2 || string(head[4:]) == "1AY&SY") {
				return true
			}
			_, _ = s.in.Discard(1)
			continue
		}
		if err != nil {
			return false
		}
		_, _ = s.in.Discard(len(b) - len(magic) + 1)
	}
}
