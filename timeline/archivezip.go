package timeline

import (
	"archive/zip"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/charmap"
)

// Zip archives: APPNOTE.TXT 6.3.10, and for AES "AES Encryption Information" of WinZip. The directory is read by archive/zip;
// members are opened here, because archive/zip knows neither encryption nor an archive without its end.

// The compression methods of APPNOTE 4.4.5.
const (
	zipStore   = 0
	zipDeflate = 8
	zipBzip2   = 12
	zipZstd    = 93
	zipAES     = 99 // the real method is in the extra field
)

var zipMethods = map[uint16]string{1: "Shrunk", 6: "Imploded", 9: "Deflate64", 14: "LZMA", 95: "XZ", 98: "PPMd"}

// maxDirectory bounds a zip's directory, which archive/zip holds in memory some three times over: about two million members.
const maxDirectory = 256 << 20

// zipMember is one member of a zip. It is a source: each open unpacks it anew.
type zipMember struct {
	of     source // the archive
	name   string
	off    int64 // of its data
	packed int64
	size   int64 // unpacked; -1 if not known
	method uint16
	crc    uint32
	sum    bool // crc holds
	flags  uint16
	time   uint16 // MS-DOS time, which ZipCrypto checks a password by
	aes    *aesParams
	key    zipKey // what opens it; nil if not encrypted
	limits *archiveLimits
	spool  *spool
	copied copied
	cut    bool  // the archive ends within it
	broken error // known before it is read
}

func (m *zipMember) encrypted() bool { return m.flags&1 != 0 }

// zip goes through a zip's members.
func (w *walker) zip(e walkEntry) error {
	at, err := e.src.openAt()
	if err != nil {
		return unwrapPath(err)
	}
	defer at.Close()
	members, problem := w.listZip(e.src, at)
	if len(members) == 0 && problem != nil {
		return problem
	}
	names := map[string]int{}
	keys := &keyring{passwords: w.o.Passwords, pay: w.allow}
	var failed []error
	for _, m := range members {
		if err := w.member(); err != nil {
			return errors.Join(problem, err)
		}
		format := "zip"
		if m.encrypted() {
			format = "encrypted zip"
			if m.broken == nil && !keys.open(m, at) {
				continue
			}
		}
		c := e.child(m.name, format, names)
		c.src, c.size, c.seekable = m, max(m.size, 0), m.method == zipStore
		if m.broken == nil {
			c.head, err = headOf(m)
		} else {
			err = m.broken
		}
		if err != nil {
			if nameSaysLog(c.name) || nameSaysArchive(c.name) {
				w.unreadable(c.path, c.loc, err.Error())
			} else {
				w.col.Ignored++
			}
			continue
		}
		if m.size < 0 || m.packed < 0 {
			// The size shows only at the end, and the end may be missing: copy what there is.
			file, err := m.open()
			if err != nil {
				failed = append(failed, err)
				continue
			}
			c.src, c.stream, c.seekable = nil, file, false
			w.consider(c)
			_ = file.Close()
			continue
		}
		w.consider(c)
	}
	if l := &keys.locked; l.evidence > 0 || l.n > 0 && (e.named || nameSaysArchive(e.name)) {
		failed = append(failed, fmt.Errorf("%w%s", l.error(len(members), len(w.o.Passwords)), sealedPassword(members)))
	}
	return errors.Join(append([]error{problem}, failed...)...)
}

// sealedPassword tells of a Velociraptor container whose password is itself encrypted, to the certificate of a server or a PGP key.
func sealedPassword(members []*zipMember) string {
	for _, m := range members {
		if m.name != "metadata.json" || m.encrypted() {
			continue
		}
		r, err := m.open()
		if err != nil {
			return ""
		}
		defer r.Close()
		b, _ := io.ReadAll(io.LimitReader(r, 64<<10)) // what can be read is enough
		switch scheme := parseObject(b).text("Scheme"); strings.ToUpper(scheme) {
		case "X509", "PGP":
			return "; its password is in metadata.json, encrypted (" + scheme + "): import the container into the Velociraptor server, or decrypt the password with the private key"
		}
	}
	return ""
}

// listZip lists the members by the directory at the archive's end, or if that is missing, as they stand from the front.
func (w *walker) listZip(src source, at RandomAccess) ([]*zipMember, error) {
	if err := plausibleDirectory(at, at.Size()); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(at, at.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		members, lost := w.salvageZip(src, at)
		if len(members) == 0 {
			return nil, fmt.Errorf("damaged: %w", err)
		}
		return members, lost
	}
	members := make([]*zipMember, 0, len(z.File))
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") || f.Mode()&(fs.ModeDir|fs.ModeSymlink) != 0 {
			continue // a link holds a name and no log
		}
		m := &zipMember{of: src, name: zipName(f.Name, f.NonUTF8), method: f.Method, crc: f.CRC32, sum: true, flags: f.Flags,
			time: f.ModifiedTime, limits: &w.limits, spool: w.col.spool}
		m.packed, m.size = int64(min(f.CompressedSize64, 1<<62)), int64(min(f.UncompressedSize64, 1<<62))
		m.useExtra(f.Extra)
		if m.off, err = f.DataOffset(); err != nil {
			m.broken = errors.New("its header is not where the zip's directory says")
		} else if m.off+m.packed > at.Size() {
			m.broken = errors.New("the archive ends before it does")
		}
		members = append(members, m)
	}
	markOverlaps(members)
	return members, nil
}

// zipName decodes a name that is in no Unicode: by the specification, code page 437.
func zipName(name string, legacy bool) string {
	if !legacy {
		return name
	}
	s, err := charmap.CodePage437.NewDecoder().String(name)
	if err != nil {
		return name
	}
	return s
}

