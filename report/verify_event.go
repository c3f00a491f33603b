package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hunt/timeline/ecs"
)

// compareDocument compares the ECS document that a report gives of an event with that of the record as it is read now, leaf by
// leaf, and tells where they differ. Fields that only the history of the host can tell are left out: the record does not hold them.
func compareDocument(ev *ecs.Event, schema *ecs.Schema, doc json.RawMessage) []string {
	theirs, err := leaves(doc)
	if err != nil {
		return []string{fmt.Sprintf("event: %v", err)}
	}
	ours, err := leaves(ev.AppendJSON(nil))
	if err != nil {
		return []string{fmt.Sprintf("event as read now: %v", err)}
	}
	skip := map[string]bool{"hunt.derived": true} // names the fields of the history, too
	for _, f := range ev.AppendPending(nil) {
		skip[schema.Name(f)] = true
	}
	var out []string
	for _, m := range []map[string]string{theirs, ours} {
		for name := range m {
			if have, said := ours[name], theirs[name]; have != said && !skip[name] {
				out = append(out, fmt.Sprintf("event: %s is %s, the report says %s", name, cmp.Or(have, "absent"), cmp.Or(said, "absent")))
				skip[name] = true
			}
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

// oneSpelling writes a value in one way, whatever spaces and escapes it was written with; numbers keep all their digits.
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
