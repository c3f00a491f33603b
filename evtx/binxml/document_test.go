package binxml

import (
	"encoding/json"
	"strings"
	"testing"
)

func str(s string) Value  { return Value{TypeString, utf16le(s)} }
func u32v(n uint64) Value { return Value{TypeUint32, le(n, 4)} }
func strs(items ...string) Value {
	return Value{TypeString | TypeArray, utf16le(strings.Join(items, "\x00") + "\x00")}
}

func TestTokensRenderAsJSONAndXML(t *testing.T) {
	for _, c := range []struct {
		name      string
		build     func(*chunkBuilder)
		json, xml string
	}{
		{
			"a template with values",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", true).attr("A").subst(0, TypeString).closeStart()
					c.open("N", false).closeStart().subst(1, TypeUint32).end().end().eof()
				}, str(`x"<`), u32v(7))
			},
			`{"E":{"#attributes":{"A":"x\"<"},"N":7}}`, `<E A="x&quot;&lt;"><N>7</N></E>`,
		},
		{
			"an optional value that is absent leaves its attribute out, not its element",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", true).attr("A").optional(0, TypeString).attr("B").text("b").closeStart()
					c.open("N", false).closeStart().optional(1, TypeUint32).end().end().eof()
				}, Value{}, Value{})
			},
			`{"E":{"#attributes":{"B":"b"},"N":null}}`, `<E B="b"><N/></E>`,
		},
		{
			"text beside a value and before elements",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", false).closeStart().text("n=").subst(0, TypeUint32).open("F",
						false).closeEmpty().end().eof()
				}, u32v(3))
			},
			`{"E":{"#text":"n=3","F":null}}`, `<E>n=3<F/></E>`,
		},
		{
			"entity and character references in text and attributes",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", true).attr("A").text("a").put(tokEntityRef | tokMore).name("quot").text("b").
						closeStart()
					c.text("x").put(tokEntityRef).name("amp").text("y").put(tokEntityRef).name("lt").put(tokEntityRef).
						name("gt").put(tokEntityRef).name("apos").put(tokEntityRef).name("own")
					c.put(tokCharRef).u16(0x20ac).put(tokCharRef | tokMore).u16('A').end().eof()
				})
			},
			`{"E":{"#attributes":{"A":"a\"b"},"#text":"x&y<>'&own;€A"}}`,
			`<E A="a&quot;b">x&amp;y&lt;&gt;'&amp;own;€A</E>`,
		},
		{
			"two references to the halves of one character, and halves alone",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", true).attr("A").put(tokCharRef | tokMore).u16(0xd83d).
						put(tokCharRef | tokMore).u16(0xde00).closeStart()
					for _, u := range []int{0xd83d, 0xde00, 'x', 0xd83d, 'y', 0xde00, 0xd83d, 0xd83d, 0xde00} {
						c.put(tokCharRef | tokMore).u16(u)
					}
					c.put(tokCharRef | tokMore).u16(0xd83d).text("z").put(tokCharRef).u16(0xde00).end().eof()
				})
			},
			"{\"E\":{\"#attributes\":{\"A\":\"\U0001f600\"},\"#text\":\"\U0001f600x\ufffdy\ufffd\ufffd\U0001f600" +
				"\ufffdz\ufffd\"}}",
			"<E A=\"\U0001f600\">\U0001f600x\ufffdy\ufffd\ufffd\U0001f600\ufffdz\ufffd</E>",
		},
		{
			"CDATA and processing instructions",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					t := utf16le("a<b>")
					c.fragment().open("E", false).closeStart().put(tokCDATA).u16(len(t) / 2).put(t...)
					d := utf16le("x=1")
					c.put(tokPITarget).name("pi").put(tokPIData).u16(len(d) / 2).put(d...)
					c.end().eof()
				})
			},
			`{"E":"a<b>"}`, `<E>a&lt;b&gt;<?pi x=1?></E>`,
		},
		{
			"named, unnamed and twice named Data",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("EventData", false).closeStart()
					c.open("Data", true).attr("Name").text("a").closeStart().subst(0, TypeUint32).end()
					c.open("Data", false).closeStart().subst(1, TypeUint32).end()
					c.open("Data", true).attr("Name").text("a").closeStart().subst(2, TypeUint32).end()
					c.open("Data", true).attr("Name").text("e").closeStart().subst(3, TypeString).end()
					c.open("Binary", false).closeStart().subst(4, TypeBinary).end()
					c.end().eof()
				}, u32v(1), u32v(2), u32v(3), str(""), Value{TypeBinary, []byte{0xab}})
			},
			`{"EventData":{"a":1,"Data":2,"a_1":3,"e":"","Binary":"AB"}}`,
			`<EventData><Data Name="a">1</Data><Data>2</Data><Data Name="a">3</Data><Data Name="e"/><Binary>AB</Binary></EventData>`,
		},
		{
			"an array repeats its element, empty items too",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("EventData", false).closeStart()
					c.open("Data", false).closeStart().subst(0, TypeString|TypeArray).end()
					c.open("Binary", false).closeStart().subst(1, TypeBinary).end()
					c.end().eof()
				}, strs("", "b", ""), Value{})
			},
			`{"EventData":{"Data":{"#text":["","b",""]},"Binary":null}}`,
			`<EventData><Data/><Data>b</Data><Data/><Binary/></EventData>`,
		},
		{
			"two arrays in one element go side by side",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("R", false).closeStart()
					c.open("E", true).attr("A").subst(0, TypeString|TypeArray).closeStart().subst(1,
						TypeUint8|TypeArray).end()
					c.open("E", false).closeStart().text("last").end()
					c.end().eof()
				}, strs("x", "y"), Value{TypeUint8 | TypeArray, []byte{1, 2, 3}})
			},
			`{"R":{"E":{"#attributes":{"A":"x"},"#text":1},"E_1":{"#attributes":{"A":"y"},"#text":2},"E_2":3,"E_3":"last"}}`,
			`<R><E A="x">1</E><E A="y">2</E><E>3</E><E>last</E></R>`,
		},
		{
			"a Data and another element of one name, without a template",
			func(c *chunkBuilder) {
				c.fragment().open("EventData", false).closeStart()
				c.open("Data", true).attr("Name").text("Binary").closeStart().text("first").end()
				c.open("Binary", false).closeStart().text("AB").end()
				c.end().eof()
			},
			`{"EventData":{"Binary":"first","Binary_1":"AB"}}`,
			`<EventData><Data Name="Binary">first</Data><Binary>AB</Binary></EventData>`,
		},
		{
			"a fragment for the value of an attribute",
			func(c *chunkBuilder) {
				inner := new(chunkBuilder)
				inner.fragment().text("a<b").eof()
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", true).attr("A").subst(0, TypeBinXML).closeStart().text("t").end().eof()
				}, Value{TypeBinXML, inner.b})
			},
			`{"E":{"#attributes":{"A":"a<b"},"#text":"t"}}`, `<E A="a&lt;b">t</E>`,
		},
		{
			"an array below the root",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", false).closeStart().subst(0, TypeUint8|TypeArray).end().eof()
				}, Value{TypeUint8 | TypeArray, []byte{1, 2}})
			},
			`{"E":1,"E_1":2}`, `<E>1</E><E>2</E>`,
		},
		{
			"elements without a template",
			func(c *chunkBuilder) {
				c.fragment().open("Event", true).attr("xmlns").text("u").closeStart()
				c.open("Level", false).closeStart().text("4").end()
				c.open("Empty", false).closeEmpty().end().eof()
			},
			`{"Event":{"#attributes":{"xmlns":"u"},"Level":"4","Empty":null}}`,
			`<Event xmlns="u"><Level>4</Level><Empty/></Event>`,
		},
		{
			"elements without a template and without dependency ids",
			func(c *chunkBuilder) {
				c.depID = false
				c.fragment().open("Event", true).attr("a").text("b").closeStart()
				c.open("Level", false).closeStart().text("4").end().end()
			},
			`{"Event":{"#attributes":{"a":"b"},"Level":"4"}}`, `<Event a="b"><Level>4</Level></Event>`,
		},
		{
			"names that would be markup",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E><x", true).attr("a=\"").text("v").closeStart().open("1",
						false).closeEmpty().end().eof()
				})
			},
			`{"E><x":{"#attributes":{"a=\"":"v"},"1":null}}`, `<E__x a__="v"><_/></E__x>`,
		},
		{
			"control characters are escaped, not dropped",
			func(c *chunkBuilder) {
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("E", true).attr("A").subst(0, TypeString).closeStart().subst(0,
						TypeString).end().eof()
				}, str("a\x00\x01\n\tb\r"))
			},
			`{"E":{"#attributes":{"A":"a\u0000\u0001\n\tb\r"},"#text":"a\u0000\u0001\n\tb\r"}}`,
			"<E A=\"a␀␁&#xA;&#x9;b&#xD;\">a␀␁\n\tb&#xD;</E>",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newChunk()
			c.build(b)
			j, x := b.render(t)
			if j != c.json {
				t.Errorf("JSON\n got %s\nwant %s", j, c.json)
			}
			if x != c.xml {
				t.Errorf("XML\n got %s\nwant %s", x, c.xml)
			}
			if !json.Valid([]byte(j)) {
				t.Error("no JSON")
			}
		})
	}
}

