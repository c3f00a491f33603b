package evtxtest

import (
	"encoding/binary"
	"hash/crc32"
	"maps"
	"time"
	"unicode/utf16"
)

const (
	fileHeaderSize  = 4096
	chunkSize       = 65536
	chunkHeaderSize = 512 // 128 bytes of fields, the string table, the template table
	stringTable     = 128
	templateTable   = 384
	recordHeader    = 24
)

// area is a chunk under construction. Names and template definitions are found
// by their offset in it, so everything is written in place.
type area struct {
	buf         []byte
	names       map[string]uint32
	definitions map[[16]byte]uint32
	strings     [64]uint32
	templates   [32]uint32
	first, last uint64 // record ids of the headers
	lastAt      uint32 // offset of the last record
	records     int
	tooLarge    bool // a value exceeded the 64 KiB that its size field can express
}

func newArea() *area {
	return &area{
		buf:         make([]byte, chunkHeaderSize, chunkSize),
		names:       map[string]uint32{},
		definitions: map[[16]byte]uint32{},
	}
}

func (a *area) pos() int          { return len(a.buf) }
func (a *area) byte(b byte)       { a.buf = append(a.buf, b) }
func (a *area) uint16(n uint16)   { a.buf = binary.LittleEndian.AppendUint16(a.buf, n) }
func (a *area) uint32(n uint32)   { a.buf = binary.LittleEndian.AppendUint32(a.buf, n) }
func (a *area) patch32(at, n int) { binary.LittleEndian.PutUint32(a.buf[at:], uint32(n)) }
func (a *area) reserve(n int) int {
	at := a.pos()
	a.buf = append(a.buf, make([]byte, n)...)
	return at
}
func (a *area) counted(text string) { a.counted16(utf16.Encode([]rune(text))) }

func (a *area) token(t byte, more bool) {
	if more {
		t |= tokenMore
	}
	a.byte(t)
}

func (a *area) nodes(list []Node, inTemplate bool) {
	for i, n := range list {
		n.emit(a, inTemplate, i+1 < len(list) && isText(list[i+1]))
	}
}

// isText reports whether a node is character data, to which the "more" flag refers.
func isText(n Node) bool {
	switch n.(type) {
	case Text, CDATA, CharRef, EntityRef, Sub:
		return true
	}
	return false
}

// counted16 appends a string preceded by its length in characters.
func (a *area) counted16(units []uint16) {
	if len(units) > 0xffff {
		a.tooLarge = true
	}
	a.uint16(uint16(len(units)))
	for _, u := range units {
		a.uint16(u)
	}
}

// name appends the offset of a name and, at its first use in the chunk, the name
// itself. A new name becomes the head of its bucket and points at the former head.
// Source: MS-EVEN6 2.2.12, Name; bucket order as in real logs.
func (a *area) name(s string) {
	if at, ok := a.names[s]; ok {
		a.uint32(at)
		return
	}
	units := utf16.Encode([]rune(s))
	hash := nameHash(units)
	bucket := &a.strings[hash%64]
	a.uint32(uint32(a.pos() + 4))
	at := uint32(a.pos())
	a.uint32(*bucket)
	a.uint16(uint16(hash))
	a.counted16(units)
	a.uint16(0)
	*bucket = at
	a.names[s] = at
}

// define appends the offset of a template's definition and the definition.
func (a *area) define(t *Template, guid [16]byte) {
	a.uint32(uint32(a.pos() + 4))
	at := uint32(a.pos())
	words := make([]uint16, 8)
	for i := range words {
		words[i] = binary.LittleEndian.Uint16(guid[2*i:])
	}
	bucket := &a.templates[nameHash(words)%32]
	a.uint32(*bucket)
	a.buf = append(a.buf, guid[:]...)
	size := a.reserve(4)
	a.buf = append(a.buf, tokenFragment, 1, 1, 0)
	a.nodes(t.Nodes, true)
	a.byte(tokenEOF)
	a.patch32(size, a.pos()-size-4)
	*bucket = at
	a.definitions[guid] = at
}

// nameHash is the hash of names and, taken over its eight 16-bit words, of
// template GUIDs; the tables have 64 and 32 buckets. The low half is stored.
func nameHash(units []uint16) uint32 {
	var h uint32
	for _, u := range units {
		h = h*65599 + uint32(u)
	}
	return h
}

// add appends a record or, if the record does not fit, leaves the area as it was and returns
// false.
func (a *area) add(id uint64, written time.Time, body Body) bool {
	before := *a
	at := a.pos()
	a.buf = append(a.buf, '*', '*', 0, 0)
	size := a.reserve(4)
	a.buf = binary.LittleEndian.AppendUint64(a.buf, id)
	a.buf = binary.LittleEndian.AppendUint64(a.buf, ticks(written))
	body.emit(a)
	// Records start on multiples of 8; the size is repeated in the last 4 bytes.
	a.reserve((8 - (a.pos()-at+4)%8) % 8)
	a.uint32(uint32(a.pos() - at + 4))
	a.patch32(size, a.pos()-at)
	if a.pos() > chunkSize || a.tooLarge {
		tooNew := func(offset uint32) bool { return offset >= uint32(at) }
		maps.DeleteFunc(a.names, func(_ string, o uint32) bool { return tooNew(o) })
		maps.DeleteFunc(a.definitions, func(_ [16]byte, o uint32) bool { return tooNew(o) })
		*a = before
		a.buf = a.buf[:at]
		return false
	}
	if a.records == 0 {
		a.first = id
	}
	a.last, a.lastAt = id, uint32(at)
	a.records++
	return true
}

// chunk returns the finished 64 KiB: header, tables, records, and any slack after the
// free-space offset.
func (a *area) chunk(flags uint32, slack []byte) []byte {
	c := make([]byte, chunkSize)
	n := copy(c, a.buf)
	if len(slack) > n {
		copy(c[n:], slack[n:])
	}
	le := binary.LittleEndian
	copy(c, "ElfChnk\x00")
	le.PutUint64(c[8:], a.first)
	le.PutUint64(c[16:], a.last)
	le.PutUint64(c[24:], a.first)
	le.PutUint64(c[32:], a.last)
	le.PutUint32(c[40:], 128)
	le.PutUint32(c[44:], a.lastAt)
	le.PutUint32(c[48:], uint32(n))
	le.PutUint32(c[120:], flags)
	for i, o := range a.strings {
		le.PutUint32(c[stringTable+4*i:], o)
	}
	for i, o := range a.templates {
		le.PutUint32(c[templateTable+4*i:], o)
	}
	FixChunkCRC(c)
	return c
}

// FixChunkCRC corrects the two checksums of a chunk: of the records up to the free-space
// offset, and of the header with its tables.
func FixChunkCRC(c []byte) {
	le := binary.LittleEndian
	free := min(max(int(le.Uint32(c[48:])), chunkHeaderSize), len(c))
	le.PutUint32(c[52:], crc32.ChecksumIEEE(c[chunkHeaderSize:free]))
	fixChunkHeaderCRC(c)
}

func fixChunkHeaderCRC(c []byte) {
	crc := crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[stringTable:chunkHeaderSize])
	binary.LittleEndian.PutUint32(c[124:], crc)
}
