package shard

import (
	"encoding/binary"
	"slices"

	"hunt/evtx"
)

// A piece is a part of a chunk of the evidence: how many bytes of the chunk there are, and of these what is kept,
//
//	length of the chunk, as a varint
//	number of spans, as a varint; for each how far behind the one before it begins, and its length, as varints
//	the bytes of the spans
//
// What no piece of a chunk holds is zero.

// appendPiece appends the piece of a chunk that holds some spans, which are in order and not adjacent.
func appendPiece(dst, chunk []byte, spans []evtx.Span) []byte {
	size := 3 * binary.MaxVarintLen16 * (len(spans) + 1)
	for _, s := range spans {
		size += s.To - s.From
	}
	dst = slices.Grow(dst, size)
	dst = binary.AppendUvarint(dst, uint64(len(chunk)))
	dst = binary.AppendUvarint(dst, uint64(len(spans)))
	last := 0
	for _, s := range spans {
		dst = binary.AppendUvarint(dst, uint64(s.From-last)) // #nosec G115 -- in order
		dst = binary.AppendUvarint(dst, uint64(s.To-s.From)) // #nosec G115 -- not negative
		last = s.To
	}
	for _, s := range spans {
		dst = append(dst, chunk[s.From:s.To]...)
	}
	return dst
}

// fillChunk copies the content of a piece to its chunk, and returns the chunk's length. ok is false if it is not a
// piece.
func fillChunk(chunk, piece []byte) (n int, ok bool) {
	number := func() int {
		v, k := binary.Uvarint(piece)
		if k <= 0 || v > evtx.ChunkSize {
			piece, v = nil, evtx.ChunkSize+1
		} else {
			piece = piece[k:]
		}
		return int(v) // #nosec G115 -- bounded above
	}
	size, spans := number(), number()
	if size > len(chunk) || spans > len(piece) {
		return 0, false
	}
	type span struct{ from, to int }
	list := make([]span, spans)
	last := 0
	for i := range list {
		from := last + number()
		last = from + number()
		if list[i] = (span{from, last}); last > size {
			return 0, false
		}
	}
	for _, s := range list {
		if s.to-s.from > len(piece) {
			return 0, false
		}
		piece = piece[copy(chunk[s.from:s.to], piece):]
	}
	return size, len(piece) == 0
}

// wholePiece returns the spans of a piece that holds all of a chunk except the zeros at its end.
func wholePiece(chunk []byte) []evtx.Span {
	n := len(chunk)
	for n > 0 && chunk[n-1] == 0 {
		n--
	}
	return []evtx.Span{{From: 0, To: n}}
}
