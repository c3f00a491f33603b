package evidence

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"

	"hunt/timeline/evidence/bunzip"
	"hunt/timeline/evidence/hole"
)

// maxWindow bounds the memory that a zstd frame may ask for, in bytes. The format's own recommended limit is 8
// MiB; --ultra asks for up to 128 MiB.
const maxWindow = 128 << 20

// stream reads archives that can only be read from the front: a tar, or one compressed stream with a tar or a
// single file in it. The logs are copied as they pass; the rest is skipped.
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
	source := newPackedSource(in)
	if e.src != nil {
		again := &reopened{src: e.src}
		defer again.close()
		source.from = func(off int64) (io.Reader, error) {
			r, err := again.from(off)
			return &cancellable{w.ctx, r}, err
		}
	}
	unpacked, inner := newPackedStream(k, source)
	defer func() { _ = unpacked.Close() }() // it was only read
	limited := &bounded{r: unpacked, packed: func() int64 { return in.n }, limits: &w.limits}
	e.paid = true
	buffered := &rewinder{r: &paying{r: limited, from: w.allow}} // unlike a bufio.Reader, it keeps a pending error
	head, front := buffered.beginning()
	if err := buffered.err; len(head) == 0 && !errors.Is(err, io.EOF) {
		return -1, readError(err)
	}
	if found, _ := sniff(head, 0); found == kindTar || from > 0 || found == kindOther && nameSaysTar(e.name) &&
		(front != nil || len(head) >= tarBlock) {
		if _, err := io.CopyN(io.Discard, &mending{r: buffered}, from); err != nil {
			return -1, err // the holes were reported the first time
		}
		resume, err := w.tar(buffered, e, "tar."+k.String(), names, from)
		if from == 0 {
			err = errors.Join(front, err)
		}
		return resume, err
	}
	if err := w.member(e); err != nil {
		return -1, err
	}
	if inner == "" {
		inner = strings.TrimSuffix(e.name, path.Ext(e.name))
	}
	c := e.child(inner, k.String(), names)
	c.head, c.stream, c.paid = head, &mending{r: buffered, first: front}, true
	return -1, w.single(c)
}

// single considers the only file of a stream.
func (w *walker) single(c walkEntry) error {
	w.consider(c)
	if found, advice := sniff(c.head, 0); found == kindOther && advice == "" {
		// hunt reads nothing in it; but it may look like that because its beginning is damaged, and then the
		// checksum shows it.
		if _, err := io.CopyN(io.Discard, c.stream, w.limits.floor); err != nil && !errors.Is(err, io.EOF) {
			return readError(err)
		}
	}
	return nil
}

// beginning returns the first bytes that can be read, and the damage before them.
func (r *rewinder) beginning() (head []byte, front error) {
	head = r.peek(sniffSize)
	for len(head) == 0 && hole.Is(r.err) {
		front, r.err = r.err, nil
		head = r.peek(sniffSize)
	}
	return bytes.Clone(head), front
}

// plainTar reads a tar that is not compressed from an offset on.
func (w *walker) plainTar(in io.Reader, e walkEntry, from int64, names map[string]int) (resume int64, err error) {
	if _, err := io.CopyN(io.Discard, in, from); err != nil {
		return -1, err
	}
	if from > 0 {
		in = &paying{r: in, from: w.allow} // otherwise a tar with forged sizes would be read as often as it has members
	}
	return w.tar(in, e, "tar", names, from)
}

// nameSaysTar reports whether a file is named as a tar, or as one that is compressed.
func nameSaysTar(name string) bool {
	name = strings.ToLower(name)
	ext := path.Ext(name)
	return ext == ".tar" || ext == ".tgz" || ext == ".tbz2" || path.Ext(strings.TrimSuffix(name, ext)) == ".tar"
}

// mending continues reading after holes, and reports them at the end.
type mending struct {
	r     io.Reader
	first error
	more  int
}

