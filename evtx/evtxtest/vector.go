package evtxtest

import (
	"fmt"
	"time"
)

// A Vector is one record of a kind that few logs have, with its expected content.
type Vector struct {
	Name  string // a sentence
	Body  Body
	Event uint16 // EventID
	Want  []Want
	// Loose says that the value between the first and the last field does not suit its type:
	// whatever a decoder makes of it, the fields around it must be right.
	Loose bool
}

// Want is one field that a decoder must return, in order. Windows shows an
// array as one element per item.
type Want struct {
	Name string
	Text string
	Type Type // type of the value that the text comes from, for an array that of its items; 0 for literal text
}

// VectorTime is TimeCreated of every vector.
var VectorTime = time.Date(2026, 3, 12, 9, 14, 3, 123_456_700, time.UTC)

const (
	vectorProvider = "Example-Vectors"
	vectorChannel  = "Vectors/Operational"
	vectorComputer = "vector.corp.example"
)

// Vectors returns records with every token and every type of value, in forms that real logs
// have and in forms that only the specification allows. EventIDs count from 1.
func Vectors() []Vector {
	var out []Vector
	add := func(name string, payload Value, want ...Want) {
		id := uint16(len(out) + 1)
		out = append(out, Vector{Name: name, Event: id, Want: want, Body: vectorBody(id, payload)})
	}
	out = append(out, Vector{Name: "no template at all: elements and literal text from the top", Event: 1,
		Want: framed(Want{Name: "A", Text: "b"}),
		Body: Body{Element{Name: "Event", Attrs: []Attr{attr("xmlns", Text(eventXMLNS))},
			Children: append([]Node{literalSystem(1)}, frame(data("A", Text("b")))...)}}})
	add("elements directly in a 0x21 value, without a template", BinXML(frame(data("A", Text("b")))),
		framed(Want{Name: "A", Text: "b"})...)
	add("the same without a fragment header", BareBinXML(frame(data("A", Text("b")))),
		framed(Want{Name: "A", Text: "b"})...)
	add("a nested instance without a fragment header", BareBinXML(Body{Instance{
		Template: &Template{Nodes: []Node{Element{Name: "EventData",
			Children: []Node{data("A", Sub{Index: 0, Type: TypeString})}}}},
		Values: []Value{String("b")}}}), Want{Name: "A", Text: "b"})
	add("entity references in text", payload(frame(data("A", Text("1 "), EntityRef("lt"), Text(" 2 "),
		EntityRef("amp"), Text(" 3 "), EntityRef("gt"), EntityRef("quot"), EntityRef("apos")))),
		framed(Want{Name: "A", Text: `1 < 2 & 3 >"'`})...)
	add("entity references in an attribute", payload(frame(Element{Name: "Data",
		Attrs:    []Attr{{Name: "Name", Value: []Node{Text("a"), EntityRef("amp"), Text("b")}}},
		Children: []Node{Text("x")}})),
		framed(Want{Name: "a&b", Text: "x"})...)
	add("character references", payload(frame(data("A", Text("x"), CharRef(0xe9), Text("y"),
		CharRef('\n')))), framed(Want{Name: "A", Text: "xéy\n"})...)
	add("a CDATA section", payload(frame(data("A", CDATA(`<b> & "c"`)))),
		framed(Want{Name: "A", Text: `<b> & "c"`})...)
	add("a processing instruction between elements",
		payload(frame(PI{"target", "data"}, data("A", Text("b")))), framed(Want{Name: "A", Text: "b"})...)
	add("entity and character references in elements without a template",
		BinXML(frame(data("A", Text("1 "), EntityRef("lt"), CharRef('2')))), framed(Want{Name: "A", Text: "1 <2"})...)
	add("text and substitutions mixed", payload(frame(data("A", Text("pid "),
		Sub{Index: 0, Type: TypeUint32}, Text(", "), Sub{Index: 1, Type: TypeString}, Text("."))),
		Uint32(7), String("x")),
		framed(Want{Name: "A", Text: "pid 7, x."})...)
	add("a name that is a substitution", payload(frame(Element{Name: "Data",
		Attrs:    []Attr{attr("Name", Sub{Index: 0, Type: TypeString})},
		Children: []Node{Sub{Index: 1, Type: TypeString}}}), String("N"), String("v")),
		framed(Want{Name: "N", Text: "v"})...)
	add("unnamed and repeated fields keep their order",
		payload(frame(leaf("Data", Text("u")), data("A", Text("1")), data("A", Text("2")), leaf("Data", Text("w")))),
		framed(Want{Text: "u"}, Want{Name: "A", Text: "1"}, Want{Name: "A", Text: "2"}, Want{Text: "w"})...)
	return append(out, valueVectors(len(out))...)
}

