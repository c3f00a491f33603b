package kql

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"hunt/rules/predicate"
)

// Filters narrow the query of a rule. They are queries in Elasticsearch's own language, as trees of maps, which Kibana
// applies to the events that a rule of any language reads. They are read-only and safe for concurrent use.
//
// Supported are bool, constant_score, exists, match, match_all, match_none, match_phrase, prefix, range, term, terms
// and wildcard, and Kibana's combined filters; any other is an error, because a rule without its filter would match
// what the filter excludes.
type Filters struct {
	// Condition is true for the events that all filters let through.
	Condition *predicate.Condition
	Fields    []predicate.FieldID // to which it refers, sorted
	Texts     []string            // of the filters, for people: each as JSON, behind `not` if it excludes
	Warnings  []FilterNote        // clauses that can never be true
}

// FilterNote is a remark about a filter. As an error it says why the filters cannot be applied.
type FilterNote struct {
	Path        string // of what it is about below the list of filters, as in "[0].query.wildcard"
	Msg, Hint   string
	Unsupported bool // valid in Elasticsearch but not supported by hunt
}

// Error returns the message without its place.
func (n *FilterNote) Error() string { return n.Msg }

// maxFilterDepth bounds the nesting of filters.
const maxFilterDepth = 50

// CompileFilters compiles the value of a rule's key `filters`. An error is a *FilterNote.
func CompileFilters(filters []any, s predicate.Schema) (*Filters, error) {
	c := &filterCompiler{resolver: newResolver(s), out: &Filters{Condition: predicate.Always}}
	for i, f := range filters {
		x, disabled, err := c.entry(fmt.Sprintf("[%d]", i), f, 0)
		if err != nil {
			return nil, err
		}
		if disabled {
			continue
		}
		c.out.Condition = predicate.And(c.out.Condition, x)
	}
	c.out.Texts, c.out.Fields = FilterTexts(filters), c.ids()
	return c.out, nil
}

// FilterTexts returns the filters of a rule for people, in their order.
func FilterTexts(filters []any) []string {
	var out []string
	for _, f := range filters {
		m, _ := f.(map[string]any)
		meta, _ := m["meta"].(map[string]any)
		q := queryOf(m)
		if q == nil && meta["type"] == "combined" {
			q = map[string]any{"combined": meta["params"], "relation": meta["relation"]}
		}
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(q); err != nil {
			continue // values that JSON does not have: such a filter does not compile
		}
		text := strings.TrimSpace(b.String())
		if meta["negate"] == true {
			text = "not " + text
		}
		if meta["disabled"] == true {
			text += " (disabled)"
		}
		out = append(out, text)
	}
	return out
}