// useExtra reads the AES parameters (vendor AE, id 0x9901) from a header's extra field.
func (m *zipMember) useExtra(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return
		}
		if id == 0x9901 && n >= 7 && m.method == zipAES {
			m.aes = &aesParams{strength: extra[4]}
			m.sum = binary.LittleEndian.Uint16(extra) == 1 // AE-2 has no CRC
			m.method = binary.LittleEndian.Uint16(extra[5:])
		}
		extra = extra[n:]
	}
}

// markOverlaps finds members that share bytes, as the archive bombs do that unpack one stream many times.
func markOverlaps(members []*zipMember) {
	byPlace := slices.Clone(members)
	slices.SortStableFunc(byPlace, func(a, b *zipMember) int { return int(min(max(a.off-b.off, -1), 1)) })
	end := int64(0)
	for _, m := range byPlace {
		if m.broken != nil || m.packed == 0 {
			continue
		}
		if m.off < end {
			m.broken = errors.New("its bytes are also those of another member, as in an archive bomb: not read")
			continue
		}
		end = m.off + m.packed
	}
}

// plausibleDirectory refuses a directory that would take too much memory. The records of the archive's end: APPNOTE 4.3.14-16.
func plausibleDirectory(at io.ReaderAt, size int64) error {
	const record, comment, locator = 22, 1<<16 - 1, 20
	tail := make([]byte, min(size, record+comment+locator))
	if _, err := at.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return unwrapPath(err)
	}
	i := strings.LastIndex(string(tail), "PK\x05\x06")
	if i < 0 || len(tail)-i < record {
		return nil // archive/zip will say so
	}
	directory := int64(binary.LittleEndian.Uint32(tail[i+12:]))
	if i >= locator && string(tail[i-locator:i-locator+4]) == "PK\x06\x07" {
		var end [56]byte
		if _, err := at.ReadAt(end[:], int64(binary.LittleEndian.Uint64(tail[i-locator+8:])&(1<<62-1))); err == nil && string(end[:4]) == "PK\x06\x06" {
			directory = int64(min(binary.LittleEndian.Uint64(end[40:]), 1<<62))
		}
	} else if binary.LittleEndian.Uint16(tail[i+4:]) != binary.LittleEndian.Uint16(tail[i+6:]) {
		return errors.New("one volume of a split archive; join the volumes first (zip -s 0)")
	}
	if directory > maxDirectory {
		return fmt.Errorf("its directory has %d MiB, more than the %d that hunt reads; unpack it and give the directory", directory>>20, maxDirectory>>20)
	}
	return nil
}

// packedReader gives the member's bytes as they stand in the archive, decrypted.
func (m *zipMember) packedReader(at io.ReaderAt) (io.Reader, error) {
	raw := io.NewSectionReader(at, m.off, m.packed)
	if !m.encrypted() {
		return raw, nil
	}
	if m.key == nil {
		return nil, errPassword(0)
	}
	return m.key.reader(m, raw)
}

func (m *zipMember) open() (io.ReadCloser, error) {
	if m.broken != nil {
		return nil, m.broken
	}
	at, err := m.of.openAt()
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
	switch m.method {
	case zipStore:
		r = in
	case zipDeflate:
		r = flate.NewReader(in)
	case zipBzip2:
		r = bzip2.NewReader(in)
	case zipZstd:
		z, err := zstd.NewReader(in, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		r = z
	default:
		name := zipMethods[m.method]
		if name == "" {
			name = "unknown"
		}
		return nil, fmt.Errorf("compressed with method %d (%s), which hunt does not read; unpack the archive and give the directory", m.method, name)
	}
	out := &checksum{r: &truncating{r}, want: m.crc, left: m.size, skip: !m.sum, cut: m.cut}
	if verifier, ok := packed.(interface{ verify() error }); ok {
		out.after = verifier.verify
	}
	return &bounded{r: out, packed: func() int64 { return in.n }, limits: m.limits}, nil
}

// check reads an encrypted member to its end, where its authentication code or checksum stands.
func (m *zipMember) check() error {
	if !m.encrypted() {
		return nil
	}
	at, err := m.of.openAt()
	if err != nil {
		return err
	}
	defer at.Close()
	return m.verify(at)
}

// openAt reads a stored member in place and copies another.
func (m *zipMember) openAt() (RandomAccess, error) {
	if m.method != zipStore || m.broken != nil {
		return m.copied.openAt(m.spool, m)
	}
	if !m.encrypted() {
		return slice{m.of, m.off, m.packed}.openAt()
	}
	if m.key == nil {
		return nil, errPassword(0)
	}
	at, err := m.of.openAt()
	if err != nil {
		return nil, err
	}
	random, n, ok := m.key.readerAt(m, at)
	if !ok {
		_ = at.Close()
		return m.copied.openAt(m.spool, m)
	}
	return &sliceReader{io.NewSectionReader(random, 0, n), at}, nil
}

// truncating names the end of an archive that comes too early.
type truncating struct{ r io.Reader }

func (t *truncating) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	return n, readError(err)
}

// checksum checks size and CRC-32 of what it passes on, and in the end whatever after does.
type checksum struct {
	r     io.Reader
	want  uint32
	skip  bool
	cut   bool  // it ends before its end
	left  int64 // of the declared size; negative from the start if there is none
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
	if !c.free {
		if int64(n) > c.left {
			return int(c.left), errors.New("the member goes on behind the size in the archive's directory: damaged or forged")
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
		return n, fmt.Errorf("the archive's checksum does not hold (CRC-32 %08x, directory %08x): the member is damaged", c.sum, c.want)
	}
	return n, io.EOF
}
