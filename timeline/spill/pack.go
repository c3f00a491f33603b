package spill

import (
	"errors"

	"github.com/klauspost/compress/zstd"
)

var (
	// These options are valid, so there is no error.
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	smaller, _  = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<30))
	// Fails if the result exceeds its capacity.
	within, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true))
)

// Pack compresses b. It is safe for concurrent use, as is Unpack.
func Pack(b []byte) []byte { return packer.EncodeAll(b, nil) }

// PackSmaller compresses b further than Pack, for what is stored and sent; it takes more time.
func PackSmaller(b []byte) []byte { return smaller.EncodeAll(b, nil) }

// AppendPacked is Pack, appending to dst.
func AppendPacked(dst, b []byte) []byte { return packer.EncodeAll(b, dst) }

// Unpack reverses Pack and PackSmaller.
func Unpack(b []byte) ([]byte, error) { return unpacker.DecodeAll(b, nil) }

// maxUnsized is the largest size that Pack does not store with the bytes.
const maxUnsized = 255

// errSize says that bytes unpack to more than they may.
var errSize = errors.New("it unpacks to more than it may")

// UnpackWithin is Unpack for untrusted bytes; it fails if they unpack to more than most bytes.
func UnpackWithin(b []byte, most int64) ([]byte, error) {
	if len(b) == 0 { // what Pack makes of nothing
		return nil, nil
	}
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return nil, err
	}
	room := uint64(max(most, 0)) // #nosec G115 -- not negative
	switch {
	case !h.HasFCS: // Pack writes short input like this
		room = min(room, maxUnsized)
	case h.FrameContentSize > room:
		return nil, errSize
	default:
		room = h.FrameContentSize
	}
	return within.DecodeAll(b, make([]byte, 0, room))
}