func (m *mending) Read(p []byte) (int, error) {
	for {
		n, err := m.r.Read(p)
		switch {
		case hole.Is(err):
			if m.first == nil {
				m.first = err
			} else {
				m.more++
			}
			if n > 0 || len(p) == 0 {
				return n, nil
			}
		case err != nil && m.first != nil:
			return n, m.error(err)
		default:
			return n, err
		}
	}
}

// pass reads up to the next hole, and notes it.
func (m *mending) pass(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.first == nil && hole.Is(err) {
		m.first = err
		err = nil
	}
	return n, err
}

func (m *mending) error(err error) error {
	told := m.first
	if m.more > 0 {
		told = fmt.Errorf("%w; so are %d more places", m.first, m.more)
	}
	if errors.Is(err, io.EOF) {
		return told
	}
	return fmt.Errorf("%s; then %w", told.Error(), err)
}

// ReadOn reports whether a read error is about damage around or within what was read, and not about where reading
// ended.
func ReadOn(err error) bool { return hole.Is(err) || errors.Is(err, errOrphan) }

// reopened reads a source from any offset. A source that can only be unpacked from the front is copied when that
// is first needed.
type reopened struct {
	src Source
	at  RandomAccess
}

func (r *reopened) from(off int64) (io.Reader, error) {
	if r.at == nil {
		at, err := r.src.OpenRandom()
		if err != nil {
			return nil, err
		}
		r.at = at
	}
	return io.NewSectionReader(r.at, off, max(r.at.Size()-off, 0)), nil
}

func (r *reopened) close() {
	if r.at != nil {
		_ = r.at.Close() // it was only read
	}
}

// packedSource is the packed bytes of a stream, in which reading can go back.
type packedSource struct {
	*bufio.Reader
	raw  *counting                          // the source below
	from func(off int64) (io.Reader, error) // opens the bytes from an offset on; nil if there is no way back
	base int64                              // of raw's first byte
	far  int64                              // the farthest offset
	cost hole.Search
	full bool // searching ended at its bound
}

func newPackedSource(r *counting) *packedSource {
	return &packedSource{Reader: bufio.NewReaderSize(r, 64<<10), raw: r}
}

// offset returns the offset of the next byte.
func (s *packedSource) offset() int64 { return s.base + s.raw.n - int64(s.Buffered()) }

// search moves to the next place at or after an offset where a part begins. Without a way back it starts at the
// current place.
func (s *packedSource) search(from int64, magic string, accept func(head []byte) bool) bool {
	if back := s.offset() - from; back != 0 && s.from != nil {
		s.far = max(s.far, s.offset())
		if !s.cost.Spend(back, s.far) {
			s.full = true
			return false
		}
		r, err := s.from(from)
		if err != nil {
			return false
		}
		s.raw.r, s.base = r, from-s.raw.n
		s.Reset(s.raw)
	}
	const check = 10 // bytes that accept sees
	for {
		b, err := s.Peek(s.Size())
		if i := bytes.Index(b, []byte(magic)); i >= 0 {
			_, _ = s.Discard(i)
			if head, _ := s.Peek(check); accept == nil || len(head) == check && accept(head) {
				return true
			}
			_, _ = s.Discard(1)
			continue
		}
		if err != nil {
			return false
		}
		_, _ = s.Discard(len(b) - len(magic) + 1)
	}
}

// padding skips zeros, and reports whether nothing follows them and they are few enough to be padding of blocks.
func (s *packedSource) padding() bool {
	for n := 0; ; n++ {
		switch b, err := s.Peek(1); {
		case errors.Is(err, io.EOF):
			return n <= hole.MaxPadding
		case err != nil || b[0] != 0:
			return false
		}
		_, _ = s.Discard(1)
	}
}

// packedStream unpacks a stream that consists of parts, as appending files makes it: gzip members, bzip2 streams
// and their blocks, zstd frames. After a damaged part it returns a [hole.Error] and continues with the next.
type packedStream struct {
	kind kind
	in   *packedSource
	part io.Reader
	end  error

	begin int64 // start of the gzip member that is being read
}

