package powershell

import (
	"bytes"
	"iter"

	"hunt/timeline/ecs/notation"
)

// keyLine is a line of a block that begins with one of its keys.
type keyLine struct {
	key     int
	start   int  // of the line in the text
	value   int  // of the value in the text
	line    int  // number among the lines that are not blank
	last    bool // only blank lines follow
	reached bool // some reading has this line after those before it
	leads   bool // some reading has this line and continues to the end of the text
}

// Block is the reading of one text. Its memory is reused for the next.
type Block struct {
	layout    *Layout
	text      []byte
	lines     []keyLine
	chosen    [maxBlockKeys]int // index into lines by key, -1: the reading has no such key
	ambiguous uint32            // keys, by bit, that have another place in another reading
	names     [maxBlockKeys][]byte
	learned   bool // names holds the keys' names as the block has them
	unsure    bool // and some may be others
}

// reading says which readings are allowed; the first kind that the text permits is used.
type reading uint8

const (
	readWhole   reading = iota // all keys of the layout
	readOlder                  // all but the optional ones
	readPartial                // any keys, in order
	readLoose                  // the same, with lines between them that are not keys
	numReadings
)

// maxKeptLines bounds the lines of a text whose memory is kept for the next.
const maxKeptLines = 1 << 10

// Read reads a text by a layout. end is the end of the text if the last key's value is known from elsewhere in
// the event, nil otherwise.
func (b *Block) Read(layout *Layout, text, end []byte) {
	b.layout, b.text, b.ambiguous, b.learned = layout, bytes.TrimRight(text, " \t\r\n"), 0, false
	for i := range b.chosen {
		b.chosen[i] = -1
	}
	if cap(b.lines) > maxKeptLines {
		b.lines = nil
	}
	b.findLines()
	if layout.localized && (len(b.lines) == 0 || b.lines[0].line != 0) && b.learnNames() {
		b.findLines()
	}
	for how := range numReadings {
		if !b.connect(how, nil) {
			continue
		}
		if end != nil && how < readPartial && !b.connect(how, end) {
			b.connect(how, nil)
		}
		b.choose(how)
		return
	}
	if len(trimBlank(text)) > 0 { // no key can be found for certain
		b.ambiguous = 1<<len(layout.keys) - 1
	}
}

// Value returns the value of a key by its index in the layout; ok is false if it has none.
func (b *Block) Value(key int) ([]byte, bool) {
	i := b.chosen[key]
	if i < 0 {
		return nil, false
	}
	v := b.valueOf(i)
	return v, !notation.SaysNothing(v)
}

// Ambiguous yields the names of the keys that have another place in another reading.
func (b *Block) Ambiguous() iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range b.layout.keys {
			if b.ambiguous&(1<<k) != 0 && !yield(b.layout.keys[k].name) {
				return
			}
		}
	}
}

// valueOf returns the value that the chosen reading gives to a line.
func (b *Block) valueOf(i int) []byte {
	l := &b.lines[i]
	end := len(b.text)
	if !b.layout.keys[l.key].free {
		if n := bytes.IndexByte(b.text[l.value:], '\n'); n >= 0 {
			end = l.value + n
		}
	} else {
		for k := l.key + 1; k < len(b.layout.keys); k++ {
			if next := b.chosen[k]; next >= 0 {
				end = b.lines[next].start
				break
			}
		}
	}
	return trimBlank(b.text[l.value:end])
}

// trimBlank removes the blanks that a line can have around its value.
func trimBlank(v []byte) []byte { return bytes.Trim(v, " \t\r\n") }

// findLines finds the lines that begin with a key.
func (b *Block) findLines() {
	b.lines = b.lines[:0]
	n := 0
	for start := 0; start < len(b.text); {
		end := len(b.text)
		if i := bytes.IndexByte(b.text[start:], '\n'); i >= 0 {
			end = start + i
		}
		line := b.text[start:end]
		if len(trimBlank(line)) > 0 {
			if name, _, found := bytes.Cut(line, []byte("=")); found {
				if k := b.keyOf(name); k >= 0 {
					b.lines = append(b.lines, keyLine{key: k, start: start, value: start + len(name) + 1, line: n})
				}
			}
			n++
		}
		start = end + 1
	}
	if i := len(b.lines) - 1; i >= 0 {
		b.lines[i].last = b.lines[i].line == n-1
	}
}

