package sevenz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"

	"github.com/bodgit/sevenzip"
)

const (
	// maxHeader bounds a header in bytes, packed and unpacked. A file takes 60 bytes and more in
	// it, mostly for its name.
	maxHeader = 64 << 20
	// maxItems bounds the files, and the streams, of one archive: as many as a header of maxHeader
	// can name. The library needs some 400 bytes for each.
	maxItems = 1 << 20
	// maxFolders bounds what is packed separately: in an archive that is not solid, each file.
	maxFolders = 100_000
	// maxLookups bounds files times folders: the library looks for a file's folder from the first
	// one on. As many as this take seconds.
	maxLookups = maxFolders * maxFolders
	// maxSize keeps sums of sizes and offsets in an int64.
	maxSize = 1 << 62
	// startSize is the length of the signature header.
	startSize = 32
)

// Magic is how a 7z begins.
const Magic = "7z\xbc\xaf\x27\x1c"

// Property ids of 7zFormat.txt.
const (
	idEnd, idHeader, idProperties, idAdditional, idMainStreams, idFiles, idPackInfo     = 0, 1, 2, 3, 4, 5, 6
	idUnpackInfo, idSubStreams, idSize, idCRC, idFolders, idUnpackSize, idUnpackStreams = 7, 8, 9, 10, 11, 12, 13
	idEmptyStream, idEmptyFile, idAnti, idName, idCreated, idAccessed, idModified       = 14, 15, 16, 17, 18, 19, 20
	idAttributes, idComment, idEncoded, idStartPos, idDummy                             = 21, 22, 23, 24, 25
)

// Refusal is why an archive that may well be intact is not opened.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Directory is what the walk found out about an archive.
type Directory struct {
	Folders  []Folder
	Unlocked bool  // the password opened the directory, and its checksum matched
	Rounds   int64 // cost of making the directory's key; 0 if it is not encrypted
}

// Check walks the directory of an archive and says whether the library can be given it with this
// password. An error of reading the header through the library is a sevenzip.ReadError; a Refusal
// says what to do; any other error is damage.
func Check(at io.ReaderAt, size int64, password string) (d Directory, err error) {
	var start [startSize]byte
	if n, err := at.ReadAt(start[:], 0); n < len(start) {
		return d, fmt.Errorf("it ends in its first %d bytes (%w)", startSize, err)
	}
	le := binary.LittleEndian
	if crc32.ChecksumIEEE(start[12:]) != le.Uint32(start[8:]) {
		return d, errors.New("the checksum of its first bytes is wrong")
	}
	packed, length := le.Uint64(start[12:]), le.Uint64(start[20:])
	switch rest := uint64(max(size, startSize) - startSize); {
	case packed > rest || length > rest-packed:
		return d, fmt.Errorf("it has %d bytes, but its directory claims %d bytes from byte %d on", size, length,
			packed+startSize)
	case packed+length == 0:
		return d, Refusal("it is empty")
	case length > maxHeader:
		return d, tooLarge(length)
	}
	header := make([]byte, length)
	if n, err := at.ReadAt(header, int64(startSize+packed)); n < len(header) {
		return d, fmt.Errorf("its directory cannot be read (%w)", err)
	}
	if crc32.ChecksumIEEE(header) != le.Uint32(start[28:]) {
		return d, errors.New("the checksum of its directory is wrong")
	}
	w := walk{rest: header, packed: packed}
	switch w.byte() {
	case idHeader:
		d.Folders, err = w.header()
		return d, err
	case idEncoded:
		return w.encoded(io.NewSectionReader(at, 0, int64(startSize+packed)), header[1:], password)
	}
	return d, errors.New("there is something else in place of its directory")
}

// encoded walks a packed header, whose place is in the header itself.
func (w *walk) encoded(front *io.SectionReader, header []byte, password string) (d Directory, err error) {
	s := w.streams()
	switch {
	case w.err != nil:
		return d, w.err
	case len(w.rest) > 0 || len(s.folders) != 1 || s.divided:
		return d, errors.New("the description of its packed directory is invalid")
	}
	f := &s.folders[0]
	if n := f.size(); n > maxHeader {
		return d, tooLarge(n)
	}
	if f.Encrypted() {
		d.Rounds = f.Rounds()
	}
	unpacked, err := unpackHeader(front, header, password)
	if err == nil {
		inner := walk{rest: unpacked, packed: w.packed}
		if id := inner.byte(); id == idHeader {
			d.Folders, err = inner.header()
		} else {
			err = fmt.Errorf("its unpacked directory begins with %#x", id)
		}
		// A wrong password can give anything, unless a checksum matched.
		if err == nil || s.sums {
			d.Unlocked = err == nil && s.sums && f.Encrypted()
			return d, err
		}
	}
	if !f.Encrypted() {
		return d, err
	}
	// no Refusal: another password may open it
	return d, &sevenzip.ReadError{Encrypted: true, Err: errors.New(err.Error())}
}

func tooLarge(n uint64) error {
	return Refusal(fmt.Sprintf("its directory has %d MiB; hunt reads up to %d: unpack it with 7-Zip", n>>20,
		maxHeader>>20))
}

