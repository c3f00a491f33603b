package recall

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/rules/predicate"
)

// question is what rules ask about a field whose values often differ when nothing else does. The answers represent the
// values.
type question struct {
	leaves []predicate.LeafID
	at     []int // positions of the values
}

// answers caches the answers to questions: the same ports, process ids and SIDs come again and again. It is exact,
// because an answer is used only for the same bytes; a newer one replaces an older one in the same place.
type answers struct {
	seed    maphash.Seed
	entries []answer
	ports   map[portQuestion]*portAnswers
	buf     []byte
}

// portQuestion identifies a question of a layout.
type portQuestion struct {
	layout   uint64 // its id
	question int
}

const (
	// answerPlaces is the number of cached answers (a power of two): 350 KB.
	answerPlaces = 1 << 12
	// maxAsked bounds the values of a field, in bytes, including two for each.
	maxAsked = 40
)

// answer is the answer to a question for some values.
type answer struct {
	layout   uint64 // its id, never 0
	question int
	size     uint8
	values   [maxAsked]byte
	truths   [mostAsks]byte
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

// append appends the answers to a question, one byte for each comparison.
func (a *answers) append(dst []byte, q asking) []byte {
	asked := &q.layout.questions[q.question]
	if v, ok := port(q.record, asked.at); ok {
		return a.appendOfPort(dst, v, q)
	}
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

// portAnswers are the answers to a question for each value of 16 bits: hosts use ports one after the other, so that
// tens of thousands of them come again and again.
type portAnswers struct {
	of     [1 << 16]uint8 // the number of its answer, counted from 1; 0: unknown
	truths [][]byte       // by number, counted from 0
}

const (
	// maxPortTables bounds the questions whose answers are kept in this form: 64 KiB each.
	maxPortTables = 16
	// maxPortAnswers bounds the different answers to one, of which there are few: each comparison is with a few ports
	// or a range of them.
	maxPortAnswers = 255
)

// port returns the only value that a question is about, if it is a number of 16 bits.
func port(r *evtx.Record, at []int) (v uint16, ok bool) {
	if len(at) != 1 {
		return 0, false
	}
	x, ok := r.DataAt(at[0]).Value()
	if !ok || x.Type != binxml.TypeUint16 || len(x.Data) != 2 {
		return 0, false
	}
	return binary.LittleEndian.Uint16(x.Data), true
}

// appendOfPort is append for a number of 16 bits.
func (a *answers) appendOfPort(dst []byte, v uint16, q asking) []byte {
	key := portQuestion{q.layout.id, q.question}
	table := a.ports[key]
	if table == nil {
		if len(a.ports) >= maxPortTables {
			clear(a.ports)
		}
		table = &portAnswers{}
		a.ports[key] = table
	}
	if n := table.of[v]; n > 0 {
		return append(dst, table.truths[n-1]...)
	}
	from := len(dst)
	dst = q.evaluator.Ask(q.plan, q.view, q.layout.questions[q.question].leaves, dst)
	i := slices.IndexFunc(table.truths, func(t []byte) bool { return bytes.Equal(t, dst[from:]) })
	if i < 0 && len(table.truths) < maxPortAnswers {
		i = len(table.truths)
		table.truths = append(table.truths, bytes.Clone(dst[from:]))
	}
	table.of[v] = uint8(i + 1) // #nosec G115 -- at most maxPortAnswers; 0 where there are too many
	return dst
}

// appendShort appends the values at some positions of a record; ok is false if they are too long or not available.
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