// keyOf returns the index of the key with that name, -1 if there is none.
func (b *Block) keyOf(name []byte) int {
	if b.learned {
		name = trimBlank(name)
		for k := range b.layout.keys {
			if b.names[k] != nil && bytes.Equal(b.names[k], name) {
				return k
			}
		}
		return -1
	}
	for k := range b.layout.keys {
		if notation.SameName(name, b.layout.keys[k].name) {
			return k
		}
	}
	return -1
}

// connect notes which lines are in some reading, and reports whether there is a reading. end is as in Read.
func (b *Block) connect(how reading, end []byte) bool {
	b.reach(how)
	b.lead(how, end)
	for i := range b.lines {
		if b.valid(i) {
			return true
		}
	}
	return false
}

func (b *Block) valid(i int) bool { return b.lines[i].reached && b.lines[i].leads }

// next returns the key that follows a key if all keys are present.
func (l *Layout) next(key int, how reading) int {
	key++
	for how == readOlder && key < len(l.keys) && l.keys[key].optional {
		key++
	}
	return key
}

// follows reports whether key b may follow key a in a reading.
func (l *Layout) follows(a, b int, how reading) bool {
	if how >= readPartial {
		return a < b
	}
	return b == l.next(a, how)
}

// reach goes forward: a line is reached if it can be the first, or can follow one that is reached.
func (b *Block) reach(how reading) {
	var free [maxBlockKeys]bool // keys whose value a line further on can end
	for i := range b.lines {
		l := &b.lines[i]
		switch {
		case how < readPartial:
			l.reached = l.key == 0 && l.line == 0
		default:
			l.reached = i == 0
		}
		for k := 0; k < l.key && !l.reached; k++ {
			l.reached = free[k] && b.layout.follows(k, l.key, how)
		}
		if i > 0 && !l.reached {
			p := &b.lines[i-1]
			l.reached = p.reached && p.line == l.line-1 && b.layout.follows(p.key, l.key, how)
		}
		if l.reached && (b.layout.keys[l.key].free || how == readLoose) {
			free[l.key] = true
		}
	}
}

// lead goes backward: a line leads to the end if it can be the last key, or if a line that leads to the end can
// follow it.
func (b *Block) lead(how reading, end []byte) {
	var ahead [maxBlockKeys]bool // keys that lead to the end further on
	for i := len(b.lines) - 1; i >= 0; i-- {
		l := &b.lines[i]
		free := b.layout.keys[l.key].free
		final := how >= readPartial || b.layout.next(l.key, how) == len(b.layout.keys)
		l.leads = final && (free || l.last || how == readLoose)
		if l.leads && end != nil {
			l.leads = bytes.Equal(bytes.TrimLeft(b.text[l.value:], " \t\r\n"), trimBlank(end))
		}
		for k := l.key + 1; k < len(b.layout.keys) && !l.leads; k++ {
			l.leads = (free || how == readLoose) && ahead[k] && b.layout.follows(l.key, k, how)
		}
		if i+1 < len(b.lines) && !l.leads {
			n := &b.lines[i+1]
			l.leads = n.leads && n.line == l.line+1 && b.layout.follows(l.key, n.key, how)
		}
		if l.leads {
			ahead[l.key] = true
		}
	}
}

// choose picks one of the readings, from its last line back, and notes which keys have another place in other
// readings.
func (b *Block) choose(how reading) {
	i := len(b.lines) - 1
	for !b.valid(i) {
		i--
	}
	for ; i >= 0; i = b.before(i, how) {
		b.chosen[b.lines[i].key] = i
	}
	for i := range b.lines {
		if k := b.lines[i].key; b.chosen[k] != i && (b.valid(i) || how >= readPartial && b.chosen[k] < 0) {
			b.ambiguous |= 1 << k
			for k--; k >= 0 && b.chosen[k] < 0; k-- {
			}
			if k >= 0 && b.layout.keys[k].free {
				b.ambiguous |= 1 << k // its value ends where the other begins
			}
		}
	}
	if b.learned && b.unsure {
		for k := b.layout.pivot; k <= b.layout.Index("CommandPath"); k++ {
			b.ambiguous |= 1 << k
		}
	}
}

// before returns the line that a reading has before another, -1 if that is its first: after the pivot the last
// possible one, up to it the first.
func (b *Block) before(at int, how reading) int {
	best, l := -1, &b.lines[at]
	for i := at - 1; i >= 0; i-- {
		p := &b.lines[i]
		if !p.reached || !b.layout.follows(p.key, l.key, how) ||
			!b.layout.keys[p.key].free && how != readLoose && p.line != l.line-1 {
			continue
		}
		if p.key > b.layout.pivot {
			return i
		}
		if best < 0 || p.key >= b.lines[best].key {
			best = i
		}
	}
	return best
}
