package logon

import (
	"encoding/binary"
	"strings"
)

// A row is sorted outside of memory as one text whose bytes are in the order of its parts. Parts are of any
// length and content: a byte that ends them is written as two.

const (
	partEnd = 0 // behind each part
	escape  = 1 // before a byte that was one of these two
)

// appendPart appends a part that sorts as its bytes do.
func appendPart(dst []byte, part string) []byte {
	for i := range len(part) {
		if c := part[i]; c <= escape {
			dst = append(dst, escape, c+1)
		} else {
			dst = append(dst, c)
		}
	}
	return append(dst, partEnd)
}

// appendNumber appends a number that sorts as such.
func appendNumber(dst []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(dst, n) }

// reader takes a row apart again.
type reader struct{ rest string }

func (r *reader) part() string {
	end := strings.IndexByte(r.rest, partEnd)
	part := r.rest[:end]
	r.rest = r.rest[end+1:]
	if strings.IndexByte(part, escape) < 0 {
		return part
	}
	b := make([]byte, 0, len(part))
	for i := 0; i < len(part); i++ {
		if part[i] == escape {
			i++
			b = append(b, part[i]-1)
		} else {
			b = append(b, part[i])
		}
	}
	return string(b)
}

func (r *reader) number() uint64 {
	n := binary.BigEndian.Uint64([]byte(r.rest[:8]))
	r.rest = r.rest[8:]
	return n
}