// event lays out an event whose payload is a BinXML value that payload writes in place.
func event(payload func(*chunkBuilder)) *chunkBuilder {
	c := newChunk()
	c.instance(1, func(c *chunkBuilder) {
		c.fragment().open("Event", false).closeStart()
		c.open("System", false).closeStart().open("EventID", false).closeStart().subst(0, TypeUint16).end().end()
		c.subst(1, TypeBinXML).end().eof()
	})
	c.b = c.b[:len(c.b)-4] // the empty table
	c.u32(2).u16(2).put(byte(TypeUint16), 0)
	size := len(c.b)
	c.u16(0).put(byte(TypeBinXML), 0).u16(11)
	from := len(c.b)
	payload(c)
	n := len(c.b) - from
	c.b[size], c.b[size+1] = byte(n), byte(n>>8)
	return c
}

func TestPayloadsComeAsTemplatesAndAsElements(t *testing.T) {
	for _, c := range []struct {
		name    string
		payload func(*chunkBuilder)
		json    string
		fields  string
	}{
		{
			"a template of its own",
			func(c *chunkBuilder) {
				c.instance(2, func(c *chunkBuilder) {
					c.fragment().open("EventData", false).closeStart()
					c.open("Data", true).attr("Name").text("a").closeStart().subst(0, TypeString).end().end().eof()
				}, str("x"))
			},
			`{"Event":{"System":{"EventID":11},"EventData":{"a":"x"}}}`, "a=x",
		},
		{
			"elements without dependency ids",
			func(c *chunkBuilder) {
				c.depID = false
				c.fragment().open("UserData", false).closeStart().open("Cert",
					true).attr("ref").text("r").closeStart()
				c.open("Name", false).closeStart().text("n").put(tokEntityRef).name("amp").text("m").end().end().
					end().eof()
			},
			`{"Event":{"System":{"EventID":11},"UserData":{"Cert":{"#attributes":{"ref":"r"},"Name":"n&m"}}}}`,
			"Cert/@ref=r Name=n&m",
		},
		{
			"elements with dependency ids",
			func(c *chunkBuilder) {
				c.fragment().open("EventData", false).closeStart().open("Data",
					true).attr("Name").text("a").closeStart().text("x").end().end().eof()
			},
			`{"Event":{"System":{"EventID":11},"EventData":{"a":"x"}}}`, "a=x",
		},
		{
			"Data whose Name is a value",
			func(c *chunkBuilder) {
				c.instance(2, func(c *chunkBuilder) {
					c.fragment().open("EventData", false).closeStart()
					c.open("Data", true).attr("Name").subst(0, TypeString).closeStart().subst(1,
						TypeUint32).end().end().eof()
				}, str("a"), u32v(5))
			},
			`{"Event":{"System":{"EventID":11},"EventData":{"a":5}}}`, "a=5",
		},
		{
			"nothing at all",
			func(c *chunkBuilder) { c.fragment().eof() },
			`{"Event":{"System":{"EventID":11}}}`, "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := event(c.payload)
			j, _ := b.render(t)
			if j != c.json {
				t.Errorf("got %s\nwant %s", j, c.json)
			}
			doc, err := b.parse(t, 512)
			if err != nil {
				t.Fatal(err)
			}
			var fields []string
			for i := range doc.Template().NumFields() {
				fields = append(fields, doc.FieldName(i)+"="+string(doc.AppendField(nil, i, -1)))
			}
			if got := strings.Join(fields, " "); got != c.fields {
				t.Errorf("fields %q, want %q", got, c.fields)
			}
			if v, ok := doc.System(EventID); !ok || v.String() != "11" {
				t.Errorf("event id %v, %v", v, ok)
			}
		})
	}
}

