package ecs

import "hunt/evtx"

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

// Value is one scalar value of an ECS field. A field with many values is a run
// of them. Str is immutable and may outlive the event.
type Value struct {
	Kind  Kind
	Str   string
	Num   int64
	Float float64
}

// String, Int, Bool and Time make values of their kind.
func String(s string) Value      { return Value{Kind: KindString, Str: s} }
func Int(n int64) Value          { return Value{Kind: KindInt, Num: n} }
func Time(t evtx.Filetime) Value { return Value{Kind: KindTime, Num: int64(t)} }
func Bool(b bool) Value {
	v := Value{Kind: KindBool}
	if b {
		v.Num = 1
	}
	return v
}
