package binxml

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"unicode/utf16"

	"hunt/evtx/binxml/utf"
)

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func le(n uint64, size int) []byte {
	return binary.LittleEndian.AppendUint64(nil, n)[:size]
}

func TestValuesReadAsWindowsShowsThem(t *testing.T) {
	guid := []byte{0xD9, 0x8F, 0xFB, 0xBD, 0x43, 0x1A, 0xE9, 0x42, 0x8D, 0x61, 0x12, 0xB6, 0x8B, 0xA6, 0x70, 0x99}
	local := []byte{1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xf4, 1, 0, 0}
	system := []byte{1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0}
	day := []byte{0xe3, 7, 6, 0, 6, 0, 15, 0, 7, 0, 22, 0, 5, 0, 0xb3, 2} // Saturday 2019-06-15 07:22:05.691
	for _, c := range []struct {
		name string
		typ  Type
		data []byte
		want string
	}{
		{"null", TypeNull, nil, ""},
		{"string", TypeString, utf16le("Grüße, 世界 🦉"), "Grüße, 世界 🦉"},
		{"string with the NUL of its writer", TypeString, utf16le("abc\x00"), "abc"},
		{"string with a NUL inside keeps what follows", TypeString, utf16le("a\x00b"), "a\x00b"},
		{"string of an odd size leaves half a character out", TypeString, append(utf16le("ab"), 'c'), "ab"},
		{"string with half a pair", TypeString, []byte{'a', 0, 0x3d, 0xd8, 'b', 0}, "a\ufffdb"},
		{"ANSI string", TypeAnsiString, []byte("caf\xe9 \x80\x00"), "café €"},
		{"int8", TypeInt8, le(0xff, 1), "-1"},
		{"uint8", TypeUint8, le(0xff, 1), "255"},
		{"int16", TypeInt16, le(0x8000, 2), "-32768"},
		{"uint16", TypeUint16, le(0x8000, 2), "32768"},
		{"int32", TypeInt32, le(0xfffffffe, 4), "-2"},
		{"uint32", TypeUint32, le(0xfffffffe, 4), "4294967294"},
		{"int64", TypeInt64, le(1<<63, 8), "-9223372036854775808"},
		{"uint64", TypeUint64, le(math.MaxUint64, 8), "18446744073709551615"},
		{"int32 of one byte", TypeInt32, le(0xfe, 1), "-2"},
		{"uint32 of two bytes", TypeUint32, le(0x1234, 2), "4660"},
		{"uint32 of eight bytes", TypeUint32, le(1<<40, 8), "1099511627776"},
		{"uint32 of three bytes is no number", TypeUint32, []byte{1, 2, 0xab}, "0102AB"},
		{"real32", TypeReal32, le(uint64(math.Float32bits(0.1)), 4), "0.1"},
		{"real64", TypeReal64, le(math.Float64bits(-1.5e300), 8), "-1.5e+300"},
		{"infinity", TypeReal64, le(math.Float64bits(math.Inf(-1)), 8), "-INF"},
		{"no number", TypeReal64, le(math.Float64bits(math.NaN()), 8), "NaN"},
		{"true", TypeBool, le(1, 4), "true"},
		{"false", TypeBool, le(0, 4), "false"},
		{"any number but zero is true", TypeBool, le(0x100, 4), "true"},
		{"bool of one byte", TypeBool, le(1, 1), "true"},
		{"binary", TypeBinary, []byte{0, 0xab, 0xff}, "00ABFF"},
		{"GUID", TypeGUID, guid, "{BDFB8FD9-1A43-42E9-8D61-12B68BA67099}"},
		{"GUID of a wrong size", TypeGUID, guid[:4], "D98FFBBD"},
		{"SizeT of 32 bits", TypeSizeT, le(0xc0de, 4), "0xc0de"},
		{"SizeT of 64 bits", TypeSizeT, le(0xffff800000000000, 8), "0xffff800000000000"},
		{"FILETIME", TypeFiletime, le(132050569256917590, 8), "2019-06-15T07:22:05.6917590Z"},
		{"FILETIME zero", TypeFiletime, le(0, 8), "1601-01-01T00:00:00.0000000Z"},
		{"FILETIME past the year 9999", TypeFiletime, le(math.MaxUint64, 8), "9999-12-31T23:59:59.9999999Z"},
		{"SYSTEMTIME", TypeSystemTime, day, "2019-06-15T07:22:05.691Z"},
		{"SYSTEMTIME of 31 April", TypeSystemTime, []byte{0xe3, 7, 4, 0, 0, 0, 31, 0, 0, 0, 0, 0, 0, 0, 0,
			0}, "E307040000001F000000000000000000"},
		{"SID", TypeSID, local, "S-1-5-21-1-2-3-500"},
		{"SID of the system", TypeSID, system, "S-1-5-18"},
		{"SID with a large authority", TypeSID, []byte{1, 1, 0xff, 0, 0, 0, 0, 1, 7, 0, 0, 0},
			"S-1-0xff0000000001-7"},
		{"SID cut short", TypeSID, local[:20], strings.ToUpper("010500000000000515000000010000000200" + "0000")},
		{"HexInt32", TypeHexInt32, le(0x3e7, 4), "0x3e7"},
		{"HexInt64", TypeHexInt64, le(0x8020000000000000, 8), "0x8020000000000000"},
		{"HexInt of zero", TypeHexInt32, le(0, 4), "0x0"},
		{"EvtHandle", TypeEvtHandle, le(0x44, 8), "0x44"},
		{"EvtXml", TypeEvtXML, utf16le("<a/>"), "<a/>"},
		{"unknown type", 0x77, []byte{0xca, 0xfe}, "CAFE"},
		{"strings", TypeString | TypeArray, utf16le("a\x00\x00c\x00"), "a, , c"},
		{"strings without the last NUL", TypeString | TypeArray, utf16le("a\x00b"), "a, b"},
		{"ANSI strings", TypeAnsiString | TypeArray, []byte("a\x00b\x00"), "a, b"},
		{"uint8s", TypeUint8 | TypeArray, []byte{1, 2, 255}, "1, 2, 255"},
		{"int16s", TypeInt16 | TypeArray, []byte{0xff, 0xff, 2, 0}, "-1, 2"},
		{"uint32s with a rest", TypeUint32 | TypeArray, []byte{1, 0, 0, 0, 2, 0}, "1, 2"},
		{"int64s", TypeInt64 | TypeArray, append(le(1, 8), le(math.MaxUint64, 8)...), "1, -1"},
		{"real64s", TypeReal64 | TypeArray, le(math.Float64bits(2.5), 8), "2.5"},
		{"bools", TypeBool | TypeArray, append(le(1, 4), le(0, 4)...), "true, false"},
		{"GUIDs", TypeGUID | TypeArray, append(guid[:16:16], guid...),
			"{BDFB8FD9-1A43-42E9-8D61-12B68BA67099}, {BDFB8FD9-1A43-42E9-8D61-12B68BA67099}"},
		{"SizeTs of 32 bits", TypeSizeT | TypeArray, append(le(1, 8), le(0x10, 4)...), "0x1, 0x0, 0x10"},
		{"FILETIMEs", TypeFiletime | TypeArray, le(132050569256917590, 8), "2019-06-15T07:22:05.6917590Z"},
		{"SYSTEMTIMEs", TypeSystemTime | TypeArray, append(day[:16:16], day...),
			"2019-06-15T07:22:05.691Z, 2019-06-15T07:22:05.691Z"},
		{"SIDs", TypeSID | TypeArray, append(system[:12:12], local...), "S-1-5-18, S-1-5-21-1-2-3-500"},
		{"HexInt32s", TypeHexInt32 | TypeArray, append(le(1, 4), le(0xff, 4)...), "0x1, 0xff"},
		{"HexInt64s", TypeHexInt64 | TypeArray, le(0xff, 8), "0xff"},
		{"an array of nothing", TypeUint32 | TypeArray, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (Value{c.typ, c.data}).String(); got != c.want {
				t.Errorf("%s % x reads %q, want %q", c.typ, c.data, got, c.want)
			}
		})
	}
}

