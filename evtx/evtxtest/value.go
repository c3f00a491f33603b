package evtxtest

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Type is the type byte of a value. Source: MS-EVEN6 2.2.14.
type Type uint8

// The value types.
const (
	TypeNull     Type = 0x00
	TypeString   Type = 0x01
	TypeAnsi     Type = 0x02
	TypeInt8     Type = 0x03
	TypeUint8    Type = 0x04
	TypeInt16    Type = 0x05
	TypeUint16   Type = 0x06
	TypeInt32    Type = 0x07
	TypeUint32   Type = 0x08
	TypeInt64    Type = 0x09
	TypeUint64   Type = 0x0a
	TypeReal32   Type = 0x0b
	TypeReal64   Type = 0x0c
	TypeBool     Type = 0x0d
	TypeBinary   Type = 0x0e
	TypeGUID     Type = 0x0f
	TypeSizeT    Type = 0x10
	TypeFiletime Type = 0x11
	TypeSystime  Type = 0x12
	TypeSID      Type = 0x13
	TypeHex32    Type = 0x14
	TypeHex64    Type = 0x15
	TypeHandle   Type = 0x20
	TypeBinXML   Type = 0x21
	TypeArray    Type = 0x80 // flag: an array of the type in the low bits
)

// A Value is one item of a template instance's value table.
type Value struct {
	Type Type
	Data []byte // as stored; for TypeBinXML empty unless Nested is nil
	// Nested is the content of a TypeBinXML value. It is laid out in place,
	// because names and templates inside it are found by their offset in the chunk.
	Nested Body
	bare   bool // Nested stands without a fragment header
	text   string
	items  []string
}

// Text returns the value as Windows shows it, which is what a decoder should return. The items
// of an array are joined with ", ".
func (v Value) Text() string {
	if v.Type&TypeArray != 0 {
		return strings.Join(v.items, ", ")
	}
	return v.text
}

// Items returns the items of an array as Windows shows them.
func (v Value) Items() []string { return v.items }

// Null returns the absent value.
func Null() Value { return Value{} }

// String returns a UTF-16 string value.
func String(s string) Value { return Value{Type: TypeString, Data: utf16le(s), text: s} }

// Stringz returns a UTF-16 string value with the terminating zero that some providers store.
func Stringz(s string) Value {
	return Value{Type: TypeString, Data: append(utf16le(s), 0, 0), text: s}
}

// Ansi returns a single-byte string value (code page 1252 in practice); s must be ASCII.
func Ansi(s string) Value { return Value{Type: TypeAnsi, Data: []byte(s), text: s} }

// Int8 returns a signed 8-bit value.
func Int8(n int8) Value { return signed(TypeInt8, 1, int64(n)) }

// Int16 returns a signed 16-bit value.
func Int16(n int16) Value { return signed(TypeInt16, 2, int64(n)) }

// Int32 returns a signed 32-bit value.
func Int32(n int32) Value { return signed(TypeInt32, 4, int64(n)) }

// Int64 returns a signed 64-bit value.
func Int64(n int64) Value { return signed(TypeInt64, 8, n) }

// Uint8 returns an unsigned 8-bit value.
func Uint8(n uint8) Value { return unsigned(TypeUint8, 1, uint64(n)) }

// Uint16 returns an unsigned 16-bit value.
func Uint16(n uint16) Value { return unsigned(TypeUint16, 2, uint64(n)) }

// Uint32 returns an unsigned 32-bit value.
func Uint32(n uint32) Value { return unsigned(TypeUint32, 4, uint64(n)) }

// Uint64 returns an unsigned 64-bit value.
func Uint64(n uint64) Value { return unsigned(TypeUint64, 8, n) }

// Hex32 returns a 32-bit value that is shown in hexadecimal.
func Hex32(n uint32) Value { return hexadecimal(TypeHex32, 4, uint64(n)) }

// Hex64 returns a 64-bit value that is shown in hexadecimal.
func Hex64(n uint64) Value { return hexadecimal(TypeHex64, 8, n) }

// SizeT32 returns a size_t value of a 32-bit provider, shown in hexadecimal.
func SizeT32(n uint32) Value { return hexadecimal(TypeSizeT, 4, uint64(n)) }

// SizeT64 returns a size_t value of a 64-bit provider, shown in hexadecimal.
func SizeT64(n uint64) Value { return hexadecimal(TypeSizeT, 8, n) }

// Handle returns an EvtHandle value.
func Handle(n uint32) Value { return hexadecimal(TypeHandle, 4, uint64(n)) }

// Real32 returns a single-precision value.
func Real32(f float32) Value {
	v := unsigned(TypeReal32, 4, uint64(math.Float32bits(f)))
	v.text = strconv.FormatFloat(float64(f), 'g', -1, 32)
	return v
}

// Real64 returns a double-precision value.
func Real64(f float64) Value {
	v := unsigned(TypeReal64, 8, math.Float64bits(f))
	v.text = strconv.FormatFloat(f, 'g', -1, 64)
	return v
}

// Bool returns a boolean value as Windows stores it: 4 bytes, 0 or 1.
func Bool(b bool) Value {
	if b {
		return BoolWord(1)
	}
	return BoolWord(0)
}

// BoolWord returns a boolean value with that word; every word but 0 is true.
func BoolWord(n int32) Value {
	v := signed(TypeBool, 4, int64(n))
	v.text = strconv.FormatBool(n != 0)
	return v
}

// Binary returns a binary value, shown as upper-case hexadecimal.
func Binary(b []byte) Value {
	return Value{Type: TypeBinary, Data: b, text: strings.ToUpper(hex.EncodeToString(b))}
}

