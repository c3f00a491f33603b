// Package sevenz checks the directory of a 7z archive before the archive is given to a library that trusts it.
//
// The library allocates by counts in an archive's directory, which 7zFormat.txt calls its header: four bytes
// can claim four billion files, and running out of memory is not a panic that could be recovered. Check walks
// the directory first, with named bounds. Where the library and 7-Zip differ, it reads as the library does, so
// that what passes is what the library then reads. It says which folders are encrypted and what trying a
// password costs. Mend finds the directory of an archive whose first bytes are damaged.
//
// The package knows nothing of evidence.
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

// BeginsAt reports whether a 7z begins at an offset: Magic is there, and the checksum of its first bytes
// matches.
func BeginsAt(at io.ReaderAt, off int64) bool {
	var start [startSize]byte
	_, err := at.ReadAt(start[:], off)
	return err == nil && string(start[:len(Magic)]) == Magic &&
		crc32.ChecksumIEEE(start[12:]) == binary.LittleEndian.Uint32(start[8:])
}
