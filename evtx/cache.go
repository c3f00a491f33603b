package evtx

import "hunt/evtx/binxml"

// Cache holds compiled templates by content. It is safe for concurrent use: one cache
// serves all decoders of a run.
type Cache struct {
	templates *binxml.Cache
}

// NewCache returns an empty Cache of the largest size, which holds the templates of a whole fleet.
func NewCache() *Cache { return NewCacheOf(0) }

// NewCacheOf returns an empty Cache that keeps about the given number of bytes of compiled templates,
// clamped to between 8 and 128 MiB; 0 means 128 MiB. The size does not affect what is decoded.
func NewCacheOf(bytes int64) *Cache { return &Cache{templates: binxml.NewCacheOf(bytes)} }

// interner keeps one string per content, so that the strings that all records share (channel,
// computer, provider) are allocated once. It belongs to one Decoder.
type interner struct {
	byValue map[string]string // type byte and bytes of the value -> text
	key     []byte
}

const (
	// maxInterned bounds the strings of an interner, which is emptied when it is full: every crafted
	// record could name another computer.
	maxInterned = 8192
	// maxInternedValue bounds the length in bytes of an interned value: strings that all records share
	// are short.
	maxInternedValue = 512
)

func (in *interner) text(v binxml.Value) string {
	if len(v.Data) > maxInternedValue {
		return v.String()
	}
	in.key = append(append(in.key[:0], byte(v.Type)), v.Data...)
	if s, ok := in.byValue[string(in.key)]; ok {
		return s
	}
	if in.byValue == nil || len(in.byValue) >= maxInterned {
		in.byValue = make(map[string]string)
	}
	s := v.String()
	in.byValue[string(in.key)] = s
	return s
}
