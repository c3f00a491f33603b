package sequence

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"hunt/rules/predicate"
)

// maxTuples bounds the key tuples of one event in one stage: the product of the numbers of values of
// its keys. A hostile event with thousands of values in several keys would otherwise fill the memory;
// further tuples are left out (BoundTuples).
const maxTuples = 4096

// tuples are the key tuples of one event in one stage. A null key drops the event, unless the key is
// optional: then null equals null.
type tuples struct {
	event  predicate.Event
	values [][]predicate.Value
	index  []int
	text   []byte // the current tuple, encoded so that equal tuples have equal bytes
	seen   map[string]bool
	left   int
	done   bool
}

// begin starts the tuples of an event. They come in the order of the values, the last key varying
// fastest.
func (t *tuples) begin(ev predicate.Event, keys []Key) {
	t.event, t.done, t.left = ev, false, maxTuples
	t.values = slices.Grow(t.values[:0], len(keys))[:len(keys)]
	t.index = slices.Grow(t.index[:0], len(keys))[:len(keys)]
	clear(t.index)
	clear(t.seen)
	for i, k := range keys {
		vs := t.values[i][:0]
		if k.Known {
			vs = ev.Values(k.Field, vs)
		}
		n := 0
		for _, v := range vs {
			if v.Kind != predicate.Null && v.Kind != predicate.Pending {
				vs[n] = v
				n++
			}
		}
		vs = vs[:n]
		if n == 0 && k.Optional {
			vs = append(vs, predicate.Value{})
		}
		t.values[i] = vs
		t.done = t.done || len(vs) == 0
	}
}

// next encodes the next tuple into text; it returns false when there is none left.
func (t *tuples) next() bool {
	for !t.done && t.left > 0 {
		t.left--
		t.text = t.text[:0]
		many := false
		for i, vs := range t.values {
			t.text = appendKey(t.text, vs[t.index[i]])
			many = many || len(vs) > 1
		}
		t.advance()
		if !many {
			return true
		}
		if t.seen == nil {
			t.seen = map[string]bool{}
		}
		if !t.seen[string(t.text)] { // a repeated value counts once
			t.seen[string(t.text)] = true
			return true
		}
	}
	return false
}

// cut reports whether tuples were left out, after next has returned false.
func (t *tuples) cut() bool { return !t.done }

func (t *tuples) advance() {
	for i := len(t.index) - 1; i >= 0; i-- {
		if t.index[i]++; t.index[i] < len(t.values[i]) {
			return
		}
		t.index[i] = 0
	}
	t.done = true
}

// appendKey encodes a value: its kind, its length and its bytes. Integers and floats of the same
// value give the same key.
func appendKey(dst []byte, v predicate.Value) []byte {
	if v.Kind == predicate.Float && v.Float == math.Trunc(v.Float) && math.Abs(v.Float) < 1<<53 {
		v = predicate.IntValue(int64(v.Float))
	}
	dst = append(dst, byte(v.Kind))
	switch v.Kind {
	case predicate.String:
		dst = binary.AppendUvarint(dst, uint64(len(v.Str)))
		return append(dst, v.Str...)
	case predicate.Float:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(v.Float))
	case predicate.Null:
		return dst
	}
	return binary.BigEndian.AppendUint64(dst, uint64(v.Num))
}

// decodeKeys returns the values of an encoded tuple.
func decodeKeys(text string) []predicate.Value {
	var vs []predicate.Value
	b := []byte(text)
	for len(b) > 0 {
		v := predicate.Value{Kind: predicate.Kind(b[0])}
		b = b[1:]
		switch v.Kind {
		case predicate.Null:
		case predicate.String:
			n, size := binary.Uvarint(b)
			v.Str = strings.Clone(string(b[size : size+int(n)]))
			b = b[size+int(n):]
		case predicate.Float:
			v.Float = math.Float64frombits(binary.BigEndian.Uint64(b))
			b = b[8:]
		default:
			v.Num = int64(binary.BigEndian.Uint64(b))
			b = b[8:]
		}
		vs = append(vs, v)
	}
	return vs
}

// compareKeys orders key tuples: null first, then by kind, then by value.
func compareKeys(a, b []predicate.Value) int {
	for i := range a {
		if i >= len(b) {
			return 1
		}
		if a[i].IsNumber() && b[i].IsNumber() {
			if c := predicate.CompareNumbers(a[i], b[i]); c != 0 {
				return c
			}
			continue
		}
		if c := cmp.Compare(a[i].Kind, b[i].Kind); c != 0 {
			return c
		}
		if c := strings.Compare(a[i].Str, b[i].Str); c != 0 {
			return c
		}
		if c := cmp.Compare(a[i].Num, b[i].Num); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}
