package ecs

import "slices"

// Field is the id of a field in a Schema. 0 is not a field.
type Field int32

// FieldType is the Elasticsearch type of a field, which decides how EQL compares it.
type FieldType uint8

// The field types.
const (
	TypeKeyword FieldType = iota + 1
	TypeLong
	TypeFloat
	TypeBoolean
	TypeDate
	TypeIP
)

var typeNames = [...]string{TypeKeyword: "keyword", TypeLong: "long", TypeFloat: "float", TypeBoolean: "boolean",
	TypeDate: "date", TypeIP: "ip"}

// String returns the type's name in an Elasticsearch mapping.
func (t FieldType) String() string {
	if t == 0 || int(t) >= len(typeNames) {
		return "unknown"
	}
	return typeNames[t]
}

// typeNamed returns the type of a name that String gives.
func typeNamed(name string) FieldType { return FieldType(slices.Index(typeNames[:], name)) }

// fieldInfo is what a Schema knows about a field.
type fieldInfo struct {
	name string
	typ  FieldType
}

// Prefixes of the fields that are made on demand: each names one Data of EventData or one leaf
// element of UserData.
const (
	eventDataPrefix = "winlog.event_data."
	userDataPrefix  = "winlog.user_data."
)
