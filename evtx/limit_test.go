package evtx_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/evtx/evtxtest"
	"hunt/limit"
)

// top is an event whose payload is that value.
func top(payload evtxtest.Value) evtxtest.Body {
	text := func(name, s string) evtxtest.Node {
		return evtxtest.Element{Name: name, Children: []evtxtest.Node{evtxtest.Text(s)}}
	}
	system := evtxtest.Element{Name: "System", Children: []evtxtest.Node{
		evtxtest.Element{Name: "Provider", Attrs: []evtxtest.Attr{{Name: "Name",
			Value: []evtxtest.Node{evtxtest.Text("P")}}}}, text("EventID", "1"), text("Channel", "C"),
		text("Computer", "h")}}
	t := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Element{Name: "Event",
		Children: []evtxtest.Node{system, evtxtest.Sub{Index: 0, Type: evtxtest.TypeBinXML}}}}}
	return evtxtest.Body{evtxtest.Instance{Template: t, Values: []evtxtest.Value{payload}}}
}

// eventData is a value that holds EventData of a template.
func eventData(values []evtxtest.Value, children ...evtxtest.Node) evtxtest.Value {
	t := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Element{Name: "EventData", Children: children}}}
	return evtxtest.BinXML(evtxtest.Body{evtxtest.Instance{Template: t, Values: values}})
}

// repeated is an event that gives a string of n bytes so many times.
func repeated(n, times int) evtxtest.Body {
	children := make([]evtxtest.Node, times)
	for i := range children {
		children[i] = evtxtest.Element{Name: "Data",
			Attrs:    []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text("A")}}},
			Children: []evtxtest.Node{evtxtest.Sub{Index: 0, Type: evtxtest.TypeString}}}
	}
	return top(eventData([]evtxtest.Value{evtxtest.String(strings.Repeat("x", n))}, children...))
}

func named(name string, children ...evtxtest.Node) evtxtest.Element {
	return evtxtest.Element{Name: name, Children: children}
}

func subs(n int) []evtxtest.Node {
	out := make([]evtxtest.Node, n)
	for i := range out {
		out[i] = evtxtest.Sub{Index: 0, Type: evtxtest.TypeBinXML}
	}
	return out
}

// large is an event whose definition refers so many times to a name of 1,000 characters; text tells
// it from others.
func large(times int, text string) evtxtest.Body {
	children := []evtxtest.Node{named("T", evtxtest.Text(text))}
	for range times {
		children = append(children, named(strings.Repeat("n", 1000)))
	}
	return top(eventData(nil, children...))
}

// bitten reads a log of these records and returns the bounds that bit, with the number of records
// that were read.
func bitten(t *testing.T, bodies ...evtxtest.Body) (bites []limit.Bite, records int) {
	t.Helper()
	var l evtxtest.Log
	for i, b := range bodies {
		l.AddBody(uint64(i+1), evtxtest.VectorTime, b)
	}
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 7)
	if err != nil {
		t.Fatal(err)
	}
	var tally limit.Tally
	d := &evtx.Decoder{Limits: &tally}
	for r := range f.Records(d, nil) {
		records++
		d.Account(r)
	}
	return tally.Bites(), records
}

