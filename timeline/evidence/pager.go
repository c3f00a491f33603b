package evidence

import (
	"bytes"
	"io"
)

// pager reads small pieces of a large file, one page at a time.
type pager struct {
	at   io.ReaderAt
	page []byte
	off  int64 // of the page
}

// pageSize is more than the longest record of a zip's directory without its comment.
const pageSize = 256 << 10

// bytes returns n bytes at an offset, fewer at the end of the input. They are valid until the
// next call.
func (p *pager) bytes(off int64, n int) []byte {
	if off < p.off || off+int64(n) > p.off+int64(len(p.page)) {
		if off < 0 {
			return nil
		}
		if cap(p.page) < pageSize {
			p.page = make([]byte, pageSize)
		}
		got, _ := p.at.ReadAt(p.page[:pageSize], off)
		p.page, p.off = p.page[:got], off
	}
	from := int(off - p.off)
	return p.page[from:min(from+n, len(p.page))]
}

// apart returns bytes without leaving the page, for places elsewhere.
func (p *pager) apart(off int64, n int) []byte {
	b := make([]byte, n)
	got, _ := p.at.ReadAt(b, max(off, 0))
	return b[:got]
}

// find returns the offset of a signature, or end.
func (p *pager) find(from, end int64, signature string) int64 {
	for from < end {
		b := p.bytes(from, int(min(pageSize, end-from)))
		if len(b) < len(signature) {
			return end
		}
		if i := bytes.Index(b, []byte(signature)); i >= 0 {
			return from + int64(i)
		}
		from += int64(len(b) - len(signature) + 1)
	}
	return end
}
