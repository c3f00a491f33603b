package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"hunt/timeline/evidence/zipfield"
)

// The records of a zip and their lengths without variable parts (APPNOTE 4.3.7, 4.3.12, 4.3.14 to 4.3.16).
const (
	zipLocal, zipLocalSig         = 30, "PK\x03\x04"
	zipCentral, zipCentralSig     = 46, "PK\x01\x02"
	zipEnd, zipEndSig             = 22, "PK\x05\x06"
	zip64End, zip64EndSig         = 56, "PK\x06\x06"
	zip64Locator, zip64LocatorSig = 20, "PK\x06\x07"
	zipDescriptorSig, zipSpanned  = "PK\x07\x08", "PK\x07\x08PK\x03\x04"
	maxZipComment                 = 1<<16 - 1
	// flags: the name is UTF-8; sizes and checksum follow the data
	zipUTF8, zipDescribed          = 1 << 11, 1 << 3
	zipCreatorUnix, zipCreatorMac  = 3, 19
	zipLink, zipTypeMask, zipDOSID = 0xa000, 0xf000, 0x10
)

// maxDirectory bounds a zip's directory in bytes: all its members are in memory at once, some three times as large.
const maxDirectory = 256 << 20

// zipDirectory is what the records at the end of a zip list.
type zipDirectory struct {
	members  []*zipMember
	from     int64 // where the directory begins or, if there is none, where the archive ends
	problems []error
	cut      bool // it is longer than hunt reads
}

// listZip lists the members that the directory at the archive's end names, and those that are in the archive
// without being in the directory, which may be damaged, missing, or forged to hide some. The error says what is
// wrong; there may be members as well.
func (w *walker) listZip(path string, src Source, at RandomAccess) ([]*zipMember, error) {
	d := w.readDirectory(src, at)
	if d.cut {
		w.bite(boundZip, path)
	}
	markTwins(d.members)
	s := zipSalvage{walker: w, src: src, at: at}
	for _, m := range d.members {
		if m.disputed && m.broken == nil {
			s.settle(m, d.from)
		}
	}
	for _, gap := range d.gaps() {
		s.stretch(gap[0], gap[1])
	}
	if len(s.found) > 0 {
		d.problems = append(d.problems,
			fmt.Errorf("its directory, at the end, is damaged, incomplete or missing: %d members were found by "+
				"their own headers; "+
				"what else the directory listed is unknown", len(s.found)))
		d.replace(s.found)
	}
	if s.paid != nil {
		d.problems = append(d.problems, s.paid)
	}
	if len(d.members) == 0 && len(d.problems) == 0 && d.from == at.Size() {
		d.problems = append(d.problems,
			errors.New("damaged: it contains neither a directory nor the header of a member"))
	}
	return d.members, errors.Join(d.problems...)
}

// gaps returns the stretches that no listed member covers and that could hold one: none in an intact archive.
func (d *zipDirectory) gaps() (gaps [][2]int64) {
	var placed []*zipMember
	for _, m := range d.members {
		if m.broken == nil {
			placed = append(placed, m)
		}
	}
	slices.SortStableFunc(placed, func(a, b *zipMember) int { return int(min(max(a.header-b.header, -1), 1)) })
	end := int64(0)
	for _, m := range placed {
		if m.header-end >= zipLocal {
			gaps = append(gaps, [2]int64{end, m.header})
		}
		end = max(end, m.off+m.packed)
	}
	if d.from-end >= zipLocal {
		gaps = append(gaps, [2]int64{end, d.from})
	}
	return gaps
}

// replace adds members that were found by their own headers, each in place of the one of the same name whose header
// is not where the directory says.
func (d *zipDirectory) replace(found []*zipMember) {
	names := map[string]int{}
	for _, m := range found {
		names[m.raw]++
	}
	d.members = slices.DeleteFunc(d.members, func(m *zipMember) bool {
		if m.broken == nil || names[m.raw] == 0 {
			return false
		}
		names[m.raw]--
		return true
	})
	d.members = append(d.members, found...)
	slices.SortStableFunc(d.members, func(a, b *zipMember) int { return int(min(max(a.header-b.header, -1), 1)) })
}

