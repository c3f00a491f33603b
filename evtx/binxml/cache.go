package binxml

import (
	"encoding/binary"
	"sync"

	"github.com/cespare/xxhash/v2"
)

const (
	// maxPrograms bounds the compiled definitions that a Cache keeps. A host has a few
	// thousand; only crafted or very many different hosts' logs have more, and those
	// beyond the bound are compiled anew each time.
	maxPrograms = 32_768
	// maxProgramBytes bounds the memory of what a Cache keeps, as the sum of the canonical
	// forms and the tables of slots; compiled ones take about four times as much.
	maxProgramBytes = 16 << 20
	// maxShapes and maxShapeBytes bound the kept combinations of programs, for the same reason.
	maxShapes     = 65_536
	maxShapeBytes = 32 << 20
	// maxUnnamed bounds the values shown of a payload whose definition is lost (real
	// definitions: below 250).
	maxUnnamed = 1024
)

// Cache holds compiled templates by content. It is safe for concurrent use, and one cache
// serves all goroutines of a run.
type Cache struct {
	mu    sync.RWMutex
	progs map[string]*program
	byID  map[uint32][]*program
	bytes int

	shapeMu    sync.RWMutex
	shapes     map[string]*Template
	shapeBytes int
}

// NewCache returns an empty Cache.
func NewCache() *Cache {
	return &Cache{
		progs: make(map[string]*program), byID: make(map[uint32][]*program),
		shapes: make(map[string]*Template),
	}
}

// program returns the compiled form of a canonical stream with its key before it: 'D' and
// the GUID, or 'L'. The key is not kept. lend allows a definition to be borrowed: those met
// in passing while carving are not, or what is borrowed would depend on who carves first.
func (c *Cache) program(key []byte, lend bool) *program {
	lend = lend && key[0] == 'D'
	c.mu.RLock()
	prog := c.progs[string(key)]
	c.mu.RUnlock()
	if prog != nil && (!lend || prog.lent.Load()) {
		return prog
	}
	if prog == nil {
		prog = compile(key)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.progs[string(key)]; other != nil {
		prog = other
	} else {
		size := len(key) + 2*len(prog.holes)
		if len(c.progs) >= maxPrograms || c.bytes+size > maxProgramBytes {
			return prog
		}
		c.progs[string(key)] = prog
		c.bytes += size
	}
	if lend && !prog.lent.Swap(true) {
		id := binary.LittleEndian.Uint32(key[1:])
		c.byID[id] = insertByHash(c.byID[id], prog)
	}
	return prog
}

// insertByHash keeps definitions of one id in an order that does not depend on which was
// read first, so that borrowing has one result.
func insertByHash(list []*program, p *program) []*program {
	at := len(list)
	for i, q := range list {
		if p.hash < q.hash {
			at = i
			break
		}
	}
	out := make([]*program, 0, len(list)+1) // readers may hold the old list
	out = append(out, list[:at]...)
	out = append(out, p)
	return append(out, list[at:]...)
}

// borrow returns a definition of that id into whose holes the values fit, nil if
// there is none.
func (c *Cache) borrow(id uint32, values []slot) *program {
	c.mu.RLock()
	list := c.byID[id]
	c.mu.RUnlock()
	for _, p := range list {
		if p.fits(values) {
			return p
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
