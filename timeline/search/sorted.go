package search

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"

	"hunt/evtx"
	"hunt/timeline/evidence"
	"hunt/timeline/spill"
)

// ByTime puts hits in the order of their times; those of one time stay in the order in which they
// came, and those without a time come first. It holds about memory bytes, and the rest in a temporary
// file. It is for one goroutine.
type ByTime struct {
	files []*evidence.File
	lines *spill.Lines
	block []timed // that were not added to lines
	came  uint64  // before block
	group int
}

// timed is a hit as text.
type timed struct {
	at   evtx.Filetime
	text []byte
}

// timeBlock is how many hits are sorted at a time.
const timeBlock = 8192

// NewByTime returns an empty ByTime for the hits of a collection. dir is the directory for temporary
// files, "" the system's. Call Close in the end.
func NewByTime(col *evidence.Collection, memory int64, dir string) *ByTime {
	return &ByTime{files: col.Files, lines: spill.NewLines(memory, dir)}
}

// Rows are those of a Search whose hits are put in order.
func (b *ByTime) Rows() Rows { return &timeRows{to: b} }

// timeRows are the hits of a part of a file.
type timeRows struct {
	to   *ByTime
	hits []timed
}

// Add implements Rows.
func (t *timeRows) Add(h *Hit) error {
	short := h.Clone()
	short.File = nil
	text, err := json.Marshal(short)
	t.hits = append(t.hits, timed{h.Time, text})
	return err
}

// Write implements Rows.
func (t *timeRows) Write() error {
	b := t.to
	b.block = append(b.block, t.hits...)
	t.hits = t.hits[:0]
	if len(b.block) < timeBlock {
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
		h := b.block[i]
		if err := b.lines.Add(b.group, spill.LineKey{At: h.at, ID: b.came + uint64(i)}, h.text); err != nil {
			// #nosec G115 -- an index
			return err
		}
	}
	b.came += uint64(len(b.block))
	b.group++
	clear(b.block)
	b.block = b.block[:0]
	return nil
}

// All gives all hits in order.
func (b *ByTime) All() iter.Seq2[*Hit, error] {
	return func(yield func(*Hit, error) bool) {
		if err := b.flush(); err != nil {
			yield(nil, err)
			return
		}
		for text, err := range b.lines.All() {
			h := &Hit{}
			if err == nil {
				err = json.Unmarshal(text, h)
			}
			if err == nil {
				h.File = b.files[h.Ref.File]
			}
			if !yield(h, err) || err != nil {
				return
			}
		}
	}
}

// Close removes the temporary file.
func (b *ByTime) Close() error { return b.lines.Close() }
