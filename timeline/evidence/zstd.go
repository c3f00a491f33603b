package evidence

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"hunt/timeline/evidence/hole"
)

const (
	zstdMagic    = "\x28\xb5\x2f\xfd"
	zstdBlockMax = 128 << 10
)

var errZstdBlock = errors.New("the header of a block is damaged")

// zstdFrame gives the bytes of one frame: RFC 8878, 3.1.1. The sizes of its blocks show where it ends, whatever is
// in them.
type zstdFrame struct {
	in   *packedSource
	left int64 // of the header, block or checksum
	next zstdPiece
	sum  bool
	err  error
}

type zstdPiece uint8

const (
	zstdHeader zstdPiece = iota
	zstdBlock
	zstdSum
	zstdEnd
)

func (f *zstdFrame) Read(p []byte) (int, error) {
	for f.left == 0 && f.err == nil {
		f.err = f.step()
	}
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.in.Read(p[:min(int64(len(p)), f.left)])
	if f.left -= int64(n); err != nil {
		f.err = err
		if errors.Is(err, io.EOF) {
			f.err = io.ErrUnexpectedEOF
		}
		if n == 0 {
			return 0, f.err
		}
	}
	return n, nil
}

// step moves to the next piece of the frame.
func (f *zstdFrame) step() error {
	switch f.next {
	case zstdHeader:
		head, err := f.in.Peek(len(zstdMagic) + 1)
		if err != nil {
			return endsEarly(err)
		}
		flags := head[len(zstdMagic)]
		single := flags >> 5 & 1
		f.left = int64(len(zstdMagic)) + 1 + int64(1-single) + [4]int64{0, 1, 2, 4}[flags&3] +
			[4]int64{int64(single), 2, 4, 8}[flags>>6]
		f.next, f.sum = zstdBlock, flags>>2&1 == 1
	case zstdBlock:
		head, err := f.in.Peek(3)
		if err != nil {
			return endsEarly(err)
		}
		v := int64(head[0]) | int64(head[1])<<8 | int64(head[2])<<16
		size := v >> 3
		switch kind := v >> 1 & 3; {
		case kind == 3, size > zstdBlockMax:
			return errZstdBlock
		case kind == 1:
			size = 1 // a byte that is repeated
		}
		if f.left = 3 + size; v&1 == 1 {
			f.next = zstdSum
		}
	case zstdSum:
		if f.next = zstdEnd; f.sum {
			f.left = 4
		}
	case zstdEnd:
		return io.EOF
	}
	return nil
}

func endsEarly(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// unzstd unpacks consecutive zstd frames. A block refers to those before it, so what follows a damaged one in its
// frame is lost. After the frame, it returns a [hole.Error] and continues with the next.
type unzstd struct {
	in    *packedSource
	z     *zstd.Decoder
	frame *zstdFrame
	from  int64 // where the search for the next frame begins if the present one is damaged
	end   error
}

func newUnzstd(in *packedSource) *unzstd { return &unzstd{in: in} }

// Close frees the decoder.
func (u *unzstd) Close() error {
	if u.z != nil {
		u.z.Close()
	}
	return nil
}

func (u *unzstd) Read(p []byte) (int, error) {
	for u.end == nil {
		if u.frame == nil {
			lost, err := u.next()
			if err != nil {
				u.end = err
			}
			if lost != nil {
				return 0, &hole.Error{Err: lost}
			}
			continue
		}
		n, err := readSome(u.z, p)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			u.frame, u.from = nil, u.in.offset()
		case u.resume():
			return n, &hole.Error{Err: err}
		case u.in.full:
			u.end = hole.ErrSearched
		default:
			u.end = err
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, u.end
}

// next begins the next frame. lost says what is wrong with what was skipped.
func (u *unzstd) next() (lost, err error) {
	for {
		head, err := u.in.Peek(len(zstdMagic) + 4)
		switch {
		case len(head) == 0:
			return lost, err
		case len(head) >= 8 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18": // a skippable frame
			u.from = u.in.offset() + 1
			n := int64(binary.LittleEndian.Uint32(head[4:])) + 8
			if k, err := io.CopyN(io.Discard, u.in, n); k < n {
				lost = endsEarly(err)
				if !u.search() {
					return nil, lost
				}
			}
		case len(head) >= 4 && string(head[:4]) == zstdMagic:
			return lost, u.start()
		case u.in.padding():
			return lost, io.EOF
		default:
			lost = errors.New("what follows is not a zstd frame")
			if !u.search() {
				return nil, lost
			}
		}
	}
}

func (u *unzstd) start() (err error) {
	u.from, u.frame = u.in.offset()+1, &zstdFrame{in: u.in}
	if u.z != nil {
		return u.z.Reset(u.frame)
	}
	u.z, err = zstd.NewReader(u.frame, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderLowmem(true))
	return err
}

func (u *unzstd) search() bool { return u.in.search(u.from, zstdMagic, nil) }

// resume moves past a damaged frame: to where its blocks say that it ends, if another begins there, or else to the
// next beginning of a frame after its own.
func (u *unzstd) resume() bool {
	_, err := io.Copy(io.Discard, u.frame)
	u.frame = nil
	if err == nil {
		switch head, _ := u.in.Peek(4); {
		case len(head) == 0:
			return false
		case string(head) == zstdMagic, len(head) == 4 && head[0]&0xf0 == 0x50 && string(head[1:]) == "\x2a\x4d\x18":
			return true
		}
	}
	return u.search()
}
