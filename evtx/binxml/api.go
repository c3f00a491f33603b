// Package binxml decodes Microsoft's binary XML as event logs hold it: bytes in,
// compiled templates and lazy values out.
//
// Source: MS-EVEN6 2.2.12 to 2.2.20.
package binxml

// SKETCH of the API that other packages code against (bodies to be written).

// Type is the type byte of a value, bit 0x80 marking an array. Source: MS-EVEN6 2.2.14.
type Type uint8

// Value is one value, still as the log holds it; Data aliases the record's bytes.
type Value struct {
	Type Type
	Data []byte
}

// AppendText appends the value as Windows shows it (0x3e7, {GUID}, S-1-5-18,
// RFC 3339 with seven digits, true/false). Arrays are joined with ", ".
func (v Value) AppendText(dst []byte) []byte { panic("sketch") }

// String returns what AppendText appends.
func (v Value) String() string { return string(v.AppendText(nil)) }

// Uint returns integer, hex, boolean, SizeT and handle values as a number.
func (v Value) Uint() (n uint64, ok bool) { panic("sketch") }

// Filetime returns FILETIME and SYSTEMTIME values in 100 ns ticks since 1601.
func (v Value) Filetime() (ticks uint64, ok bool) { panic("sketch") }

// IsNull reports a null or absent value (as opposed to an empty string).
func (v Value) IsNull() bool { panic("sketch") }

// Template is a compiled template: shared, read-only, compiled once per content.
type Template struct{}
