package binxml

import "testing"

// The System element may come in by a value, and the event by a value of the document: MS-EVEN6
// 2.2.12 lets headers and processing instructions stand before the template instance.
func TestSystemAndPayloadAreFoundWhereverTheyComeFrom(t *testing.T) {
	system := func(c *chunkBuilder) {
		c.open("System", false).closeStart()
		c.open("EventID", false).closeStart().subst(0, TypeUint16).end()
		c.open("Channel", false).closeStart().text("Security").end()
		c.end()
	}
	payload := func(c *chunkBuilder) {
		c.open("EventData", false).closeStart().open("Data",
			true).attr("Name").text("a").closeStart().subst(1, TypeString).end().end()
	}
	event := func(c *chunkBuilder) {
		c.fragment().open("Event", false).closeStart()
		system(c)
		payload(c)
		c.end().eof()
	}
	id := Value{TypeUint16, []byte{0x50, 0x12}}
	for name, build := range map[string]func(c *chunkBuilder){
		"as Windows writes it": func(c *chunkBuilder) { c.instance(1, event, id, str("x")) },
		"two headers":          func(c *chunkBuilder) { c.fragment().instance(1, event, id, str("x")) },
		"a processing instruction": func(c *chunkBuilder) {
			d := utf16le("x=1")
			c.put(tokPITarget).name("pi").put(tokPIData).u16(len(d) / 2).put(d...)
			c.instance(1, event, id, str("x"))
		},
		"System in a value": func(c *chunkBuilder) {
			start := len(c.b)
			// names are by their place in the chunk: where the value comes to lie is known after the first time
			for at := start; ; {
				inner := newChunk()
				inner.b = append(inner.b, make([]byte, at-len(inner.b))...)
				inner.fragment()
				inner.open("System", false).closeStart()
				inner.open("EventID", false).closeStart().text("4688").end().open("Channel",
					false).closeStart().text("Security").end().end().eof()
				value := inner.b[at:]
				c.instance(1, func(c *chunkBuilder) {
					c.fragment().open("Event", false).closeStart().subst(0, TypeBinXML)
					payload(c)
					c.end().eof()
				}, Value{TypeBinXML, value}, str("x"))
				if place := len(c.b) - len(value) - 2; place != at {
					at = place
					c.b = c.b[:start]
					clear(c.names)
					continue
				}
				return
			}
		},
	} {
		c := newChunk()
		build(c)
		doc, err := c.parse(t, 512)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		id, _ := doc.AppendSystem(nil, EventID)
		channel, _ := doc.AppendSystem(nil, Channel)
		var data string
		if doc.Template().NumFields() == 1 {
			data = doc.FieldName(0) + "=" + string(doc.AppendField(nil, 0, -1))
		}
		if string(id) != "4688" || string(channel) != "Security" || data != "a=x" {
			t.Errorf("%s: event %q of channel %q with %q", name, id, channel, data)
		}
	}
}
