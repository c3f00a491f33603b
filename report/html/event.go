package html

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hunt/report"
)

// maxEventDepth bounds the nesting of an event that the page shows; ECS has some six levels.
const maxEventDepth = 32

// eventFields writes an ECS event as an indented outline, one field a line and sorted by
// name: the JSON report has it as JSON, this is for reading.
func eventFields(raw json.RawMessage) string {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber() // record ids and LUIDs keep all their digits
	var v any
	if dec.Decode(&v) != nil {
		return string(raw)
	}
	var b strings.Builder
	writeFields(&b, "", v, -1)
	return strings.TrimSuffix(b.String(), "\n")
}

func writeFields(b *strings.Builder, name string, v any, depth int) {
	if depth >= 0 {
		b.WriteString(strings.Repeat(" ", depth))
	}
	nested := depth < maxEventDepth
	switch v := v.(type) {
	case map[string]any:
		if !nested {
			break
		}
		if depth >= 0 {
			b.WriteString(name + ":\n")
		}
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			writeFields(b, k, v[k], depth+1)
		}
		return
	case []any:
		if !nested {
			break
		}
		fmt.Fprintf(b, "%s: %s\n", name, report.Count(len(v), "value", "values"))
		for _, e := range v {
			writeFields(b, "-", e, depth+1)
		}
		return
	}
	fmt.Fprintf(b, "%s: %v\n", name, v)
}
