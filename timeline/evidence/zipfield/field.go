// Package zipfield reads the extra fields of a zip's headers: ids, lengths and data, one after the other (APPNOTE 4.5).
package zipfield

import (
	"encoding/binary"
	"slices"
)

// Of returns the field of an id, nil if there is none.
func Of(extra []byte, id uint16) []byte {
	for len(extra) >= 4 {
		is, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return nil
		}
		if is == id {
			return extra[:n]
		}
		extra = extra[n:]
	}
	return nil
}

// usual are the ids of the extra fields that archivers write.
var usual = []uint16{1, 0xa, 0x5455, 0x5855, 0x6375, 0x7075, 0x7855, 0x7875, 0x9901}

// Usual returns the length of the fields at the beginning that archivers write.
func Usual(extra []byte) (length int) {
	for rest := extra; len(rest) >= 4; rest = extra[length:] {
		is, n := binary.LittleEndian.Uint16(rest), 4+int(binary.LittleEndian.Uint16(rest[2:]))
		if !slices.Contains(usual, is) || n > len(rest) {
			break
		}
		length += n
	}
	return length
}
