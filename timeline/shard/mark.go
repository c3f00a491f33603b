package shard

import (
	"cmp"
	"maps"
	"slices"

	"hunt/evtx"
	"hunt/timeline/spill"
)

// A mark says what rules made of a record, in a form of their own. The shard keeps it, so that the rules need not be
// evaluated again. It belongs to the rules that the manifest names.

// Candidate is a record that rules may need.
type Candidate struct {
	Ref  evtx.Ref
	Hash uint64 // of its content
	Mark uint32 // the number that Writer.Mark returned
}

// markTable numbers marks, together with the computers of the records.
type markTable struct {
	number map[markOf]uint32
	all    []markOf // by number, from 1
}

// markOf is a mark of a record with a Computer name.
type markOf struct{ computer, mark string }

// Mark returns the number of a mark, counted from 1. It is safe for concurrent use.
func (s *Writer) Mark(computer, mark string) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := markOf{computer, mark}
	n, ok := s.marks.number[m]
	if !ok {
		if s.marks.number == nil {
			s.marks.number, s.marks.all = map[markOf]uint32{}, make([]markOf, 1)
		}
		n = uint32(len(s.marks.all)) // #nosec G115 -- a scan has fewer
		s.marks.number[m] = n
		s.marks.all = append(s.marks.all, m)
	}
	return n
}

// oddMark is the mark of a record that is not a live one on the grid of its file.
type oddMark struct {
	chunkPlace
	Marked
	number uint32
}

// Marked is a record with a mark.
type Marked struct {
	Offset uint16 // within its slot
	Carved bool
	Mark   string
}

// Slot is a slot of the evidence with its marked records, by offset.
type Slot struct {
	File, Chunk int32
	Records     []Marked
}

// numberedMark is a record with the number of its mark in the shard.
type numberedMark struct {
	offset uint16
	carved bool
	mark   int
}

// markedSlot is a slot with the marks of one computer's records.
type markedSlot struct {
	chunkPlace
	records []numberedMark
}

func codeSlots(c *spill.Coder, slots *[]markedSlot) {
	spill.Values(c, slots, func(c *spill.Coder, s *markedSlot) {
		spill.Number(c, &s.file)
		spill.Number(c, &s.chunk)
		last := uint16(0)
		spill.Values(c, &s.records, func(c *spill.Coder, m *numberedMark) {
			u := uint64(m.offset-last)<<1 | 1
			if !m.carved {
				u--
			}
			c.Uint(&u)
			m.offset, m.carved = last+uint16(u>>1), u&1 == 1 // #nosec G115 -- it wraps around, as it was written
			last = m.offset
			spill.Number(c, &m.mark)
		})
	})
}

// slotsByComputer gathers the marks, and returns them with the table to which their numbers refer.
func (s *Writer) slotsByComputer() (slots map[string][]markedSlot, table []string) {
	at := map[string]map[chunkPlace][]numberedMark{}
	put := func(p chunkPlace, offset uint16, carved bool, n uint32) {
		name := s.marks.all[n].computer
		if at[name] == nil {
			at[name] = map[chunkPlace][]numberedMark{}
		}
		at[name][p] = append(at[name][p], numberedMark{offset, carved, int(n)})
	}
	for file, chunks := range s.touched {
		for chunk, w := range chunks {
			for _, r := range w.sorted() {
				if r.mark > 0 {
					put(chunkPlace{int32(file), chunk}, r.Offset, false, r.mark) // #nosec G115 -- a number of a file
				}
			}
		}
	}
	for _, o := range s.odd {
		put(o.chunkPlace, o.Offset, o.Carved, o.number)
	}
	slots = map[string][]markedSlot{}
	written := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		for _, p := range slices.SortedFunc(maps.Keys(at[name]), chunkPlace.compare) {
			records := at[name][p]
			slices.SortFunc(records, func(a, b numberedMark) int {
				return cmp.Or(cmp.Compare(a.offset, b.offset), boolCompare(a.carved, b.carved))
			})
			for i := range records {
				mark := s.marks.all[records[i].mark].mark
				n, ok := written[mark]
				if !ok {
					n = len(table)
					written[mark] = n
					table = append(table, mark)
				}
				records[i].mark = n
			}
			slots[name] = append(slots[name], markedSlot{p, records})
		}
	}
	return slots, table
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
