package binxml

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"

	"hunt/evtx/binxml/digits"
	"hunt/evtx/binxml/utf"
)

// Value is one value, still as the log holds it; Data aliases the record's bytes.
type Value struct {
	Type Type
	Data []byte
}

// AppendText appends the value as Windows shows it (0x3e7, {GUID}, S-1-5-18, RFC 3339 with seven
// digits, three for a SYSTEMTIME, true/false). The items of an array are joined with ", ". A value
// whose size does not fit its type is shown as upper-case hexadecimal digits, like binary.
func (v Value) AppendText(dst []byte) []byte { return v.appendText(dst, utf.Plain) }

// String returns what AppendText appends.
func (v Value) String() string { return string(v.AppendText(nil)) }

// IsNull reports a null or absent value (as opposed to an empty string).
func (v Value) IsNull() bool { return v.Type == TypeNull }

// IsText reports whether the value is or may hold text, and is not a number, GUID, SID, time or
// bytes.
func (v Value) IsText() bool {
	switch v.Type.Elem() {
	case TypeNull, TypeUint8, TypeUint16, TypeUint32, TypeUint64, TypeInt8, TypeInt16, TypeInt32, TypeInt64,
		TypeHexInt32, TypeHexInt64, TypeSizeT, TypeEvtHandle, TypeBool, TypeReal32, TypeReal64, TypeGUID,
		TypeFiletime, TypeSystemTime, TypeSID, TypeBinary:
		return false
	}
	return true
}

// Uint returns integer, hex, boolean, SizeT and handle values as a number. Negative integers are
// sign-extended to 64 bits (two's complement).
func (v Value) Uint() (n uint64, ok bool) {
	switch v.Type {
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64, TypeHexInt32, TypeHexInt64, TypeSizeT, TypeEvtHandle:
		return v.unsigned()
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		i, ok := v.signed()
		return uint64(i), ok
	case TypeBool:
		b, ok := v.boolean()
		if b {
			return 1, ok
		}
		return 0, ok
	}
	return 0, false
}

// Filetime returns FILETIME and SYSTEMTIME values in 100 ns ticks since 1601.
func (v Value) Filetime() (ticks uint64, ok bool) {
	switch {
	case v.Type == TypeFiletime && len(v.Data) == 8:
		return binary.LittleEndian.Uint64(v.Data), true
	case v.Type == TypeSystemTime && len(v.Data) == 16:
		return digits.SystemTimeTicks(v.Data)
	}
	return 0, false
}

// Len returns the number of items of an array, 1 for any other value.
func (v Value) Len() int {
	if !v.Type.IsArray() {
		return 1
	}
	n := 0
	for rest := v.Data; len(rest) > 0; n++ {
		_, rest = v.cut(rest)
	}
	return n
}

// Item returns the item of an array at index i, a null value past the end.
func (v Value) Item(i int) Value {
	if !v.Type.IsArray() {
		return v
	}
	for rest := v.Data; len(rest) > 0; i-- {
		var it Value
		if it, rest = v.cut(rest); i == 0 {
			return it
		}
	}
	return Value{}
}

// cut takes the first item off what is left of an array's data. It always takes at
// least one byte.
func (v Value) cut(rest []byte) (Value, []byte) {
	t, n := v.Type.Elem(), len(rest)
	switch t {
	case TypeString, TypeEvtXML:
		if i := indexNUL(rest); i >= 0 {
			return Value{t, rest[:i]}, rest[i+2:]
		}
		return Value{t, rest}, nil
	case TypeAnsiString:
		if i := bytes.IndexByte(rest, 0); i >= 0 {
			return Value{t, rest[:i]}, rest[i+1:]
		}
		return Value{t, rest}, nil
	case TypeSID:
		if len(rest) >= 8 {
			n = 8 + 4*int(rest[1])
		}
	case TypeSizeT, TypeEvtHandle:
		// The width is that of the writing process; an odd number of 32-bit words means 32 bits.
		if n = 8; len(v.Data)%8 != 0 {
			n = 4
		}
	default:
		if w := t.width(); w > 0 {
			n = w
		}
	}
	n = min(n, len(rest))
	return Value{t, rest[:n]}, rest[n:]
}

// indexNUL returns where the first NUL is in UTF-16, -1 if there is none.
func indexNUL(b []byte) int {
	const lows, highs = 0x0001000100010001, 0x8000800080008000
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if zero := (x - lows) &^ x & highs; zero != 0 { // the lowest bit is that of the first NUL
			return i + bits.TrailingZeros64(zero)/16*2
		}
	}
	for ; i+2 <= len(b); i += 2 {
		if b[i] == 0 && b[i+1] == 0 {
			return i
		}
	}
	return -1
}

