// Package sevenz looks through the directory of a 7z archive before a library that believes it is
// given the archive.
//
// The library allocates by counts in an archive's directory, which 7zFormat.txt calls its header:
// four bytes can claim four billion files, and running out of memory is not a panic. Check walks
// the directory first, with named bounds; it reads as the library does, not as 7-Zip does where the
// two differ, so that what passes is what the library then reads. It tells which folders are
// encrypted and what trying a password costs. Mend finds the directory of an archive whose first
// bytes are damaged.
//
// Bytes go in and a verdict comes out: the package knows nothing of evidence.
package sevenz

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// File is an archive. *io.SectionReader is one.
type File interface {
	io.ReaderAt
	Size() int64
}

// BeginsAt reports whether a 7z begins at an offset: Magic is there, and the checksum of its first bytes holds.
func BeginsAt(at io.ReaderAt, off int64) bool {
	var start [startSize]byte
	_, err := at.ReadAt(start[:], off)
	return err == nil && string(start[:len(Magic)]) == Magic &&
		crc32.ChecksumIEEE(start[12:]) == binary.LittleEndian.Uint32(start[8:])
}