// markTwins finds members that are the same bytes under two names, so that one is read.
func markTwins(members []*zipMember) {
	at := make(map[int64]bool, len(members))
	for _, m := range members {
		if m.broken != nil || m.packed == 0 {
			continue
		}
		if at[m.off] {
			m.broken = errors.New("it shares its bytes with another member, as in an archive bomb: not read")
		}
		at[m.off] = true
	}
}

// zipEndRecord is what an archive's end says about its directory.
type zipEndRecord struct {
	at           int64 // where the directory must end
	entries      uint64
	length, from uint64
	split        bool // one volume of several
	wide         bool // the 64-bit record
}

// readDirectory reads the directory. It tries ends from the last one back: what follows an archive, or stands in
// its comment, may look like one.
func (w *walker) readDirectory(src Source, at RandomAccess) zipDirectory {
	size := at.Size()
	d := zipDirectory{from: size}
	tail := make([]byte, min(size, zipEnd+maxZipComment+zip64Locator))
	if n, err := at.ReadAt(tail, size-int64(len(tail))); n < len(tail) {
		d.problems = append(d.problems, readError(unwrapPath(err)))
		return d
	}
	empty := int64(-1)
	for rest := tail; ; {
		i := bytes.LastIndex(rest, []byte(zipEndSig))
		if i < 0 {
			break
		}
		end, ok := zipEndAt(at, tail[i:], size-int64(len(tail))+int64(i))
		rest = rest[:i]
		if !ok {
			continue
		}
		from, base, ok := end.directory(at)
		if !ok {
			if end.entries == 0 && end.length == 0 && empty < 0 {
				empty = end.at
			}
			continue
		}
		d.from = from
		w.readRecords(&d, src, at, end, base)
		return d
	}
	if empty >= 0 {
		d.from = empty // an empty archive, or so it claims
	}
	return d
}

// zipEndAt reads an end record and, if there is one, the 64-bit record before it. An end followed by members or by
// a directory belongs to an archive within the archive.
func zipEndAt(at io.ReaderAt, b []byte, pos int64) (zipEndRecord, bool) {
	if len(b) < zipEnd {
		return zipEndRecord{}, false
	}
	le := binary.LittleEndian
	e := zipEndRecord{at: pos, entries: uint64(le.Uint16(b[10:])), length: uint64(le.Uint32(b[12:])),
		from: uint64(le.Uint32(b[16:])),
		split: le.Uint16(b[4:]) != 0 && le.Uint16(b[4:]) != 0xffff || le.Uint16(b[6:]) != 0 &&
			le.Uint16(b[6:]) != 0xffff}
	if behind := b[min(zipEnd+int(le.Uint16(b[20:])), len(b)):]; len(behind) > zipEnd {
		switch string(behind[:4]) {
		case zipCentralSig, zipLocalSig, zipDescriptorSig:
			return e, false
		}
	}
	var locator [zip64Locator]byte
	if _, err := at.ReadAt(locator[:], pos-zip64Locator); err != nil || string(locator[:4]) != zip64LocatorSig {
		return e, true
	}
	// The locator's offset does not count what precedes the archive; the record is then where it must end.
	for _, place := range []int64{int64(le.Uint64(locator[8:]) & (1<<62 - 1)), pos - zip64Locator - zip64End} {
		var r [zip64End]byte
		if _, err := at.ReadAt(r[:], place); err == nil && string(r[:4]) == zip64EndSig {
			return zipEndRecord{at: place, entries: le.Uint64(r[32:]), length: le.Uint64(r[40:]),
				from: le.Uint64(r[48:]), split: e.split, wide: true}, true
		}
	}
	return e, true
}

