package evtx

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// The tables of a chunk's header: where the hash chains of its names and of its template definitions begin.
const (
	nameTable, nameChains         = 0x80, 64
	templateTable, templateChains = 0x180, 32
	// maxChained bounds the steps through all chains: a forged chunk can lead them in a circle.
	maxChained = 4096
)

// Span is a part of a chunk: From is its first byte, To the one after its last.
type Span struct{ From, To int }

// WantedRecord is a live record that a Cutter keeps: where in its chunk it begins, and the hash of its content, 0 if
// that is not known.
type WantedRecord struct {
	Offset uint16
	Hash   uint64
}

// Cut is what a Cutter keeps of a chunk. If everything else in the chunk is zero, a Decoder reads the kept records
// as it does from the whole chunk.
type Cut struct {
	Frame   []Span      // the header, the names and the template definitions, in order and not adjacent to each other
	Records []CutRecord // in order
}

// CutRecord is a record in a Cut.
type CutRecord struct {
	Span
	Computer string
	hash     uint64
}

// Cutter cuts chunks down to the records that are wanted. It belongs to one goroutine.
type Cutter struct {
	dec *Decoder
	out []byte // a chunk that is zero except for what is kept
}

// NewCutter returns a Cutter that checks its results with a decoder.
func NewCutter(dec *Decoder) *Cutter { return &Cutter{dec: dec, out: make([]byte, ChunkSize)} }

// Cut cuts a whole chunk down to some live records, sorted by offset and without duplicates. ok is false if a
// decoder would not read the same from what is left: then only the whole chunk will do.
func (c *Cutter) Cut(data []byte, at Ref, wanted []WantedRecord) (cut *Cut, ok bool) {
	if len(data) != ChunkSize || string(data[:8]) != chunkMagic {
		return nil, false
	}
	cut = &Cut{Frame: frameOf(data)}
	want := make([]CutRecord, len(wanted))
	unknown := false
	for i, w := range wanted {
		o := int(w.Offset)
		if o+recordHeaderSize > ChunkSize {
			return nil, false
		}
		size := int(binary.LittleEndian.Uint32(data[o+4:]))
		if size < recordHeaderSize || size > ChunkSize-o {
			return nil, false
		}
		want[i] = CutRecord{Span: Span{o, o + size}, hash: w.Hash}
		unknown = unknown || w.Hash == 0
	}
	if unknown {
		have := map[int]uint64{}
		for _, r := range c.records(data, at) {
			have[r.From] = r.hash
		}
		for i := range want {
			if want[i].hash == 0 {
				want[i].hash = have[want[i].From]
			}
		}
	}
	cut.Records = want
	return cut, c.read(data, at, cut, want)
}

// Reads reports whether some records of a cut can be read without the others.
func (c *Cutter) Reads(data []byte, at Ref, cut *Cut, some []CutRecord) bool {
	return c.read(data, at, cut, slices.Clone(some))
}

// read decodes what is kept of a chunk, compares it with the records as they should be, and fills in their Computer.
func (c *Cutter) read(data []byte, at Ref, cut *Cut, want []CutRecord) bool {
	clear(c.out)
	for _, s := range cut.Frame {
		copy(c.out[s.From:s.To], data[s.From:s.To])
	}
	for _, r := range want {
		copy(c.out[r.From:r.To], data[r.From:r.To])
	}
	got := c.records(c.out, at)
	return slices.EqualFunc(got, want, func(g, w CutRecord) bool { return g.Span == w.Span && g.hash == w.hash }) &&
		copy(want, got) == len(want)
}

// records decodes the live records of a chunk.
func (c *Cutter) records(data []byte, at Ref) (out []CutRecord) {
	computer := ""
	for r := range c.dec.Records(data, at, nil) {
		if name := r.Computer(); name != computer {
			computer = strings.Clone(name)
		}
		from := int(r.Ref.Offset - at.Offset)
		out = append(out, CutRecord{Span{from, from + len(r.Raw())}, computer, r.ContentHash()})
	}
	return out
}

// frameOf returns the header, the names and the template definitions of a chunk.
func frameOf(data []byte) []Span {
	s := framer{data: data, spans: []Span{{0, chunkHeaderSize}}}
	s.chains(nameTable, nameChains, func(at int) int { return 8 + 2*int(binary.LittleEndian.Uint16(data[at+6:])) + 2 })
	s.chains(templateTable, templateChains, func(at int) int {
		return 24 + int(binary.LittleEndian.Uint32(data[at+20:]))
	})
	return Joined(s.spans)
}

// Joined sorts spans and joins those that overlap or meet.
func Joined(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

// framer gathers parts of a chunk.
type framer struct {
	data  []byte
	spans []Span
	steps int
}

func (s *framer) keep(at, n int) {
	if at >= 0 && n > 0 && n <= ChunkSize-at {
		s.spans = append(s.spans, Span{at, at + n})
	}
}

// chains keeps what a table of chains refers to; size returns the size of what begins at an offset.
func (s *framer) chains(table, n int, size func(at int) int) {
	for i := range n {
		at := int(binary.LittleEndian.Uint32(s.data[table+4*i:]))
		for at >= chunkHeaderSize && at <= ChunkSize-32 && s.steps < maxChained {
			s.steps++
			s.keep(at, size(at))
			at = int(binary.LittleEndian.Uint32(s.data[at:]))
		}
	}
}
