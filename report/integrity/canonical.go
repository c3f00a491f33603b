package integrity

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxCanonicalDepth bounds values within values; a process tree of a report is some forty deep.
const maxCanonicalDepth = 1000

var errDeep = fmt.Errorf("more than %d values within each other", maxCanonicalDepth)

// AppendCanonical appends the canonical form of a JSON value, as BodyAlgorithm defines it.
func AppendCanonical(dst, src []byte) ([]byte, error) {
	if !json.Valid(src) {
		return dst, errors.New("not JSON")
	}
	c := canonizer{src: src, dst: dst}
	c.value(0)
	return c.dst, c.err
}

// canonizer walks one valid JSON value.
type canonizer struct {
	src []byte // what is left of it
	dst []byte
	tmp []byte
	err error
}

// peek skips blanks and returns the next byte.
func (c *canonizer) peek() byte {
	for {
		switch b := c.src[0]; b {
		case ' ', '\t', '\r', '\n':
			c.src = c.src[1:]
		default:
			return b
		}
	}
}

func (c *canonizer) value(depth int) {
	if depth > maxCanonicalDepth {
		c.err = errDeep
	}
	if c.err != nil {
		return
	}
	switch c.peek() {
	case '{':
		c.object(depth)
	case '[':
		c.array(depth)
	case '"':
		c.text()
	default: // a number, true, false, null
		n := bytes.IndexAny(c.src, ",]} \t\r\n")
		if n < 0 {
			n = len(c.src)
		}
		c.dst, c.src = append(c.dst, c.src[:n]...), c.src[n:]
	}
}

func (c *canonizer) array(depth int) {
	c.dst, c.src = append(c.dst, '['), c.src[1:]
	for first := true; c.err == nil && c.peek() != ']'; first = false {
		if !first {
			c.dst, c.src = append(c.dst, ','), c.src[1:]
		}
		c.value(depth + 1)
	}
	c.close(']')
}

// close ends an array or an object.
func (c *canonizer) close(end byte) {
	if c.err == nil {
		c.dst, c.src = append(c.dst, end), c.src[1:]
	}
}

// member is a member of an object in dst.
type member struct {
	name     string
	from, to int // quoted name, colon and value
}

func (c *canonizer) object(depth int) {
	c.dst, c.src = append(c.dst, '{'), c.src[1:]
	start := len(c.dst)
	var few [32]member
	members := few[:0]
	for c.err == nil && c.peek() != '}' {
		if len(members) > 0 {
			c.src = c.src[1:] // ,
			c.peek()
		}
		m := member{from: len(c.dst)}
		c.text()
		m.name = plainText(c.dst[m.from:])
		c.peek()
		c.dst, c.src = append(c.dst, ':'), c.src[1:]
		c.value(depth + 1)
		m.to = len(c.dst)
		members = append(members, m)
	}
	if c.err != nil {
		return
	}
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	sorted := len(c.tmp)
	for i, m := range members {
		if i+1 < len(members) && members[i+1].name == m.name {
			continue // the last one counts
		}
		if len(c.tmp) > sorted {
			c.tmp = append(c.tmp, ',')
		}
		c.tmp = append(c.tmp, c.dst[m.from:m.to]...)
	}
	c.dst = append(c.dst[:start], c.tmp[sorted:]...)
	c.tmp = c.tmp[:sorted]
	c.close('}')
}

// plainText reads a canonical string.
func plainText(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // it is one
	return s
}

// text writes a string with the escapes that it needs in ASCII, and no others.
func (c *canonizer) text() {
	c.dst, c.src = append(c.dst, '"'), c.src[1:]
	for {
		switch b := c.src[0]; {
		case b == '"':
			c.dst, c.src = append(c.dst, '"'), c.src[1:]
			return
		case b == '\\':
			c.escape()
		case b < utf8.RuneSelf:
			c.unit(uint16(b))
			c.src = c.src[1:]
		default:
			r, n := utf8.DecodeRune(c.src)
			if hi, lo := utf16.EncodeRune(r); r >= 0x10000 {
				c.unit(uint16(hi))
				c.unit(uint16(lo))
			} else {
				c.unit(uint16(r))
			}
			c.src = c.src[n:]
		}
	}
}

// escape reads an escape.
func (c *canonizer) escape() {
	b := c.src[1]
	if b == 'u' {
		n, _ := strconv.ParseUint(string(c.src[2:6]), 16, 16) // four digits: the value is valid
		c.unit(uint16(n))
		c.src = c.src[6:]
		return
	}
	if i := bytes.IndexByte([]byte("bfnrt"), b); i >= 0 {
		b = "\b\f\n\r\t"[i]
	}
	c.unit(uint16(b))
	c.src = c.src[2:]
}

// unit writes one unit of UTF-16.
func (c *canonizer) unit(u uint16) {
	switch {
	case u == '"', u == '\\':
		c.dst = append(c.dst, '\\', byte(u))
	case u >= ' ' && u < 0x7f:
		c.dst = append(c.dst, byte(u))
	default:
		if i := bytes.IndexByte([]byte("\b\f\n\r\t"), byte(u)); u < ' ' && i >= 0 {
			c.dst = append(c.dst, '\\', "bfnrt"[i])
			return
		}
		const digits = "0123456789abcdef"
		c.dst = append(c.dst, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
}