// directory finds where the directory begins, and the size of what precedes the archive, which offsets do not
// count.
func (e zipEndRecord) directory(at io.ReaderAt) (from, base int64, ok bool) {
	if e.length <= uint64(e.at) {
		from = e.at - int64(e.length)
		if e.from <= uint64(from) &&
			(signatureAt(at, from) == zipCentralSig || e.from == uint64(from) && e.length >= zipCentral) {
			return from, from - int64(e.from), true // the second place: both agree, and the first record may be damaged
		}
		if e.from == 0xffffffff && !e.wide && signatureAt(at, from) == zipCentralSig {
			// Info-ZIP made to use 64 bits (-fz) writes the 64-bit record into files only, not into pipes
			return from, 0, true
		}
	}
	if from = int64(min(e.from, 1<<62)); from < e.at && signatureAt(at, from) == zipCentralSig {
		return from, 0, true
	}
	return 0, 0, false
}

func signatureAt(at io.ReaderAt, off int64) string {
	var b [4]byte
	if off < 0 {
		return ""
	}
	if n, _ := at.ReadAt(b[:], off); n < len(b) {
		return ""
	}
	return string(b[:])
}

// readRecords reads the records of a directory. After a damaged one it looks for the next.
func (w *walker) readRecords(d *zipDirectory, src Source, at RandomAccess, end zipEndRecord, base int64) {
	page := pager{at: at}
	lost, split := int64(0), 0
	records := uint64(0)
	pos := d.from
	for pos < end.at && w.ctx.Err() == nil {
		if pos-d.from > maxDirectory {
			d.cut = true
			d.problems = append(d.problems,
				fmt.Errorf("its directory has %d MiB, more than the %d that hunt reads; unpack it and give the "+
					"directory",
					(end.at-d.from)>>20, maxDirectory>>20))
			break
		}
		m, next := w.record(src, &page, pos, end.at)
		if m == nil {
			next = page.find(pos+1, end.at, zipCentralSig)
			lost += next - pos
			pos = next
			continue
		}
		records++
		pos = next
		if m.header += base; !m.place(at, &page) && end.split {
			split++
		}
		if !m.isFolder {
			d.members = append(d.members, m)
		}
	}
	switch {
	case split > 0:
		d.problems = append(d.problems, errors.New("one volume of a split archive; join the volumes first (zip -s 0)"))
	case lost > 0:
		d.problems = append(d.problems, fmt.Errorf("%d bytes of its directory are damaged", lost))
	case records != end.entries && (end.wide || records&0xffff != end.entries):
		d.problems = append(d.problems,
			fmt.Errorf("its end record says %d members, but the directory lists %d", end.entries, records))
	}
}