// valueVectors returns a vector for each value. Their EventIDs follow those of before earlier
// vectors.
func valueVectors(before int) []Vector {
	var out []Vector
	for _, v := range vectorValues() {
		texts := []string{v.value.Text()}
		if v.value.Items() != nil {
			texts = v.value.Items()
		}
		var want []Want
		for _, s := range texts {
			want = append(want, Want{Name: "A", Text: s, Type: v.value.Type &^ TypeArray})
		}
		id := uint16(before + len(out) + 1)
		body := vectorBody(id, payload(frame(data("A", sub(0, v.value))), v.value, String("unused")))
		out = append(out, Vector{Name: v.name, Event: id, Want: framed(want...), Body: body, Loose: v.loose})
	}
	return out
}

// data is a Data element with a name.
func data(name string, content ...Node) Node {
	return Element{Name: "Data", Attrs: []Attr{attr("Name", Text(name))}, Children: content}
}

// frame puts the nodes between two plain fields, which show whether a decoder has lost its way.
func frame(nodes ...Node) Body {
	nodes = append([]Node{data("First", Text("1"))}, append(nodes, data("Last", Text("2")))...)
	return Body{Element{Name: "EventData", Children: nodes}}
}

// framed returns the fields expected from a frame.
func framed(want ...Want) []Want {
	return append([]Want{{Name: "First", Text: "1"}}, append(want, Want{Name: "Last", Text: "2"})...)
}

// VectorLog returns one log with every vector, and where each stands.
func VectorLog() ([]byte, []Placed, error) {
	var l Log
	for _, v := range Vectors() {
		l.AddBody(uint64(v.Event), VectorTime, v.Body)
	}
	b, err := l.Bytes()
	return b, l.Placed(), err
}

type vectorValue struct {
	name  string
	value Value
	loose bool
}

