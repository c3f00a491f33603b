package evidence

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/bodgit/sevenzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// maxCoders7z bounds the coders of a folder and their streams; 7-Zip writes up to five (an encrypted BCJ2), and reads 64.
	maxCoders7z = 32
	// maxMemory7z bounds what a folder's coders take: dictionaries and models. The highest level of 7-Zip has 256 MiB, lowered to the size of what is packed.
	maxMemory7z = 512 << 20
	// fixedMemory7z is what other coders take at most: bzip2 four bytes for each of 900 kB, Brotli and LZ4 windows of 16 MiB.
	fixedMemory7z = 32 << 20
	// maxRounds7z bounds the rounds of a key, as a power of two. 7-Zip writes 19, for which a core takes a tenth of a second.
	maxRounds7z = 22
	// maxKeys7z bounds an archive's keys: 7-Zip writes one. The library keeps ten, and would make more of them again and again.
	maxKeys7z = 8
)

// Methods of 7-Zip's Methods.txt, of those that need a look.
const (
	copy7z, delta7z, lzma7z, lzma27z, ppmd7z = "\x00", "\x03", "\x03\x01\x01", "\x21", "\x03\x04\x01"
	zstd7z, aes7z                            = "\x04\xf7\x11\x01", "\x06\xf1\x07\x01"
)

// filters7z neither pack nor encrypt: as many bytes come out as go in.
var filters7z = []string{delta7z, "\x03\x03\x01\x03", "\x03\x03\x01\x1b", "\x03\x03\x02\x05", "\x03\x03\x05\x01", "\x03\x03\x08\x05", "\x0a"}

// folder7z is how a stretch of packed bytes is unpacked: the way through its coders.
type folder7z struct {
	coders []coder7z
	bound  []pair7z
	packed int // streams of packed bytes it takes
}

type coder7z struct {
	method     string
	in         int
	properties []byte
	size       uint64 // unpacked
}

// pair7z ties what goes into a coder to what comes out of another.
type pair7z struct{ in, out uint64 }

// folder walks one folder's coders and how they hang together.
func (w *walk7z) folder() (f folder7z) {
	n := w.count("coders of a folder", maxCoders7z)
	in := 0
	for range n {
		c := w.coder()
		in += c.in
		f.coders = append(f.coders, c)
	}
	if w.err == nil && (in < n || in > maxCoders7z) {
		w.fail("a folder of %d coders with %d streams", n, in)
	}
	for range n - 1 {
		p := pair7z{w.number(), w.number()}
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

func (w *walk7z) coder() (c coder7z) {
	flags := w.byte()
	if flags&0xc0 != 0 {
		w.fail("a coder with the flags %#x", flags)
	}
	c.method = string(w.take(uint64(flags & 0xf)))
	c.in = 1
	if flags&0x10 != 0 {
		c.in = w.count("streams of a coder", maxCoders7z)
		if out := w.number(); out != 1 {
			w.fail("a coder with %d streams that come out", out)
		}
	}
	if flags&0x20 != 0 {
		c.properties = w.take(uint64(w.count("bytes of a coder's properties", maxHeader7z)))
	}
	return c
}

// size is that of the unpacked folder: of the coder whose stream no other takes.
func (f *folder7z) size() uint64 {
	for i := len(f.coders) - 1; i >= 0; i-- {
		if !slices.ContainsFunc(f.bound, func(p pair7z) bool { return p.out == uint64(i) }) {
			return f.coders[i].size
		}
	}
	return 0
}

func (f *folder7z) encrypted() bool {
	return slices.ContainsFunc(f.coders, func(c coder7z) bool { return c.method == aes7z })
}

// rounds is what making the folder's key from a password takes.
func (f *folder7z) rounds() int64 {
	for _, c := range f.coders {
		if c.method == aes7z && len(c.properties) > 0 && c.properties[0]&0x3f <= maxRounds7z {
			return 1 << (c.properties[0] & 0x3f)
		}
	}
	return 1
}

// packer reports whether a coder unpacks: what comes out can be longer than what goes in.
func (c *coder7z) packer() bool {
	return c.method != copy7z && c.method != aes7z && !slices.Contains(filters7z, c.method)
}

// check holds a folder's coders against what hunt gives them.
func (f *folder7z) check(w *walk7z) {
	memory, in := uint64(0), 0
	unpacks := make([]bool, len(f.coders)) // it unpacks, or what it takes has been unpacked
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
	if memory > maxMemory7z {
		w.refuse("unpacking it takes %d MiB of memory; hunt allows %d", memory>>20, maxMemory7z>>20)
	}
}

// memory is what a coder takes. Properties that the library could not live with are faults.
func (c *coder7z) memory(w *walk7z) uint64 {
	p := c.properties
	switch c.method {
	case lzma7z:
		if len(p) != 5 {
			w.fail("LZMA with %d bytes of properties", len(p))
			return 0
		}
		return fixedMemory7z + min(uint64(binary.LittleEndian.Uint32(p[1:])), c.size)
	case lzma27z:
		if len(p) != 1 || p[0] > 40 {
			w.fail("LZMA2 with the properties %x", p)
			return 0
		}
		return fixedMemory7z + uint64(2|p[0]&1)<<(p[0]/2+11)
	case ppmd7z:
		if len(p) != 5 {
			w.refuse("its PPMd has %d bytes of properties, as py7zr writes them; hunt reads 5", len(p))
			return 0
		}
		return uint64(binary.LittleEndian.Uint32(p[1:]))
	case zstd7z:
		return maxWindow
	case delta7z:
		if len(p) == 1 && p[0] == 0xff {
			w.refuse("its Delta filter has the distance 256, which the reader cannot handle")
		}
	case aes7z:
		if len(p) > 0 && p[0]&0x3f > maxRounds7z && p[0]&0x3f != 0x3f {
			w.refuse("its key takes 2^%d rounds; hunt allows 2^%d", p[0]&0x3f, maxRounds7z)
		}
	case copy7z:
		return 0
	}
	return fixedMemory7z
}

// keys counts the keys that a password is made into: one for each salt and number of rounds.
func (w *walk7z) keys(folders []folder7z) {
	keys := map[string]bool{}
	for i := range folders {
		for _, c := range folders[i].coders {
			if c.method == aes7z && len(keys) <= maxKeys7z {
				keys[c.key()] = true
			}
		}
	}
	if len(keys) > maxKeys7z {
		w.refuse("it is encrypted with more than %d keys", maxKeys7z)
	}
}

// key is what tells an AES coder's key from others: rounds and salt. The salt is followed by the initialisation vector.
func (c *coder7z) key() string {
	p := c.properties
	if len(p) < 2 {
		return ""
	}
	salt := min(int(p[0]>>7&1+p[1]>>4), len(p)-2)
	return string(rune(p[0]&0x3f)) + string(p[2:2+salt])
}

// The library's own zstd reader takes windows of 512 MiB, and leaves goroutines behind where a stream is not read to its end.
func init() {
	sevenzip.RegisterDecompressor([]byte(zstd7z), func(_ []byte, _ uint64, in []io.ReadCloser) (io.ReadCloser, error) {
		if len(in) != 1 {
			return nil, fmt.Errorf("zstd of %d streams", len(in))
		}
		z, err := zstd.NewReader(in[0], zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	})
}
