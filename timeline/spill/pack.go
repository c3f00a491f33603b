package spill

import "github.com/klauspost/compress/zstd"

var (
	// these options are valid
	packer, _   = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(1<<30))
)

// Pack compresses b. It is safe for concurrent use, as is Unpack.
func Pack(b []byte) []byte { return packer.EncodeAll(b, nil) }

// Unpack is the reverse of Pack.
func Unpack(b []byte) ([]byte, error) { return unpacker.DecodeAll(b, nil) }
