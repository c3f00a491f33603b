package evtxtest

import (
	"crypto/sha256"
	"encoding/binary"
)

// Tokens. Source: MS-EVEN6 2.2.12.
const (
	tokenEOF          = 0x00
	tokenOpen         = 0x01
	tokenCloseStart   = 0x02
	tokenCloseEmpty   = 0x03
	tokenEnd          = 0x04
	tokenText         = 0x05
	tokenAttribute    = 0x06
	tokenCDATA        = 0x07
	tokenCharRef      = 0x08
	tokenEntityRef    = 0x09
	tokenPITarget     = 0x0a
	tokenPIData       = 0x0b
	tokenTemplate     = 0x0c
	tokenSubstitution = 0x0d
	tokenOptional     = 0x0e
	tokenFragment     = 0x0f

	tokenMore = 0x40 // flag: attributes follow (open), more of the same content follows (the others)

	noDependency = 0xffff
)

// A Node is a piece of BinXML. Nodes are the low level of this package: they describe a record token by token.
type Node interface {
	// emit appends the node. inTemplate: inside a template definition, where an
	// element carries a dependency id. more: content of the same list follows.
	emit(a *area, inTemplate, more bool)
}

// A Body is the content of a record or of a 0x21 value: a fragment header, the
// nodes, an end-of-fragment token.
type Body []Node

// Element is an element with its attributes and content.
type Element struct {
	Name     string
	Attrs    []Attr
	Children []Node
	// Dependent says that the element is dropped if the value of its first optional substitution is null; nil:
	// as Windows does it, which is so whenever there is one among the children.
	Dependent *bool
}

// Attr is an attribute. Value is text, substitutions and references, in order.
type Attr struct {
	Name  string
	Value []Node
}

// Text is literal character data.
type Text string

// CDATA is a CDATA section.
type CDATA string

// CharRef is a character reference: &#N;.
type CharRef uint16

// EntityRef is a reference to a named entity: &amp; is EntityRef("amp").
type EntityRef string

// PI is a processing instruction.
type PI struct{ Target, Data string }

// Sub is a substitution: the value with that index stands here. If it is optional and the value is null, the
// enclosing element is dropped.
type Sub struct {
	Index    uint16
	Type     Type
	Optional bool
}

// Raw is bytes inserted as they are.
type Raw []byte

// Template is a template definition. It is written where it is first used in a chunk, and later uses refer to it
// by its offset. It may be used by one goroutine at a time.
type Template struct {
	GUID  string // empty: derived from the content
	Nodes []Node

	id *[16]byte // GUID in stored form, after the first use
}

// Instance is a template instance: a template and the values for it.
type Instance struct {
	Template *Template
	Values   []Value
}

func (e Element) emit(a *area, inTemplate, _ bool) {
	token := byte(tokenOpen)
	if len(e.Attrs) > 0 {
		token |= tokenMore
	}
	a.byte(token)
	if inTemplate {
		a.uint16(e.dependency())
	}
	size := a.reserve(4)
	a.name(e.Name)
	if len(e.Attrs) > 0 {
		list := a.reserve(4)
		for i, at := range e.Attrs {
			token := byte(tokenAttribute)
			if i+1 < len(e.Attrs) {
				token |= tokenMore
			}
			a.byte(token)
			a.name(at.Name)
			a.nodes(at.Value, inTemplate)
		}
		a.patch32(list, a.pos()-list-4)
	}
	if len(e.Children) == 0 {
		a.byte(tokenCloseEmpty)
	} else {
		a.byte(tokenCloseStart)
		a.nodes(e.Children, inTemplate)
		a.byte(tokenEnd)
	}
	a.patch32(size, a.pos()-size-4)
}

func (e Element) dependency() uint16 {
	if e.Dependent == nil || *e.Dependent {
		for _, c := range e.Children {
			if s, ok := c.(Sub); ok && s.Optional {
				return s.Index
			}
		}
	}
	return noDependency
}

func (t Text) emit(a *area, _, more bool) {
	a.token(tokenText, more)
	a.byte(byte(TypeString))
	a.counted(string(t))
}

func (c CDATA) emit(a *area, _, more bool) {
	a.token(tokenCDATA, more)
	a.counted(string(c))
}

func (c CharRef) emit(a *area, _, more bool) {
	a.token(tokenCharRef, more)
	a.uint16(uint16(c))
}

func (e EntityRef) emit(a *area, _, more bool) {
	a.token(tokenEntityRef, more)
	a.name(string(e))
}

func (p PI) emit(a *area, _, _ bool) {
	a.byte(tokenPITarget)
	a.name(p.Target)
	a.byte(tokenPIData)
	a.counted(p.Data)
}

func (s Sub) emit(a *area, _, _ bool) {
	token := byte(tokenSubstitution)
	if s.Optional {
		token = tokenOptional
	}
	a.byte(token)
	a.uint16(s.Index)
	a.byte(byte(s.Type))
}

func (r Raw) emit(a *area, _, _ bool) { a.buf = append(a.buf, r...) }

func (in Instance) emit(a *area, _, _ bool) {
	guid := in.Template.guid()
	a.byte(tokenTemplate)
	a.byte(1)
	a.uint32(binary.LittleEndian.Uint32(guid[:]))
	if at, ok := a.definitions[guid]; ok {
		a.uint32(at)
	} else {
		a.define(in.Template, guid)
	}
	a.uint32(uint32(len(in.Values)))
	table := a.reserve(4 * len(in.Values))
	for i, v := range in.Values {
		from := a.pos()
		if v.Nested != nil {
			if !v.bare {
				a.buf = append(a.buf, tokenFragment, 1, 1, 0)
			}
			a.nodes(v.Nested, false)
			a.byte(tokenEOF)
		} else {
			a.buf = append(a.buf, v.Data...)
		}
		if a.pos()-from > 0xffff {
			a.tooLarge = true
		}
		binary.LittleEndian.PutUint16(a.buf[table+4*i:], uint16(a.pos()-from))
		a.buf[table+4*i+2] = byte(v.Type)
	}
}

func (b Body) emit(a *area) {
	a.buf = append(a.buf, tokenFragment, 1, 1, 0)
	a.nodes(b, false)
	a.byte(tokenEOF)
}

// guid returns the template's GUID in stored form. If none was given it is a hash of the definition, so that two
// templates share a GUID exactly if their content is the same.
func (t *Template) guid() [16]byte {
	if t.id != nil {
		return *t.id
	}
	var id [16]byte
	if t.GUID != "" {
		id = mustGUID(t.GUID)
	} else {
		scratch := newArea()
		scratch.nodes(t.Nodes, true)
		sum := sha256.Sum256(scratch.buf)
		id = [16]byte(sum[:16])
	}
	t.id = &id
	return id
}
