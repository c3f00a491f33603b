package evidence

import (
	"archive/tar"
	"bytes"
	"io"
)

// tarBack is how far back a tar's next header is looked for if it is not found after a member.
const tarBack = 64 << 10

// rewinder buffers a stream and keeps the bytes that it gave last, so that it can go back. An error is returned
// once, after the bytes before it.
type rewinder struct {
	r    io.Reader
	buf  [2*tarBack + 4*tarBlock]byte
	from int // start of the unread part of buf
	to   int
	err  error
}

func (r *rewinder) fill() {
	if r.to == len(r.buf) {
		drop := max(r.from-tarBack-tarBlock, 0)
		copy(r.buf[:], r.buf[drop:r.to])
		r.from, r.to = r.from-drop, r.to-drop
	}
	n, err := readSome(r.r, r.buf[r.to:])
	r.to, r.err = r.to+n, err
}

func (r *rewinder) Read(p []byte) (int, error) {
	if r.from == r.to && r.err == nil {
		r.fill()
	}
	if r.from == r.to {
		err := r.err
		r.err = nil
		return 0, err
	}
	n := copy(p, r.buf[r.from:r.to])
	r.from += n
	return n, nil
}

// peek returns n bytes, at most tarBack and two blocks, or those before the end or an error.
func (r *rewinder) peek(n int) []byte {
	for r.to-r.from < n && r.err == nil {
		r.fill()
	}
	return r.buf[r.from:min(r.from+n, r.to)]
}

// back goes back by n bytes, or as far as it can, and returns how far.
func (r *rewinder) back(n int64) int {
	far := int(min(n, int64(r.from), tarBack+tarBlock))
	r.from -= far
	return far
}

// stray handles a block that should be a header and is not. From here on headers need not be at multiples of 512
// bytes: bytes were lost or added. So the next one is looked for at every byte: first in what was taken for the last
// member, then in the block.
func (t *tarWalk) stray() error {
	far := int64(tarBlock)
	if t.data > 0 {
		far = max(far, t.offset()-t.data)
	}
	n := t.r.back(far)
	t.data = 0
	at, found := tarHeaderIn(t.r.peek(n+tarBlock), n)
	t.r.from += at
	switch before := n - tarBlock; {
	case found && at < before:
		t.problem("member %d: the next header comes too early for its size, so bytes are missing in it", t.members)
		t.end, t.twice, t.extension, t.records, t.forged = false, true, nil, nil, false
	case !t.search && !found:
		return t.orphan(at - before)
	case !t.end && !t.search:
		t.lost += int64(at - before)
	}
	return nil
}

// tarHeaderIn finds a header that begins in the first n bytes of b, which has another block after them.
func tarHeaderIn(b []byte, n int) (at int, found bool) {
	at = n
	// What marks a header: the magic or, in old archives, which have none, the end of the checksum.
	for _, mark := range []struct {
		text  string
		place int
	}{{"ustar", 257}, {"\x00 ", 154}} {
		for i := mark.place; i < len(b); i++ {
			next := bytes.Index(b[i:], []byte(mark.text))
			if next < 0 || i+next-mark.place >= at {
				break
			}
			i += next
			if from := i - mark.place; from+tarBlock <= len(b) && tarHeader(b[from:from+tarBlock]) {
				at, found = from, true
				break
			}
		}
	}
	return at, found
}

// sparseMap returns the size of a map of holes between a header and the data of its member, which the member's size
// does not include.
func (t *tarWalk) sparseMap() (n int) {
	if t.block[156] != tar.TypeGNUSparse {
		return 0
	}
	for more := t.block[482]; more != 0 && n < tarBack; n += tarBlock {
		b := t.r.peek(n + tarBlock)
		if len(b) < n+tarBlock {
			break
		}
		more = b[n+504]
	}
	return n
}
