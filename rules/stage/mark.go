package stage

import (
	"encoding/binary"

	"hunt/rules/predicate"
)

// Mark is what a scan stores in its shard about a record: which stages of which rules it satisfies or may satisfy.
// It is valid for the rules whose hash the shard has.
type Mark struct {
	Hits []predicate.Hit
	Part bool // it is a part of a script block, which is matched as a whole
	Cut  bool // BoundCarried applied to it
	Open bool // unknown: there were too many hits to be stored
}

const (
	markPart = 1 << iota
	markCut
	markOpen
)

const (
	hitSure = 1 << iota
	hitDecoded
	hitFlags = iota
)

// maxMarkedHits bounds the hits of a mark.
const maxMarkedHits = 256

// Append appends the mark in the form in which a shard has it.
func (m *Mark) Append(dst []byte) []byte {
	open := m.Open || len(m.Hits) > maxMarkedHits
	flags := byte(0)
	for flag, is := range map[byte]bool{markPart: m.Part, markCut: m.Cut, markOpen: open} {
		if is {
			flags |= flag
		}
	}
	if dst = append(dst, flags); open {
		return dst
	}
	for _, h := range m.Hits {
		dst = binary.AppendUvarint(dst, uint64(h.Program)) // #nosec G115 -- not negative
		bits := h.Stage << hitFlags
		if h.Truth == predicate.True {
			bits |= hitSure
		}
		if h.Decoded {
			bits |= hitDecoded
		}
		dst = binary.AppendUvarint(dst, uint64(bits)) // #nosec G115 -- not negative
	}
	return dst
}

// ParseMark reads what Append wrote; ok is false if it belongs to other programs.
func (p *Set) ParseMark(mark string) (m Mark, ok bool) {
	if mark == "" {
		return m, false
	}
	m.Part, m.Cut, m.Open = mark[0]&markPart != 0, mark[0]&markCut != 0, mark[0]&markOpen != 0
	b := []byte(mark[1:])
	for len(b) > 0 {
		program, n := binary.Uvarint(b)
		if n <= 0 || program >= uint64(len(p.programs)) {
			return m, false
		}
		b = b[n:]
		bits, n := binary.Uvarint(b)
		if n <= 0 || bits>>hitFlags >= uint64(len(p.programs[program].Stages())) {
			return m, false
		}
		b = b[n:]
		// #nosec G115 -- bounded above
		h := predicate.Hit{Program: int(program), Stage: int(bits >> hitFlags), Truth: predicate.Maybe,
			Decoded: bits&hitDecoded != 0}
		if bits&hitSure != 0 {
			h.Truth = predicate.True
		}
		m.Hits = append(m.Hits, h)
	}
	return m, true
}
