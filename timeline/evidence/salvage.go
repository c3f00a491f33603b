package evidence

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"

	"hunt/timeline/evidence/zipfield"
)

// zipSalvage finds members by their own headers if no directory lists them: a copy that was cut short holds all
// members up to the cut, and one whose directory is damaged holds all.
type zipSalvage struct {
	*walker
	src   Source
	at    RandomAccess
	page  pager
	found []*zipMember
	paid  error // set when the allowance has run out
}

// stretch goes through the headers between two offsets.
func (s *zipSalvage) stretch(from, to int64) {
	s.page.at = s.at
	for pos := from; pos < to && s.ctx.Err() == nil && s.paid == nil; {
		m := s.header(pos, to)
		if m == nil {
			pos = s.page.find(pos+1, to, zipLocalSig)
			continue
		}
		s.doubtExtra(m, pos, to)
		pos = s.measure(m, to)
		if !m.isFolder {
			s.found = append(s.found, m)
		}
	}
}

// header reads a local header, nil if there can be none at pos.
func (s *zipSalvage) header(pos, to int64) *zipMember {
	h := s.page.bytes(pos, zipLocal)
	if len(h) < zipLocal || string(h[:4]) != zipLocalSig {
		return nil
	}
	le := binary.LittleEndian
	m := &zipMember{of: s.src, flags: le.Uint16(h[6:]), method: le.Uint16(h[8:]), time: le.Uint16(h[10:]),
		crc: le.Uint32(h[14:]), sum: true, header: pos,
		packed: int64(le.Uint32(h[18:])), size: int64(le.Uint32(h[22:])), limits: &s.limits, spool: s.col.copies}
	name, extra := int(le.Uint16(h[26:])), int(le.Uint16(h[28:]))
	b := s.page.bytes(pos+zipLocal, name+extra)
	if name == 0 || len(b) < name+extra || h[5] > 3 || strings.IndexByte(string(b[:name]), 0) >= 0 {
		return nil // a version has two bytes, for specification and system; the byte for the system is 0 here
	}
	m.setName(b[:name], b[name:])
	m.off = pos + zipLocal + int64(name+extra)
	m.useSizes(b[name:])
	m.useExtra(b[name:])
	if m.off > to {
		return nil
	}
	m.isFolder = strings.HasSuffix(m.raw, "/") && m.packed == 0 && m.flags&zipDescribed == 0
	return m
}

// doubtExtra makes a member's data begin after the extra fields that are recognised, if their length in its header
// would include the header of another member.
func (s *zipSalvage) doubtExtra(m *zipMember, pos, to int64) {
	from := pos + zipLocal + int64(len(m.raw))
	for at := s.page.find(from, m.off, zipLocalSig); at < m.off; at = s.page.find(at+1, m.off, zipLocalSig) {
		if s.header(at, to) != nil {
			m.off = from + int64(zipfield.Usual(s.page.bytes(from, int(m.off-from))))
		}
	}
}

// measure finds where the member ends and returns where the next header may be. A size is believed if it leads to a
// header or to the end, or if the bytes have the right checksum. Otherwise the member extends to the next header.
func (s *zipSalvage) measure(m *zipMember, to int64) int64 {
	end := m.off + m.packed
	described := m.flags&zipDescribed != 0
	if !described || m.packed > 0 {
		if end >= m.off && end <= to && (s.begins(end, to) || s.holds(m)) {
			if m.method == zipStore && !m.encrypted() || s.begins(end, to) {
				return end
			}
			next := s.next(m.off, end) // packed data can end before the stated size, where the next member begins
			if next < end && !described {
				m.packed = next - m.off
			}
			return next
		}
	}
	if described || m.method == zipDeflate && !m.encrypted() {
		if end = s.findEnd(m, to); end >= 0 {
			return end
		}
	}
	next := s.next(m.off, to)
	m.packed, m.size, m.sum, m.cut = next-m.off, -1, false, true
	return next
}

// next finds the next place where a header can be.
func (s *zipSalvage) next(from, to int64) int64 {
	pos := s.page.find(from, to, zipLocalSig)
	for pos < to && s.header(pos, to) == nil {
		pos = s.page.find(pos+1, to, zipLocalSig)
	}
	return pos
}

// settle decides between the directory and a member's own header if they differ, for the one whose bytes have the
// right checksum. For an encrypted member only the password can tell.
func (s *zipSalvage) settle(m *zipMember, to int64) {
	s.page.at = s.at
	if !m.encrypted() && s.unpacks(m) == nil {
		return
	}
	own := s.header(m.header, to)
	if own == nil {
		return
	}
	s.measure(own, to)
	switch {
	case own.encrypted() && m.encrypted():
		m.own = own
	case own.encrypted() || s.unpacks(own) == nil:
		m.use(own)
	}
}

