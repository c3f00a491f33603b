package spill

import "encoding/binary"

// SpotSize is the size of a Spot in a file.
const SpotSize = 24

// Spot is a place in a file of the evidence, with two numbers that say what is there.
type Spot struct {
	File   int32
	Of     uint32
	Offset int64
	And    uint64
}

// Put writes a spot into SpotSize bytes.
func (s Spot) Put(b []byte) {
	_ = b[SpotSize-1]
	binary.LittleEndian.PutUint32(b, uint32(s.File)) // #nosec G115 -- the same bits
	binary.LittleEndian.PutUint32(b[4:], s.Of)
	binary.LittleEndian.PutUint64(b[8:], uint64(s.Offset)) // #nosec G115 -- the same bits
	binary.LittleEndian.PutUint64(b[16:], s.And)
}

// SpotOf reads what Put wrote.
func SpotOf(b []byte) Spot {
	_ = b[SpotSize-1]
	return Spot{
		File:   int32(binary.LittleEndian.Uint32(b)), // #nosec G115 -- the same bits
		Of:     binary.LittleEndian.Uint32(b[4:]),
		Offset: int64(binary.LittleEndian.Uint64(b[8:])), // #nosec G115 -- the same bits
		And:    binary.LittleEndian.Uint64(b[16:]),
	}
}
