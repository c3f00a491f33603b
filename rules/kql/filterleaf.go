package kql

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/kql/syntax"
	"hunt/rules/predicate"
)

// leaf compiles a query of one field, whose path is path.
func (c *filterCompiler) leaf(path, kind string, f field, arg any) (*predicate.Condition, error) {
	options := map[string]any{"value": arg}
	if m, ok := arg.(map[string]any); ok {
		options = without(m, "boost", "_name", "rewrite")
	}
	mode := caseExact
	switch {
	case f.fold:
		mode = caseFold
	case options["case_insensitive"] == true:
		mode = caseASCII
	}
	switch kind {
	case "wildcard", "prefix":
		return c.filterPattern(path, kind, f, mode, options)
	case "term":
		return c.value(path, f, options["value"], mode)
	case "match", "match_phrase":
		return c.filterMatch(path, kind, f, options)
	case "terms":
		list, ok := arg.([]any)
		if !ok {
			return nil, wrong(path, "terms needs a list of values")
		}
		any := predicate.Never
		for _, v := range list {
			x, err := c.value(path, f, v, mode)
			if err != nil {
				return nil, err
			}
			any = predicate.Or(any, x)
		}
		return any, nil
	}
	return c.filterRange(path, f, options)
}

// filterPattern compiles a wildcard or prefix query. In a wildcard query, * is any run of characters, ? one
// character, and a backslash makes the next character literal.
func (c *filterCompiler) filterPattern(path, kind string, f field, mode textCase,
	options map[string]any) (*predicate.Condition, error) {
	value, ok := options["value"]
	if !ok {
		value = options["wildcard"] // the old name
	}
	text, ok := value.(string)
	switch {
	case !ok:
		return nil, wrong(path, "%s needs a text", kind)
	case f.analyzer != None:
		return nil, unsupported(path, "%s over analysed text is not supported", kind)
	case !isText(f.typ):
		return nil, wrong(path, "a field of type %s takes no %s", f.typ, kind)
	case kind == "prefix":
		return predicate.Leaf(f.slot,
			matching(mode, predicate.Part{Text: text}, predicate.Part{Kind: predicate.PartAny})), nil
	}
	return predicate.Leaf(f.slot, matching(mode, wildcardParts(text)...)), nil
}

// filterMatch compiles a match or match_phrase query: as in KQL, words over analysed text, otherwise the value.
func (c *filterCompiler) filterMatch(path, kind string, f field, options map[string]any) (*predicate.Condition, error) {
	value, ok := options["query"]
	if !ok {
		value = options["value"]
	}
	operator := ""
	for _, key := range sortedKeys(options) {
		switch key {
		case "query", "value", "lenient", "zero_terms_query", "type":
		case "operator":
			operator = strings.ToLower(fmt.Sprint(options[key]))
		default:
			return nil, unsupported(path+"."+key, "%s with %s is not supported", kind, key)
		}
	}
	if f.analyzer == None {
		mode := caseExact
		if f.fold {
			mode = caseFold
		}
		return c.value(path, f, value, mode)
	}
	text, err := scalar(path, value)
	if err != nil {
		return nil, err
	}
	if kind == "match" && operator == "and" {
		all := predicate.Never
		for i, w := range f.analyzer.words(text) {
			if x := analysed(f, syntax.Literal{Kind: syntax.Quoted, Parts: []string{w}}); i == 0 {
				all = x
			} else {
				all = predicate.And(all, x)
			}
		}
		return all, nil
	}
	literal := syntax.Literal{Kind: syntax.Quoted, Parts: []string{text}}
	if kind == "match" {
		literal.Kind = syntax.Word
	}
	return analysed(f, literal), nil
}

// filterRange compiles a range query.
func (c *filterCompiler) filterRange(path string, f field, options map[string]any) (*predicate.Condition, error) {
	if f.analyzer != None {
		return nil, unsupported(path, "range over analysed text is not supported")
	}
	all := predicate.Always
	for _, bound := range sortedKeys(options) {
		op, ok := map[string]predicate.Operator{
			"lt": predicate.Less, "lte": predicate.LessEqual, "gt": predicate.Greater, "gte": predicate.GreaterEqual,
		}[bound]
		if !ok {
			return nil, unsupported(path+"."+bound, "range with %s is not supported", bound)
		}
		if options[bound] == nil {
			continue // no bound
		}
		text, err := scalar(path+"."+bound, options[bound])
		if err != nil {
			return nil, err
		}
		if f.typ == predicate.TypeDate && (strings.HasPrefix(text, "now") || strings.Contains(text, "||")) {
			return nil, unsupported(path+"."+bound,
				"a time that is counted from now has no meaning in logs of the past")
		}
		all = predicate.And(all, c.compare(path+"."+bound, f, op, text))
	}
	return all, nil
}

// compare compiles an order comparison. It warns if no value can satisfy it.
func (c *filterCompiler) compare(path string, f field, op predicate.Operator, text string) *predicate.Condition {
	value := predicate.StringValue(text)
	if !isText(f.typ) && !predicate.CanEqual(f.typ, value) {
		c.warn(path, "the field is of type %s and %q is not: the condition never holds", f.typ, text)
		return predicate.Never
	}
	return predicate.Leaf(f.slot, ordered(f, op, text))
}

// value compiles a comparison with one value.
func (c *filterCompiler) value(path string, f field, value any, mode textCase) (*predicate.Condition, error) {
	text, err := scalar(path, value)
	if err != nil {
		return nil, err
	}
	switch {
	case f.analyzer != None: // term is not analysed: it is one word or nothing
		words := f.analyzer.words(text)
		if !slices.Equal(words, []string{text}) {
			c.warn(path, "%q is not a word as they are indexed: the condition never holds", text)
			return predicate.Never, nil
		}
		return analysed(f, syntax.Literal{Kind: syntax.Quoted, Parts: []string{text}}), nil
	case isText(f.typ):
		return predicate.Leaf(f.slot, equalTo(mode, text)), nil
	}
	v := predicate.StringValue(text)
	if b, ok := value.(bool); ok && f.typ == predicate.TypeBoolean {
		v = predicate.BoolValue(b)
	}
	if !predicate.CanEqual(f.typ, v) {
		c.warn(path, "the field is of type %s, which %q never is: the condition never holds", f.typ, text)
	}
	return predicate.Leaf(f.slot, predicate.Compare(f.typ, predicate.Equal, v)), nil
}

// scalar returns the text of a value that is neither a list nor a table.
func scalar(path string, value any) (string, error) {
	switch v := value.(type) {
	case string, bool, int64:
		return fmt.Sprint(v), nil
	case float64:
		return predicate.FloatValue(v).Text(), nil
	}
	return "", wrong(path, "a value must be text, a number, true or false")
}

// wildcardParts reads a pattern of Elasticsearch's wildcard query.
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