// queryOf returns the query of a filter. In old filters it is in the filter itself.
func queryOf(filter map[string]any) any {
	if q, ok := filter["query"]; ok {
		return q
	}
	rest := map[string]any{}
	for k, v := range filter {
		if k != "meta" && k != "$state" {
			rest[k] = v
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return rest
}

type filterCompiler struct {
	*resolver
	out *Filters
}

// unsupported returns the error for a filter that cannot be applied.
func unsupported(path, format string, args ...any) error {
	return &FilterNote{
		Path: path, Msg: "filters: " + fmt.Sprintf(format, args...), Unsupported: true,
		Hint: "write the filter into the query",
	}
}

func wrong(path, format string, args ...any) error {
	return &FilterNote{Path: path, Msg: "filters: " + fmt.Sprintf(format, args...)}
}

func (c *filterCompiler) warn(path, format string, args ...any) {
	switch n := len(c.out.Warnings); {
	case n == maxWarnings:
		format, args = "there are more warnings, which are left out", nil
	case n > maxWarnings:
		return
	}
	c.out.Warnings = append(c.out.Warnings, FilterNote{Path: path, Msg: "filters: " + fmt.Sprintf(format, args...)})
}

// entry compiles one filter with its meta.
func (c *filterCompiler) entry(path string, f any, depth int) (x *predicate.Condition, disabled bool, err error) {
	m, ok := f.(map[string]any)
	if !ok || depth > maxFilterDepth {
		return nil, false, wrong(path, "a filter must be a table")
	}
	meta, _ := m["meta"].(map[string]any)
	if meta["disabled"] == true {
		return nil, true, nil
	}
	switch q := queryOf(m); {
	case meta["type"] == "combined":
		x, err = c.combined(path+".meta", meta, depth)
	case q == nil:
		err = wrong(path, "a filter has no query")
	default:
		x, err = c.query(path+".query", q, depth)
	}
	if err == nil && meta["negate"] == true {
		x = predicate.Not(x)
	}
	return x, false, err
}

// combined compiles a filter that Kibana combines from others.
func (c *filterCompiler) combined(path string, meta map[string]any, depth int) (*predicate.Condition, error) {
	list, ok := meta["params"].([]any)
	if !ok {
		return nil, wrong(path, "a combined filter has no params")
	}
	var xs []*predicate.Condition
	for i, f := range list {
		x, disabled, err := c.entry(fmt.Sprintf("%s.params[%d]", path, i), f, depth+1)
		if err != nil {
			return nil, err
		}
		if !disabled {
			xs = append(xs, x)
		}
	}
	switch {
	case len(xs) == 0:
		return predicate.Always, nil
	case strings.EqualFold(fmt.Sprint(meta["relation"]), "or"):
		return predicate.Or(xs...), nil
	}
	return predicate.And(xs...), nil
}

// query compiles one query: a map with one key, its kind.
func (c *filterCompiler) query(path string, q any, depth int) (*predicate.Condition, error) {
	m, ok := q.(map[string]any)
	if !ok || len(m) != 1 || depth > maxFilterDepth {
		return nil, wrong(path, "a query must have exactly one kind, such as match_phrase")
	}
	kind := sortedKeys(m)[0]
	path += "." + kind
	body, ok := m[kind].(map[string]any)
	if !ok {
		return nil, wrong(path, "%s has no body", kind)
	}
	switch kind {
	case "match_all":
		return predicate.Always, nil
	case "match_none":
		return predicate.Never, nil
	case "bool":
		return c.bool(path, body, depth)
	case "constant_score":
		return c.query(path+".filter", body["filter"], depth+1)
	case "exists":
		name, _ := body["field"].(string)
		f := c.named(path, name)
		if !f.known {
			return predicate.Never, nil
		}
		return predicate.Exists(f.slot), nil
	case "match", "match_phrase", "prefix", "range", "term", "terms", "wildcard":
	default:
		return nil, unsupported(path, "queries of the kind %s are not supported", kind)
	}
	body = without(body, "boost", "_name")
	if len(body) != 1 {
		return nil, wrong(path, "%s names %d fields, and takes one", kind, len(body))
	}
	name := sortedKeys(body)[0]
	f := c.named(path+"."+name, name)
	x, err := c.leaf(path+"."+name, kind, f, body[name])
	if err == nil && !f.known {
		return predicate.Never, nil
	}
	return x, err
}

// named resolves a field, and warns of one that no event has.
func (c *filterCompiler) named(path, name string) field {
	f := c.resolve(name)
	if !f.known {
		c.warn(path, "%s", unknownField(name, c.schema.Suggest(name)))
	}
	return f
}

func (c *filterCompiler) bool(path string, body map[string]any, depth int) (*predicate.Condition, error) {
	lists := map[string][]*predicate.Condition{}
	least := -1
	for _, key := range sortedKeys(body) {
		switch key {
		case "must", "filter", "should", "must_not":
			list, isList := body[key].([]any)
			if !isList {
				list = []any{body[key]}
			}
			for i, q := range list {
				at := path + "." + key
				if isList {
					at = fmt.Sprintf("%s[%d]", at, i)
				}
				x, err := c.query(at, q, depth+1)
				if err != nil {
					return nil, err
				}
				lists[key] = append(lists[key], x)
			}
		case "minimum_should_match":
			switch fmt.Sprint(body[key]) {
			case "0":
				least = 0
			case "1":
				least = 1
			default:
				return nil, unsupported(path+"."+key, "minimum_should_match must be 0 or 1")
			}
		case "boost", "_name", "adjust_pure_negative":
		default:
			return nil, unsupported(path+"."+key, "bool with %s is not supported", key)
		}
	}
	must := append(lists["must"], lists["filter"]...)
	if should := lists["should"]; least == 1 || least < 0 && len(must) == 0 && len(should) > 0 {
		must = append(must, predicate.Or(should...))
	}
	return predicate.And(append(must, predicate.Not(predicate.Or(lists["must_not"]...)))...), nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// without returns a map without some keys, which only affect the score of an event.
func without(m map[string]any, keys ...string) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if !slices.Contains(keys, k) {
			out[k] = v
		}
	}
	return out
}
