package search

import (
	"cmp"
	"iter"
	"slices"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// ByTime puts texts in the order of their times; those of one time stay in the order in which they came, and those
// without a time come first. It holds about memory bytes, and the rest in a temporary file. It is for one goroutine.
type ByTime struct {
	lines *spill.Lines
	block []timed // that were not added to lines
	text  []byte  // of block
	came  uint64  // before block
	group int
}

// timed is where in ByTime.text a text ends, and its time.
type timed struct {
	at  evtx.Filetime
	end int
}

const (
	// timeBlock is how many texts are sorted at a time, at most, and timeText how many bytes of them.
	timeBlock = 8192
	timeText  = 4 << 20
)

// NewByTime returns an empty ByTime. dir is the directory for temporary files, "" the system's. Call Close in the end.
func NewByTime(memory int64, dir string) *ByTime { return &ByTime{lines: spill.NewLines(memory, dir)} }

// Add adds a text, which it copies.
func (b *ByTime) Add(at evtx.Filetime, text []byte) error {
	b.text = append(b.text, text...)
	if b.block = append(b.block, timed{at, len(b.text)}); len(b.block) < timeBlock && len(b.text) < timeText {
		return nil
	}
	return b.flush()
}

func (b *ByTime) flush() error {
	order := make([]int, len(b.block))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(b.block[i].at, b.block[j].at) })
	for _, i := range order {
		from := 0
		if i > 0 {
			from = b.block[i-1].end
		}
		key := spill.LineKey{At: b.block[i].at, ID: b.came + uint64(i)} // #nosec G115 -- an index
		if err := b.lines.Add(b.group, key, b.text[from:b.block[i].end]); err != nil {
			return err
		}
	}
	b.came += uint64(len(b.block))
	b.group++
	b.block, b.text = b.block[:0], b.text[:0]
	return nil
}

// All gives all texts in order. Each is valid until the next.
func (b *ByTime) All() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := b.flush(); err != nil {
			yield(nil, err)
			return
		}
		for text, err := range b.lines.All() {
			if !yield(text, err) || err != nil {
				return
			}
		}
	}
}

// Close removes the temporary file.
func (b *ByTime) Close() error { return b.lines.Close() }