// empty reports whether the value's text has no characters.
func (v Value) empty() bool {
	switch v.Type {
	case TypeNull:
		return true
	case TypeString, TypeEvtXML:
		return len(utf.TrimNULs(v.Data)) == 0
	case TypeAnsiString:
		return len(bytes.TrimRight(v.Data, "\x00")) == 0
	case TypeString | TypeArray:
		return len(v.Data) <= 2 && len(utf.TrimNULs(v.Data)) == 0 // one empty item
	}
	return len(v.Data) == 0
}

func (v Value) unsigned() (n uint64, ok bool) {
	switch d := v.Data; len(d) {
	case 1:
		return uint64(d[0]), true
	case 2:
		return uint64(binary.LittleEndian.Uint16(d)), true
	case 4:
		return uint64(binary.LittleEndian.Uint32(d)), true
	case 8:
		return binary.LittleEndian.Uint64(d), true
	}
	return 0, false
}

func (v Value) signed() (n int64, ok bool) {
	u, ok := v.unsigned()
	shift := 64 - 8*len(v.Data)
	if !ok {
		return 0, false
	}
	return int64(u<<shift) >> shift, true
}

// boolean accepts every size that occurs (the specification says 4 bytes, files hold 1 and more)
// and takes every number other than zero for true.
func (v Value) boolean() (b, ok bool) {
	if len(v.Data) == 0 || len(v.Data) > 8 {
		return false, false
	}
	for _, c := range v.Data {
		if c != 0 {
			return true, true
		}
	}
	return false, true
}

// encode is appendText that also reports whether it found an unpaired surrogate.
func (v Value) encode(dst []byte, e utf.Escape) (_ []byte, lone bool) {
	switch {
	case v.Type.IsArray():
		for i, rest := 0, v.Data; len(rest) > 0; i++ {
			var it Value
			it, rest = v.cut(rest)
			if i > 0 {
				dst = append(dst, ", "...)
			}
			var l bool
			dst, l = it.encode(dst, e)
			lone = lone || l
		}
		return dst, lone
	case v.Type == TypeString || v.Type == TypeEvtXML:
		return utf.Encode(dst, utf.TrimNULs(v.Data), e)
	}
	return v.appendText(dst, e), false
}

func (v Value) appendText(dst []byte, e utf.Escape) []byte {
	if v.Type.IsArray() {
		for i, rest := 0, v.Data; len(rest) > 0; i++ {
			var it Value
			it, rest = v.cut(rest)
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = it.appendText(dst, e)
		}
		return dst
	}
	switch v.Type {
	case TypeNull:
		return dst
	case TypeString, TypeEvtXML:
		return utf.Append(dst, utf.TrimNULs(v.Data), e)
	case TypeAnsiString:
		return utf.AppendANSI(dst, bytes.TrimRight(v.Data, "\x00"), e)
	case TypeUint8, TypeUint16, TypeUint32, TypeUint64:
		if n, ok := v.unsigned(); ok {
			return digits.AppendUint(dst, n)
		}
	case TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		if n, ok := v.signed(); ok {
			return strconv.AppendInt(dst, n, 10)
		}
	case TypeHexInt32, TypeHexInt64, TypeSizeT, TypeEvtHandle:
		if n, ok := v.unsigned(); ok {
			return digits.AppendHexNumber(dst, n)
		}
	case TypeBool:
		if b, ok := v.boolean(); ok {
			return strconv.AppendBool(dst, b)
		}
	case TypeReal32, TypeReal64:
		if out, ok := appendReal(dst, v); ok {
			return out
		}
	case TypeGUID:
		if len(v.Data) == 16 {
			return digits.AppendGUID(dst, v.Data)
		}
	case TypeFiletime:
		if ticks, ok := v.Filetime(); ok {
			return digits.AppendTicks(dst, ticks)
		}
	case TypeSystemTime:
		if ticks, ok := v.Filetime(); ok {
			dst = digits.AppendTicks(dst, ticks)
			return append(dst[:len(dst)-5], 'Z') // a SYSTEMTIME has only milliseconds
		}
	case TypeSID:
		if out, ok := digits.AppendSID(dst, v.Data); ok {
			return out
		}
	}
	return digits.AppendHexDump(dst, v.Data)
}

// appendReal writes the shortest text that reads back as the same number; the infinities are spelt
// as XML Schema spells them. ok is false if the size of the value does not fit its type.
func appendReal(dst []byte, v Value) (out []byte, ok bool) {
	var f float64
	size := 8 * len(v.Data)
	switch {
	case v.Type == TypeReal32 && size == 32:
		f = float64(math.Float32frombits(binary.LittleEndian.Uint32(v.Data)))
	case v.Type == TypeReal64 && size == 64:
		f = math.Float64frombits(binary.LittleEndian.Uint64(v.Data))
	default:
		return dst, false
	}
	switch {
	case math.IsInf(f, 1):
		return append(dst, "INF"...), true
	case math.IsInf(f, -1):
		return append(dst, "-INF"...), true
	}
	return strconv.AppendFloat(dst, f, 'g', -1, size), true
}