// vectorValues returns values of every type, arrays of every type, and values with sizes that
// do not suit their type.
func vectorValues() []vectorValue {
	at, guid := VectorTime, "{01020304-0506-0708-090A-0B0C0D0E0F10}"
	ok := func(name string, v Value) vectorValue { return vectorValue{name: name, value: v} }
	odd := func(name string, t Type, size int) vectorValue {
		return vectorValue{name: name, loose: true, value: Irregular(t,
			[]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}[:size], "")}
	}
	list := []vectorValue{
		ok("null", Null()), ok("string", String("héllo €")), ok("empty string", String("")),
		ok("ANSI string", Ansi("plain")),
		ok("ANSI string of code page 1252", Irregular(TypeAnsi, []byte{'a', 0xe9, 0x80}, "aé€")),
		ok("int8", Int8(-8)), ok("uint8", Uint8(200)), ok("int16", Int16(-300)),
		ok("uint16", Uint16(60000)), ok("int32", Int32(-70000)), ok("uint32", Uint32(4000000000)),
		ok("int64", Int64(-1<<40)), ok("uint64", Uint64(1<<63)), ok("real32", Real32(1.5)),
		ok("real64", Real64(-2.25)),
		ok("true", Bool(true)), ok("false", Bool(false)), ok("true stored as -1", BoolWord(-1)),
		ok("true stored as 256", BoolWord(256)),
		ok("binary", Binary([]byte{0, 0xab})), ok("GUID", GUID(guid)),
		ok("size_t of 4 bytes", SizeT32(0x1f)), ok("size_t of 8 bytes", SizeT64(0x1f)),
		ok("FILETIME", Filetime(at)), ok("SYSTEMTIME", Systime(at)),
		ok("SID", SID("S-1-5-21-1-2-3-1001")), ok("SID without sub-authorities", SID("S-1-0")),
		ok("hex32", Hex32(0x1e)), ok("hex64", Hex64(0x3e7)), ok("handle", Handle(9)),
		ok("a lone surrogate", Units('a', 0xd83d, 'b')), ok("a surrogate pair", String("\U0001F4B8")),
		ok("array of strings with empty ones", Strings("", "a", "", "c", "")),
		ok("array without items", Value{Type: TypeUint32 | TypeArray}),
		ok("array of int8", Array(Int8(-1), Int8(2))), ok("array of uint8", Array(Uint8(1), Uint8(2))),
		ok("array of int16", Array(Int16(-1), Int16(2))),
		ok("array of uint16", Array(Uint16(1), Uint16(2))),
		ok("array of int32", Array(Int32(-1), Int32(2))), ok("array of uint32", Array(Uint32(1), Uint32(2))),
		ok("array of int64", Array(Int64(-1), Int64(2))), ok("array of uint64",
			Array(Uint64(1), Uint64(2))), ok("array of real32", Array(Real32(1.5), Real32(2.5))),
		ok("array of real64", Array(Real64(1.5), Real64(2.5))),
		ok("array of booleans", Array(Bool(true), Bool(false))),
		ok("array of GUIDs", Array(GUID(guid), GUID(guid))),
		ok("array of FILETIMEs", Array(Filetime(at), Filetime(at))),
		ok("array of SYSTEMTIMEs", Array(Systime(at), Systime(at))),
		ok("array of SIDs", Array(SID("S-1-5-18"), SID("S-1-5-21-1-2-3-1001"))),
		ok("array of hex32", Array(Hex32(1), Hex32(0x1e))), ok("array of hex64", Array(Hex64(1), Hex64(0x3e7))),
		ok("null with a size", Irregular(TypeNull, make([]byte, 16), "")),
	}
	for _, t := range []Type{TypeInt8, TypeUint8, TypeInt16, TypeUint16, TypeInt32, TypeUint32, TypeInt64,
		TypeUint64, TypeReal32, TypeReal64, TypeBool,
		TypeGUID, TypeSizeT, TypeFiletime, TypeSystime, TypeSID, TypeHex32, TypeHex64,
		TypeString | TypeArray, TypeUint32 | TypeArray, TypeSID | TypeArray, 0x30} {
		for _, size := range []int{0, 3, 20} {
			list = append(list, odd(fmt.Sprintf("type 0x%02x of %d bytes", t, size), t, size))
		}
	}
	return append(list, odd("string of an odd number of bytes", TypeString, 5))
}

// payload returns a nested instance of a template with this content.
func payload(content Body, values ...Value) Value {
	return BinXML(Body{Instance{Template: &Template{Nodes: content}, Values: values}})
}

// vectorBody returns a record with the usual System and that payload.
func vectorBody(id uint16, payload Value) Body {
	top := &Template{Nodes: []Node{Element{Name: "Event", Attrs: []Attr{attr("xmlns", Text(eventXMLNS))},
		Children: []Node{literalSystem(id), opt(0, TypeBinXML)}}}}
	return Body{Instance{Template: top, Values: []Value{payload}}}
}

// literalSystem returns a System element of only literal text.
func literalSystem(id uint16) Element {
	text := func(name, s string) Node { return leaf(name, Text(s)) }
	return Element{Name: "System", Children: []Node{
		Element{Name: "Provider", Attrs: []Attr{attr("Name", Text(vectorProvider)),
			attr("Guid", Text("{11111111-2222-3333-4444-555555555555}"))}},
		text("EventID", fmt.Sprint(id)), text("Version", "0"), text("Level", "4"), text("Task", "0"),
		text("Opcode", "0"), text("Keywords", "0x8000000000000000"),
		Element{Name: "TimeCreated", Attrs: []Attr{attr("SystemTime",
			Text(VectorTime.Format("2006-01-02T15:04:05.0000000Z")))}},
		text("EventRecordID", fmt.Sprint(id)),
		Element{Name: "Execution", Attrs: []Attr{attr("ProcessID", Text("4")), attr("ThreadID", Text("8"))}},
		text("Channel", vectorChannel), text("Computer", vectorComputer),
	}}
}
