package evidence

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"

	"hunt/timeline/evidence/zipcipher"
)

// packedReader returns the member's bytes as they are in the archive, decrypted.
func (m *zipMember) packedReader(at io.ReaderAt) (io.Reader, error) {
	raw := io.NewSectionReader(at, m.off, m.packed)
	if !m.encrypted() {
		return raw, nil
	}
	if m.key == nil {
		return nil, errPassword(0)
	}
	return m.key.Reader(m.sealed(), raw)
}

func (m *zipMember) Open() (io.ReadCloser, error) {
	if m.broken != nil {
		return nil, m.broken
	}
	at, err := m.of.OpenRandom()
	if err != nil {
		return nil, err
	}
	r, err := m.reader(at)
	if err != nil {
		_ = at.Close()
		return nil, err
	}
	return &closing{r, at}, nil
}

// reader unpacks the member.
func (m *zipMember) reader(at io.ReaderAt) (io.Reader, error) {
	packed, err := m.packedReader(at)
	if err != nil {
		return nil, err
	}
	in := &counting{r: packed}
	var r io.Reader
	var holes *mending
	switch m.method {
	case zipStore:
		r = in
	case zipDeflate:
		r = flate.NewReader(in)
	case zipBzip2, zipZstd:
		source := newPackedSource(in)
		if !m.encrypted() {
			source.from = func(off int64) (io.Reader, error) {
				return io.NewSectionReader(at, m.off+off, max(m.packed-off, 0)), nil
			}
		}
		k := kindBzip2
		if m.method == zipZstd {
			k = kindZstd
		}
		unpacked, _ := newPackedStream(k, source)
		holes = &mending{r: unpacked}
		r = holes
	default:
		name := zipMethods[m.method]
		if name == "" {
			name = "unknown"
		}
		return nil, fmt.Errorf("compressed with method %d (%s), %w; unpack the archive and give the directory",
			m.method, name, errMethod)
	}
	out := &checksum{r: &truncating{r}, want: m.crc, left: m.size, skip: !m.sum, cut: m.cut, holes: holes}
	if verifier, ok := packed.(zipcipher.Verifier); ok {
		out.after = func() error { return readError(verifier.Verify()) }
	}
	return &bounded{r: out, packed: func() int64 { return in.n }, limits: m.limits}, nil
}

var errMethod = errors.New("which hunt does not read")

// check reads an encrypted member to its end, where its authentication code or checksum stands.
func (m *zipMember) check() error {
	if !m.encrypted() {
		return nil
	}
	at, err := m.of.OpenRandom()
	if err != nil {
		return err
	}
	defer at.Close()
	return m.verify(at)
}

// OpenRandom reads a stored member in place and copies another.
func (m *zipMember) OpenRandom() (RandomAccess, error) {
	if m.method != zipStore || m.broken != nil {
		return m.copied.openRandom(m.spool, m)
	}
	if !m.encrypted() {
		return slice{m.of, m.off, m.packed}.OpenRandom()
	}
	if m.key == nil {
		return nil, errPassword(0)
	}
	at, err := m.of.OpenRandom()
	if err != nil {
		return nil, err
	}
	random, n, ok := m.key.ReaderAt(m.sealed(), at)
	if !ok {
		_ = at.Close()
		return m.copied.openRandom(m.spool, m)
	}
	return &sliceReader{io.NewSectionReader(random, 0, n), at}, nil
}

// truncating turns a premature end of the archive into an error that says so.
type truncating struct{ r io.Reader }

func (t *truncating) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	return n, readError(err)
}

// checksum checks size and CRC-32 of what passes through it and, at the end, calls after.
type checksum struct {
	r     io.Reader
	want  uint32
	skip  bool
	cut   bool     // the archive ends before the member does
	left  int64    // of the declared size; negative from the start if there is none
	holes *mending // below; nil if r has none
	after func() error

	free bool // no declared size
	sum  uint32
}

func (c *checksum) Read(p []byte) (int, error) {
	if c.left < 0 {
		c.free = true
	}
	n, err := readSome(c.r, p)
	c.sum = crc32.Update(c.sum, crc32.IEEETable, p[:n])
	if c.holes != nil && c.holes.first != nil {
		c.free = true // a damaged part can unpack to more than it should
	}
	if !c.free {
		if int64(n) > c.left && c.holes != nil && c.pass() {
			n, c.left = int(c.left), 0
			return n, nil
		}
		if int64(n) > c.left {
			return int(c.left), errors.New("the member is longer than the archive's directory says: damaged or forged")
		}
		c.left -= int64(n)
	}
	if !errors.Is(err, io.EOF) {
		return n, err
	}
	if c.cut || !c.free && c.left > 0 {
		return n, errTruncated
	}
	if c.after != nil {
		if err := c.after(); err != nil {
			return n, err
		}
	}
	if !c.skip && !c.free && c.sum != c.want {
		return n, fmt.Errorf("the member does not match its checksum (CRC-32 %08x, directory %08x): it is damaged",
			c.sum, c.want)
	}
	return n, io.EOF
}

// pass continues reading beyond the declared size of a member. It reports whether a part of the
// member was damaged, which can unpack to more than it should; the next Read then returns what
// follows.
func (c *checksum) pass() bool {
	for passed, buf := 0, make([]byte, 32<<10); passed < maxGarbage && c.holes.first == nil; {
		n, err := c.holes.pass(buf)
		if passed += n; err != nil {
			return c.holes.first != nil
		}
	}
	return c.holes.first != nil
}

// maxGarbage is more than a damaged block of bzip2 unpacks to, in bytes.
const maxGarbage = 64 << 20
