package goevtx

import (
	"errors"
	"strings"
)

// A Defect names something that golang-evtx v1.2.9 is known to do wrong. A difference that a defect explains
// is not held against the evidence.
type Defect string

// The known defects. Each was seen in real logs or follows from the source
// named with it (files of golang-evtx v1.2.9).
const (
	// GUIDs come without braces (values.go, GUID.String).
	GUIDWithoutBraces Defect = "guid-without-braces"
	// Hexadecimal numbers are padded with zeros: 0x000003e7 (values.go, ValueHexInt32, ValueHexInt64).
	HexPadded Defect = "hex-padded"
	// The Provider element is lost where Name is its only attribute (structs.go, NodeToGoEvtx).
	ProviderLost Defect = "provider-without-guid-lost"
	// Empty strings vanish from arrays and later items move up (values.go, ValueStringTable).
	EmptyItemsLost Defect = "empty-array-items-lost"
	// A true boolean that is not stored as 1 reads false (values.go, ValueBool).
	BoolNotOne Defect = "boolean-other-than-one"
	// Values of types it does not know: size_t, real32, handle, most arrays (parser.go, ParseValueReader).
	TypeUnknown Defect = "value-type-unknown"
	// Arrays are recognised by one bit, so arrays of int32, GUID and others are taken for arrays of strings
	// or numbers (values.go, IsArrayOf).
	ArrayMistaken Defect = "array-type-mistaken"
	// Values whose stored size does not suit their type are read with the type's
	// size, so that every value after them is shifted (parser.go, ParseValueReader).
	IrregularSize Defect = "irregular-size"
	// The bytes of a single-byte string are not read in a code page (values.go, AnsiString).
	AnsiBytes Defect = "ansi-bytes"
	// Real numbers are truncated to six decimals (values.go, %f).
	RealRounded Defect = "real-rounded"
	// The milliseconds of a SYSTEMTIME are taken for microseconds (values.go, ValueSysTime.Time).
	SystimeFraction Defect = "systemtime-fraction"
	// Fields of the same name overwrite one another: maps have one entry per name (structs.go, NodeToGoEvtx).
	DuplicateNames Defect = "duplicate-names"
	// An element with attributes of its own in UserData loses or renames content (structs.go, NodeToGoEvtx).
	AttributesMixed Defect = "attributes-mixed-with-content"
	// Elements that stand directly in a 0x21 value, without a template, are read as if they had a dependency
	// id (parser.go, Parse with tiFlag).
	EmbeddedElements Defect = "embedded-elements"
	// Entity references in attributes, character references, CDATA sections and
	// processing instructions end the parse (parser.go, Parse).
	TokensUnknown Defect = "tokens-unknown"
	// Trailing zero characters are cut from strings (utils.go, UTF16String.ToString).
	TrailingZeros Defect = "trailing-zeros"
	// A template that refers to itself is followed without end; this package refuses the record.
	NestingRefused Defect = "nesting-refused"
)

// explanations describes each defect in a sentence, for reports.
var explanations = []struct {
	defect Defect
	text   string
}{
	{GUIDWithoutBraces, "golang-evtx writes GUIDs without braces"},
	{HexPadded, "golang-evtx pads hexadecimal numbers with zeros"},
	{ProviderLost, "golang-evtx loses the provider's name where the provider has no GUID"},
	{EmptyItemsLost, "golang-evtx drops empty strings from arrays"},
	{BoolNotOne, "golang-evtx reads a true boolean that is not stored as 1 as false"},
	{TypeUnknown, "golang-evtx does not know the value's type"},
	{ArrayMistaken, "golang-evtx mistakes the type of the array's items"},
	{IrregularSize, "golang-evtx loses its place at a value whose size does not suit its type"},
	{AnsiBytes, "golang-evtx does not read single-byte strings in a code page"},
	{RealRounded, "golang-evtx cuts real numbers to six decimals"},
	{SystimeFraction, "golang-evtx takes the milliseconds of a SYSTEMTIME for microseconds"},
	{DuplicateNames, "golang-evtx keeps one of several fields of one name"},
	{AttributesMixed, "golang-evtx mixes attributes and content of elements in UserData"},
	{EmbeddedElements, "golang-evtx cannot read elements embedded without a template"},
	{TokensUnknown, "golang-evtx does not know all tokens of binary XML"},
	{TrailingZeros, "golang-evtx cuts trailing zero characters"},
	{NestingRefused, "golang-evtx would never return from the nesting of this record, so hunt does not ask it"},
}

// Explain returns the defect in a sentence without a full stop, or its name if it is unknown.
func (d Defect) Explain() string {
	for _, e := range explanations {
		if e.defect == d {
			return e.text
		}
	}
	return string(d)
}

// Excuse names the defect behind an error of ReadRecord, "" if the error is not a known one and golang-evtx
// may be right to refuse the record.
func Excuse(err error) Defect {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	switch {
	case errors.Is(err, errNesting):
		return NestingRefused
	case strings.Contains(e.Reason, "handle: *evtx.ElementStart"):
		return EmbeddedElements
	case strings.Contains(e.Reason, "Unknown entity reference"),
		strings.Contains(e.Reason, "Unknown Token"), strings.Contains(e.Reason, "Don't know how to handle"):
		return TokensUnknown
	case strings.Contains(e.Reason, "interface conversion"), strings.Contains(e.Reason, "Bad close element token"),
		strings.Contains(e.Reason, "Duplicated key"), errors.Is(err, errNumber):
		return EmbeddedElements
	}
	return ""
}
