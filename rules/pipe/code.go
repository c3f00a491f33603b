package pipe

import (
	"encoding/binary"
	"math"
	"strings"

	"hunt/rules/predicate"
)

// Rows and keys in binary form.

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func cutText(b []byte) (s string, rest []byte) {
	n, head := binary.Uvarint(b)
	return string(b[head : head+int(n)]), b[head+int(n):]
}

func appendValues(dst []byte, values [][]predicate.Value) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(values)))
	for _, vs := range values {
		dst = binary.AppendUvarint(dst, uint64(len(vs)))
		for _, v := range vs {
			dst = append(dst, byte(v.Kind))
			dst = binary.LittleEndian.AppendUint64(dst, uint64(v.Num))
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float))
			dst = appendText(dst, v.Str)
		}
	}
	return dst
}

func cutValues(b []byte) (values [][]predicate.Value, rest []byte) {
	n, head := binary.Uvarint(b)
	b = b[head:]
	values = make([][]predicate.Value, n)
	for i := range values {
		n, head := binary.Uvarint(b)
		b = b[head:]
		for range n {
			v := predicate.Value{Kind: predicate.Kind(b[0]), Num: int64(binary.LittleEndian.Uint64(b[1:])),
				Float: math.Float64frombits(binary.LittleEndian.Uint64(b[9:]))}
			v.Str, b = cutText(b[17:])
			values[i] = append(values[i], v)
		}
	}
	return values, b
}

func appendStats(dst []byte, s *Stats) []byte {
	if s == nil {
		return append(dst, 0)
	}
	dst = binary.LittleEndian.AppendUint64(append(dst, 1), uint64(s.Count))
	dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(s.Percent))
	dst = binary.AppendUvarint(dst, uint64(len(s.Hosts)))
	for _, h := range s.Hosts {
		dst = appendText(dst, h)
	}
	return appendValues(dst, s.Key)
}

func cutStats(b []byte) (*Stats, []byte) {
	if b[0] == 0 {
		return nil, b[1:]
	}
	s := &Stats{Count: int64(binary.LittleEndian.Uint64(b[1:])),
		Percent: math.Float64frombits(binary.LittleEndian.Uint64(b[9:]))}
	n, head := binary.Uvarint(b[17:])
	b = b[17+head:]
	for range n {
		var h string
		h, b = cutText(b)
		s.Hosts = append(s.Hosts, h)
	}
	s.Key, b = cutValues(b)
	if len(s.Key) == 0 {
		s.Key = nil
	}
	return s, b
}

// Append appends the row as bytes that ReadRow reads.
func (r *Row) Append(dst []byte) []byte { return appendRow(dst, r) }

// ReadRow reads what Append wrote.
func ReadRow(b string) Row { return cutRow([]byte(b)) }

// appendRow appends a row; cutRow reads it.
func appendRow(dst []byte, r *Row) []byte {
	dst = appendValues(dst, r.Values)
	dst = appendText(dst, r.Host)
	dst = appendStats(dst, r.Stats)
	return append(dst, r.Data...)
}

func cutRow(b []byte) (r Row) {
	r.Values, b = cutValues(b)
	r.Host, b = cutText(b)
	r.Stats, b = cutStats(b)
	r.Data = b
	return r
}

// appendSorted appends the values of a field so that bytes sort like values: nothing, booleans, numbers, times, texts
// without their case.
func appendSorted(dst []byte, vs []predicate.Value) []byte {
	for _, v := range vs {
		switch {
		case v.Kind == predicate.Bool:
			dst = append(dst, 2, byte(v.Num&1))
		case v.IsNumber():
			f := v.AsFloat()
			bits := math.Float64bits(f)
			if f == 0 {
				bits = 0 // whatever its sign
			}
			if bits>>63 == 1 {
				bits = ^bits
			} else {
				bits |= 1 << 63
			}
			dst = binary.BigEndian.AppendUint64(append(dst, 3), bits)
			if v.Kind == predicate.Float {
				dst = binary.BigEndian.AppendUint64(dst, 1<<63)
			} else { // digits that do not fit a float
				rest := uint64(v.Num) - uint64(int64(math.Max(-1<<63, math.Min(f, 1<<63-1024))))
				dst = binary.BigEndian.AppendUint64(dst, rest+1<<63)
			}
		case v.Kind == predicate.Time:
			dst = binary.BigEndian.AppendUint64(append(dst, 4), uint64(v.Num)+1<<63)
		case v.Kind == predicate.String:
			dst = append(dst, 5)
			dst = append(dst, strings.ReplaceAll(strings.ToLower(v.Str), "\x00", "\x00\xff")...)
			dst = append(dst, 0, 1)
		default:
			dst = append(dst, 1)
		}
	}
	return append(dst, 0)
}
