package sevenz

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/bodgit/sevenzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxCoders bounds the coders of a folder and their streams; 7-Zip writes up to five (an
	// encrypted BCJ2), and reads 64.
	maxCoders = 32
	// maxMemory bounds the memory of a folder's coders: dictionaries and models. The highest
	// level of 7-Zip has 256 MiB, lowered to the size of what is packed.
	maxMemory = 512 << 20
	// fixedMemory is the most memory that other coders take: bzip2 four bytes for each of 900 kB,
	// Brotli and LZ4 windows of 16 MiB.
	fixedMemory = 32 << 20
	// zstdWindow bounds the window of a Zstandard coder; the format's own recommended limit is 8
	// MiB.
	zstdWindow = 128 << 20
	// maxRounds bounds the rounds of a key, as a power of two. 7-Zip writes 19, for which a core
	// takes a tenth of a second.
	maxRounds = 22
	// maxKeys bounds an archive's keys: 7-Zip writes one. The library keeps ten, and would make
	// more of them again and again.
	maxKeys = 8
)

// Methods in 7-Zip's Methods.txt that need special treatment.
const (
	methodCopy, methodDelta, methodLZMA, methodLZMA2, methodPPMd = "\x00", "\x03", "\x03\x01\x01", "\x21",
		"\x03\x04\x01"
	methodZstd, methodAES = "\x04\xf7\x11\x01", "\x06\xf1\x07\x01"
)

// filters neither pack nor encrypt: they return as many bytes as they read.
var filters = []string{methodDelta, "\x03\x03\x01\x03", "\x03\x03\x01\x1b", "\x03\x03\x02\x05", "\x03\x03\x05\x01",
	"\x03\x03\x08\x05", "\x0a"}

// Folder is how a stretch of packed bytes is unpacked: the path through its coders.
type Folder struct {
	coders []coder
	bound  []pair
	packed int // streams of packed bytes that it reads
}

type coder struct {
	method     string
	in         int
	properties []byte
	size       uint64 // unpacked
}

// pair connects an input of a coder to an output of another.
type pair struct{ in, out uint64 }

// folder walks one folder's coders and their connections.
func (w *walk) folder() (f Folder) {
	n := w.count("coders of a folder", maxCoders)
	in := 0
	for range n {
		c := w.coder()
		in += c.in
		f.coders = append(f.coders, c)
	}
	if w.err == nil && (in < n || in > maxCoders) {
		w.fail("a folder of %d coders with %d streams", n, in)
	}
	for range n - 1 {
		p := pair{w.number(), w.number()}
		if p.in >= uint64(in) || p.out >= uint64(n) {
			w.fail("a folder ties streams that it does not have")
		}
		f.bound = append(f.bound, p)
	}
	f.packed = in - n + 1
	if f.packed > 1 {
		for range f.packed {
			if w.number() >= uint64(in) {
				w.fail("a folder takes a stream that it does not have")
			}
		}
	}
	return f
}

func (w *walk) coder() (c coder) {
	flags := w.byte()
	if flags&0xc0 != 0 {
		w.fail("a coder with the flags %#x", flags)
	}
	c.method = string(w.take(uint64(flags & 0xf)))
	c.in = 1
	if flags&0x10 != 0 {
		c.in = w.count("streams of a coder", maxCoders)
		if out := w.number(); out != 1 {
			w.fail("a coder with %d streams that come out", out)
		}
	}
	if flags&0x20 != 0 {
		c.properties = w.take(uint64(w.count("bytes of a coder's properties", maxHeader)))
	}
	return c
}

// size returns the size of the unpacked folder: that of the coder whose output no other reads.
func (f *Folder) size() uint64 {
	for i := len(f.coders) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(f.bound, func(p pair) bool { return p.out == uint64(i) }) {
			return f.coders[i].size
		}
	}
	return 0
}

// Encrypted reports whether unpacking the folder takes a password.
func (f *Folder) Encrypted() bool {
	return slices.ContainsFunc(f.coders, func(c coder) bool { return c.method == methodAES })
}