func TestNumbersOfValues(t *testing.T) {
	for _, c := range []struct {
		v    Value
		want uint64
		ok   bool
	}{
		{Value{TypeUint16, []byte{1, 2}}, 0x201, true},
		{Value{TypeInt8, []byte{0xff}}, math.MaxUint64, true},
		{Value{TypeHexInt64, le(7, 8)}, 7, true},
		{Value{TypeBool, le(4, 4)}, 1, true},
		{Value{TypeUint32, []byte{1, 2, 3}}, 0, false},
		{Value{TypeString, utf16le("7")}, 0, false},
		{Value{TypeNull, nil}, 0, false},
	} {
		if got, ok := c.v.Uint(); got != c.want || ok != c.ok {
			t.Errorf("%v % x: %d, %v, want %d, %v", c.v.Type, c.v.Data, got, ok, c.want, c.ok)
		}
	}
}

// The fast ways over ASCII must not differ from the slow one at any length or offset.
func TestTextEscapesTheSameAtEveryPosition(t *testing.T) {
	slow := func(s string, e utf.Escape) string {
		var out []byte
		for _, r := range s {
			out = appendRune(out, r, e)
		}
		return string(out)
	}
	for _, special := range []string{`"`, `\`, "\x1f", " ", "\x00", "\n", "\r", "\t", "\x7f", "<", "&",
		"é", "\u07ff", "\u0800", "世", "🦉", "[", "!", "\x21", "\x5b", "\x5d"} {
		for n := range 40 {
			for at := range n + 1 {
				s := strings.Repeat("x", at) + special + strings.Repeat("y", n-at)
				for e := utf.Plain; e <= utf.InAttr; e++ {
					if got := string(utf.Append(nil, utf16le(s), e)); got != slow(s, e) {
						t.Fatalf("%q for output kind %d: %q", s, e, got)
					}
				}
			}
		}
	}
}

func TestUnpairedSurrogatesAreReplacedOrKeptAsEscapes(t *testing.T) {
	for text, want := range map[string][2]string{
		"a\x00\x3d\xd8b\x00\x00\xdc":            {"a\ufffdb\ufffd", `a\ud83db\udc00`},
		"\x3d\xd8":                              {"\ufffd", `\ud83d`},
		"\x3d\xd8\x3d\xd8\xa9\xdc":              {"\ufffd\U0001f4a9", "\\ud83d\U0001f4a9"},
		"\xa9\xdc\x3d\xd8":                      {"\ufffd\ufffd", `\udca9\ud83d`},
		"\x3d\xd8\xa9\xdcx\x00":                 {"\U0001f4a9x", "\U0001f4a9x"},
		"\xfd\xff\xff\xd7\x00\xe0\x00\xd7.\x00": {"\ufffd\ud7ff\ue000\ud700.", "\ufffd\ud7ff\ue000\ud700."},
	} {
		got, lone := utf.Encode(nil, []byte(text), utf.InJSON)
		exact, _ := utf.Encode(nil, []byte(text), utf.InExact)
		if string(got) != want[0] || string(exact) != want[1] || lone != (want[0] != want[1]) ||
			lone != utf.LoneSurrogate([]byte(text)) {
			t.Errorf("%q: %q, exactly %q, altered %t and %t; want %q", text, got, exact, lone,
				utf.LoneSurrogate([]byte(text)), want)
		}
	}
}

// A NUL is found eight bytes at a time: what is behind it, or has one zero byte, must not be taken for it.
func TestTheFirstNULIsFoundAtEveryPosition(t *testing.T) {
	for _, behind := range []string{"\x01\x00", "\x00\x80", "\x00\x00", "\x00\x01", "\xff\xff"} {
		for n := range 20 {
			for at := range n + 1 {
				b := strings.Repeat("\x00\x01", at) + "\x00\x00" + strings.Repeat(behind, n-at) + "x"
				if got := indexNUL([]byte(b)); got != 2*at {
					t.Fatalf("%q: %d, want %d", b, got, 2*at)
				}
			}
			if got := indexNUL([]byte(strings.Repeat("\x00\x01\x01\x00", n) + "\x00")); got != -1 {
				t.Fatalf("%d characters: %d, want none", 2*n, got)
			}
		}
	}
}