// use takes over what another header says about the same member.
func (m *zipMember) use(o *zipMember) {
	m.flags, m.method, m.crc, m.sum, m.packed, m.size, m.aes, m.time, m.cut = o.flags, o.method, o.crc, o.sum, o.packed,
		o.size, o.aes, o.time, o.cut
}

// begins reports whether a record begins at an offset, or the archive ends there.
func (s *zipSalvage) begins(pos, to int64) bool {
	if pos == to && to == s.at.Size() {
		return true
	}
	switch signatureAt(s.at, pos) {
	case zipLocalSig, zipCentralSig, zipEndSig, zip64EndSig, zipDescriptorSig:
		return true
	}
	return false
}

// holds reports whether the member is whole with the sizes that it claims. An encrypted one cannot be checked
// without its password, so its size is believed.
func (s *zipSalvage) holds(m *zipMember) bool {
	if m.encrypted() {
		return true
	}
	err := s.unpacks(m)
	return err == nil || errors.Is(err, errMethod)
}

// unpacks reads the member to its checksum.
func (s *zipSalvage) unpacks(m *zipMember) error {
	r, err := m.reader(s.at)
	if err == nil {
		_, err = io.Copy(io.Discard, s.pay(r))
	}
	return err
}

// pay charges the allowance for what is unpacked only to find the next member.
func (s *zipSalvage) pay(r io.Reader) io.Reader {
	return &paying{r: &cancellable{s.ctx, r}, from: s.allow, failed: &s.paid}
}

// findEnd finds the end of a member whose sizes follow it or are wrong: where its deflate stream ends or, for other
// methods, where the next data descriptor stands. It returns the place of the next header, -1 if it finds no end.
func (s *zipSalvage) findEnd(m *zipMember, to int64) int64 {
	var end int64
	rest := io.NewSectionReader(s.at, m.off, to-m.off)
	if m.method == zipDeflate && !m.encrypted() {
		in := &byteCounter{r: bufio.NewReaderSize(rest, 64<<10)}
		z := &bounded{r: flate.NewReader(in), packed: func() int64 { return in.n }, limits: m.limits}
		n, err := io.Copy(io.Discard, s.pay(z))
		if err != nil {
			return -1
		}
		end, m.size = m.off+in.n, n
	} else {
		end = m.findDescriptor(rest)
		if end < 0 {
			return -1
		}
		m.size = -1
		if m.method == zipStore && !m.encrypted() {
			m.size = end - m.off
		}
	}
	next, ok := s.behind(m, end, to)
	if !ok {
		return -1 // damaged data can continue through the next members
	}
	m.packed = end - m.off
	return next
}

// behind reads the descriptor after a member's data: a signature that may be missing, the CRC, and two sizes of
// four or eight bytes. It returns where the next header may be; ok is false if neither a descriptor nor a header
// shows that the member ends there.
func (s *zipSalvage) behind(m *zipMember, end, to int64) (next int64, ok bool) {
	if m.flags&zipDescribed == 0 {
		return end, s.begins(end, to) && s.next(m.off, end) == end
	}
	le := binary.LittleEndian
	var d [24]byte
	n, _ := s.at.ReadAt(d[:], end)
	skip := 0
	if string(d[:4]) == zipDescriptorSig {
		skip = 4
	}
	m.crc, m.sum = le.Uint32(d[skip:]), m.sum && n >= skip+12
	packed := uint64(end - m.off)
	switch {
	case n >= skip+20 && le.Uint64(d[skip+4:]) == packed && packed > 0:
		return end + int64(skip) + 20, true
	case n >= skip+12 && le.Uint32(d[skip+4:]) == uint32(packed):
		return end + int64(skip) + 12, true
	}
	for _, length := range []int64{12, 16, 20, 24} { // the descriptor is damaged
		if s.next(m.off, end) < end {
			break
		}
		if strings.HasPrefix(signatureAt(s.at, end+length), "PK") || end+length == s.at.Size() {
			return end + length, true
		}
	}
	return 0, false
}

// findDescriptor looks for the signature of a data descriptor whose packed size is the distance to it.
func (m *zipMember) findDescriptor(rest *io.SectionReader) int64 {
	r := bufio.NewReaderSize(rest, 1<<20)
	for pos := int64(0); ; {
		b, err := r.Peek(1 << 16)
		if len(b) < 16 {
			return -1
		}
		i := strings.Index(string(b), zipDescriptorSig)
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

// byteCounter counts the bytes that a deflate reader takes; as an io.ByteReader it gives no more
// than are needed.
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
