package scalar

import (
	"bytes"

	"github.com/cespare/xxhash/v2"

	"hunt/timeline/ecs/notation"
)

const (
	// slots is the size of the table of repeated strings (a power of two).
	slots = 1 << 13
	// maxRepeated is the longest string in that table, in bytes; longer ones seldom repeat. With slots it bounds the
	// table to 2 MiB.
	maxRepeated = 256
)

// Maker makes values from texts, reusing its memory, for one goroutine. A nil Maker allocates for each value.
type Maker struct {
	buf      []byte
	repeated []string // by hash; a newer string replaces an older one
}

// NewMaker returns a Maker with a table of repeated strings.
func NewMaker() Maker { return Maker{repeated: make([]string, slots)} }

// Text returns a text as a value, with the same string for equal short texts if possible.
func (m *Maker) Text(text []byte) Value { return String(m.string(text)) }

func (m *Maker) string(b []byte) string {
	if m == nil || len(b) > maxRepeated {
		return string(b)
	}
	if len(b) == 0 {
		return ""
	}
	slot := &m.repeated[xxhash.Sum64(b)&(slots-1)]
	if *slot != string(b) {
		*slot = string(b)
	}
	return *slot
}

// NormalPath returns a path in the form on which hunt joins. The bytes belong to the Maker and are valid until the next
// text.
func (m *Maker) NormalPath(path []byte) (normal []byte) {
	if m == nil {
		normal, _ = notation.NormalPath(nil, path)
		return normal
	}
	normal, m.buf = notation.NormalPath(m.buf, path)
	return normal
}

// Lower returns b in lower case. The bytes belong to the Maker and are valid until the next text.
func (m *Maker) Lower(b []byte) []byte {
	if m == nil {
		return bytes.ToLower(b)
	}
	m.buf = notation.AppendLower(m.buf[:0], b)
	return m.buf
}
