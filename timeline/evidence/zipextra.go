package evidence

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"golang.org/x/text/encoding/charmap"

	"hunt/timeline/evidence/zipcipher"
	"hunt/timeline/evidence/zipfield"
)

// setName sets the name from the archive. By the specification it is in code page 437, unless a flag says UTF-8;
// Info-ZIP's extra field 0x7075 also has it in UTF-8.
func (m *zipMember) setName(raw, extra []byte) {
	m.raw, m.name = string(raw), string(raw)
	if m.flags&zipUTF8 != 0 {
		return
	}
	if u := zipfield.Of(extra, 0x7075); len(u) > 5 && u[0] == 1 &&
		binary.LittleEndian.Uint32(u[1:]) == crc32.ChecksumIEEE(raw) {
		m.name = string(u[5:])
		return
	}
	if s, err := charmap.CodePage437.NewDecoder().String(m.raw); err == nil {
		m.name = s
	}
}

// useExtra reads the AES parameters (vendor AE, id 0x9901).
func (m *zipMember) useExtra(extra []byte) {
	if f := zipfield.Of(extra, 0x9901); len(f) >= 7 && m.method == zipAES {
		m.aes = &zipcipher.AES{Strength: f[4], Field: bytes.Clone(f)}
		m.sum = m.sum && binary.LittleEndian.Uint16(f) == 1 // AE-2 has no CRC
		m.method = binary.LittleEndian.Uint16(f[5:])
	}
}

// useSizes reads 64-bit sizes and the offset (APPNOTE 4.5.3): each is present if its field in the header is at its
// maximum.
func (m *zipMember) useSizes(extra []byte) {
	field := zipfield.Of(extra, 1)
	for _, v := range []*int64{&m.size, &m.packed, &m.header} {
		if *v == 0xffffffff && len(field) >= 8 {
			*v = int64(binary.LittleEndian.Uint64(field) & (1<<62 - 1))
			field = field[8:]
		}
	}
}
