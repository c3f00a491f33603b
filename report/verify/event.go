package verify

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hunt/evtx"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/scalar"
)

// settle gives the event what the document in the report says about the fields that only the history of the host
// can tell, and returns those it says something of. Which fields these are is the mapping's to say, event by event.
func (r *recordReader) settle(ev *ecs.Event, doc map[string]string) (given []ecs.Field) {
	for _, f := range ev.AppendPending(nil) {
		values := valuesOf(doc[r.schema.Name(f)], r.schema.Type(f))
		ev.Set(f, values...)
		if len(values) > 0 {
			given = append(given, f)
		}
	}
	return given
}

// valuesOf reads the values of a leaf; what cannot be one is left out, and then differs from the document.
func valuesOf(leaf string, typ ecs.FieldType) []scalar.Value {
	d := json.NewDecoder(strings.NewReader(leaf))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []scalar.Value
	for _, item := range list {
		switch item := item.(type) {
		case string:
			var t evtx.Filetime
			if typ == ecs.TypeDate && t.UnmarshalText([]byte(item)) == nil {
				out = append(out, scalar.Time(t))
			} else {
				out = append(out, scalar.String(item))
			}
		case json.Number:
			if n, err := item.Int64(); err == nil {
				out = append(out, scalar.Int(n))
			}
		case bool:
			out = append(out, scalar.Bool(item))
		}
	}
	return out
}

// compareDocuments compares the document of an event as it is made now with the leaves of the one in the
// report, and tells where they differ.
func compareDocuments(doc json.RawMessage, theirs map[string]string) []string {
	ours, err := leaves(doc)
	if err != nil {
		return []string{fmt.Sprintf("event as read now: %v", err)}
	}
	var out []string
	tell := func(name string) {
		have, said := cmp.Or(ours[name], "absent"), cmp.Or(theirs[name], "absent")
		out = append(out, fmt.Sprintf("event: %s is %s, the report says %s", name, have, said))
	}
	for name, said := range theirs {
		if ours[name] != said {
			tell(name)
		}
	}
	for name := range ours {
		if _, ok := theirs[name]; !ok {
			tell(name)
		}
	}
	slices.Sort(out)
	return out
}

// leaves flattens a document: the dotted name of each leaf, with its value as compact JSON.
func leaves(doc []byte) (map[string]string, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(doc, &root); err != nil {
		return nil, err
	}
	out := map[string]string{}
	var walk func(prefix string, object map[string]json.RawMessage) error
	walk = func(prefix string, object map[string]json.RawMessage) error {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			value := bytes.TrimSpace(object[name])
			if len(value) > 0 && value[0] == '{' {
				var inner map[string]json.RawMessage
				if err := json.Unmarshal(value, &inner); err != nil {
					return err
				}
				if err := walk(prefix+name+".", inner); err != nil {
					return err
				}
				continue
			}
			text, err := oneSpelling(value)
			if err != nil {
				return err
			}
			out[prefix+name] = text
		}
		return nil
	}
	return out, walk("", root)
}

// oneSpelling writes a value in one way, whatever spaces and escapes it was written with; numbers keep all
// their digits.
func oneSpelling(value []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", err
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

// jsonString is a text as oneSpelling writes it.
func jsonString(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	text, _ := oneSpelling(b) // Marshal wrote it
	return text
}
