package scalar

import (
	"strconv"

	"hunt/evtx"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds of scalar values.
const (
	KindNone    Kind = iota
	KindString       // Str
	KindInt          // Num
	KindFloat        // Float
	KindBool         // Num != 0
	KindTime         // Num is an evtx.Filetime
	KindPending      // not known yet: decided when the host's history is in order
)

// Value is one scalar value of an ECS field. A field with several values is a slice of them.
// Str is immutable and may outlive the event. Two Values are equal if they are ==.
type Value struct {
	Kind  Kind
	Str   string
	Num   int64
	Float float64
}

// String returns s as a keyword (or IP) value.
func String(s string) Value { return Value{Kind: KindString, Str: s} }

// Int returns n as a long value.
func Int(n int64) Value { return Value{Kind: KindInt, Num: n} }

// Float returns x as a float value.
func Float(x float64) Value { return Value{Kind: KindFloat, Float: x} }

// Time returns t as a date value.
func Time(t evtx.Filetime) Value { return Value{Kind: KindTime, Num: int64(t)} }

// Bool returns b as a boolean value.
func Bool(b bool) Value {
	v := Value{Kind: KindBool}
	if b {
		v.Num = 1
	}
	return v
}

// AppendText appends the value as text: numbers in decimal, dates as RFC 3339 with seven
// digits. Absent and pending values append nothing.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Kind {
	case KindString:
		return append(dst, v.Str...)
	case KindInt:
		return strconv.AppendInt(dst, v.Num, 10)
	case KindFloat:
		return strconv.AppendFloat(dst, v.Float, 'g', -1, 64)
	case KindBool:
		return strconv.AppendBool(dst, v.Num != 0)
	case KindTime:
		return evtx.Filetime(v.Num).AppendText(dst)
	}
	return dst
}
