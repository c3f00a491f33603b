package recall

import (
	"bytes"
	"hash/maphash"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/rules/predicate"
)

// question is what rules ask of a field whose values often differ where nothing else does. The answers
// stand for the values.
type question struct {
	leaves []predicate.LeafID
	at     []int // where the values stand
}

// answers remembers the answers to questions: the same ports, process ids and SIDs come again and again. What it
// holds is exact, because an answer is used for the same bytes only; a newer one replaces an older one in the same
// place.
type answers struct {
	seed    maphash.Seed
	entries []answer
	buf     []byte
}

const (
	// answerPlaces is the number of answers that are remembered (a power of two): 300 KB.
	answerPlaces = 1 << 12
	// maxAsked is the longest that the values of a field may be, in bytes, with two for each.
	maxAsked = 40
)

// answer is what a question was answered for some values.
type answer struct {
	layout   uint64 // its id, never 0
	question int
	size     uint8
	values   [maxAsked]byte
	truths   [fewAsks]byte
}

// asking is a question about an event.
type asking struct {
	layout    *layout
	question  int
	record    *evtx.Record
	plan      *predicate.Plan
	evaluator *predicate.Evaluator
	view      predicate.Event
}

// append appends the answers to a question, a byte for each comparison.
func (a *answers) append(dst []byte, q asking) []byte {
	asked := &q.layout.questions[q.question]
	values, ok := appendShort(a.buf[:0], q.record, asked.at)
	a.buf = values
	if !ok {
		return q.evaluator.Ask(q.plan, q.view, asked.leaves, dst)
	}
	if a.entries == nil {
		a.entries = make([]answer, answerPlaces)
	}
	number := uint64(q.question) // #nosec G115 -- not negative
	e := &a.entries[(maphash.Bytes(a.seed, values)+number*0x9e3779b97f4a7c15)&(answerPlaces-1)]
	if e.layout != q.layout.id || e.question != q.question || !bytes.Equal(e.values[:e.size], values) {
		e.layout = 0 // until the answers are there
		q.evaluator.Ask(q.plan, q.view, asked.leaves, e.truths[:0])
		e.size = uint8(copy(e.values[:], values)) // #nosec G115 -- at most maxAsked
		e.layout, e.question = q.layout.id, q.question
	}
	return append(dst, e.truths[:len(asked.leaves)]...)
}

// appendShort appends the values at some positions of a record; ok is false where they are too long, or not to be had.
func appendShort(dst []byte, r *evtx.Record, at []int) (_ []byte, ok bool) {
	for _, i := range at {
		v, ok := r.DataAt(i).Value()
		if !ok || v.Type.Elem() == binxml.TypeBinXML || len(dst)+2+len(v.Data) > maxAsked {
			return dst, false
		}
		dst = append(append(dst, byte(v.Type), byte(len(v.Data))), v.Data...) // #nosec G115 -- at most maxAsked
	}
	return dst, true
}
