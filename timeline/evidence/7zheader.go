package evidence

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

// The library allocates by counts in an archive's directory, which 7zFormat.txt calls its header: four bytes can claim four
// billion files, and running out of memory is not a panic. So a header is walked here before the library sees it. The walk
// reads as the library does, not as 7-Zip does where the two differ: what passes here is what the library then reads.

const (
	// maxHeader7z bounds a header, as it stands and unpacked. A file takes 60 bytes and more in it, mostly for its name.
	maxHeader7z = 64 << 20
	// maxItems7z bounds files, and streams, of one archive: all that a header of maxHeader7z names. The library needs some 400 bytes for each.
	maxItems7z = 1 << 20
	// maxFolders7z bounds what is packed on its own: in an archive that is not solid, each file.
	maxFolders7z = 100_000
	// maxLookups7z bounds files times folders: the library looks for a file's folder from the first on. It takes seconds for as many.
	maxLookups7z = maxFolders7z * maxFolders7z
	// maxSize7z keeps sums of sizes and offsets in an int64.
	maxSize7z = 1 << 62
	magic7z   = "7z\xbc\xaf\x27\x1c"
	// start7z is the length of the signature header.
	start7z = 32
)

// Property ids of 7zFormat.txt.
const (
	end7z, header7z, properties7z, additional7z, mainStreams7z, files7z, packInfo7z     = 0, 1, 2, 3, 4, 5, 6
	unpackInfo7z, subStreams7z, size7z, crc7z, folders7z, unpackSize7z, unpackStreams7z = 7, 8, 9, 10, 11, 12, 13
	emptyStream7z, emptyFile7z, anti7z, name7z, created7z, accessed7z, modified7z       = 14, 15, 16, 17, 18, 19, 20
	attributes7z, comment7z, encoded7z, startPos7z, dummy7z                             = 21, 22, 23, 24, 25
)

// refusal7z is why an archive is not opened that may well be in order.
type refusal7z string

func (r refusal7z) Error() string { return string(r) }

// directory7z is what the walk tells of an archive.
type directory7z struct {
	folders  []folder7z
	unlocked bool  // the password opened the directory, and its checksum held
	rounds   int64 // what making the directory's key takes; 0 if it is not encrypted
}

// check7z looks through the directory of an archive that the library can be given with this password. An error of reading the header
// through the library is a sevenzip.ReadError; a refusal7z says what to do; any other is damage.
func check7z(at io.ReaderAt, size int64, password string) (d directory7z, err error) {
	var start [start7z]byte
	if n, err := at.ReadAt(start[:], 0); n < len(start) {
		return d, fmt.Errorf("it ends in its first %d bytes (%w)", start7z, err)
	}
	le := binary.LittleEndian
	if crc32.ChecksumIEEE(start[12:]) != le.Uint32(start[8:]) {
		return d, errors.New("the checksum of its first bytes is wrong")
	}
	packed, length := le.Uint64(start[12:]), le.Uint64(start[20:])
	switch rest := uint64(max(size, start7z) - start7z); {
	case packed > rest || length > rest-packed:
		return d, fmt.Errorf("it has %d bytes, but its directory claims %d bytes from byte %d on", size, length, packed+start7z)
	case packed+length == 0:
		return d, refusal7z("it is empty")
	case length > maxHeader7z:
		return d, tooLarge7z(length)
	}
	header := make([]byte, length)
	if n, err := at.ReadAt(header, int64(start7z+packed)); n < len(header) {
		return d, fmt.Errorf("its directory cannot be read (%w)", err)
	}
	if crc32.ChecksumIEEE(header) != le.Uint32(start[28:]) {
		return d, errors.New("the checksum of its directory is wrong")
	}
	w := walk7z{rest: header, packed: packed}
	switch w.byte() {
	case header7z:
		d.folders, err = w.header()
		return d, err
	case encoded7z:
		return w.encoded(io.NewSectionReader(at, 0, int64(start7z+packed)), header[1:], password)
	}
	return d, errors.New("there is something else in place of its directory")
}

