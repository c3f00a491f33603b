package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"hunt/rules/predicate"
)

// parser reads documents for one goroutine. It keeps the values of the wanted fields.
type parser struct {
	want   map[string]int // source name -> index in values; nil: none
	values [][]any
	used   []int
	census *census // notes every field, if not nil
	raw    Raw     // receives every leaf, if not nil
	name   []byte
	walker walker
}

// parse reads one document and returns its own id, or "". The values of the previous document are dropped.
func (p *parser) parse(line []byte) (id string, err error) {
	for _, i := range p.used {
		p.values[i] = p.values[i][:0]
	}
	p.used = p.used[:0]
	if p.raw != nil {
		p.raw.Begin()
		defer p.raw.End()
	}
	if !json.Valid(line) || line[0] != '{' {
		return "", refusal(line)
	}
	p.name = p.name[:0]
	p.walker = walker{text: line}
	wrapped := false
	if bytes.Contains(line, []byte(`"_source"`)) {
		// A search hit, as Elasticsearch and its export tools write it, holds the document.
		look := walker{text: line}
		look.members(func(key []byte) {
			if string(key) == "_source" && look.next() == '{' {
				wrapped = true
			}
			look.skip()
		})
	}
	p.walker.members(func(key []byte) {
		switch {
		case string(key) == "_id":
			id = idOf(p.walker.anything())
		case wrapped && (string(key) != "_source" || p.walker.next() != '{'):
			p.walker.skip()
		case wrapped:
			if e := p.object(0); e != nil {
				err = e
			}
		default:
			p.name = append(p.name[:0], key...)
			if e := p.value(0); e != nil {
				err = e
			}
		}
	})
	return id, err
}

// refusal says why a line is not a document.
func refusal(line []byte) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	var v any
	if err := dec.Decode(&v); err != nil {
		return describe(err, line)
	}
	var rest json.RawMessage
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value on the line")
	}
	if _, isArray := v.([]any); isArray {
		return errors.New("a JSON array where an object was expected; turn it into lines with: jq -c '.[]'")
	}
	return errors.New("not a JSON object")
}

func describe(err error, line []byte) error {
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		if t := bytes.TrimSpace(line); len(t) == 1 && (t[0] == '{' || t[0] == '[') {
			return errors.New("the document does not end on its line; turn the file into lines with: jq -c '.'")
		}
		return errors.New("the document does not end on its line")
	case errors.As(err, &syntax):
		return fmt.Errorf("column %d: %w", syntax.Offset, err)
	}
	return err
}

func idOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// object walks an object; p.name is its dotted name with a closing dot, or empty.
func (p *parser) object(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("objects are nested more than %d deep", maxDepth)
	}
	mark := len(p.name)
	var failed error
	p.walker.members(func(key []byte) {
		p.name = append(p.name[:mark], key...)
		if failed != nil {
			p.walker.skip()
		} else {
			failed = p.value(depth)
		}
	})
	p.name = p.name[:mark]
	return failed
}

func (p *parser) value(depth int) error {
	switch p.walker.next() {
	case '{':
		p.name = append(p.name, '.')
		return p.object(depth + 1)
	case '[':
		if depth > maxDepth {
			return fmt.Errorf("arrays are nested more than %d deep", maxDepth)
		}
		mark := len(p.name)
		var failed error
		p.walker.elements(func() {
			p.name = p.name[:mark]
			if failed != nil {
				p.walker.skip()
			} else {
				failed = p.value(depth + 1)
			}
		})
		return failed
	}
	i, wanted := p.want[string(p.name)]
	if !wanted && p.census == nil && p.raw == nil {
		p.walker.skip()
		return nil
	}
	v := p.walker.anything()
	if p.census != nil {
		p.census.note(p.name, v)
	}
	if p.raw != nil {
		p.leaf(v)
	}
	if wanted {
		if len(p.values[i]) == 0 {
			p.used = append(p.used, i)
		}
		p.values[i] = append(p.values[i], v)
	}
	return nil
}

// leaf passes a value to the receivers of all values.
func (p *parser) leaf(v any) {
	switch v := v.(type) {
	case string:
		p.raw.Leaf(string(p.name), v)
	case json.Number:
		p.raw.Leaf(string(p.name), v.String())
	case bool:
		p.raw.Leaf(string(p.name), strconv.FormatBool(v))
	}
}

// source returns the document of a line for a result: without the id and without what wraps a search hit. Every
// number and every key stays as it was written.
func source(line []byte) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	out := []byte{'{'}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		if key == "_id" {
			continue
		}
		if key == "_source" && len(v) > 0 && v[0] == '{' {
			return compact(v)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), v...)
	}
	return compact(append(out, '}'))
}

func compact(v []byte) (json.RawMessage, error) {
	var b bytes.Buffer
	err := json.Compact(&b, v)
	return b.Bytes(), err
}

// view is a parsed document as the engine sees it.
type view struct {
	p      *parser
	fields []*field
	index  []int // by FieldID: in the parser's values, -1: a field that documents cannot have

	raw     Raw // of fields from rawFrom on; may be nil
	rawFrom predicate.FieldID
}

// Raw gives the fields of documents to a language that has names of its own for them. It belongs to one goroutine,
// which passes it each document: Begin, its leaves, End.
type Raw interface {
	Begin()
	// Leaf passes a value under its dotted name; each element of an array is a value.
	Leaf(name, value string)
	End()
	// Values appends the values of a field of the current document.
	Values(f predicate.FieldID, dst []predicate.Value) []predicate.Value
}

// newView connects a parser to the fields of a schema.
func newView(s *schema, withCensus *census) *view {
	v := &view{p: &parser{want: map[string]int{}, census: withCensus}, fields: s.fields}
	for i, f := range s.fields {
		if !s.known[i] {
			v.index = append(v.index, -1)
			continue
		}
		at, ok := v.p.want[f.source]
		if !ok {
			at = len(v.p.values)
			v.p.want[f.source] = at
			v.p.values = append(v.p.values, nil)
		}
		v.index = append(v.index, at)
	}
	return v
}

// Values implements predicate.Event.
func (v *view) Values(id predicate.FieldID, dst []predicate.Value) []predicate.Value {
	if v.raw != nil && id >= v.rawFrom {
		return v.raw.Values(id, dst)
	}
	f := v.fields[id]
	if f.constant != nil {
		return append(dst, predicate.StringValue(f.constant.(string)))
	}
	i := v.index[id]
	if i < 0 {
		return dst
	}
	for _, raw := range v.p.values[i] {
		if x := f.value(raw); x.Kind != predicate.Null {
			dst = append(dst, x)
		}
	}
	return dst
}

// utf16Len is the length by which ignore_above measures.
func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0xFFFF {
			n++
		}
	}
	return n
}