// Rounds returns the cost of making the folder's key from a password, in rounds of a hash.
func (f *Folder) Rounds() int64 {
	for _, c := range f.coders {
		if c.method == methodAES && len(c.properties) > 0 && c.properties[0]&0x3f <= maxRounds {
			return 1 << (c.properties[0] & 0x3f)
		}
	}
	return 1
}

// packer reports whether a coder unpacks: its output can be longer than its input.
func (c *coder) packer() bool {
	return c.method != methodCopy && c.method != methodAES && !slices.Contains(filters, c.method)
}

// check compares a folder's coders with what hunt allows.
func (f *Folder) check(w *walk) {
	memory, in := uint64(0), 0
	unpacks := make([]bool, len(f.coders)) // it unpacks, or its input has been unpacked
	for i := range f.coders {
		c := &f.coders[i]
		memory += c.memory(w)
		again := false
		for _, p := range f.bound {
			if p.in >= uint64(in) && p.in < uint64(in+c.in) {
				again = again || unpacks[p.out]
			}
		}
		in += c.in
		if again && c.packer() {
			w.refuse("it is packed twice over, as archive bombs are")
		}
		unpacks[i] = again || c.packer()
	}
	if memory > maxMemory {
		w.refuse("unpacking it takes %d MiB of memory; hunt allows %d", memory>>20, maxMemory>>20)
	}
}

// memory returns the memory that a coder takes. Properties that would break the library are
// faults.
func (c *coder) memory(w *walk) uint64 {
	p := c.properties
	switch c.method {
	case methodLZMA:
		if len(p) != 5 {
			w.fail("LZMA with %d bytes of properties", len(p))
			return 0
		}
		return fixedMemory + min(uint64(binary.LittleEndian.Uint32(p[1:])), c.size)
	case methodLZMA2:
		if len(p) != 1 || p[0] > 40 {
			w.fail("LZMA2 with the properties %x", p)
			return 0
		}
		return fixedMemory + uint64(2|p[0]&1)<<(p[0]/2+11)
	case methodPPMd:
		if len(p) != 5 {
			w.refuse("its PPMd has %d bytes of properties, as py7zr writes them; hunt reads 5", len(p))
			return 0
		}
		return uint64(binary.LittleEndian.Uint32(p[1:]))
	case methodZstd:
		return zstdWindow
	case methodDelta:
		if len(p) == 1 && p[0] == 0xff {
			w.refuse("its Delta filter has the distance 256, which the reader cannot handle")
		}
	case methodAES:
		if len(p) > 0 && p[0]&0x3f > maxRounds && p[0]&0x3f != 0x3f {
			w.refuse("its key takes 2^%d rounds; hunt allows 2^%d", p[0]&0x3f, maxRounds)
		}
	case methodCopy:
		return 0
	}
	return fixedMemory
}

// keys counts the keys to be made from a password: one for each salt and number of rounds.
func (w *walk) keys(folders []Folder) {
	keys := map[string]bool{}
	for i := range folders {
		for _, c := range folders[i].coders {
			if c.method == methodAES && len(keys) <= maxKeys {
				keys[c.key()] = true
			}
		}
	}
	if len(keys) > maxKeys {
		w.refuse("it is encrypted with more than %d keys", maxKeys)
	}
}

// key returns what distinguishes an AES coder's key: rounds and salt. The initialisation vector
// follows the salt.
func (c *coder) key() string {
	p := c.properties
	if len(p) < 2 {
		return ""
	}
	salt := min(int(p[0]>>7&1+p[1]>>4), len(p)-2)
	return string(rune(p[0]&0x3f)) + string(p[2:2+salt])
}

// The library's own zstd reader accepts windows of 512 MiB, and leaves goroutines behind if a
// stream is not read to its end.
func init() {
	sevenzip.RegisterDecompressor([]byte(methodZstd),
		func(_ []byte, _ uint64, in []io.ReadCloser) (io.ReadCloser, error) {
			if len(in) != 1 {
				return nil, fmt.Errorf("zstd of %d streams", len(in))
			}
			z, err := zstd.NewReader(in[0], zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderConcurrency(1),
				zstd.WithDecoderLowmem(true))
			if err != nil {
				return nil, err
			}
			return z.IOReadCloser(), nil
		})
}
