package evtx

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// HeaderField is a field of a header, explained for people who read the bytes themselves.
type HeaderField struct {
	Offset int    `json:"offset"` // from the beginning of the chunk
	Size   int    `json:"size"`   // in bytes
	Name   string `json:"name"`
	Value  string `json:"value"`
	Note   string `json:"note,omitempty"`  // what follows from it
	Wrong  bool   `json:"wrong,omitempty"` // it is not what it should be
}

// headerReader reads the fields of a header one by one.
type headerReader struct {
	data []byte
	out  []HeaderField
}

func (h *headerReader) add(offset, size int, name, value string) *HeaderField {
	h.out = append(h.out, HeaderField{Offset: offset, Size: size, Name: name, Value: value})
	return &h.out[len(h.out)-1]
}

func (h *headerReader) number(offset, size int, name string) (n uint64, f *HeaderField) {
	for i := range size {
		n |= uint64(h.data[offset+i]) << (8 * i)
	}
	return n, h.add(offset, size, name, fmt.Sprint(n))
}

// place reads an offset within the chunk.
func (h *headerReader) place(offset int, name string) (n uint64, f *HeaderField) {
	n, f = h.number(offset, 4, name)
	f.Value = fmt.Sprintf("0x%x", n)
	return n, f
}

func (f *HeaderField) check(good bool, note, bad string) {
	if f.Note = note; !good {
		f.Note, f.Wrong = bad, true
	}
}

// ExplainChunk explains the header of a chunk, as far as its bytes go. Source: libevtx, 3 "Chunk".
func ExplainChunk(data []byte) []HeaderField {
	h := &headerReader{data: data}
	if len(data) < chunkHeaderSize {
		h.add(0, len(data), "header", fmt.Sprintf("%d of %d bytes", len(data), chunkHeaderSize)).check(false, "",
			"the file ends here")
		return h.out
	}
	h.add(0, 8, "magic", fmt.Sprintf("%q", data[:8])).check(string(data[:8]) == chunkMagic, "",
		fmt.Sprintf("want %q: this is no chunk", chunkMagic))
	h.number(8, 8, "first record number")
	h.number(16, 8, "last record number")
	h.number(24, 8, "first record id")
	h.number(32, 8, "last record id")
	n, f := h.number(40, 4, "header size")
	f.check(n == 128, "", "want 128")
	last, f := h.place(44, "offset of the last record")
	f.check(last+4 <= uint64(len(data)) && string(data[last:last+4]) == recordMagic, "a record begins there",
		"no record begins there")
	free, f := h.place(48, "free-space offset")
	// #nosec G115 -- 32 bits
	f.check(free >= chunkHeaderSize && free <= ChunkSize,
		fmt.Sprintf("live records end there; %d bytes of slack follow", ChunkSize-int64(free)),
		fmt.Sprintf("want 0x%x to 0x%x", chunkHeaderSize, ChunkSize))
	sum, f := h.place(52, "CRC-32 of the records")
	if free >= chunkHeaderSize && free <= uint64(len(data)) {
		got := crc32.ChecksumIEEE(data[chunkHeaderSize:free])
		f.check(uint64(got) == sum, "agrees with the records", fmt.Sprintf("the records give 0x%x", got))
	}
	h.number(120, 4, "flags")
	sum, f = h.place(124, "CRC-32 of the header")
	got := chunkHeaderCRC(data)
	f.check(uint64(got) == sum, "agrees with the header", fmt.Sprintf("the header gives 0x%x", got))
	h.table(128, 64, "string table", "names")
	h.table(384, 32, "template table", "definitions")
	return h.out
}

// table reads a table of offsets by hash.
func (h *headerReader) table(offset, entries int, name, what string) {
	used := 0
	for i := range entries {
		if binary.LittleEndian.Uint32(h.data[offset+4*i:]) != 0 {
			used++
		}
	}
	h.add(offset, 4*entries, name, fmt.Sprintf("%d of %d entries used", used, entries)).Note = "offsets of the first " +
		what + " by hash"
}

// ExplainRecord explains the header of the record at an offset of a chunk and the beginning of its
// body, as far as the bytes go. Source: libevtx, 4 "Event record"; MS-EVEN6 2.2.12.
func ExplainRecord(data []byte, pos int) []HeaderField {
	h := &headerReader{data: data}
	if pos < 0 || pos+recordHeaderSize > len(data) {
		return nil
	}
	h.add(pos, 4, "magic", fmt.Sprintf("%q", data[pos:pos+4])).check(string(data[pos:pos+4]) == recordMagic, "",
		fmt.Sprintf("want %q: no record begins here", recordMagic))
	size64, f := h.number(pos+4, 4, "size")
	size := int(size64) // #nosec G115 -- 32 bits
	whole := size >= minRecordSize && size <= len(data)-pos
	f.check(whole, "", fmt.Sprintf("want %d to %d", minRecordSize, len(data)-pos))
	h.number(pos+8, 8, "record id of the header")
	ticks, f := h.number(pos+16, 8, "written")
	f.check(plausibleTime(ticks), Filetime(ticks).String(), "no time between 1980 and 2100")
	at := pos + recordHeaderSize
	if !whole || size < recordHeaderSize+4+10+4 {
		return h.out
	}
	if data[at] == 0x0f {
		h.add(at, 4, "fragment header", fmt.Sprintf("% x", data[at:at+4])).Note = "BinXML begins"
		at += 4
	}
	if data[at]&^0x40 == 0x0c {
		h.add(at, 1, "template instance", fmt.Sprintf("0x%02x", data[at]))
		h.number(at+1, 1, "version")
		id, _ := h.number(at+2, 4, "template id")
		h.out[len(h.out)-1].Value = fmt.Sprintf("0x%08x", id)
		def, f := h.place(at+6, "offset of the definition")
		switch {
		case def == uint64(at+10): // #nosec G115 -- an offset
			f.Note = "it is in this record"
		case def+8 <= uint64(len(data)) && uint64(binary.LittleEndian.Uint32(data[def+4:])) == id:
			f.Note = "it is there in this chunk"
		default:
			f.check(false, "", "there is a definition of another id there, or none")
		}
	}
	end := pos + size - 4
	n, f := h.number(end, 4, "copy of the size")
	f.check(n == size64, "agrees", fmt.Sprintf("want %d", size))
	return h.out
}
