package kql

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/kql/syntax"
	"hunt/rules/predicate"
)

// Rules carry filters beside their query: queries in Elasticsearch's own language, as a tree of maps.
// Supported are bool, exists, match_all, match_phrase, prefix, range, term, terms and wildcard; any
// other is an error, because a rule without its filter would match what the filter excludes.

// maxFilterDepth bounds the nesting of bool.
const maxFilterDepth = 50

func (c *compiler) filters(filters []any) (*predicate.Condition, error) {
	all := predicate.Always
	for _, f := range filters {
		m, ok := f.(map[string]any)
		if !ok {
			return nil, c.filterError("a filter must be a table")
		}
		meta, _ := m["meta"].(map[string]any)
		if meta["disabled"] == true {
			continue
		}
		x, err := c.filter(m["query"], 0)
		if err != nil {
			return nil, err
		}
		if meta["negate"] == true {
			x = predicate.Not(x)
		}
		all = predicate.And(all, x)
	}
	return all, nil
}

// filterError is a mistake in a filter, which has no place within the query.
func (c *compiler) filterError(format string, args ...any) error {
	e := c.q.src.Errorf(0, "", "filters: "+format, args...)
	e.Unsupported = true
	return e
}

// filter compiles one query: a map with one key, its kind.
func (c *compiler) filter(q any, depth int) (*predicate.Condition, error) {
	m, ok := q.(map[string]any)
	if !ok || len(m) != 1 || depth > maxFilterDepth {
		return nil, c.filterError("not a query with one kind")
	}
	for kind, arg := range m {
		body, ok := arg.(map[string]any)
		if !ok {
			return nil, c.filterError("%s has no body", kind)
		}
		switch kind {
		case "match_all":
			return predicate.Always, nil
		case "bool":
			return c.filterBool(body, depth)
		case "exists":
			name, _ := body["field"].(string)
			f, err := c.filterField(name)
			if err != nil || !f.known {
				return predicate.Never, err
			}
			return predicate.Exists(f.slot), nil
		}
		if len(body) != 1 {
			return nil, c.filterError("%s of %d fields", kind, len(body))
		}
		for name, arg := range body {
			f, err := c.filterField(name)
			if err != nil {
				return nil, err
			}
			x, err := c.filterLeaf(kind, f, arg)
			if err == nil && !f.known {
				return predicate.Never, nil
			}
			return x, err
		}
	}
	return nil, c.filterError("empty")
}

func (c *compiler) filterField(name string) (field, error) {
	return c.field(nil, syntax.Literal{Kind: syntax.Quoted, Parts: []string{name}})
}

func (c *compiler) filterLeaf(kind string, f field, arg any) (*predicate.Condition, error) {
	options := map[string]any{"value": arg}
	if m, ok := arg.(map[string]any); ok {
		options = m
	}
	fold := f.fold || options["case_insensitive"] == true
	if f.analyzer != None && kind != "match_phrase" {
		return nil, c.filterError("%s over analysed text", kind)
	}
	switch kind {
	case "wildcard", "prefix":
		text, ok := options["value"].(string)
		if !ok {
			return nil, c.filterError("%s without a text", kind)
		}
		if kind == "prefix" {
			return predicate.Leaf(f.slot, predicate.Matches(fold, predicate.NewPattern(fold, predicate.Part{Text: text}, predicate.Part{Kind: predicate.PartAny}))), nil
		}
		return predicate.Leaf(f.slot, predicate.Matches(fold, predicate.NewPattern(fold, wildcardParts(text)...))), nil
	case "term", "match_phrase":
		value, ok := options["value"]
		if kind == "match_phrase" && !ok {
			value = options["query"]
		}
		return c.filterValue(f, value, fold)
	case "terms":
		list, ok := arg.([]any)
		if !ok {
			return nil, c.filterError("terms without a list")
		}
		any := predicate.Never
		for _, v := range list {
			x, err := c.filterValue(f, v, f.fold)
			if err != nil {
				return nil, err
			}
			any = predicate.Or(any, x)
		}
		return any, nil
	case "range":
		all := predicate.Always
		for _, bound := range sortedKeys(options) {
			op, ok := map[string]predicate.Operator{"lt": predicate.Less, "lte": predicate.LessEqual, "gt": predicate.Greater, "gte": predicate.GreaterEqual}[bound]
			if !ok {
				return nil, c.filterError("range with %s", bound)
			}
			all = predicate.And(all, predicate.Leaf(f.slot, predicate.Compare(f.typ, op, predicate.StringValue(fmt.Sprint(options[bound])))))
		}
		return all, nil
	}
	return nil, c.filterError("%s is not supported", kind)
}

// filterValue is a comparison with one value.
func (c *compiler) filterValue(f field, value any, fold bool) (*predicate.Condition, error) {
	switch value.(type) {
	case string, bool, int64, float64:
	default:
		return nil, c.filterError("a value is neither text nor number")
	}
	text := fmt.Sprint(value)
	switch {
	case f.analyzer != None:
		return analysed(f, syntax.Literal{Kind: syntax.Quoted, Parts: []string{text}}), nil
	case isText(f.typ):
		return predicate.Leaf(f.slot, predicate.In(fold, []string{text})), nil
	}
	return predicate.Leaf(f.slot, predicate.Compare(f.typ, predicate.Equal, predicate.StringValue(text))), nil
}

func (c *compiler) filterBool(body map[string]any, depth int) (*predicate.Condition, error) {
	lists := map[string][]*predicate.Condition{}
	least := -1
	for _, key := range sortedKeys(body) {
		switch key {
		case "must", "filter", "should", "must_not":
			list, ok := body[key].([]any)
			if !ok {
				list = []any{body[key]}
			}
			for _, q := range list {
				x, err := c.filter(q, depth+1)
				if err != nil {
					return nil, err
				}
				lists[key] = append(lists[key], x)
			}
		case "minimum_should_match":
			n, ok := body[key].(int64)
			if !ok || n < 0 || n > 1 {
				return nil, c.filterError("minimum_should_match is neither 0 nor 1")
			}
			least = int(n)
		default:
			return nil, c.filterError("bool with %s", key)
		}
	}
	must := append(lists["must"], lists["filter"]...)
	if least == 1 || least < 0 && len(must) == 0 && len(lists["should"]) > 0 {
		must = append(must, predicate.Or(lists["should"]...))
	}
	return predicate.And(append(must, predicate.Not(predicate.Or(lists["must_not"]...)))...), nil
}

// wildcardParts reads a pattern of Elasticsearch's wildcard query: * is any run, ? one character,
// a backslash takes the next character as it stands.
func wildcardParts(s string) []predicate.Part {
	var ps []predicate.Part
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			ps = append(ps, predicate.Part{Text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '*':
			flush()
			ps = append(ps, predicate.Part{Kind: predicate.PartAny})
		case s[i] == '?':
			flush()
			ps = append(ps, predicate.Part{Kind: predicate.PartOne})
		case s[i] == '\\' && i+1 < len(s):
			i++
			text.WriteByte(s[i])
		default:
			text.WriteByte(s[i])
		}
	}
	flush()
	return ps
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
