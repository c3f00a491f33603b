package integrity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxCanonicalDepth bounds values within values; a process tree of a report is some forty deep.
const maxCanonicalDepth = 1000

var errDeep = fmt.Errorf("values are nested more than %d deep", maxCanonicalDepth)

// AppendCanonical appends the canonical form of a JSON value, as BodyAlgorithm defines it.
func AppendCanonical(dst, src []byte) ([]byte, error) {
	if !json.Valid(src) {
		return dst, errors.New("not JSON")
	}
	c := canonizer{src: src, dst: dst}
	c.value(0)
	return c.dst, c.err
}

// canonizer walks one valid JSON value. It can be used again, with the memory that it has.
type canonizer struct {
	src     []byte // what is left of it
	dst     []byte
	tmp     []byte
	members []member // of the objects that are open, outermost first
	err     error
}

// canonical returns the canonical form of a valid JSON value, until it is called again.
func (c *canonizer) canonical(src []byte) ([]byte, error) {
	c.src, c.dst, c.tmp, c.members, c.err = src, c.dst[:0], c.tmp[:0], c.members[:0], nil
	c.value(0)
	return c.dst, c.err
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

// member is a member of an object in dst: "name":value, the name from its first byte to before colon.
type member struct {
	from, colon, to int
}

func (c *canonizer) object(depth int) {
	c.dst, c.src = append(c.dst, '{'), c.src[1:]
	start, outer := len(c.dst), len(c.members)
	sorted := true
	for c.err == nil && c.peek() != '}' {
		if len(c.members) > outer {
			c.dst, c.src = append(c.dst, ','), c.src[1:]
			c.peek()
		}
		m := member{from: len(c.dst)}
		c.text()
		m.colon = len(c.dst)
		c.peek()
		c.dst, c.src = append(c.dst, ':'), c.src[1:]
		c.value(depth + 1)
		m.to = len(c.dst)
		if n := len(c.members); n > outer && c.compare(c.members[n-1], m) >= 0 {
			sorted = false
		}
		c.members = append(c.members, m)
	}
	if c.err == nil {
		if !sorted {
			c.sort(start, c.members[outer:])
		}
		c.members = c.members[:outer]
		c.close('}')
	}
}

// sort puts the members of the object that begins at start in order.
func (c *canonizer) sort(start int, members []member) {
	slices.SortStableFunc(members, c.compare)
	mark := len(c.tmp)
	for i, m := range members {
		if i+1 < len(members) && c.compare(m, members[i+1]) == 0 {
			continue // the last one counts
		}
		if len(c.tmp) > mark {
			c.tmp = append(c.tmp, ',')
		}
		c.tmp = append(c.tmp, c.dst[m.from:m.to]...)
	}
	c.dst = append(c.dst[:start], c.tmp[mark:]...)
	c.tmp = c.tmp[:mark]
}

// compare orders members by the code points of their names.
func (c *canonizer) compare(a, b member) int {
	x, y := c.dst[a.from:a.colon], c.dst[b.from:b.colon]
	if bytes.IndexByte(x, '\\') < 0 && bytes.IndexByte(y, '\\') < 0 {
		return bytes.Compare(x[1:len(x)-1], y[1:len(y)-1])
	}
	return strings.Compare(plainText(x), plainText(y))
}

// plainText reads a canonical string.
func plainText(quoted []byte) string {
	var s string
	_ = json.Unmarshal(quoted, &s) // it is one
	return s
}

// plain are the bytes that stand for themselves within a canonical string.
var plain = func() (is [256]bool) {
	for b := ' '; b < 0x7f; b++ {
		is[b] = b != '"' && b != '\\'
	}
	return is
}()

// text writes a string with the escapes that it needs in ASCII, and no others.
func (c *canonizer) text() {
	c.dst, c.src = append(c.dst, '"'), c.src[1:]
	for {
		n := 0
		for plain[c.src[n]] {
			n++
		}
		c.dst, c.src = append(c.dst, c.src[:n]...), c.src[n:]
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
	if b == '"' || b == '\\' {
		c.dst, c.src = append(c.dst, '\\', b), c.src[2:]
		return
	}
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
