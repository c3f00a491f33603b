package predicate

import (
	"math"
	"strconv"
	"time"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of scalar values. Pending is a value, present or absent, that is not known yet: a predicate
// that depends on it is neither true nor false (Maybe).
const (
	Null Kind = iota
	String
	Int
	Float
	Bool
	Time // Num is in nanoseconds since 1970, UTC
	Pending
	Unsigned // Num holds the bits of an integer from 2^63 to 2^64-1, which does not fit Int
)

// Value is one scalar. A field with many values is a slice of them.
type Value struct {
	Kind  Kind
	Str   string
	Num   int64 // of Int, Time and, as its bits, Unsigned; of Bool, where true is 1
	Float float64
}

// StringValue makes a value of kind String.
func StringValue(s string) Value { return Value{Kind: String, Str: s} }

// IntValue makes a value of kind Int.
func IntValue(n int64) Value { return Value{Kind: Int, Num: n} }

// FloatValue makes a value of kind Float.
func FloatValue(f float64) Value { return Value{Kind: Float, Float: f} }

// TimeValue makes a value of kind Time from nanoseconds since 1970.
func TimeValue(nanos int64) Value { return Value{Kind: Time, Num: nanos} }

// UnsignedValue makes a value of kind Int if the number fits, otherwise of kind Unsigned.
func UnsignedValue(n uint64) Value {
	if n <= math.MaxInt64 {
		return IntValue(int64(n))
	}
	return Value{Kind: Unsigned, Num: int64(n)} // #nosec G115 -- its bits
}

// BoolValue makes a value of kind Bool.
func BoolValue(b bool) Value {
	v := Value{Kind: Bool}
	if b {
		v.Num = 1
	}
	return v
}

func (v Value) IsNumber() bool { return v.Kind == Int || v.Kind == Float || v.Kind == Unsigned }
func (v Value) IsTrue() bool   { return v.Kind == Bool && v.Num != 0 }

func (v Value) AsFloat() float64 {
	switch v.Kind {
	case Int:
		return float64(v.Num)
	case Unsigned:
		return float64(uint64(v.Num)) // #nosec G115 -- its bits
	}
	return v.Float
}

// Text returns the value as text, as the function string() gives it; "" for Null and Pending.
func (v Value) Text() string {
	if v.Kind == String {
		return v.Str
	}
	return string(v.AppendText(nil))
}

// AppendText appends the value as text. Floats are written as Elasticsearch (Java) writes them: 5.0 and
// not 5, because a comparison by text must not depend on the program that wrote the number.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Kind {
	case String:
		return append(dst, v.Str...)
	case Int:
		return strconv.AppendInt(dst, v.Num, 10)
	case Unsigned:
		return strconv.AppendUint(dst, uint64(v.Num), 10) // #nosec G115 -- its bits
	case Float:
		return appendFloat(dst, v.Float)
	case Bool:
		return strconv.AppendBool(dst, v.Num != 0)
	case Time:
		t := time.Unix(0, v.Num).UTC()
		if v.Num%1e6 == 0 {
			return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
		}
		return t.AppendFormat(dst, time.RFC3339Nano)
	}
	return dst
}

// appendFloat follows java.lang.Double.toString: plain decimals from 1e-3 up to 1e7, otherwise scientific,
// always with a fraction.
func appendFloat(dst []byte, f float64) []byte {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	case a == 0 || a >= 1e-3 && a < 1e7:
		start := len(dst)
		dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
		for _, c := range dst[start:] {
			if c == '.' {
				return dst
			}
		}
		return append(dst, ".0"...)
	}
	var buf [40]byte
	s := strconv.AppendFloat(buf[:0], f, 'e', -1, 64) // d.ddde±dd
	dot := false
	for i, c := range s {
		if c == '.' {
			dot = true
		}
		if c != 'e' {
			dst = append(dst, c)
			continue
		}
		if !dot {
			dst = append(dst, ".0"...)
		}
		dst = append(dst, 'E')
		exp, err := strconv.Atoi(string(s[i+1:]))
		if err != nil {
			return dst
		}
		return strconv.AppendInt(dst, int64(exp), 10)
	}
	return dst
}
