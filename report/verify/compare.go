package verify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hunt/mark"
	"hunt/report"
	"hunt/report/integrity"
)

// Comparison is how a report differs from the same report made again.
type Comparison struct {
	Same  bool     `json:"same"`
	Aside []string `json:"aside"` // what was left out of the comparison and is not the same, in sentences
	// rule, tuning and case files that are not those of the report, in sentences
	Files       []string     `json:"files"`
	Differences []Difference `json:"differences"`
	More        int          `json:"more"` // further differences, not listed
}

// Difference is one place at which two reports differ.
type Difference struct {
	Where string `json:"where"` // members and elements, as findings[F-0a1b].rule.severity
	Said  string `json:"said"`  // what the report says, as JSON, cut; "" = nothing
	Have  string `json:"have"`  // what the report made again says
}

const (
	// maxDifferences bounds the differences that are listed; all are counted.
	maxDifferences = 200
	// maxDifferenceText bounds a value that is shown, in characters.
	maxDifferenceText = 200
)

// setAside are the members of tool that tell which program made a report, not what it found.
var setAside = []string{"version", "commit", "dirty"}

// Compare compares a report, as it is written, with the same report made again. Every member counts, also
// one that no report of this version has. Set aside are the hash, which the body decides, and which build
// of hunt wrote the report.
func Compare(ctx context.Context, written []byte, again *report.Report) (*Comparison, error) {
	said, err := integrity.Members(written)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	if err := report.WriteJSON(ctx, &buf, again); err != nil {
		return nil, err
	}
	have, err := integrity.Members(buf.Bytes())
	if err != nil {
		return nil, err
	}
	d := &differ{Comparison: &Comparison{Aside: []string{}, Files: []string{}, Differences: []Difference{}}}
	names := maps.Clone(said)
	maps.Copy(names, have)
	delete(names, integrity.Member)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := d.member(name, said[name], have[name]); err != nil {
			return nil, fmt.Errorf("report: %s: %w", mark.Printable(name), err)
		}
	}
	d.Same = len(d.Differences) == 0
	return d.Comparison, nil
}

// differ gathers the differences of two reports.
type differ struct {
	*Comparison
}

// member compares a member of the report. Most are the same: only those that are not are taken apart.
func (d *differ) member(name string, said, have json.RawMessage) error {
	if said == nil || have == nil {
		d.tell(name, report.Ellipsis(string(said), maxDifferenceText),
			report.Ellipsis(string(have), maxDifferenceText))
		return nil
	}
	a, err := integrity.AppendCanonical(nil, said)
	if err != nil {
		return err
	}
	b, err := integrity.AppendCanonical(nil, have)
	if err != nil {
		return err
	}
	if bytes.Equal(a, b) {
		return nil
	}
	x, err := decoded(a)
	if err != nil {
		return err
	}
	y, err := decoded(b)
	if err != nil {
		return err
	}
	if name == "tool" {
		d.aside(x, y)
	}
	d.value(name, x, y)
	return nil
}

func decoded(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// aside takes out of both tools what is not compared.
func (d *differ) aside(said, have any) {
	x, okX := said.(map[string]any)
	y, okY := have.(map[string]any)
	if !okX || !okY {
		return
	}
	for _, name := range setAside {
		_, inX := x[name]
		_, inY := y[name]
		if a, b := shown(x[name], inX), shown(y[name], inY); a != b {
			d.Aside = append(d.Aside, fmt.Sprintf("tool.%s is %s in the report, and %s in this hunt", name,
				cmp.Or(a, "absent"), cmp.Or(b, "absent")))
		}
		delete(x, name)
		delete(y, name)
	}
}

// value compares two values at a place.
func (d *differ) value(where string, said, have any) {
	switch x := said.(type) {
	case map[string]any:
		if y, ok := have.(map[string]any); ok {
			d.object(where, x, y)
			return
		}
	case []any:
		if y, ok := have.([]any); ok {
			d.list(where, x, y)
			return
		}
	}
	if spelt(said) != spelt(have) {
		d.tell(where, shown(said, true), shown(have, true))
	}
}

func (d *differ) object(where string, said, have map[string]any) {
	names := maps.Clone(said)
	maps.Copy(names, have)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		x, inSaid := said[name]
		y, inHave := have[name]
		if inSaid && inHave {
			d.value(where+"."+name, x, y)
		} else {
			d.tell(where+"."+name, shown(x, inSaid), shown(y, inHave))
		}
	}
}

