package binxml

import (
	"sync"

	"github.com/cespare/xxhash/v2"

	"hunt/evtx/binxml/canon"
)

const (
	// maxDefinitions bounds the definitions in a Cache. A host has a few thousand; only crafted logs, or those
	// of very many different hosts, have more. A Cache that is full drops everything and starts again.
	maxDefinitions = 32_768
	// DefaultCacheBytes is the capacity of a Cache if none is given. Compiled definitions take some ten times
	// as much memory as canonical ones.
	DefaultCacheBytes = 128 << 20
	// minCacheBytes is the smallest capacity: what the logs of one host need.
	minCacheBytes = 8 << 20
	// maxShapes bounds the kept combinations of programs.
	maxShapes = 65_536
	// maxUnnamed bounds the values shown for a payload whose definition is lost (real definitions: below 250).
	maxUnnamed = 1024
)

// Cache holds compiled templates by content. It is safe for concurrent use, and one cache
// serves all goroutines of a run.
type Cache struct {
	mu       sync.RWMutex
	programs map[string]*program
	bytes    int // of the compiled definitions, with their keys
	most     int // the upper limit of bytes, and of shapeBytes

	elements elementTable

	shapeMu    sync.RWMutex
	shapes     map[string]*Template
	shapeBytes int
	age        int // how often the shapes were dropped
}

// NewCacheOf returns an empty Cache that keeps about the given number of bytes in compiled form; 0 means
// DefaultCacheBytes. The size does not affect what is decoded: a Cache that is full is emptied, so that it
// holds what the current logs need, whatever came before them.
func NewCacheOf(bytes int64) *Cache {
	if bytes == 0 {
		bytes = DefaultCacheBytes
	}
	return &Cache{programs: make(map[string]*program), shapes: make(map[string]*Template),
		most: int(min(max(bytes, minCacheBytes), DefaultCacheBytes)) / 2}
}

// program returns the compiled form of a canonical stream that follows its key: 'D' and the GUID, or 'L'. The
// key slice is not kept.
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

// contentHash identifies a program across runs.
func contentHash(key []byte) uint64 { return xxhash.Sum64(key) }
