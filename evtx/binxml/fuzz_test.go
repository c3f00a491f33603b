package binxml

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
)

// wellFormed fails where XML is none.
func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	// The parser knows the names of XML's fourth edition; letters of the fifth are as good.
	text = bytes.Map(func(r rune) rune {
		if r > 0x7f && unicode.IsLetter(r) {
			return 'x'
		}
		return r
	}, text)
	p := xml.NewDecoder(bytes.NewReader(text))
	for {
		_, err := p.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !strings.Contains(err.Error(), "?xml") &&
			!strings.Contains(err.Error(), "unsupported version") && !strings.Contains(err.Error(), "CharsetReader") {
			t.Fatalf("%v in %.2000s", err, text)
		}
		if err != nil {
			return // a processing instruction called xml is the parser's own affair
		}
	}
}

// FuzzBinXML decodes a record body that is a whole chunk by itself.
func FuzzBinXML(f *testing.F) {
	add := func(c *chunkBuilder) { f.Add(c.b[512:]) }
	add(event(func(c *chunkBuilder) {
		c.instance(2, func(c *chunkBuilder) {
			c.fragment().open("EventData", false).closeStart()
			c.open("Data", true).attr("Name").text("a").closeStart().subst(0, TypeString).end().end().eof()
		}, str("x"))
	}))
	add(event(func(c *chunkBuilder) {
		c.depID = false
		c.fragment().open("UserData", false).closeStart().open("Cert", true).attr("ref").text("r").closeStart()
		c.open("Name", false).closeStart().text("n").put(tokEntityRef).name("amp").end().end().end().eof()
	}))
	c := newChunk()
	add(c.instance(1, func(c *chunkBuilder) {
		c.fragment().open("R", false).closeStart()
		c.open("E", true).attr("A").subst(0, TypeString|TypeArray).closeStart().subst(1, TypeUint8|TypeArray).end()
		c.end().eof()
	}, strs("x", "y"), Value{TypeUint8 | TypeArray, []byte{1, 2, 3}}))
	for _, list := range []string{"", "a\x00\x00\x00\x00\x00b\x00", "\x00\x00", "a", "\x3d\xd8\x00\x00\xa9\xdc",
		"a\x00\x00\x00\x00"} {
		add(event(func(c *chunkBuilder) {
			c.instance(2, func(c *chunkBuilder) {
				c.fragment().open("EventData", false).closeStart()
				for i := range 3 {
					c.open("Data", false).closeStart().subst(i, TypeString|TypeArray).end()
				}
				c.open("Binary", false).closeStart().subst(3, TypeBinary).end().end().eof()
			}, Value{TypeString | TypeArray, []byte(list)}, str("x"), Value{TypeUint32, []byte(list)},
				Value{TypeBinary, []byte(list)})
		}))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		chunk := append(make([]byte, 512), body...)
		for _, strict := range []bool{false, true} {
			p := NewParser(NewCacheOf(0))
			if p.Strict = strict; strict {
				p.Borrow = LendCase
			}
			p.Reset(chunk)
			var doc Document
			if p.Parse(&doc, 512, 512, len(chunk), len(chunk)) != nil {
				continue
			}
			out := doc.AppendJSON(nil)
			if !json.Valid(out) {
				t.Fatalf("no JSON: %.2000s", out)
			}
			if tree := doc.AppendTreeJSON(nil); string(tree) != string(out) {
				t.Fatalf("compiled %.2000s\ntree %.2000s", out, tree)
			}
			wellFormed(t, doc.AppendXML(nil))
			if tpl := doc.Template(); tpl != nil {
				for i := range min(tpl.NumFields(), 100) {
					doc.AppendField(nil, i, -1)
					doc.AppendField(nil, i, doc.FieldLen(i)-1)
				}
			}
			doc.ContentHash()
		}
	})
}