// unpackHeader reads a packed header as a member of the archive: the library is given the same
// packed bytes followed by a header with one file, whose streams are those of the packed header.
func unpackHeader(front *io.SectionReader, streams []byte, password string) ([]byte, error) {
	header := slices.Concat([]byte{idHeader, idMainStreams}, streams, []byte{idFiles, 1, idEnd, idEnd})
	c := &composed{front: front, back: header}
	copy(c.start[:], Magic+"\x00\x04")
	le := binary.LittleEndian
	le.PutUint64(c.start[12:], uint64(front.Size()-startSize))
	le.PutUint64(c.start[20:], uint64(len(header)))
	le.PutUint32(c.start[28:], crc32.ChecksumIEEE(header))
	le.PutUint32(c.start[8:], crc32.ChecksumIEEE(c.start[12:]))
	z, err := sevenzip.NewReaderWithPassword(c, front.Size()+int64(len(header)), password)
	if err != nil {
		return nil, err
	}
	r, err := z.File[0].Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	f := z.File[0]
	b, err := io.ReadAll(io.LimitReader(&moving{r: r}, maxHeader+1))
	switch {
	case err != nil:
		return nil, err
	case uint64(len(b)) != f.UncompressedSize:
		return nil, fmt.Errorf("its directory unpacks to %d bytes and not to %d", len(b), f.UncompressedSize)
	case f.CRC32 != 0 && crc32.ChecksumIEEE(b) != f.CRC32:
		return nil, errors.New("its unpacked directory does not match its checksum")
	}
	return b, nil
}

// maxIdle is how often a reader may return neither bytes nor an error; io.Reader allows it, and no
// reader has a reason to do so more than twice.
const maxIdle = 100

// moving ends a stream that returns nothing for ever because it is damaged.
type moving struct {
	r    io.Reader
	idle int
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if n > 0 {
		m.idle = 0
	} else if m.idle++; m.idle > maxIdle && err == nil {
		err = io.ErrNoProgress
	}
	return n, err
}

// composed is an archive with another signature header and another header.
type composed struct {
	start [startSize]byte
	front *io.SectionReader // the first bytes of the archive, up to its header
	back  []byte
}

func (c *composed) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		var k int
		at := off + int64(n)
		switch {
		case at < startSize:
			k = copy(p[n:], c.start[at:])
		case at < c.front.Size():
			k, err = c.front.ReadAt(p[n:min(len(p), n+int(min(c.front.Size()-at, 1<<30)))], at)
			if k == 0 {
				return n, err
			}
		case at-c.front.Size() < int64(len(c.back)):
			k = copy(p[n:], c.back[at-c.front.Size():])
		default:
			return n, io.EOF
		}
		n += k
	}
	return n, nil
}

// walk reads a header from the front. After the first fault it reads zeros, and err holds the
// fault.
type walk struct {
	rest   []byte
	packed uint64 // bytes before the header
	err    error
}

func (w *walk) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
	w.rest = nil
}

func (w *walk) refuse(format string, args ...any) {
	if w.err == nil {
		w.err = Refusal(fmt.Sprintf(format, args...) + ": unpack it with 7-Zip")
	}
	w.rest = nil
}

func (w *walk) take(n uint64) []byte {
	if n > uint64(len(w.rest)) {
		w.fail("its directory ends too early")
		return nil
	}
	b := w.rest[:n]
	w.rest = w.rest[n:]
	return b
}

func (w *walk) byte() byte {
	if b := w.take(1); b != nil {
		return b[0]
	}
	return 0
}

// expect reads an id that must be present.
func (w *walk) expect(id byte) {
	if got := w.byte(); got != id && w.err == nil {
		w.fail("its directory has %#x where %#x belongs", got, id)
	}
}

// number reads a number: the leading ones of the first byte count the bytes that follow; its other
// bits are the highest.
func (w *walk) number() uint64 {
	first := w.byte()
	more := bits.LeadingZeros8(^first)
	v := uint64(0)
	for i, b := range w.take(uint64(more)) {
		v |= uint64(b) << (8 * i)
	}
	if more < 7 {
		v |= uint64(first&(1<<(8-more)-1)) << (8 * more)
	}
	return v
}

func (w *walk) size() uint64 {
	n := w.number()
	if n > maxSize {
		w.fail("a size of %d bytes in its directory", n)
		return 0
	}
	return n
}

// count reads the number of the following items, of which there is at least one, and each of which
// takes at least a byte.
func (w *walk) count(what string, most uint64) int {
	n := w.number()
	switch {
	case w.err != nil:
		return 0
	case n == 0 || n > uint64(len(w.rest)):
		w.fail("%d %s in %d bytes of its directory", n, what, len(w.rest))
		return 0
	case n > most:
		w.refuse("%d %s; hunt reads archives with up to %d", n, what, most)
		return 0
	}
	return int(n)
}

// set reads n bits and returns how many are set.
func (w *walk) set(n int) (ones int) {
	b := w.take(uint64(n+7) / 8)
	for i := range b {
		if left := n - 8*i; left < 8 {
			return ones + bits.OnesCount8(b[i]>>(8-left))
		}
		ones += bits.OnesCount8(b[i])
	}
	return ones
}

// defined reads which of n have a value; not all have one only if a first byte of 0 says so.
func (w *walk) defined(n int) int {
	if w.byte() == 0 {
		return w.set(n)
	}
	return n
}

func (w *walk) sums(n int) { w.take(4 * uint64(w.defined(n))) }

// within reports a fault unless the described data are in this archive.
func (w *walk) within() {
	if w.byte() != 0 {
		w.refuse("a part of its directory is stored elsewhere, which hunt does not support")
	}
}
