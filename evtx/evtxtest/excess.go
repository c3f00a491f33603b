package evtxtest

import (
	"fmt"
	"strings"

	"hunt/limit"
)

// Excess holds records on both sides of a bound of the decoder.
type Excess struct {
	Bound   limit.ID
	Within  []Body // that the bound lets through
	Beyond  []Body // the bound cuts or refuses at least one of these
	Decoded bool   // the records beyond the bound are decoded all the same
}

// Excesses returns one Excess for each bound of the decoder.
func Excesses() []Excess {
	deep := func(n int) []Body {
		el := Named("Leaf")
		for range n {
			el = Named("E", el)
		}
		return []Body{WithPayload(EventData(nil, el))}
	}
	nested := func(n int) []Body {
		v := EventData(nil, Named("Leaf"))
		for range n {
			v = EventData([]Value{v}, subs(1)...)
		}
		return []Body{WithPayload(v)}
	}
	name := func(n int) []Body { return []Body{WithPayload(EventData(nil, Named(strings.Repeat("n", n))))} }
	slots := func(n int) []Body {
		// #nosec G115 -- small
		return []Body{WithPayload(EventData(make([]Value, n), Sub{Index: uint16(n - 1), Type: TypeString}))}
	}
	empty := make([]Node, 2000)
	for i := range empty {
		empty[i] = Named("F")
	}
	work := func(n int) []Body {
		return []Body{WithPayload(EventData([]Value{EventData(nil, empty[:n]...)}, subs(n)...))}
	}
	wide := BinXML(Body{Instance{Template: &Template{Nodes: empty}}})
	var chunk []Body
	for i := range 40 {
		chunk = append(chunk, largeDefinition(60, fmt.Sprint(i)))
	}
	// Its definition would be at 0xfff0; it has 1,100 values.
	lost := make(Raw, 14+4*1100)
	copy(lost, "\x0c\x01\x01\x02\x03\x04\xf0\xff\x00\x00\x4c\x04\x00\x00")
	return []Excess{
		{"binxml-output", []Body{Repeated(1000, 900)}, []Body{Repeated(1000, 1100)}, true},
		{"binxml-element-depth", deep(50), deep(70), false},
		{"binxml-nesting", nested(14), nested(18), false},
		{"binxml-name", name(1024), name(1025), false},
		{"binxml-slot", slots(4096), slots(4097), false},
		{"binxml-definition", []Body{largeDefinition(60, "")}, []Body{largeDefinition(70, "")}, false},
		{"binxml-chunk-definitions", chunk[:30], chunk, true},
		{"binxml-work", work(200), work(1100), false},
		{"binxml-unnamed", nil, []Body{WithPayload(BinXML(Body{lost}))}, false},
		{"binxml-fields", []Body{WithPayload(EventData([]Value{wide}, subs(4)...))},
			[]Body{WithPayload(EventData([]Value{wide}, subs(5)...))}, true},
	}
}

// WithPayload returns an event with that value as its payload.
func WithPayload(payload Value) Body {
	system := Named("System", Element{Name: "Provider", Attrs: []Attr{attr("Name", Text("P"))}},
		leaf("EventID", Text("1")), leaf("Channel", Text("C")), leaf("Computer", Text("h")))
	t := &Template{Nodes: []Node{Named("Event", system, Sub{Index: 0, Type: TypeBinXML})}}
	return Body{Instance{Template: t, Values: []Value{payload}}}
}

// EventData returns a value that holds EventData from a template.
func EventData(values []Value, children ...Node) Value {
	return BinXML(Body{Instance{Template: &Template{Nodes: []Node{Named("EventData", children...)}}, Values: values}})
}

// Named returns an element without attributes.
func Named(name string, children ...Node) Element { return Element{Name: name, Children: children} }

// Repeated returns an event that contains a string of n characters so many times.
func Repeated(n, times int) Body {
	children := make([]Node, times)
	for i := range children {
		children[i] = Element{Name: "Data", Attrs: []Attr{attr("Name", Text("A"))},
			Children: []Node{Sub{Index: 0, Type: TypeString}}}
	}
	return WithPayload(EventData([]Value{String(strings.Repeat("x", n))}, children...))
}

// largeDefinition returns an event whose definition refers so many times to a name of 1,000
// characters; text distinguishes it from others.
func largeDefinition(times int, text string) Body {
	children := []Node{leaf("T", Text(text))}
	for range times {
		children = append(children, Named(strings.Repeat("n", 1000)))
	}
	return WithPayload(EventData(nil, children...))
}

// subs returns n references to the first value, which is BinXML.
func subs(n int) []Node {
	out := make([]Node, n)
	for i := range out {
		out[i] = Sub{Index: 0, Type: TypeBinXML}
	}
	return out
}
