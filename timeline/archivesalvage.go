package timeline

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
)

// zipLocal is a local file header's length without name and extra field (APPNOTE 4.3.7).
const zipLocal = 30

// salvageZip lists the members of a zip whose directory is missing, from the front: a copy that was cut short holds all members up
// to the cut. The error says what was lost.
func (w *walker) salvageZip(src source, at RandomAccess) ([]*zipMember, error) {
	var members []*zipMember
	size := at.Size()
	pos := int64(0)
	for len(members) < w.limits.members && w.ctx.Err() == nil {
		var h [zipLocal]byte
		if _, err := at.ReadAt(h[:], pos); err != nil || string(h[:4]) != "PK\x03\x04" {
			break
		}
		le := binary.LittleEndian
		m := &zipMember{of: src, flags: le.Uint16(h[6:]), method: le.Uint16(h[8:]), time: le.Uint16(h[10:]), crc: le.Uint32(h[14:]), sum: true,
			packed: int64(le.Uint32(h[18:])), size: int64(le.Uint32(h[22:])), limits: &w.limits, spool: w.col.spool}
		names := make([]byte, int(le.Uint16(h[26:]))+int(le.Uint16(h[28:])))
		if _, err := at.ReadAt(names, pos+zipLocal); err != nil && !errors.Is(err, io.EOF) {
			break
		}
		name := names[:le.Uint16(h[26:])]
		extra := names[len(name):]
		m.name = zipName(string(name), m.flags&(1<<11) == 0)
		m.off = pos + zipLocal + int64(len(names))
		m.useSizes(extra)
		m.useExtra(extra)
		next := m.off + m.packed
		if m.flags&(1<<3) != 0 && m.packed == 0 {
			next = m.findEnd(at, size)
		}
		if next > size || next < m.off {
			m.packed, m.size, m.sum, m.cut = size-m.off, -1, false, true
			next = size
		}
		if !strings.HasSuffix(m.name, "/") && m.packed >= 0 {
			members = append(members, m)
		}
		pos = next
	}
	return members, fmt.Errorf("its directory, at the end, is missing: cut short. %d members were found from the front up to byte %d of %d; whatever followed is lost",
		len(members), pos, size)
}

// useSizes reads 64-bit sizes from the extra field (APPNOTE 4.5.3).
func (m *zipMember) useSizes(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return
		}
		if field := extra[:n]; id == 1 {
			if m.size == 0xffffffff && len(field) >= 8 {
				m.size = int64(binary.LittleEndian.Uint64(field) & (1<<62 - 1))
				field = field[8:]
			}
			if m.packed == 0xffffffff && len(field) >= 8 {
				m.packed = int64(binary.LittleEndian.Uint64(field) & (1<<62 - 1))
			}
		}
		extra = extra[n:]
	}
}

// findEnd finds where a member ends whose sizes stand behind it: where its deflate stream ends, or for others where the next
// data descriptor stands. It returns the place of the next header, past the end of the archive if there is none.
func (m *zipMember) findEnd(at io.ReaderAt, size int64) int64 {
	var end int64
	rest := io.NewSectionReader(at, m.off, size-m.off)
	if m.method == zipDeflate && !m.encrypted() {
		in := &byteCounter{r: bufio.NewReaderSize(rest, 64<<10)}
		z := &bounded{r: flate.NewReader(in), packed: func() int64 { return in.n }, limits: m.limits}
		n, err := io.Copy(io.Discard, z)
		if err != nil {
			return size + 1
		}
		end, m.size = m.off+in.n, n
	} else {
		end = m.findDescriptor(rest)
		if end < 0 {
			return size + 1
		}
		m.size = -1
		if m.method == zipStore && !m.encrypted() {
			m.size = end - m.off
		}
	}
	m.packed = end - m.off
	// The descriptor: a signature that may be missing, the CRC, and two sizes of four or eight bytes.
	var d [24]byte
	n, _ := at.ReadAt(d[:], end)
	skip := 0
	if string(d[:4]) == "PK\x07\x08" {
		skip = 4
	}
	m.crc, m.sum = binary.LittleEndian.Uint32(d[skip:]), n >= skip+12
	for _, length := range []int{skip + 12, skip + 20} {
		var sig [2]byte
		if k, _ := at.ReadAt(sig[:], end+int64(length)); k == 2 && string(sig[:]) == "PK" {
			return end + int64(length)
		}
	}
	return end + int64(skip) + 12
}

// findDescriptor searches the signature of a data descriptor whose packed size is the distance to it.
func (m *zipMember) findDescriptor(rest *io.SectionReader) int64 {
	r := bufio.NewReaderSize(rest, 1<<20)
	for pos := int64(0); ; {
		b, err := r.Peek(1 << 16)
		if len(b) < 16 {
			return -1
		}
		i := strings.Index(string(b), "PK\x07\x08")
		switch {
		case i >= 0 && i+12 <= len(b):
			packed := int64(binary.LittleEndian.Uint32(b[i+8:]))
			if packed == (pos+int64(i))&0xffffffff {
				return m.off + pos + int64(i)
			}
			i += 4
		case err != nil:
			return -1
		default:
			i = len(b) - 12
		}
		n, _ := r.Discard(i)
		pos += int64(n)
	}
}

// byteCounter counts the bytes that a deflate reader takes; as an io.ByteReader it gives no more than are needed.
type byteCounter struct {
	r *bufio.Reader
	n int64
}

func (b *byteCounter) ReadByte() (byte, error) {
	c, err := b.r.ReadByte()
	if err == nil {
		b.n++
	}
	return c, err
}

func (b *byteCounter) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	return n, err
}