func TestALostPayloadIsShownWithoutNames(t *testing.T) {
	c := event(func(c *chunkBuilder) {
		c.fragment().put(tokInstance, 1, 9, 0, 0, 0).u32(100).values(str("x"), u32v(5)) // nothing stands at 100
	})
	doc, err := c.parse(t, 512)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Partial() == nil {
		t.Error("not marked as partial")
	}
	if got, want := string(doc.AppendJSON(nil)),
		`{"Event":{"System":{"EventID":11},"EventData":{"Data":{"#text":["x",5]}}}}`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestEqualContentSharesTheTemplateAndTheHash(t *testing.T) {
	build := func(pad int, value string) *chunkBuilder {
		c := newChunk()
		c.put(make([]byte, pad)...) // everything stands elsewhere
		c.instance(1, func(c *chunkBuilder) {
			c.fragment().open("Event", false).closeStart().open("EventData", false).closeStart()
			c.open("Data", true).attr("Name").text("a").closeStart().subst(0, TypeString).end().end().end().eof()
		}, str(value))
		return c
	}
	cache := NewCacheOf(0)
	parse := func(pad int, value string) *Document {
		c := build(pad, value)
		p := NewParser(cache)
		p.Reset(c.b)
		doc := new(Document)
		if err := p.Parse(doc, 512+pad, 512+pad, len(c.b), len(c.b)); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	a, b, other := parse(0, "x"), parse(40, "x"), parse(40, "y")
	if a.Template() != b.Template() || a.Template() != other.Template() {
		t.Error("one content, several templates")
	}
	if a.ContentHash() != b.ContentHash() {
		t.Error("the hash depends on the place")
	}
	if a.ContentHash() == other.ContentHash() {
		t.Error("the hash does not depend on the value")
	}
	var clone Document
	other.CloneTo(&clone)
	clear(other.raw)
	if got := string(clone.AppendJSON(nil)); got != `{"Event":{"EventData":{"a":"y"}}}` {
		t.Errorf("the clone reads %s", got)
	}
}

func TestBrokenTokensAreErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(*chunkBuilder)
		want  string
	}{
		{"an element that is not closed", func(c *chunkBuilder) {
			c.fragment().open("E",
				false).closeStart().eof()
		}, "open elements"},
		{"an end without a start", func(c *chunkBuilder) { c.fragment().end() }, "not opened"},
		{"an unknown token", func(c *chunkBuilder) { c.fragment().put(0x1f) }, "unknown token 0x1f"},
		{"a name outside the chunk", func(c *chunkBuilder) {
			c.fragment().put(tokOpenElement).u16(0).u32(0).u32(1 << 20).closeEmpty()
		}, "outside the chunk"},
		{"text past the end", func(c *chunkBuilder) {
			c.fragment().open("E", false).closeStart().put(tokValue, 1).u16(0x7fff)
		}, "runs past"},
		{"a table past the end", func(c *chunkBuilder) {
			c.fragment().put(tokInstance, 1, 9, 0, 0, 0).u32(100).u32(1 << 30)
		}, "table of"},
		{"values past the end", func(c *chunkBuilder) {
			c.fragment().put(tokInstance, 1, 9, 0, 0, 0).u32(100).u32(1).u16(0x7fff).put(1, 0)
		}, "values run past"},
		{"nothing", func(c *chunkBuilder) { c.fragment() }, "without content"},
		{"elements deeper than the limit", func(c *chunkBuilder) {
			c.fragment()
			for range MaxElementDepth + 1 {
				c.open("E", false).closeStart()
			}
		}, "nested deeper"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newChunk()
			c.build(b)
			_, err := b.parse(t, 512)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// A value that ends before it begins says nothing; what stands behind that end is lost, and said to be.
func TestAFragmentThatEndsAtOnceIsBlankOnlyIfNothingFollows(t *testing.T) {
	for _, c := range []struct {
		value   []byte
		partial bool
	}{
		{nil, false},
		{[]byte{tokFragment, 1, 1, 0}, false},
		{[]byte{tokFragment, 1, 1, 0, tokEOF, 0, 0}, false},
		{[]byte{tokEOF, 0, 0, 0, 0}, false},
		{[]byte{tokEOF, 0, 0, 7}, true},
		{[]byte{tokFragment, 1, 1, 0, tokEOF, 'x'}, true},
	} {
		b := newChunk()
		b.instance(1, func(c *chunkBuilder) {
			c.fragment().open("E", false).closeStart().subst(0, TypeBinXML).end().eof()
		}, Value{TypeBinXML, c.value})
		doc, err := b.parse(t, 512)
		if err != nil || (doc.Partial() != nil) != c.partial {
			t.Errorf("% x: %v, partial %v", c.value, err, doc.Partial())
		}
	}
}