// encoded walks a packed header, of which the header tells where it is.
func (w *walk7z) encoded(front *io.SectionReader, header []byte, password string) (d directory7z, err error) {
	s := w.streams()
	switch {
	case w.err != nil:
		return d, w.err
	case len(w.rest) > 0 || len(s.folders) != 1 || s.divided:
		return d, errors.New("the description of its packed directory is invalid")
	}
	f := &s.folders[0]
	if n := f.size(); n > maxHeader7z {
		return d, tooLarge7z(n)
	}
	if f.encrypted() {
		d.rounds = f.rounds()
	}
	unpacked, err := unpackHeader7z(front, header, password)
	if err == nil {
		inner := walk7z{rest: unpacked, packed: w.packed}
		if id := inner.byte(); id == header7z {
			d.folders, err = inner.header()
		} else {
			err = fmt.Errorf("its unpacked directory begins with %#x", id)
		}
		// What a wrong password gives can look like anything, save where a checksum held.
		if err == nil || s.sums {
			d.unlocked = err == nil && s.sums && f.encrypted()
			return d, err
		}
	}
	if !f.encrypted() {
		return d, err
	}
	return d, &sevenzip.ReadError{Encrypted: true, Err: errors.New(err.Error())} // no refusal7z: another password may open it
}

func tooLarge7z(n uint64) error {
	return refusal7z(fmt.Sprintf("its directory has %d MiB; hunt reads up to %d: unpack it with 7-Zip", n>>20, maxHeader7z>>20))
}

// unpackHeader7z reads a packed header as a member of the archive: the library is given the same packed bytes before a header
// of one file, whose streams are the packed header's.
func unpackHeader7z(front *io.SectionReader, streams []byte, password string) ([]byte, error) {
	header := slices.Concat([]byte{header7z, mainStreams7z}, streams, []byte{files7z, 1, end7z, end7z})
	c := &composed7z{front: front, back: header}
	copy(c.start[:], magic7z+"\x00\x04")
	le := binary.LittleEndian
	le.PutUint64(c.start[12:], uint64(front.Size()-start7z))
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
	return io.ReadAll(io.LimitReader(checked7z(f, r), maxHeader7z+1))
}

// composed7z is an archive with another signature header and another header.
type composed7z struct {
	start [start7z]byte
	front *io.SectionReader // the first bytes of the archive, up to its header
	back  []byte
}

func (c *composed7z) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		var k int
		at := off + int64(n)
		switch {
		case at < start7z:
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

// walk7z reads a header from the front. After the first fault it reads zeros, and err says what the fault was.
type walk7z struct {
	rest   []byte
	packed uint64 // bytes before the header
	err    error
}

func (w *walk7z) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
	w.rest = nil
}

func (w *walk7z) refuse(format string, args ...any) {
	if w.err == nil {
		w.err = refusal7z(fmt.Sprintf(format, args...) + ": unpack it with 7-Zip")
	}
	w.rest = nil
}

func (w *walk7z) take(n uint64) []byte {
	if n > uint64(len(w.rest)) {
		w.fail("its directory ends too early")
		return nil
	}
	b := w.rest[:n]
	w.rest = w.rest[n:]
	return b
}

func (w *walk7z) byte() byte {
	if b := w.take(1); b != nil {
		return b[0]
	}
	return 0
}

// expect reads an id that must be there.
func (w *walk7z) expect(id byte) {
	if got := w.byte(); got != id && w.err == nil {
		w.fail("its directory has %#x where %#x belongs", got, id)
	}
}

// number reads a number: as many leading ones in the first byte as bytes follow; its other bits are the highest.
func (w *walk7z) number() uint64 {
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

func (w *walk7z) size() uint64 {
	n := w.number()
	if n > maxSize7z {
		w.fail("a size of %d bytes in its directory", n)
		return 0
	}
	return n
}

// count reads how many follow of what takes a byte or more each, and of which there is one or more.
func (w *walk7z) count(what string, most uint64) int {
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

// set reads a bit for each of n and returns how many are set.
func (w *walk7z) set(n int) (ones int) {
	b := w.take(uint64(n+7) / 8)
	for i := range b {
		if left := n - 8*i; left < 8 {
			return ones + bits.OnesCount8(b[i]>>(8-left))
		}
		ones += bits.OnesCount8(b[i])
	}
	return ones
}

// defined reads which of n have a value; there is none only if a first byte of 0 says so.
func (w *walk7z) defined(n int) int {
	if w.byte() == 0 {
		return w.set(n)
	}
	return n
}

func (w *walk7z) sums(n int) { w.take(4 * uint64(w.defined(n))) }

// within reports that what is described stands here and not in another stream.
func (w *walk7z) within() {
	if w.byte() != 0 {
		w.refuse("a part of its directory is stored elsewhere, which hunt does not support")
	}
}