func newPackedStream(k kind, in *packedSource) (s *packedStream, name string) {
	s = &packedStream{kind: k, in: in}
	switch k {
	case kindBzip2:
		s.part = bunzip.NewReader(in.Reader)
	case kindZstd:
		s.part = newUnzstd(in)
	default:
		if err := s.next(); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF // damaged lengths can reach beyond the end
			}
			s.part = broken{err} // others may follow
		}
	}
	if z, ok := s.part.(*gzip.Reader); ok && z.Name != "" {
		name = path.Base(clean(z.Name))
	}
	return s, name
}

// broken is a part whose beginning cannot be read.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// next begins a gzip member.
func (s *packedStream) next() (err error) {
	s.begin = s.in.offset()
	z, ok := s.part.(*gzip.Reader)
	if ok {
		err = z.Reset(s.in.Reader)
	} else {
		z, err = gzip.NewReader(s.in.Reader)
	}
	if err != nil {
		return err
	}
	z.Multistream(false)
	s.part = z
	return nil
}

// Close frees the decoder.
func (s *packedStream) Close() error {
	if c, ok := s.part.(*unzstd); ok {
		return c.Close()
	}
	return nil
}

func (s *packedStream) Read(p []byte) (int, error) {
	if s.end != nil {
		return 0, s.end
	}
	n, err := readSome(s.part, p)
	if err == nil || hole.Is(err) {
		return n, err
	}
	if s.kind != kindGzip {
		s.end = err
		return n, err
	}
	if errors.Is(err, io.EOF) {
		var more bool
		if more, err = s.more(); !more {
			s.end = err
			return n, err
		}
		if err == nil {
			if err = s.next(); err == nil {
				return n, nil
			}
		} else if s.next() == nil {
			return n, &hole.Error{Err: err}
		}
	}
	// Damaged data can continue through the beginnings of other members, so these are looked for from the beginning
	// of this one, if there is a way back.
	for s.in.search(s.begin+1, gzipMagic, gzipHead) {
		if s.next() == nil {
			return n, &hole.Error{Err: err}
		}
	}
	if s.in.full {
		err = hole.ErrSearched
	}
	s.end = err
	return n, err
}

const gzipMagic = "\x1f\x8b\x08"

// gzipHead reports whether a gzip member can begin like this: its flags and level are known ones.
func gzipHead(head []byte) bool {
	return head[3]&0xe0 == 0 && (head[8] == 0 || head[8] == 2 || head[8] == 4)
}

var errBetween = errors.New("the bytes after a part are not the start of another")

// more moves to the next gzip member after one that ended. The error says that something else precedes it, or is
// io.EOF if nothing follows; zeros, as tapes have them, count as nothing.
func (s *packedStream) more() (bool, error) {
	if s.in.padding() {
		return false, io.EOF
	}
	at := s.in.offset()
	if head, _ := s.in.Peek(len(gzipMagic)); string(head) == gzipMagic {
		return true, nil
	}
	return s.in.search(at, gzipMagic, gzipHead), errBetween
}

// packedWithin recognises what is compressed in a file with a damaged header by its name and by the beginning of a
// part somewhere in it, or of its packed content.
func packedWithin(src Source, r io.Reader, name string) kind {
	in := newPackedSource(&counting{r: r})
	found, k := false, kindOther
	switch strings.ToLower(path.Ext(name)) {
	case ".gz", ".tgz":
		found, k = in.search(0, gzipMagic, gzipHead), kindGzip
	case ".bz2", ".tbz2", ".tbz":
		found, k = bunzip.Within(in.Reader), kindBzip2
	case ".zst", ".tzst":
		found, k = in.search(0, zstdMagic, nil), kindZstd
	}
	if !found && lostHeader(k, src) == nil {
		return kindOther
	}
	return k
}
