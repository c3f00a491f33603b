package sevenz_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"hunt/timeline/evidence/sevenz"
)

func ExampleCheck() {
	header := []byte{1, 5, 0xf0, 0xff, 0xff, 0xff, 0xff} // a directory in seven bytes that claims four billion files
	archive := make([]byte, 32, 64)
	copy(archive, sevenz.Magic+"\x00\x04")
	le := binary.LittleEndian
	le.PutUint64(archive[20:], uint64(len(header)))
	le.PutUint32(archive[28:], crc32.ChecksumIEEE(header))
	le.PutUint32(archive[8:], crc32.ChecksumIEEE(archive[12:]))
	archive = append(archive, header...)
	fmt.Println(sevenz.BeginsAt(bytes.NewReader(archive), 0))
	_, err := sevenz.Check(bytes.NewReader(archive), int64(len(archive)), "")
	fmt.Println(err)
	// Output:
	// true
	// 4294967295 files in 0 bytes of its directory
}
