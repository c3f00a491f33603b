package predicate

// FieldID names a field within a Schema.
type FieldID int32

// Type is a field's type in the schema.
type Type uint8

// The field types. TypeUnknown is compared like TypeKeyword.
const (
	TypeUnknown Type = iota
	TypeKeyword
	TypeLong
	TypeFloat
	TypeBoolean
	TypeDate
	TypeIP
	TypeVersion // text that is ordered as version numbers are
)

// String returns the name that Elasticsearch's mappings use.
func (t Type) String() string {
	switch t {
	case TypeKeyword:
		return "keyword"
	case TypeLong:
		return "long"
	case TypeFloat:
		return "float"
	case TypeBoolean:
		return "boolean"
	case TypeDate:
		return "date"
	case TypeIP:
		return "ip"
	case TypeVersion:
		return "version"
	}
	return "unknown"
}

// Schema resolves field names at compile time.
type Schema interface {
	// Field returns a field's id and type; known is false for a field that the schema does not
	// have. The id is then valid all the same, and its values are missing.
	Field(name string) (id FieldID, typ Type, known bool)
	// Suggest returns the known name nearest to an unknown one, "" if none is near.
	Suggest(name string) string
}

// Event gives the values of fields.
type Event interface {
	// Values appends the values of f to dst; none appended means missing.
	Values(f FieldID, dst []Value) []Value
}
