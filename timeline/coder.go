package timeline

import (
	"encoding/binary"
	"errors"

	"hunt/evtx"
)

// coder writes facts to bytes, or reads them: one description of a fact serves both directions, so that they cannot differ.
// Numbers are varints; a text that was met before is a number. The first error stays; what is read after it is zero.
type coder struct {
	reading bool
	buf     []byte // what was written; what is read
	at      int    // reading: the place in buf
	fault   error

	texts []string          // met so far
	index map[string]uint64 // writing: text -> place in texts, from 1
	files []int32           // reading: the number of a file in this run by that which it had where it was written; nil = the same
}

// errFacts says that bytes are not what a coder wrote.
var errFacts = errors.New("the facts of a scan cannot be decoded: damaged, or written by another version of hunt")

// maxIndexed bounds the length of texts that are looked up: names repeat, payloads do not.
const maxIndexed = 1024

func newWriter(buf []byte) *coder { return &coder{buf: buf, index: map[string]uint64{}} }

func newReader(b []byte, files []int32) *coder {
	return &coder{reading: true, buf: b, files: files}
}

// bytes returns what was written.
func (c *coder) bytes() []byte { return c.buf }

// isReading reports whether facts are read, not written.
func (c *coder) isReading() bool { return c.reading }

// failure returns the first error.
func (c *coder) failure() error { return c.fault }

// fail ends the reading.
func (c *coder) fail() {
	if c.fault == nil {
		c.fault = errFacts
	}
	c.at = len(c.buf)
}

func (c *coder) uint(p *uint64) {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, *p)
		return
	}
	v, n := binary.Uvarint(c.buf[c.at:])
	if n <= 0 {
		*p = 0
		c.fail()
		return
	}
	*p, c.at = v, c.at+n
}

func (c *coder) int(p *int64) {
	u := uint64(*p)<<1 ^ uint64(*p>>63)
	c.uint(&u)
	*p = int64(u>>1) ^ -int64(u&1)
}

// number codes any other integer.
func number[T ~int | ~int32 | ~uint8 | ~uint16 | ~uint32](c *coder, p *T) {
	v := int64(*p)
	c.int(&v)
	*p = T(v)
}

func (c *coder) time(p *evtx.Filetime) { c.uint((*uint64)(p)) }

func (c *coder) flag(p *bool) {
	u := uint64(0)
	if *p {
		u = 1
	}
	c.uint(&u)
	*p = u == 1
}

// text codes a string: its place among those met before, or 0, its length and itself.
func (c *coder) text(p *string) {
	if !c.reading {
		if len(*p) <= maxIndexed {
			if i, ok := c.index[*p]; ok {
				c.buf = binary.AppendUvarint(c.buf, i)
				return
			}
			c.index[*p] = uint64(len(c.index) + 1)
		}
		c.buf = append(c.buf, 0)
		c.buf = binary.AppendUvarint(c.buf, uint64(len(*p)))
		c.buf = append(c.buf, *p...)
		return
	}
	var i, n uint64
	*p = ""
	switch c.uint(&i); {
	case c.fault != nil:
	case i > uint64(len(c.texts)):
		c.fail()
	case i > 0:
		*p = c.texts[i-1]
	default:
		c.uint(&n)
		if n > uint64(len(c.buf)-c.at) {
			c.fail()
			return
		}
		*p = string(c.buf[c.at : c.at+int(n)]) // a part of one large text would hold all of it, wherever it goes
		c.at += int(n)
		if n <= maxIndexed {
			c.texts = append(c.texts, *p)
		}
	}
}

// length codes the length of a list whose items take a byte or more each.
func (c *coder) length(n int) int {
	number(c, &n)
	if c.reading && (n < 0 || n > len(c.buf)-c.at) {
		c.fail()
		return 0
	}
	return n
}

// list codes a list of pointers.
func list[T any](c *coder, items *[]*T, code func(*coder, *T)) {
	n := c.length(len(*items))
	if !c.reading {
		for _, x := range *items {
			code(c, x)
		}
		return
	}
	slab := make([]T, n) // one allocation for all of them
	*items = make([]*T, n)
	for i := range slab {
		(*items)[i] = &slab[i]
		code(c, &slab[i])
	}
}

// values codes a list of values.
func values[T any](c *coder, items *[]T, code func(*coder, *T)) {
	n := c.length(len(*items))
	if c.reading {
		*items = make([]T, n)
	}
	for i := range *items {
		code(c, &(*items)[i])
	}
}

func (c *coder) ref(r *evtx.Ref) {
	c.file(&r.File)
	number(c, &r.Chunk)
	c.int(&r.Offset)
	c.uint(&r.HeaderRecordID)
	c.uint(&r.EventRecordID)
	c.flag(&r.Carved)
}

// file codes the number of a file of evidence.
func (c *coder) file(p *int32) {
	number(c, p)
	if !c.reading || c.files == nil {
		return
	}
	if *p < 0 || int(*p) >= len(c.files) {
		*p = 0
		c.fail()
		return
	}
	*p = c.files[*p]
}
