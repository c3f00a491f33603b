package binxml

// Type is the type byte of a value, bit 0x80 marking an array. Source: MS-EVEN6 2.2.14.
type Type uint8

// The value types. Source: MS-EVEN6 2.2.14 and 2.2.18.
const (
	TypeNull       Type = 0x00
	TypeString     Type = 0x01 // UTF-16LE
	TypeAnsiString Type = 0x02
	TypeInt8       Type = 0x03
	TypeUint8      Type = 0x04
	TypeInt16      Type = 0x05
	TypeUint16     Type = 0x06
	TypeInt32      Type = 0x07
	TypeUint32     Type = 0x08
	TypeInt64      Type = 0x09
	TypeUint64     Type = 0x0a
	TypeReal32     Type = 0x0b
	TypeReal64     Type = 0x0c
	TypeBool       Type = 0x0d
	TypeBinary     Type = 0x0e
	TypeGUID       Type = 0x0f
	TypeSizeT      Type = 0x10
	TypeFiletime   Type = 0x11
	TypeSystemTime Type = 0x12
	TypeSID        Type = 0x13
	TypeHexInt32   Type = 0x14
	TypeHexInt64   Type = 0x15
	TypeEvtHandle  Type = 0x20
	TypeBinXML     Type = 0x21
	TypeEvtXML     Type = 0x23

	// TypeArray marks an array of the type in the other bits.
	TypeArray Type = 0x80
)

// typeNames holds the names of the specification, for messages.
var typeNames = [...]string{
	TypeNull: "null", TypeString: "string", TypeAnsiString: "ansi-string",
	TypeInt8: "int8", TypeUint8: "uint8", TypeInt16: "int16", TypeUint16: "uint16",
	TypeInt32: "int32", TypeUint32: "uint32", TypeInt64: "int64", TypeUint64: "uint64",
	TypeReal32: "real32", TypeReal64: "real64", TypeBool: "bool", TypeBinary: "binary",
	TypeGUID: "guid", TypeSizeT: "size_t", TypeFiletime: "filetime", TypeSystemTime: "systemtime",
	TypeSID: "sid", TypeHexInt32: "hexint32", TypeHexInt64: "hexint64",
	TypeEvtHandle: "evthandle", TypeBinXML: "binxml", TypeEvtXML: "evtxml",
}

// String returns the type's name, "[]" before that of an array.
func (t Type) String() string {
	name := "unknown"
	if b := t.Elem(); int(b) < len(typeNames) && typeNames[b] != "" {
		name = typeNames[b]
	}
	if t.IsArray() {
		return "[]" + name
	}
	return name
}

// IsArray reports whether values of the type hold any number of items.
func (t Type) IsArray() bool { return t&TypeArray != 0 }

// Elem returns the type of an array's items, or t itself if t is not an array.
func (t Type) Elem() Type { return t &^ TypeArray }

// width returns the regular size of a value of the type in bytes, 0 if values have no fixed
// size. Tables of values state the size of each value, and that one counts; the width is for
// arrays and for literal values, which state none.
func (t Type) width() int {
	switch t {
	case TypeInt8, TypeUint8:
		return 1
	case TypeInt16, TypeUint16:
		return 2
	case TypeInt32, TypeUint32, TypeReal32, TypeBool, TypeHexInt32:
		return 4
	case TypeInt64, TypeUint64, TypeReal64, TypeFiletime, TypeHexInt64, TypeSizeT, TypeEvtHandle:
		return 8
	case TypeGUID, TypeSystemTime:
		return 16
	}
	return 0
}
