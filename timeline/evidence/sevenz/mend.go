package sevenz

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/bodgit/sevenzip"
)

const (
	// maxTail is how far from its end an archive's directory is searched if the first bytes do not
	// say where it is. A packed one is short.
	maxTail = 64 << 10
	// maxMends bounds the places that are tried as a directory.
	maxMends = 16
)

// ErrStart describes what Mend repaired.
var ErrStart = errors.New("its first 32 bytes, which say where its directory is, are damaged; hunt found the " +
	"directory without them")

// Mended is an archive with repaired first bytes.
type Mended struct {
	File
	start [startSize]byte
}

// ReadAt reads the archive as it should be.
func (m *Mended) ReadAt(p []byte, off int64) (n int, err error) {
	if off >= 0 && off < startSize {
		n = copy(p, m.start[off:])
	}
	if n < len(p) {
		var rest int
		rest, err = m.File.ReadAt(p[n:], off+int64(n))
		n += rest
	}
	return n, err
}

// Mend finds the directory of an archive whose first bytes are damaged: where they say that it is,
// if there is one, or at the archive's end. It returns nil if they are intact, or if no directory
// is found.
func Mend(at File) *Mended {
	m := &Mended{File: at}
	size := at.Size() - startSize
	if n, _ := at.ReadAt(m.start[:], 0); n < startSize || size <= 0 {
		return nil
	}
	le := binary.LittleEndian
	if string(m.start[:6]) == Magic && crc32.ChecksumIEEE(m.start[12:]) == le.Uint32(m.start[8:]) {
		return nil
	}
	packed, length, sum := le.Uint64(m.start[12:]), le.Uint64(m.start[20:]), le.Uint32(m.start[28:])
	if packed <= uint64(size) && length <= min(uint64(size)-packed, maxHeader) && length > 0 &&
		m.holds(int64(packed), int64(length), sum) {
		return m
	}
	tail := make([]byte, min(size, maxTail))
	n, _ := at.ReadAt(tail, at.Size()-int64(len(tail)))
	tries := 0
	for i := n - 2; i >= 0 && tries < maxMends; i-- {
		switch {
		case tail[i] == idEncoded && tail[i+1] == idPackInfo:
		case tail[i] == idHeader && tail[i+1] >= idProperties && tail[i+1] <= idFiles:
		default:
			continue
		}
		if crc32.ChecksumIEEE(tail[i:n]) != sum {
			tries++
		}
		if m.holds(size-int64(n-i), int64(n-i), sum) {
			return m
		}
	}
	return nil
}

// holds repairs the first bytes for a directory, and reports whether it is one: it has the
// checksum that they give for it, or it can be read.
func (m *Mended) holds(packed, length int64, sum uint32) bool {
	b := make([]byte, length)
	if n, _ := m.File.ReadAt(b, startSize+packed); n < len(b) {
		return false
	}
	le := binary.LittleEndian
	copy(m.start[:], Magic+"\x00\x04")
	le.PutUint64(m.start[12:], uint64(packed))
	le.PutUint64(m.start[20:], uint64(length))
	le.PutUint32(m.start[28:], crc32.ChecksumIEEE(b))
	le.PutUint32(m.start[8:], crc32.ChecksumIEEE(m.start[12:]))
	if crc32.ChecksumIEEE(b) == sum {
		return true
	}
	d, err := Check(io.ReaderAt(m), m.Size(), "")
	var re *sevenzip.ReadError
	return err == nil && len(d.Folders) > 0 || errors.As(err, &re) && re.Encrypted
}
