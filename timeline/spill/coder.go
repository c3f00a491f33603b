package spill

import (
	"encoding/binary"
	"errors"

	"hunt/evtx"
)

// Coder writes facts to bytes, or reads them: one description of a fact serves both directions, so that they cannot
// differ. Numbers are varints; a repeated text is a number. The first error is kept; everything read after it is
// zero.
type Coder struct {
	reading bool
	buf     []byte // what was written; what is read
	at      int    // reading: the place in buf
	fault   error

	texts []string          // so far
	index map[string]uint64 // writing: text -> place in texts, from 1
	// reading: the number of a file in this run by that which it had where it was written; nil = the same
	files []int32
}

// ErrFacts says that bytes are not what a coder wrote.
var ErrFacts = errors.New("the facts of a scan cannot be decoded: damaged, or written by another version of hunt")

// maxIndexed bounds the length of texts that are indexed: names repeat, payloads do not.
const maxIndexed = 1024

// NewEncoder returns a Coder that writes, appending to buf.
func NewEncoder(buf []byte) *Coder { return &Coder{buf: buf, index: map[string]uint64{}} }

// NewDecoder returns a Coder that reads b. files translates the numbers of evidence files: the number in b is the
// index in it; nil leaves them as they are.
func NewDecoder(b []byte, files []int32) *Coder {
	return &Coder{reading: true, buf: b, files: files}
}

// Bytes returns what was written.
func (c *Coder) Bytes() []byte { return c.buf }

// Reading reports whether facts are read rather than written.
func (c *Coder) Reading() bool { return c.reading }

// Err returns the first error: ErrFacts, or nil.
func (c *Coder) Err() error { return c.fault }

// Fail ends the reading with ErrFacts. It is for callers that find that what was read makes no sense.
func (c *Coder) Fail() {
	if c.fault == nil {
		c.fault = ErrFacts
	}
	c.at = len(c.buf)
}

// Uint codes an unsigned integer.
func (c *Coder) Uint(p *uint64) {
	if !c.reading {
		c.buf = binary.AppendUvarint(c.buf, *p)
		return
	}
	v, n := binary.Uvarint(c.buf[c.at:])
	if n <= 0 {
		*p = 0
		c.Fail()
		return
	}
	*p, c.at = v, c.at+n
}

// Int codes an integer; small ones of either sign take one byte.
func (c *Coder) Int(p *int64) {
	u := uint64(*p)<<1 ^ uint64(*p>>63)
	c.Uint(&u)
	*p = int64(u>>1) ^ -int64(u&1)
}

// Number codes an integer of another type.
func Number[T ~int | ~int32 | ~uint8 | ~uint16 | ~uint32](c *Coder, p *T) {
	v := int64(*p)
	c.Int(&v)
	*p = T(v)
}

// Time codes a time.
func (c *Coder) Time(p *evtx.Filetime) { c.Uint((*uint64)(p)) }

// Flag codes a boolean.
func (c *Coder) Flag(p *bool) {
	u := uint64(0)
	if *p {
		u = 1
	}
	c.Uint(&u)
	*p = u == 1
}

// Text codes a string: its place among earlier ones, or 0, its length and itself.
func (c *Coder) Text(p *string) {
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
	switch c.Uint(&i); {
	case c.fault != nil:
	case i > uint64(len(c.texts)):
		c.Fail()
	case i > 0:
		*p = c.texts[i-1]
	default:
		c.Uint(&n)
		if n > uint64(len(c.buf)-c.at) {
			c.Fail()
			return
		}
		*p = string(c.buf[c.at : c.at+int(n)]) // a substring of one large text would keep all of it in memory
		c.at += int(n)
		if n <= maxIndexed {
			c.texts = append(c.texts, *p)
		}
	}
}

// Raw codes a fixed number of bytes that do not repeat.
func (c *Coder) Raw(p *string, n int) {
	if !c.reading {
		c.buf = append(c.buf, (*p)[:n]...)
		return
	}
	if *p = ""; c.fault != nil || n > len(c.buf)-c.at {
		c.Fail()
		return
	}
	*p = string(c.buf[c.at : c.at+n])
	c.at += n
}

// maxListed bounds the items of a list for which memory is allocated before they have been read: a length is only a
// claim.
const maxListed = 1 << 12

// length codes the length of a list whose items take at least one byte each.
func (c *Coder) length(n int) int {
	Number(c, &n)
	if c.reading && (n < 0 || n > len(c.buf)-c.at) {
		c.Fail()
		return 0
	}
	return n
}

// List codes a list of pointers.
func List[T any](c *Coder, items *[]*T, code func(*Coder, *T)) {
	n := c.length(len(*items))
	if !c.reading {
		for _, x := range *items {
			code(c, x)
		}
		return
	}
	*items = make([]*T, 0, min(n, maxListed))
	for n > 0 && c.fault == nil {
		slab := make([]T, min(n, maxListed)) // one allocation for many of them
		for i := range slab {
			*items = append(*items, &slab[i])
			code(c, &slab[i])
		}
		n -= len(slab)
	}
}

// Values codes a list of values.
func Values[T any](c *Coder, items *[]T, code func(*Coder, *T)) {
	n := c.length(len(*items))
	if !c.reading {
		for i := range *items {
			code(c, &(*items)[i])
		}
		return
	}
	*items = make([]T, 0, min(n, maxListed))
	var zero T
	for i := 0; i < n && c.fault == nil; i++ {
		*items = append(*items, zero)
		code(c, &(*items)[i])
	}
}

// Ref codes the place of a record.
func (c *Coder) Ref(r *evtx.Ref) {
	c.File(&r.File)
	Number(c, &r.Chunk)
	c.Int(&r.Offset)
	c.Uint(&r.HeaderRecordID)
	c.Uint(&r.EventRecordID)
	c.Flag(&r.Carved)
}

// File codes the number of a file of evidence.
func (c *Coder) File(p *int32) {
	Number(c, p)
	if !c.reading || c.files == nil {
		return
	}
	if *p < 0 || int(*p) >= len(c.files) {
		*p = 0
		c.Fail()
		return
	}
	*p = c.files[*p]
}
