package binxml

import (
	"sync"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx/binxml/canon"
)

const (
	// maxDefinitions bounds the definitions that a Cache knows. A host has a few thousand; only crafted or very
	// many different hosts' logs have more. A Cache that is full forgets what it knows and begins again.
	maxDefinitions = 32_768
	// DefaultCacheBytes is what a Cache keeps if nothing else is said. Compiled definitions take
	// some ten times as much as canonical ones.
	DefaultCacheBytes = 128 << 20
	// minCacheBytes is the least: what the logs of one host need.
	minCacheBytes = 8 << 20
	// maxShapes bounds the kept combinations of programs.
	maxShapes = 65_536
	// maxUnnamed bounds the values shown of a payload whose definition is lost (real
	// definitions: below 250).
	maxUnnamed = 1024
)

// Cache holds compiled templates by content. It is safe for concurrent use, and one cache
// serves all goroutines of a run.
type Cache struct {
	mu       sync.RWMutex
	programs map[string]*program
	bytes    int // of them, with their keys
	most     int // the most of bytes, and of shapeBytes

	elements elementTable

	shapeMu    sync.RWMutex
	shapes     map[string]*Template
	shapeBytes int
	age        int // how often shapes were forgotten
}

// NewCacheOf returns an empty Cache that keeps about so many bytes in compiled form; 0 stands for
// DefaultCacheBytes. What is decoded does not depend on it: a Cache that is full begins again, so that it holds
// what the logs at hand need, whatever came before them.
func NewCacheOf(bytes int64) *Cache {
	if bytes == 0 {
		bytes = DefaultCacheBytes
	}
	return &Cache{programs: make(map[string]*program), shapes: make(map[string]*Template),
		most: int(min(max(bytes, minCacheBytes), DefaultCacheBytes)) / 2}
}

// program returns the compiled form of a canonical stream with its key before it: 'D' and
// the GUID, or 'L'. The key is not kept.
func (c *Cache) program(key []byte) *program {
	c.mu.RLock()
	prog := c.programs[string(key)]
	c.mu.RUnlock()
	if prog != nil {
		return prog
	}
	prog = c.elements.share(key)
	size := len(key) + prog.size()
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.programs[string(key)]; other != nil {
		return other
	}
	if len(c.programs) >= maxDefinitions || c.bytes+size > c.most {
		c.programs, c.bytes = make(map[string]*program), 0
	}
	c.programs[string(key)] = prog
	c.bytes += size
	return prog
}

// unnamed returns a program for a payload of n values whose definition is lost: EventData with
// an unnamed Data for each.
func (c *Cache) unnamed(n int) *program {
	const eventData, data = "E\x00v\x00e\x00n\x00t\x00D\x00a\x00t\x00a\x00", "D\x00a\x00t\x00a\x00"
	key := append([]byte{'L', canon.Element, byte(len(eventData)), 0}, eventData...)
	key = append(key, canon.Content)
	for i := range min(n, maxUnnamed) {
		key = append(append(key, canon.Element, byte(len(data)), 0), data...)
		key = append(key, canon.Content, canon.Subst, byte(i), byte(i>>8), 0, 0, canon.End)
	}
	return c.program(append(key, canon.End))
}

// contentHash is the identity of a program across runs.
func contentHash(key []byte) uint64 { return xxhash.Sum64(key) }
