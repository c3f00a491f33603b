package search

// many finds any of many texts in one pass, in the way of Wu and Manber: three bytes at the end of a
// window say how far the window can be moved on, or which texts to compare.
type many struct {
	texts  [][]byte
	window int             // length of the shortest text
	shift  [1 << 16]uint16 // by hash: how far to move on
	lists  map[uint16][]int32
}

// block is how many bytes are hashed; texts have at least so many.
const block = 3

func hashBlock(b []byte) uint16 {
	h := uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
	return uint16(h * 0x9e3779b1 >> 16)
}

// newMany returns nil if there are no texts; each has block bytes or more.
func newMany(texts [][]byte) *many {
	if len(texts) == 0 {
		return nil
	}
	m := &many{texts: texts, window: len(texts[0]), lists: map[uint16][]int32{}}
	for _, t := range texts {
		m.window = min(m.window, len(t))
	}
	most := uint16(min(m.window-block+1, 1<<15)) // #nosec G115 -- below 1<<16
	for i := range m.shift {
		m.shift[i] = most
	}
	for i, t := range texts {
		for end := block; end <= m.window; end++ {
			h := hashBlock(t[end-block:])
			m.shift[h] = min(m.shift[h], uint16(min(m.window-end, 1<<15))) // #nosec G115 -- below 1<<16
			if end == m.window {
				m.lists[h] = append(m.lists[h], int32(i)) // #nosec G115 -- maxPatterns is below
			}
		}
	}
	return m
}

// in yields the indices of the texts that stand in b, and where, in the order of their places.
func (m *many) in(b []byte, yield func(index int32, at int)) {
	for end := m.window; end <= len(b); {
		h := hashBlock(b[end-block:])
		if s := m.shift[h]; s > 0 {
			end += int(s)
			continue
		}
		for _, i := range m.lists[h] {
			t, from := m.texts[i], end-m.window
			if from+len(t) <= len(b) && string(b[from:from+len(t)]) == string(t) {
				yield(i, from)
			}
		}
		end++
	}
}
