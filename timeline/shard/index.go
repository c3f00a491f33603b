package shard

import (
	"crypto/sha256"

	"hunt/timeline/spill"
)

// places says where the parts of a shard are.
type places struct {
	bound  string // what bind says
	pasts  []packedPast
	marks  []string // what rules made of records, by number
	blocks []packedBlock
}

// packedBlock is a block of the chunks.
type packedBlock struct {
	at, len int64
	sum     string // of its bytes: shortSum
	pieces  []piecePlace
}

// piecePlace is a piece in a block, once that is unpacked.
type piecePlace struct {
	chunkPlace
	computer string // whose records it holds; "" if it is needed for those of several
	in, size int64
}

// marksFile takes the place of the file for pieces that hold the marks of a computer's records.
const marksFile = -1

// sumSize is how many bytes of a SHA-256 the index has for a part of a member.
const sumSize = 16

// shortSum returns the hash that the index has of a part of a member.
func shortSum(b []byte) string {
	sum := sha256.Sum256(b)
	return string(sum[:sumSize])
}

func (s *places) code(c *spill.Coder) {
	c.Text(&s.bound)
	at := int64(0)
	spill.Values(c, &s.pasts, func(c *spill.Coder, p *packedPast) {
		c.Text(&p.key.Computer)
		spill.Number(c, &p.key.File)
		at = follow(c, &p.at, at, &p.len)
		c.Raw(&p.sum, sumSize)
	})
	spill.Values(c, &s.marks, (*spill.Coder).Text)
	at = int64(len(chunksMagic))
	spill.Values(c, &s.blocks, func(c *spill.Coder, b *packedBlock) {
		at = follow(c, &b.at, at, &b.len)
		c.Raw(&b.sum, sumSize)
		in, last := int64(0), chunkPlace{}
		spill.Values(c, &b.pieces, func(c *spill.Coder, p *piecePlace) {
			c.Text(&p.computer)
			file, chunk := p.file-last.file, p.chunk-last.chunk
			spill.Number(c, &file)
			spill.Number(c, &chunk)
			p.file, p.chunk = last.file+file, last.chunk+chunk
			last = p.chunkPlace
			in = follow(c, &p.in, in, &p.size)
		})
	})
}

// follow codes the place of something that begins where the one before it ended, and returns where it
// ends.
func follow(c *spill.Coder, at *int64, from int64, size *int64) int64 {
	c.Int(size)
	if *size < 0 || *size > maxPart {
		*size = 0
		c.Fail()
	}
	*at = from
	return from + *size
}

// maxPart bounds a part of a member, in bytes.
const maxPart = 1 << 40
