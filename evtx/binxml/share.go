package binxml

import (
	"slices"
	"sync"
)

const (
	// maxShared bounds the elements that an elementTable knows.
	maxShared = 8192
	// maxSharedBytes bounds their canonical forms, by which the table knows them.
	maxSharedBytes = 2 << 20
)

// elementTable holds compiled elements by their content. Definitions differ in a name, a channel or a
// computer and agree in the rest: twelve of the fifteen elements of a System element are the same in
// everything that Windows writes. A full table is emptied: common elements soon return, and crafted
// definitions that have nothing in common cost no more than the table.
type elementTable struct {
	mu        sync.Mutex
	byContent map[string]*element
	layouts   map[*element]*systemLayout // of System elements
	bytes     int
	key       []byte
}

// elementSpan is where an element is in the canonical stream of its definition.
type elementSpan struct {
	el       *element
	from, to int
}

// share compiles a definition, reusing elements of earlier ones that have the same content.
func (t *elementTable) share(key []byte) *program {
	p, stream, spans := compileTree(key)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.elements(p.nodes, stream, spans, 0)
	sys := findSystem(p.nodes)
	if sys == nil {
		return p
	}
	if p.system = t.layouts[sys]; p.system == nil {
		p.system = newSystemLayout(sys)
		t.layouts[sys] = p.system
	}
	return p
}

// elements shares the elements among nodes and below. spans are those of the definition in the order of
// the stream, starting at index at; it returns the index after the last one used.
func (t *elementTable) elements(nodes []node, stream []byte, spans []elementSpan, at int) int {
	for i := range nodes {
		el := nodes[i].elem
		if el == nil {
			continue
		}
		for spans[at].el != el {
			at++
		}
		span := spans[at]
		at++
		t.key = append(t.key[:0], stream[span.from:span.to]...)
		t.key = append(append(append(t.key, el.key...), 0), el.dataKey...) // siblings influence it
		if same := t.byContent[string(t.key)]; same != nil {
			nodes[i].elem = same
			continue
		}
		t.put(string(t.key), el)
		if cap(el.nodes)-len(el.nodes) > 1 {
			el.nodes = slices.Clone(el.nodes)
		}
		at = t.elements(el.nodes, stream, spans, at)
	}
	return at
}

func (t *elementTable) put(key string, el *element) {
	if t.byContent == nil || len(t.byContent) >= maxShared || t.bytes+len(key) > maxSharedBytes {
		t.byContent, t.layouts, t.bytes = map[string]*element{}, map[*element]*systemLayout{}, 0
	}
	t.byContent[key] = el
	t.bytes += len(key)
}