// record reads one record; it returns nil if there is no valid one.
func (w *walker) record(src Source, page *pager, pos, end int64) (*zipMember, int64) {
	h := page.bytes(pos, zipCentral)
	if len(h) < zipCentral || string(h[:4]) != zipCentralSig {
		return nil, 0
	}
	le := binary.LittleEndian
	m := &zipMember{of: src, flags: le.Uint16(h[8:]), method: le.Uint16(h[10:]), time: le.Uint16(h[12:]),
		crc: le.Uint32(h[16:]), sum: true,
		packed: int64(le.Uint32(h[20:])), size: int64(le.Uint32(h[24:])), header: int64(le.Uint32(h[42:])),
		limits: &w.limits, spool: w.col.copies}
	creator, attributes := h[5], le.Uint32(h[38:])
	name, extra, comment := int(le.Uint16(h[28:])), int(le.Uint16(h[30:])), int(le.Uint16(h[32:]))
	next := pos + zipCentral + int64(name+extra+comment)
	if next > end {
		return nil, 0
	}
	b := page.bytes(pos+zipCentral, name+extra)
	if len(b) < name+extra {
		return nil, 0
	}
	m.setName(b[:name], b[name:])
	m.useSizes(b[name:])
	m.useExtra(b[name:])
	// A folder or a link has no bytes of a log, but only the archive says that it is one.
	link := (creator == zipCreatorUnix || creator == zipCreatorMac) && attributes>>16&zipTypeMask == zipLink
	folder := strings.HasSuffix(m.raw, "/") || strings.HasSuffix(m.raw, `\`) || creator != zipCreatorUnix &&
		attributes&zipDOSID != 0
	m.isFolder = folder && m.size == 0 || link && m.size < sniffSize
	if next < end {
		if sig := page.bytes(next, 2); string(sig) != "PK" {
			m.doubtful = true
		}
	}
	if m.doubtful {
		next = page.find(pos+zipCentral, end, zipCentralSig)
	}
	return m, next
}

var errNoHeader = errors.New("its header is not where the archive's directory says")

// place finds the member's data by its local header, and reports whether that is where the
// directory says.
func (m *zipMember) place(at RandomAccess, page *pager) bool {
	var h [zipLocal]byte
	if n, _ := at.ReadAt(h[:], max(m.header, 0)); n < len(h) || m.header < 0 {
		m.broken = errNoHeader
		return false
	}
	le := binary.LittleEndian
	signed := string(h[:4]) == zipLocalSig
	n := int(le.Uint16(h[26:]))
	m.off = m.header + zipLocal + int64(n) + int64(le.Uint16(h[28:]))
	if name := page.apart(m.header+zipLocal, n); string(name) != m.raw {
		if crc := le.Uint32(h[14:]); !signed {
			m.broken = errNoHeader
			return false
		} else if crc == 0 || crc != m.crc {
			m.broken = errors.New("the header of another member is where the archive's directory says that its own is")
			return false
		}
		if m.doubtful {
			m.setName(name, nil)
		}
	}
	m.disputed = !m.agrees(h[:], at)
	if m.off+m.packed > at.Size() || m.off+m.packed < m.off {
		if m.disputed {
			m.packed = at.Size() - m.off
			return true
		}
		m.broken = errors.New("the archive ends before the member does")
	}
	return true
}

// agrees reports whether the member's own header matches the directory; its sizes may follow its data.
func (m *zipMember) agrees(h []byte, at io.ReaderAt) bool {
	le := binary.LittleEndian
	method := m.method
	extra := make([]byte, le.Uint16(h[28:]))
	read, _ := at.ReadAt(extra, m.off-int64(len(extra)))
	extra = extra[:read]
	if m.encrypted() && (m.aes != nil || method == zipAES) {
		if m.aes == nil || !bytes.Equal(zipfield.Of(extra, 0x9901), m.aes.Field) {
			return false
		}
		method = zipAES
	}
	flags := le.Uint16(h[6:])
	if le.Uint16(h[8:]) != method || (flags^m.flags)&(1|1<<6|zipDescribed) != 0 {
		return false
	}
	if flags&zipDescribed == 0 {
		own := zipMember{packed: int64(le.Uint32(h[18:])), size: int64(le.Uint32(h[22:]))}
		own.useSizes(extra)
		same := func(own, v int64) bool { return own == 0xffffffff || own == v }
		return le.Uint32(h[14:]) == m.crc && same(own.packed, m.packed) && same(own.size, m.size)
	}
	// With or without its signature, sizes of four bytes each or of eight.
	var d [24]byte
	n, _ := at.ReadAt(d[:], m.off+m.packed)
	for _, skip := range []int{4, 0} {
		f := d[skip:]
		switch {
		case n < skip+12 || le.Uint32(f) != m.crc:
		case le.Uint32(f[4:]) == uint32(m.packed) && le.Uint32(f[8:]) == uint32(m.size):
			return true
		case n >= skip+20 && le.Uint64(f[4:]) == uint64(m.packed) && le.Uint64(f[12:]) == uint64(m.size):
			return true
		}
	}
	return false
}
