package evidence

import (
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"strings"

	"hunt/timeline/evidence/sevenz"
)

// Archives that do not begin as one: they follow the program that unpacks them, or bytes that were damaged.

const (
	// maxPrefix is how far into a file the beginning of an archive is looked for. Self-extractors are smaller.
	maxPrefix = 1 << 20
	// maxSFXConfig is how far after a program's end a 7z may begin: the self-extractor's settings precede it.
	maxSFXConfig = 64 << 10
)

// hidden looks for an archive in an entry that does not begin as one: after a program, or in a file that is
// named as an archive or was given by the user. It returns the entry to read; if it can only be read from the
// front, it is copied.
func (w *walker) hidden(e walkEntry) (walkEntry, kind) {
	from, search, program := programEnd(e.head, e.size)
	if !program && !nameSaysArchive(e.name) && !e.named {
		return e, kindOther
	}
	if !e.seekable {
		if len(e.head) < zipEnd {
			return e, kindOther
		}
		copied, err := w.fetch(e)
		if copied.src == nil || err != nil && copied.size == 0 {
			return e, kindOther
		}
		e = copied
	}
	at, err := e.src.OpenRandom()
	if err != nil {
		return e, kindOther
	}
	defer at.Close()
	if zipWithin(at) {
		return e, kindZip
	}
	if off := find7z(at, from, min(search, at.Size())); off >= 0 {
		e.src, e.size = slice{e.src, off, at.Size() - off}, at.Size()-off
		return e, kind7z
	}
	if strings.EqualFold(path.Ext(e.name), ".7z") && sevenz.Mend(at) != nil {
		return e, kind7z // its first bytes are damaged
	}
	if k := packedWithin(e.src, &cancellable{w.ctx, io.NewSectionReader(at, 0, at.Size())}, e.name); !program &&
		k != kindOther {
		return e, k // its first part is damaged
	}
	if !program && nameSaysTar(e.name) && e.size >= tarBlock {
		return e, kindTar // its first header is damaged
	}
	return e, kindOther
}

// fetch copies an entry that has only a stream, or a source that unpacks from the front.
func (w *walker) fetch(e walkEntry) (walkEntry, error) {
	r := e.stream
	if e.src != nil {
		file, err := e.src.Open()
		if err != nil {
			return e, err
		}
		defer file.Close()
		r = file
	}
	src, n, err := w.copy(e, r)
	if src == nil {
		return e, err
	}
	e.src, e.stream, e.size, e.seekable = src, nil, n, true
	return e, err
}

// isProgram reports whether a file begins as a program that may unpack the archive after it.
func isProgram(head []byte) bool {
	return bytes.HasPrefix(head, []byte("MZ")) || bytes.HasPrefix(head, []byte("\x7fELF")) ||
		bytes.HasPrefix(head, []byte("#!"))
}

// programEnd returns where a program ends, how far from the beginning of the file a 7z after it can begin, and
// whether anything follows it. A file that is not a program may have lost its beginning.
func programEnd(head []byte, size int64) (end, search int64, more bool) {
	if end, more = peEnd(head, size); more {
		return end, end + maxSFXConfig, true
	}
	if end, more = elfEnd(head, size); more {
		return end, end + maxPrefix, true // sections that are not loaded may precede it
	}
	return 0, maxPrefix, bytes.HasPrefix(head, []byte("#!"))
}

// elfEnd returns the end of the segments and the section table of a Linux program, and whether something
// follows them.
func elfEnd(head []byte, size int64) (end int64, more bool) {
	if len(head) < 64 || string(head[:4]) != "\x7fELF" || head[4] != 1 && head[4] != 2 || head[5] != 1 && head[5] != 2 {
		return 0, false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == 2 {
		order = binary.BigEndian
	}
	const most = 1 << 40
	word := func(off64, off32 int64, b []byte) int64 {
		if head[4] == 1 {
			return int64(order.Uint32(b[off32:]))
		}
		return int64(min(order.Uint64(b[off64:]), most))
	}
	counts := head[54:] // entry size and count: of segments, of sections
	if head[4] == 1 {
		counts = head[42:]
	}
	segments, length := word(32, 28, head), int64(order.Uint16(counts))
	end = word(40, 32, head) + int64(order.Uint16(counts[4:]))*int64(order.Uint16(counts[6:]))
	for range order.Uint16(counts[2:]) {
		if length < 32 || head[4] == 2 && length < 56 || segments+length > int64(len(head)) {
			break
		}
		b := head[segments:]
		end = max(end, word(8, 4, b)+word(32, 16, b))
		segments += length
	}
	return end, end < size
}

// peEnd returns the end of the sections of a Windows program, and whether something other than its signature
// follows them. The file has size bytes.
func peEnd(head []byte, size int64) (end int64, more bool) {
	const (
		peOffset, fileHeader, security = 0x3c, 24, 4
		directories32, directories64   = 96, 112
		section                        = 40
	)
	if len(head) < 0x40 || string(head[:2]) != "MZ" {
		return 0, false
	}
	le := binary.LittleEndian
	pe := int64(le.Uint32(head[peOffset:]))
	if pe+fileHeader+directories64+8*(security+1) > int64(len(head)) || string(head[pe:pe+4]) != "PE\x00\x00" {
		return 0, false
	}
	optional := pe + fileHeader
	directories := optional + directories32
	if le.Uint16(head[optional:]) == 0x20b {
		directories = optional + directories64
	}
	signed := int64(le.Uint32(head[directories+8*security:]))
	at := optional + int64(le.Uint16(head[pe+20:]))
	for range le.Uint16(head[pe+6:]) {
		if at+section > int64(len(head)) {
			break
		}
		end = max(end, int64(le.Uint32(head[at+16:]))+int64(le.Uint32(head[at+20:])))
		at += section
	}
	return end, end > 0 && end < size && (signed == 0 || signed > end+8)
}

// zipWithin reports whether a zip's directory is at the end, or a member's header near the
// beginning.
func zipWithin(at RandomAccess) bool {
	size := at.Size()
	tail := make([]byte, min(size, zipEnd+maxZipComment))
	n, _ := at.ReadAt(tail, size-int64(len(tail)))
	for i := n - zipEnd; i >= 0; i-- {
		if string(tail[i:i+4]) != zipEndSig {
			continue
		}
		if end, ok := zipEndAt(at, tail[i:n], size-int64(len(tail))+int64(i)); ok {
			if _, _, ok = end.directory(at); ok {
				return true
			}
		}
	}
	s := zipSalvage{walker: &walker{col: &Collection{}}, at: at, page: pager{at: at}}
	to := min(size, maxPrefix)
	for pos := s.page.find(0, to, zipLocalSig); pos < to; pos = s.page.find(pos+1, to, zipLocalSig) {
		if m := s.header(pos, size); m != nil && m.method <= zipAES {
			return true
		}
	}
	return false
}

// find7z returns where a 7z begins whose first bytes have the right checksum, -1 if there is none.
func find7z(at RandomAccess, from, to int64) int64 {
	page := pager{at: at}
	for pos := page.find(from, to, sevenz.Magic); pos < to; pos = page.find(pos+1, to, sevenz.Magic) {
		if sevenz.BeginsAt(at, pos) {
			return pos
		}
	}
	return -1
}