// GUID returns a GUID value. s has the form {8-4-4-4-12}, braces optional. It panics if s is
// not a GUID: it is for literals.
func GUID(s string) Value {
	g := mustGUID(s)
	return Value{Type: TypeGUID, Data: g[:], text: guidText(g)}
}

// Filetime returns a FILETIME value, cut to 100 ns.
func Filetime(t time.Time) Value {
	return Value{Type: TypeFiletime, Data: binary.LittleEndian.AppendUint64(nil, ticks(t)),
		text: t.UTC().Truncate(100 * time.Nanosecond).Format("2006-01-02T15:04:05.0000000Z")}
}

// Systime returns a SYSTEMTIME value, cut to milliseconds.
func Systime(t time.Time) Value {
	t = t.UTC().Truncate(time.Millisecond)
	var d []byte
	for _, n := range []int{t.Year(), int(t.Month()), int(t.Weekday()), t.Day(), t.Hour(), t.Minute(),
		t.Second(), t.Nanosecond() / 1e6} {
		d = binary.LittleEndian.AppendUint16(d, uint16(n))
	}
	return Value{Type: TypeSystime, Data: d, text: t.Format("2006-01-02T15:04:05.000Z")}
}

// SID returns a security identifier value. It panics if s is not a SID: it is for literals.
func SID(s string) Value {
	return Value{Type: TypeSID, Data: mustSID(s), text: s}
}

// Strings returns an array of UTF-16 strings, each with its terminating zero;
// empty items count.
func Strings(items ...string) Value {
	var d []byte
	for _, s := range items {
		d = append(append(d, utf16le(s)...), 0, 0)
	}
	return Value{Type: TypeString | TypeArray, Data: d, items: items}
}

// Array returns an array of the items, which are of one type of fixed size, or SIDs.
func Array(first Value, more ...Value) Value {
	v := Value{Type: first.Type | TypeArray}
	for _, it := range append([]Value{first}, more...) {
		v.Data = append(v.Data, it.Data...)
		v.items = append(v.items, it.text)
	}
	return v
}

// Irregular returns a value whose stored bytes do not suit its type; text is how it is shown.
func Irregular(t Type, data []byte, text string) Value { return Value{Type: t, Data: data, text: text} }

// BinXML returns a value of type 0x21 that holds body.
func BinXML(body Body) Value { return Value{Type: TypeBinXML, Nested: body} }

// BareBinXML returns a value of type 0x21 that holds body without the fragment
// header before it, as some providers write it.
func BareBinXML(body Body) Value { return Value{Type: TypeBinXML, Nested: body, bare: true} }

// Units returns a string value of these UTF-16 units, which need not be valid: an unpaired
// surrogate is shown as U+FFFD.
func Units(units ...uint16) Value {
	v := Value{Type: TypeString, text: string(utf16.Decode(units))}
	for _, u := range units {
		v.Data = binary.LittleEndian.AppendUint16(v.Data, u)
	}
	return v
}

func unsigned(t Type, size int, n uint64) Value {
	return Value{Type: t, Data: binary.LittleEndian.AppendUint64(nil, n)[:size:size], text: strconv.FormatUint(n, 10)}
}

func signed(t Type, size int, n int64) Value {
	v := unsigned(t, size, uint64(n))
	v.text = strconv.FormatInt(n, 10)
	return v
}

func hexadecimal(t Type, size int, n uint64) Value {
	v := unsigned(t, size, n)
	v.text = "0x" + strconv.FormatUint(n, 16)
	return v
}

// ticks returns t as a FILETIME: 100 ns since 1601. Source: MS-DTYP 2.3.3.
func ticks(t time.Time) uint64 {
	const unixEpoch = 116_444_736_000_000_000
	return uint64(t.Unix()*10_000_000 + int64(t.Nanosecond())/100 + unixEpoch)
}

func utf16le(s string) []byte {
	b := make([]byte, 2*len(s))
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return utf16Any(s)
		}
		b[2*i] = s[i]
	}
	return b
}

// utf16Any is utf16le for text that is not just ASCII.
func utf16Any(s string) []byte {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// mustGUID reads a GUID's text into its stored form: the first three groups
// little-endian. Source: MS-DTYP 2.3.4.
func mustGUID(s string) [16]byte {
	digits := strings.ReplaceAll(strings.Trim(s, "{}"), "-", "")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != 16 {
		panic(fmt.Sprintf("evtxtest: %q is not a GUID", s))
	}
	return [16]byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12],
		b[13], b[14], b[15]}
}

func guidText(g [16]byte) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, 38)
	b = append(b, '{')
	for i, at := range []int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, digits[g[at]>>4], digits[g[at]&15])
	}
	return string(append(b, '}'))
}

// mustSID reads S-1-… into its stored form. Source: MS-DTYP 2.4.2.2.
func mustSID(s string) []byte {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || parts[0] != "S" || len(parts)-3 > 15 {
		panic(fmt.Sprintf("evtxtest: %q is not a SID", s))
	}
	n := make([]uint64, len(parts)-1)
	for i, p := range parts[1:] {
		var err error
		if n[i], err = strconv.ParseUint(p, 10, 48); err != nil {
			panic(fmt.Sprintf("evtxtest: %q is not a SID", s))
		}
	}
	b := []byte{byte(n[0]), byte(len(n) - 2)}
	b = append(b, binary.BigEndian.AppendUint64(nil, n[1])[2:]...)
	for _, sub := range n[2:] {
		b = binary.LittleEndian.AppendUint32(b, uint32(sub))
	}
	return b
}
