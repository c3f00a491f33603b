package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"hunt/rules/eql"
)

// parser reads documents for one goroutine. It keeps the values of the fields that are asked for.
type parser struct {
	want   map[string]int // source name -> index in values; nil: none
	values [][]any
	used   []int
	census *census // notes every field, if not nil
	name   []byte
}

// parse reads one document and returns its own id, or "". The values of the one before are forgotten.
func (p *parser) parse(line []byte) (id string, err error) {
	for _, i := range p.used {
		p.values[i] = p.values[i][:0]
	}
	p.used = p.used[:0]
	top, err := decode(line)
	if err != nil {
		return "", err
	}
	id = idOf(top["_id"])
	delete(top, "_id")
	if inner, ok := wrapped(top); ok {
		top = inner
	}
	p.name = p.name[:0]
	return id, p.object(top, 0)
}

// decode reads one JSON object, its numbers as they are written.
func decode(line []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, describe(err, line)
	}
	var rest json.RawMessage
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value on the line")
	}
	top, ok := v.(map[string]any)
	if !ok {
		if _, isArray := v.([]any); isArray {
			return nil, errors.New("a JSON array where an object was expected; make lines of it with: jq -c '.[]'")
		}
		return nil, errors.New("not a JSON object")
	}
	return top, nil
}

func describe(err error, line []byte) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("column %d: %w", syntax.Offset, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		if t := bytes.TrimSpace(line); len(t) == 1 && (t[0] == '{' || t[0] == '[') {
			return errors.New("the document does not end on its line; make lines of the file with: jq -c .")
		}
		return errors.New("the document does not end on its line")
	}
	return err
}

// wrapped returns the document inside of a search hit, as Elasticsearch and its export tools write it.
func wrapped(top map[string]any) (map[string]any, bool) {
	inner, ok := top["_source"].(map[string]any)
	return inner, ok
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
func (p *parser) object(o map[string]any, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("objects are nested more than %d deep", maxDepth)
	}
	mark := len(p.name)
	for k, v := range o {
		p.name = append(p.name[:mark], k...)
		if err := p.value(v, depth); err != nil {
			return err
		}
	}
	p.name = p.name[:mark]
	return nil
}

func (p *parser) value(v any, depth int) error {
	switch v := v.(type) {
	case map[string]any:
		p.name = append(p.name, '.')
		return p.object(v, depth+1)
	case []any:
		if depth > maxDepth {
			return fmt.Errorf("arrays are nested more than %d deep", maxDepth)
		}
		mark := len(p.name)
		for _, x := range v {
			p.name = p.name[:mark]
			if err := p.value(x, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if p.census != nil {
		p.census.note(p.name, v)
	}
	if i, ok := p.want[string(p.name)]; ok {
		if len(p.values[i]) == 0 {
			p.used = append(p.used, i)
		}
		p.values[i] = append(p.values[i], v)
	}
	return nil
}

// source returns the document of a line as it goes into a result: without the id, or what a search hit wraps. Every
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

// Values implements eql.Event.
func (v *view) Values(id eql.FieldID, dst []eql.Value) []eql.Value {
	f := v.fields[id]
	if f.constant != nil {
		return append(dst, eql.StringValue(f.constant.(string)))
	}
	i := v.index[id]
	if i < 0 {
		return dst
	}
	for _, raw := range v.p.values[i] {
		if x := f.value(raw); x.Kind != eql.Null {
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
