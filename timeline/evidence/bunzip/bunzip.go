// Package bunzip unpacks bzip2 streams and continues after damaged blocks.
package bunzip

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"

	"hunt/timeline/evidence/hole"
)

// The magics of bzip2, of 48 bits each. They are at any bit, because blocks end at any bit.
const (
	bzip2Block     = 0x314159265359
	bzip2End       = 0x177245385090
	bzip2MagicBits = 48
	bzip2EndBits   = bzip2MagicBits + 32 // with the checksum of the stream
	bzip2Header    = "BZh9"              // the largest blocks: those of a smaller size fit
)

// Reader unpacks consecutive bzip2 streams. Blocks, of at most 900 kB, are independent, so that after a damaged one
// Reader returns a [hole.Error] and continues with the next. compress/bzip2 is then given a stream that begins with
// that block.
type Reader struct {
	bits    *bitSource
	z       io.Reader
	resumed bool // z began after damage, so the checksum of its stream cannot match
	told    bool // the damage was reported, and nothing has been unpacked since
	search  hole.Search
	end     error
}

// NewReader returns a Reader of streams.
func NewReader(in *bufio.Reader) *Reader {
	bits := &bitSource{in: in}
	return &Reader{bits: bits, z: bzip2.NewReader(bits)}
}

// Read implements io.Reader. After a [hole.Error] it continues with the next block.
func (b *Reader) Read(p []byte) (int, error) {
	for b.end == nil {
		before, stale := b.bits.pos, len(b.bits.marks)
		n, err := b.z.Read(p)
		if err == nil {
			if b.bits.pos > before {
				b.bits.forget(stale, before) // the block before has the right checksum
			}
			b.told = b.told && n == 0
			return n, nil
		}
		missing, ended := b.resume(before, stale, err)
		switch {
		case ended != nil:
			b.end = ended
		case missing && !b.told:
			b.told = true
			return n, &hole.Error{Err: err}
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, b.end
}

// Within reports whether a block begins anywhere in the input, which it reads up to there.
func Within(in *bufio.Reader) bool {
	_, found := (&bitSource{in: in}).find(0)
	return found
}

// resume moves to the next block. before and stale say how much was read before the failed read. missing says that
// a part in between is lost; end says that no block follows.
func (b *Reader) resume(before int64, stale int, failed error) (missing bool, end error) {
	marks := b.bits.marks
	if b.bits.pos > before {
		marks = marks[min(stale, len(marks)):]
	}
	from := max(before*8-7, 0) // the magic of the block that should follow is damaged
	if len(marks) > 0 {
		from = marks[0].bit + 1
	}
	// After the end of a stream, another may begin at the next byte. After damage, the checksum of a stream cannot
	// match; without damage, compress/bzip2 checked it before reading on.
	behind, whole := int64(0), false
	if n := len(b.bits.marks); n > 0 && b.bits.marks[n-1].end {
		behind = (b.bits.marks[n-1].bit + bzip2EndBits + 7) / 8
		whole = b.bits.pos <= behind+2 && (b.resumed || b.bits.pos > behind || errors.Is(failed, io.EOF))
	}
	if whole {
		from = b.bits.marks[len(b.bits.marks)-1].bit + 1
	}
	if errors.Is(failed, io.EOF) && !whole {
		failed = io.ErrUnexpectedEOF
	}
	back := max(b.bits.pos-from/8, 0)
	if !b.search.Spend(back, b.bits.pos) {
		return true, hole.ErrSearched
	}
	bit, found := b.bits.find(from)
	switch {
	case found:
	case whole && (b.resumed || b.bits.padded(behind)):
		return false, io.EOF
	default:
		return true, failed
	}
	b.bits.begin(bit)
	b.z, b.resumed = bzip2.NewReader(b.bits), true
	return !whole || bit != (behind+int64(len(bzip2Header)))*8, nil
}

// bitMark is a magic that was found.
type bitMark struct {
	bit int64
	end bool // of a stream
}

// maxBitsKept is more than a block takes: 900,000 symbols of at most 20 bits.
const maxBitsKept = 4 << 20

// bitSource yields bytes that can begin at any bit of its input. It notes the magics in what was read, and keeps
// the bytes since the last block began, so that it can go back.
type bitSource struct {
	in    *bufio.Reader
	front string // to be returned first
	pos   int64  // of the next byte of the input
	kept  []byte
	at    int64 // of the first byte in kept
	shift uint
	last  byte   // its bits that were not returned yet, if shifted
	seen  uint64 // the last 64 bits
	marks []bitMark
	zeros int64 // bytes at the end of the input that are zero
	err   error
}

// take reads the next byte of the input.
func (s *bitSource) take() (byte, error) {
	var c byte
	if i := s.pos - s.at; i < int64(len(s.kept)) {
		c = s.kept[i]
	} else {
		if s.err != nil {
			return 0, s.err
		}
		if c, s.err = s.in.ReadByte(); s.err != nil {
			return 0, s.err
		}
		if s.zeros++; c != 0 {
			s.zeros = 0
		}
		if len(s.kept) >= maxBitsKept {
			s.drop(maxBitsKept / 2)
		}
		s.kept = append(s.kept, c)
	}
	s.pos++
	s.seen = s.seen<<8 | uint64(c)
	for shift := range 8 {
		if v := s.seen >> shift & (1<<bzip2MagicBits - 1); v == bzip2Block || v == bzip2End {
			s.mark(bitMark{s.pos*8 - int64(shift) - bzip2MagicBits, v == bzip2End})
		}
	}
	return c, nil
}

// maxMarks bounds the magics that are kept for one block: real ones have one.
const maxMarks = 1 << 10

func (s *bitSource) mark(m bitMark) {
	if len(s.marks) == maxMarks {
		copy(s.marks[1:], s.marks[2:]) // the first and the last matter
		s.marks = s.marks[:maxMarks-1]
	}
	s.marks = append(s.marks, m)
}

// ReadByte gives the next eight bits.
func (s *bitSource) ReadByte() (byte, error) {
	if s.front != "" {
		c := s.front[0]
		s.front = s.front[1:]
		return c, nil
	}
	c, err := s.take()
	if s.shift == 0 {
		return c, err
	}
	out := s.last << s.shift
	if err != nil {
		if s.last, s.shift = 0, 0; errors.Is(err, io.EOF) {
			return out, nil // the rest of the last byte
		}
		return 0, err
	}
	s.last = c
	return out | c>>(8-s.shift), nil
}

// Read exists because compress/bzip2 asks for it.
func (s *bitSource) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if p[n], err = s.ReadByte(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// forget drops the first marks, and the bytes long before an offset.
func (s *bitSource) forget(marks int, before int64) {
	s.marks = append(s.marks[:0], s.marks[min(marks, len(s.marks)):]...)
	if n := before - bzip2MagicBits/8 - 2 - s.at; n > 0 {
		s.drop(int(n))
	}
}

func (s *bitSource) drop(n int) {
	s.kept = append(s.kept[:0], s.kept[n:]...)
	s.at += int64(n)
}

// find moves to the first block that begins at or after a bit.
func (s *bitSource) find(from int64) (bit int64, found bool) {
	s.front, s.shift, s.seen = "", 0, 0
	s.pos = max(from/8, s.at)
	s.marks = s.marks[:0]
	for {
		if _, err := s.take(); err != nil {
			return 0, false
		}
		for _, m := range s.marks {
			if !m.end && m.bit >= from {
				return m.bit, true
			}
		}
		s.marks = s.marks[:0]
		if n := s.pos - s.at - maxBitsKept/4; n > maxBitsKept/4 {
			s.drop(int(n))
		}
	}
}

// begin makes a bit the first to be returned, after the header of a stream.
func (s *bitSource) begin(bit int64) {
	s.front, s.pos, s.shift, s.seen, s.marks = bzip2Header, bit/8, uint(bit%8), 0, s.marks[:0]
	if s.shift > 0 {
		s.last, _ = s.take() // it is kept
	}
}

// padded reports whether the input has ended, with nothing but padding after an offset.
func (s *bitSource) padded(offset int64) bool {
	return errors.Is(s.err, io.EOF) && s.pos-s.zeros <= offset && s.pos-offset <= hole.MaxPadding
}