// list compares two lists: by what names their elements, where there is such a thing, else by place.
func (d *differ) list(where string, said, have []any) {
	if keys := keysOf(said, have); keys != nil {
		d.keyed(where, said, have, keys)
		return
	}
	for len(said) > 0 && len(have) > 0 && spelt(said[0]) == spelt(have[0]) {
		said, have = said[1:], have[1:]
	}
	for n, m := len(said), len(have); n > 0 && m > 0 && spelt(said[n-1]) == spelt(have[m-1]); n, m = len(said),
		len(have) {
		said, have = said[:n-1], have[:m-1]
	}
	if len(said) == len(have) {
		for i := range said {
			d.value(where+"[]", said[i], have[i])
		}
		return
	}
	left := map[string]int{}
	for _, v := range have {
		left[spelt(v)]++
	}
	for _, v := range said {
		if left[spelt(v)]--; left[spelt(v)] < 0 {
			d.tell(where+"[]", shown(v, true), "")
		}
	}
	for _, v := range have {
		if s := spelt(v); left[s] > 0 {
			left[s]--
			d.tell(where+"[]", "", shown(v, true))
		}
	}
}

// keyed compares lists whose elements have names.
func (d *differ) keyed(where string, said, have []any, keys []string) {
	at := map[string]any{}
	for _, v := range have {
		at[keyOf(v, keys)] = v
	}
	var order []string // of those that are in both
	for _, v := range said {
		key := keyOf(v, keys)
		y, ok := at[key]
		if !ok {
			d.tell(where+"["+key+"]", shown(v, true), "")
			continue
		}
		order = append(order, key)
		delete(at, key)
		d.value(where+"["+key+"]", v, y)
	}
	i := 0
	moved := false
	for _, v := range have {
		key := keyOf(v, keys)
		if _, left := at[key]; left {
			d.tell(where+"["+key+"]", "", shown(v, true))
			continue
		}
		moved = moved || order[i] != key
		i++
	}
	if moved {
		d.tell(where, "the same elements in another order", "the order of this hunt")
	}
}

// keyNames are the members that name the elements of a list, the first that do for all elements of both lists.
var keyNames = [][]string{{"id"}, {"host"}, {"path", "sha256"}, {"name", "sid"}, {"type", "value"},
	{"from", "to", "how", "user"}, {"channel"},
	{"stage", "label"}, {"file"}, {"option", "name"}, {"key"}, {"source"}, {"text"}}

func keysOf(said, have []any) []string {
	for _, keys := range keyNames {
		if named(said, keys) && named(have, keys) {
			return keys
		}
	}
	return nil
}

// named reports whether each element of a list has a name of its own.
func named(list []any, keys []string) bool {
	seen := make(map[string]bool, len(list))
	for _, v := range list {
		key := keyOf(v, keys)
		if key == "" || seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

// keyOf is what names an element, "" if it lacks a part of it.
func keyOf(v any, keys []string) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	var parts []string
	for _, k := range keys {
		switch s := m[k].(type) {
		case string:
			parts = append(parts, s)
		case json.Number:
			parts = append(parts, s.String())
		default:
			return ""
		}
	}
	return strings.Join(parts, " ")
}

// tell notes a difference.
func (d *differ) tell(where, said, have string) {
	if len(d.Differences) == maxDifferences {
		d.More++
		return
	}
	d.Differences = append(d.Differences, Difference{report.Ellipsis(where, maxDifferenceText), said, have})
}

// spelt is a value in one spelling.
func spelt(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// shown returns a value as a difference shows it, or "" if it is absent.
func shown(v any, there bool) string {
	if !there {
		return ""
	}
	return report.Ellipsis(spelt(v), maxDifferenceText)
}