func TestEveryBoundOfTheDecoderIsCountedWhenItBites(t *testing.T) {
	t.Parallel()
	deep := func(n int) evtxtest.Body {
		el := named("Leaf")
		for range n {
			el = named("E", el)
		}
		return top(eventData(nil, el))
	}
	nested := func(n int) evtxtest.Body {
		v := eventData(nil, named("Leaf"))
		for range n {
			v = eventData([]evtxtest.Value{v}, subs(1)...)
		}
		return top(v)
	}
	lost := make(evtxtest.Raw, 14+4*(1100))
	// its definition would stand at 0xfff0; 1,100 values
	copy(lost, "\x0c\x01\x01\x02\x03\x04\xf0\xff\x00\x00\x4c\x04\x00\x00")
	many := make([]evtxtest.Node, 2000)
	for i := range many {
		many[i] = named("F")
	}
	fields := evtxtest.BinXML(evtxtest.Body{evtxtest.Instance{Template: &evtxtest.Template{Nodes: many}}})
	var chunk []evtxtest.Body
	for i := range 40 {
		chunk = append(chunk, large(60, fmt.Sprint(i)))
	}
	for _, c := range []struct {
		bound   limit.Bound
		within  []evtxtest.Body // that it lets through
		beyond  []evtxtest.Body
		decoded bool // what is beyond is a record all the same
	}{
		{binxml.BoundOutput, []evtxtest.Body{repeated(1000, 900)}, []evtxtest.Body{repeated(1000, 1100)}, true},
		{binxml.BoundDepth, []evtxtest.Body{deep(50)}, []evtxtest.Body{deep(70)}, false},
		{binxml.BoundNesting, []evtxtest.Body{nested(14)}, []evtxtest.Body{nested(18)}, false},
		{binxml.BoundName, []evtxtest.Body{top(eventData(nil, named(strings.Repeat("n", 1024))))},
			[]evtxtest.Body{top(eventData(nil, named(strings.Repeat("n", 1025))))}, false},
		{binxml.BoundSlot, []evtxtest.Body{top(eventData(make([]evtxtest.Value, 4096),
			evtxtest.Sub{Index: 4095, Type: evtxtest.TypeString}))},
			[]evtxtest.Body{top(eventData(make([]evtxtest.Value, 4097),
				evtxtest.Sub{Index: 4096, Type: evtxtest.TypeString}))}, false},
		{binxml.BoundDefinition, []evtxtest.Body{large(60, "")}, []evtxtest.Body{large(70, "")}, false},
		{binxml.BoundChunkDefinitions, chunk[:30], chunk, true},
		{binxml.BoundWork, []evtxtest.Body{top(eventData([]evtxtest.Value{eventData(nil, many[:200]...)},
			subs(200)...))},
			[]evtxtest.Body{top(eventData([]evtxtest.Value{eventData(nil, many[:1100]...)}, subs(1100)...))}, false},
		{binxml.BoundUnnamed, nil, []evtxtest.Body{top(evtxtest.BinXML(evtxtest.Body{lost}))}, false},
		{binxml.BoundFields, []evtxtest.Body{top(eventData([]evtxtest.Value{fields}, subs(4)...))},
			[]evtxtest.Body{top(eventData([]evtxtest.Value{fields}, subs(5)...))}, true},
	} {
		if bites, n := bitten(t, c.within...); len(bites) > 0 || n != len(c.within) {
			t.Errorf("%s: within the bound %+v, %d of %d records", c.bound.ID, bites, n, len(c.within))
		}
		bites, n := bitten(t, c.beyond...)
		if len(bites) != 1 || bites[0].Bound != c.bound || bites[0].Count < 1 ||
			bites[0].First.File != 7 || bites[0].First.Offset < 4096+512 {
			t.Errorf("%s: beyond the bound %+v", c.bound.ID, bites)
		}
		if (n > 0) != c.decoded {
			t.Errorf("%s: %d records beyond the bound", c.bound.ID, n)
		}
	}
}

func TestTheAccountOfOutputAgreesWithTheWriters(t *testing.T) {
	t.Parallel()
	// Two JSON texts beside the bound, one on each side, and records that only one of the formats cuts.
	wide := strings.Repeat("\x01", 500) // six bytes of JSON each
	many := make([]evtxtest.Node, 500)
	for i := range many {
		many[i] = named("Data", evtxtest.Sub{Index: 0, Type: evtxtest.TypeString})
	}
	tags := make([]evtxtest.Node, 700)
	for i := range tags {
		tags[i] = named(strings.Repeat("t", 50))
	}
	for name, body := range map[string]evtxtest.Body{
		"repeated, within": repeated(1000, 1030), "repeated, beyond": repeated(1000, 1060),
		"escapes":                     top(eventData([]evtxtest.Value{evtxtest.String(wide)}, many...)),
		"names that XML writes twice": top(eventData([]evtxtest.Value{eventData(nil, tags...)}, subs(20)...)),
		"items": top(eventData([]evtxtest.Value{evtxtest.Strings(make([]string,
			2000)...), evtxtest.String(strings.Repeat("x", 1000))},
			named("Data", evtxtest.Sub{Index: 0, Type: evtxtest.TypeString | evtxtest.TypeArray},
				evtxtest.Sub{Index: 1, Type: evtxtest.TypeString}))),
	} {
		bites, _ := bitten(t, body)
		var l evtxtest.Log
		l.AddBody(1, evtxtest.VectorTime, body)
		file, err := l.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
		if err != nil {
			t.Fatal(err)
		}
		for r := range f.Records(&evtx.Decoder{}, nil) {
			r.AppendJSON(nil)
			json := r.Cut()
			if r.AppendXML(nil); r.Cut() != (len(bites) > 0) {
				t.Errorf("%s: bites %+v; cut as JSON: %t, as JSON or XML: %t", name, bites, json, r.Cut())
			}
		}
	}
}

func TestHonestRecordsMeetNoBound(t *testing.T) {
	t.Parallel()
	file, _, err := evtxtest.VectorLog()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var tally limit.Tally
	d := &evtx.Decoder{Limits: &tally}
	for r := range f.Records(d, nil) {
		d.Account(r)
	}
	if bites := tally.Bites(); len(bites) > 0 {
		t.Errorf("%+v", bites)
	}
}
