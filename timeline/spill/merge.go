package spill

// mergeSource returns items in order, nil after the last. An item is valid until the next call.
type mergeSource[T any] interface {
	next() (*T, error)
}

// merge yields the items of many ordered sources in one order. It is a tournament: the winner of each match moves up,
// and after it is taken only the matches on its own way up are played again. Source: Knuth, The Art of Computer
// Programming 3, 5.4.1.
type merge[T any] struct {
	compare func(a, b T) int
	sources []mergeSource[T]
	heads   []*T  // the next item of each source, nil: none
	losers  []int // of the match at each node; at 0 the winner of all
	err     error // of a source; it ends the merge
	started bool
}

func newMerge[T any](compare func(a, b T) int, sources []mergeSource[T]) *merge[T] {
	return &merge[T]{compare: compare, sources: sources}
}

// next returns the least item that is left, nil after the last or on an error. It is valid until the next call.
func (m *merge[T]) next() *T {
	if len(m.sources) == 0 || m.err != nil {
		return nil
	}
	if !m.started {
		m.start()
	} else if top := m.losers[0]; m.heads[top] != nil {
		m.advance(top)
		m.play(top)
	}
	if m.err != nil {
		return nil
	}
	return m.heads[m.losers[0]]
}

func (m *merge[T]) start() {
	m.started = true
	n := len(m.sources)
	m.heads, m.losers = make([]*T, n), make([]int, n)
	for i := range m.losers {
		m.losers[i] = -1
	}
	for i := range n {
		m.advance(i)
	}
	for i := range n {
		m.play(i)
	}
}

func (m *merge[T]) advance(i int) {
	var err error
	if m.heads[i], err = m.sources[i].next(); err != nil {
		m.err = err
	}
}

// play sends source i up the tree. At a node that nobody has reached yet it waits for the other side.
func (m *merge[T]) play(i int) {
	for node := (i + len(m.sources)) / 2; node > 0; node /= 2 {
		other := m.losers[node]
		if other < 0 {
			m.losers[node] = i
			return
		}
		if m.less(other, i) {
			m.losers[node], i = i, other
		}
	}
	m.losers[0] = i
}

// less reports whether source i's item comes before source j's. Items that compare as equal come in the order of the
// sources.
func (m *merge[T]) less(i, j int) bool {
	a, b := m.heads[i], m.heads[j]
	if a == nil || b == nil {
		return b == nil && (a != nil || i < j)
	}
	if c := m.compare(*a, *b); c != 0 {
		return c < 0
	}
	return i < j
}
