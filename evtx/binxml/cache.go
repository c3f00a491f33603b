package binxml

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/cespare/xxhash/v2"
)

const (
	// maxDefinitions bounds the definitions that a Cache knows. A host has a few
	// thousand; only crafted or very many different hosts' logs have more, and those
	// beyond the bound are compiled anew each time and lent to nobody.
	maxDefinitions = 32_768
	// maxDefinitionBytes bounds the memory of what a Cache knows, as the sum of the canonical forms
	// and the tables of slots. It does not depend on the budget of a run: what can be borrowed
	// depends on it.
	maxDefinitionBytes = 16 << 20
	// DefaultCacheBytes is what a Cache keeps in compiled form if nothing else is said. Compiled
	// definitions take some ten times as much as canonical ones; those beyond are known, and
	// compiled each time that a chunk has them.
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
	known    map[string]*definition
	byID     map[uint32][]*definition // what is lent
	bytes    int                      // of known, canonical
	compiled int                      // bytes of what is kept of it in compiled form
	most     int                      // the most of compiled, and of shapes

	elements elementTable

	shapeMu    sync.RWMutex
	shapes     map[string]*Template
	shapeBytes int
}

// definition is a definition that a Cache knows.
type definition struct {
	key   string
	hash  uint64
	holes []hole
	prog  *program // nil if it is not kept
	lent  bool
}

// of returns the program of a definition that the Cache knows.
func (c *Cache) of(d *definition) *program {
	if d.prog != nil {
		return d.prog
	}
	return c.elements.share([]byte(d.key))
}

// NewCacheOf returns an empty Cache that keeps about so many bytes in compiled form; 0 stands for
// DefaultCacheBytes. What is decoded does not depend on it.
func NewCacheOf(bytes int64) *Cache {
	if bytes == 0 {
		bytes = DefaultCacheBytes
	}
	return &Cache{
		known: make(map[string]*definition), byID: make(map[uint32][]*definition),
		shapes: make(map[string]*Template), most: int(min(max(bytes, minCacheBytes), DefaultCacheBytes)) / 2,
	}
}

// program returns the compiled form of a canonical stream with its key before it: 'D' and
// the GUID, or 'L'. The key is not kept. lend allows a definition to be borrowed: those met
// in passing while carving are not, or what is borrowed would depend on who carves first.
func (c *Cache) program(key []byte, lend bool) *program {
	lend = lend && key[0] == 'D'
	c.mu.RLock()
	def := c.known[string(key)]
	var prog *program
	lent := false
	if def != nil {
		prog, lent = def.prog, def.lent
	}
	c.mu.RUnlock()
	if prog != nil && (!lend || lent) {
		return prog
	}
	if prog == nil {
		prog = c.elements.share(key)
		if def != nil && (!lend || lent) {
			return prog
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if def = c.known[string(key)]; def == nil {
		size := len(key) + 2*len(prog.holes)
		if len(c.known) >= maxDefinitions || c.bytes+size > maxDefinitionBytes {
			return prog
		}
		def = &definition{key: string(key), hash: prog.hash, holes: prog.holes}
		c.known[def.key] = def
		c.bytes += size
		if size := prog.size(); c.compiled+size <= c.most {
			def.prog = prog
			c.compiled += size
		}
	}
	if lend && !def.lent {
		def.lent = true
		id := binary.LittleEndian.Uint32(key[1:])
		c.byID[id] = insertByHash(c.byID[id], def)
	}
	if def.prog != nil {
		return def.prog
	}
	return prog
}

// insertByHash keeps definitions of one id in an order that does not depend on which was
// read first, so that borrowing has one result.
func insertByHash(list []*definition, d *definition) []*definition {
	byHash := func(x *definition, hash uint64) int { return cmp.Compare(x.hash, hash) }
	at, _ := slices.BinarySearchFunc(list, d.hash, byHash)
	out := make([]*definition, 0, len(list)+1) // readers may hold the old list
	out = append(out, list[:at]...)
	out = append(out, d)
	return append(out, list[at:]...)
}

// borrow returns a definition of that id into whose holes the values fit, nil if
// there is none.
func (c *Cache) borrow(id uint32, values []slot) *program {
	c.mu.RLock()
	list := c.byID[id]
	c.mu.RUnlock()
	for _, d := range list {
		if fit(d.holes, values) {
			return c.of(d)
		}
	}
	return nil
}

// unnamed returns a program for a payload of n values whose definition is lost: EventData with
// an unnamed Data for each.
func (c *Cache) unnamed(n int) *program {
	const eventData, data = "E\x00v\x00e\x00n\x00t\x00D\x00a\x00t\x00a\x00", "D\x00a\x00t\x00a\x00"
	key := append([]byte{'L', canonElement, byte(len(eventData)), 0}, eventData...)
	key = append(key, canonContent)
	for i := range min(n, maxUnnamed) {
		key = append(append(key, canonElement, byte(len(data)), 0), data...)
		key = append(key, canonContent, canonSubst, byte(i), byte(i>>8), 0, 0, canonEnd)
	}
	return c.program(append(key, canonEnd), false)
}

// contentHash is the identity of a program across runs.
func contentHash(key []byte) uint64 { return xxhash.Sum64(key) }
