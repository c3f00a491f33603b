package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"

	"hunt/evtx"
)

// orphanSize is how many of the bytes without a header are examined at once.
const orphanSize = 64 << 10

var errOrphan = errors.New("it follows damage in the archive, where no header gives its name: it belongs to the " +
	"member before it, or to one whose header is lost")

// orphan reads the bytes that belong to no header, up to the next header: what follows damage in a member, or a
// member whose header is lost. A log or an archive among them is read as a damaged one. They begin n bytes back.
func (t *tarWalk) orphan(n int) error {
	t.r.back(int64(n))
	data := &orphanData{walk: t}
	r := bufio.NewReaderSize(data, orphanSize)
	for first := true; ; first = false {
		b, _ := r.Peek(orphanSize) // its error is returned again by the next read
		if len(b) == 0 {
			break
		}
		i, k := beginningIn(b, first)
		_, _ = r.Discard(i) // Peek has just returned them
		if k == kindOther {
			continue
		}
		if err := t.adopt(r, k); err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, r) // the same
	}
	switch {
	case t.end:
		return data.err // garbage after the end is no loss; what was found in it is listed as damaged
	case data.zeros >= 2*tarBlock && !data.header:
		t.end = true
		data.n -= data.zeros
	}
	t.lost += data.n
	return data.err
}

// adopt reads what begins in bytes without a header.
func (t *tarWalk) adopt(r *bufio.Reader, k kind) error {
	if err := t.member(t.entry); err != nil {
		return err
	}
	c := t.entry.child(cmp.Or(t.last, "(no name)")+" (behind damage)", t.format, t.names)
	c.paid = t.entry.paid && !t.twice
	if k != kindEVTX {
		head, _ := r.Peek(sniffSize) // a shorter one is examined, too
		c.head, c.stream = bytes.Clone(head), r
		t.archive(k, c)
		return nil
	}
	src, size, err := t.copy(c, r)
	if src == nil {
		return err
	}
	if c.src, c.size, c.seekable = src, size, true; err != nil {
		c.src = damagedSource{src, err}
	}
	at, openErr := src.OpenRandom()
	if openErr != nil {
		return openErr
	}
	defer at.Close()
	first, found, searchErr := evtx.FirstSlot(at, size, true)
	if found {
		c.src = damagedSource{src, cmp.Or(err, errOrphan)}
		t.log(c, first, first != evtx.FileHeaderSize)
	}
	return searchErr
}

// beginningIn returns where a log or an archive begins in bytes, or how many of them certainly begin none. first
// says that they are the first without a header: then the rest of a chunk belongs to the log that follows it,
// and an archive begins after the block that had its header.
func beginningIn(b []byte, first bool) (int, kind) {
	const overlap = 64 // more than any beginning needs to be recognised
	at, k := len(b), kindOther
	if len(b) > orphanSize-overlap {
		at = len(b) - overlap
	}
	if i := bytes.Index(b, []byte("ElfFile\x00")); i >= 0 && i < at {
		at, k = i, kindEVTX
	}
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte(zipLocalSig))
		if i < 0 || from+i >= at {
			break
		}
		if from += i; zipHead(b[from:]) {
			at, k = from, kindZip
			break
		}
		from++
	}
	if !first {
		if i := bytes.Index(b, []byte("ElfChnk\x00")); i >= 0 && i < at {
			at, k = i, kindEVTX
		}
		return at, k
	}
	for i := tarBlock; i <= 4*tarBlock && i < at; i += tarBlock {
		if found, advice := sniff(b[i:], 0); found.archive() && advice == "" && found != kindTar {
			return i, found
		}
	}
	for _, magic := range []string{"ElfChnk\x00", "**\x00\x00"} {
		if i := bytes.Index(b, []byte(magic)); i >= 0 && i < at {
			return 0, kindEVTX
		}
	}
	return at, k
}

// zipHead reports whether a member of a zip begins so.
func zipHead(b []byte) bool {
	if len(b) < zipLocal {
		return false
	}
	name := binary.LittleEndian.Uint16(b[26:])
	switch binary.LittleEndian.Uint16(b[8:]) {
	case zipStore, zipDeflate, 9, zipBzip2, 14, zipZstd, 95, 98, zipAES:
		return b[4] <= 63 && b[5] <= 3 && name > 0 && name <= maxMemberName
	}
	return false
}

// orphanData gives the bytes up to the next header, which may stand anywhere.
type orphanData struct {
	walk   *tarWalk
	buf    [tarBlock]byte
	rest   []byte
	n      int64
	zeros  int64 // at the end
	header bool  // it ended before a header
	done   bool
	err    error
}

func (d *orphanData) Read(p []byte) (int, error) {
	if len(d.rest) == 0 && !d.done {
		d.fill()
	}
	if len(d.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, d.rest)
	d.rest = d.rest[n:]
	return n, nil
}

func (d *orphanData) fill() {
	b := d.walk.r.peek(2 * tarBlock)
	if len(b) == 0 {
		_, err := d.walk.r.Read(d.buf[:1])
		d.done = true
		_, d.err = d.walk.broke(err)
		return
	}
	at, found := tarHeaderIn(b, min(tarBlock, len(b)))
	if found && at == 0 {
		d.done, d.header = true, true
		return
	}
	at, _ = d.walk.r.Read(d.buf[:at]) // they are in memory
	d.rest = d.buf[:at]
	d.n += int64(at)
	if trimmed := bytes.TrimRight(d.rest, "\x00"); len(trimmed) > 0 {
		d.zeros = 0
		at -= len(trimmed)
	}
	d.zeros += int64(at)
}
