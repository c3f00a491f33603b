package binxml

import (
	"encoding/binary"
	"testing"
)

// definitionOf is a canonical definition of an element with one hole, named by n.
func definitionOf(n uint32) []byte {
	key := binary.LittleEndian.AppendUint32([]byte{'D'}, n%4)
	key = append(key, make([]byte, 12)...)
	key = append(key, canonElement, 8, 0)
	for i := range 4 {
		key = append(key, 'a'+byte(n>>(4*i)&15), 0)
	}
	return append(key, canonContent, canonSubst, 0, 0, byte(TypeString), 0, canonEnd, canonEnd)
}

// TestACacheKeepsWhatItsBudgetAllows fills a cache with more definitions than it may keep compiled:
// what it keeps stays within the bound, and all are lent, as by a cache that keeps each.
func TestACacheKeepsWhatItsBudgetAllows(t *testing.T) {
	const n = 20_000
	small, large := NewCacheOf(1), NewCacheOf(0)
	kept := 0
	for i := range uint32(n) {
		key := definitionOf(i)
		a, b := small.program(key, true), large.program(key, true)
		if a.hash != b.hash || a.nodes[0].elem.name != b.nodes[0].elem.name {
			t.Fatalf("definition %d differs", i)
		}
		if small.program(key, true) == a {
			kept++
		}
	}
	if small.compiled > minCacheBytes/2 || kept == 0 || kept == n || large.compiled <= minCacheBytes/2 {
		t.Errorf("kept %d of %d, %d bytes; the large one %d bytes", kept, n, small.compiled, large.compiled)
	}
	for id := range uint32(4) {
		a, b := small.byID[id], large.byID[id]
		if len(a) != n/4 || len(a) != len(b) {
			t.Fatalf("%d: lent %d and %d", id, len(a), len(b))
		}
		for i := range a {
			if a[i].key != b[i].key {
				t.Fatalf("%d: definition %d that is lent differs", id, i)
			}
		}
	}
	values := []slot{{typ: TypeString}}
	if a, b := small.borrow(1, values), large.borrow(1, values); a == nil || a.hash != b.hash {
		t.Errorf("borrowed %v and %v", a, b)
	}
}
