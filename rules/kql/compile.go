package kql

import (
	"fmt"
	"slices"
	"strings"

	"hunt/rules/kql/syntax"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
)

// Options of Compile.
type Options struct {
	File string // for the places of mistakes
	Line int    // line of the query's first line within File, from 1; 0 = 1
}

// Query is a compiled query. Read-only, shared by all goroutines.
type Query struct {
	program  *sequence.Program
	tree     syntax.Query
	src      syntax.Source
	warnings []string
	parts    map[syntax.Query]*predicate.Condition
	slots    map[syntax.Query]predicate.FieldID
}

// Compile parses and compiles a query. Errors are *syntax.Error, with their place; errors.Is with
// source.ErrUnsupported tells what hunt does not run from mistakes.
func Compile(src string, s predicate.Schema, o Options) (*Query, error) {
	q := &Query{src: syntax.Source{File: o.File, Line: o.Line, Text: src}, parts: map[syntax.Query]*predicate.Condition{}, slots: map[syntax.Query]predicate.FieldID{}}
	tree, err := syntax.Parse(q.src)
	if err != nil {
		return nil, err
	}
	q.tree = tree
	c := &compiler{resolver: newResolver(s), q: q, warned: map[string]bool{}}
	condition, err := c.query(tree)
	if err != nil {
		return nil, err
	}
	q.program = sequence.NewProgram(sequence.Definition{
		Form: sequence.EventQuery,
		Terms: []sequence.Term{{
			Stage: sequence.Stage{Text: q.String(), Line: max(o.Line, 1)}, Condition: condition,
		}},
		Fields: c.ids(),
	})
	return q, nil
}

// Program returns what the query asks of an event.
func (q *Query) Program() *sequence.Program { return q.program }

// Warnings returns what is worth saying about the query, each with its place: unknown fields, clauses
// that can never hold.
func (q *Query) Warnings() []string { return q.warnings }

// String returns the canonical form of the query.
func (q *Query) String() string { return syntax.String(q.tree) }

type compiler struct {
	*resolver
	q      *Query
	warned map[string]bool
}

// warn adds a warning with its place, once for each subject.
func (c *compiler) warn(at syntax.Pos, subject, format string, args ...any) {
	if c.warned[subject] {
		return
	}
	c.warned[subject] = true
	switch n := len(c.q.warnings); {
	case n == maxWarnings:
		format, args = "there are more warnings, which are left out", nil
	case n > maxWarnings:
		return
	}
	c.q.warnings = append(c.q.warnings, c.q.src.Errorf(at, "", format, args...).Header())
}

// maxWarnings bounds what is said about one query.
const maxWarnings = 50

func (c *compiler) query(q syntax.Query) (*predicate.Condition, error) {
	if q == nil {
		return predicate.Always, nil
	}
	condition, err := c.part(q)
	if err == nil {
		c.q.parts[q] = condition
	}
	return condition, err
}

func (c *compiler) part(q syntax.Query) (*predicate.Condition, error) {
	switch x := q.(type) {
	case *syntax.Logical:
		kids := make([]*predicate.Condition, len(x.Xs))
		for i, kid := range x.Xs {
			var err error
			if kids[i], err = c.query(kid); err != nil {
				return nil, err
			}
		}
		if x.Op == syntax.And {
			return predicate.And(kids...), nil
		}
		return predicate.Or(kids...), nil
	case *syntax.Not:
		kid, err := c.query(x.X)
		if err != nil {
			return nil, err
		}
		return predicate.Not(kid), nil
	case *syntax.Match:
		return c.match(x)
	case *syntax.Range:
		return c.between(x)
	case *syntax.Nested:
		return nil, c.q.src.Unsupportedf(x.Pos(), "write the field in full: "+x.Field.Text()+".name : value",
			"events hold no nested objects, so that no event matches { }")
	case *syntax.FreeText:
		return nil, c.q.src.Unsupportedf(x.Pos(), x.Hint(), "a value without a field is not supported")
	}
	return nil, c.q.src.Errorf(q.Pos(), "", "not a condition")
}

// field resolves the field of a clause; of one that the schema does not have, known is false.
func (c *compiler) field(q syntax.Query, l syntax.Literal) (field, error) {
	if l.Wild() {
		return field{}, c.q.src.Unsupportedf(l.At, "name the fields, joined with `or`", "a wildcard in the name of a field is not supported")
	}
	name := l.Text()
	f := c.resolve(name)
	if !f.known {
		c.warn(l.At, "field "+name, "%s", unknownField(name, c.schema.Suggest(name)))
		return f, nil
	}
	c.q.slots[q] = f.id
	return f, nil
}

func (c *compiler) match(x *syntax.Match) (*predicate.Condition, error) {
	f, err := c.field(x, x.Field)
	if err != nil || !f.known {
		return predicate.Never, err
	}
	v := x.Value
	c.suspect(f, v)
	switch {
	case v.Exists():
		return predicate.Exists(f.slot), nil
	case v.Kind == syntax.Null:
		return nil, c.q.src.Errorf(v.At, "write not "+x.Field.String()+" : *", "null is not a value")
	case f.analyzer != None:
		return analysed(f, v), nil
	case isText(f.typ):
		if v.Wild() {
			return predicate.Leaf(f.slot, predicate.Matches(f.fold, pattern(v.Parts, f.fold))), nil
		}
		return predicate.Leaf(f.slot, predicate.In(f.fold, []string{v.Text()})), nil
	case v.Wild():
		return nil, c.q.src.Errorf(v.At, "write the whole value, or : * for any", "a field of type %s takes no pattern", f.typ)
	}
	value := predicate.StringValue(v.Text())
	if f.typ == predicate.TypeBoolean && (v.Text() == "true" || v.Text() == "false") {
		value = predicate.BoolValue(v.Text() == "true")
	}
	if !predicate.CanEqual(f.typ, value) {
		c.warn(v.At, fmt.Sprint("value", v.At), "the field %s is of type %s, which %q never is: the condition never holds", x.Field.Text(), f.typ, v.Text())
	}
	return predicate.Leaf(f.slot, predicate.Compare(f.typ, predicate.Equal, value)), nil
}

// pattern is the parts with any text between them.
func pattern(parts []string, fold bool) predicate.Pattern {
	var ps []predicate.Part
	for i, part := range parts {
		if i > 0 {
			ps = append(ps, predicate.Part{Kind: predicate.PartAny})
		}
		if part != "" {
			ps = append(ps, predicate.Part{Text: part})
		}
	}
	return predicate.NewPattern(fold, ps...)
}

// Costs of tests of analysed text, which is long, relative to those of package predicate.
const (
	costPhrase = 30
	costWords  = 80
)

// analysed is a clause over analysed text.
func analysed(f field, v syntax.Literal) *predicate.Condition {
	a := f.analyzer
	key := fmt.Sprintf("kql %d %d %s", a, v.Kind, v)
	if v.Wild() {
		parts := make([]string, len(v.Parts))
		for i, part := range v.Parts {
			parts[i] = lower(part)
		}
		return predicate.Leaf(f.slot, predicate.Text(key, costWords, func(text string) bool {
			found := false
			a.each(text, func(w string) bool {
				found = wildcard(w, parts)
				return !found
			})
			return found
		}))
	}
	words := a.words(v.Text())
	if len(words) == 0 { // nothing but separators: Elasticsearch finds nothing
		return predicate.Never
	}
	if v.Kind == syntax.Quoted || len(words) == 1 {
		return predicate.Leaf(f.slot, predicate.Text(key, costPhrase, func(text string) bool { return a.phrase(text, words) }))
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return predicate.Leaf(f.slot, predicate.Text(key, costPhrase*len(words), func(text string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return a.phrase(text, []string{w}) })
	}))
}

var operators = map[syntax.Comparison]predicate.Operator{
	"<": predicate.Less, "<=": predicate.LessEqual, ">": predicate.Greater, ">=": predicate.GreaterEqual,
}

func (c *compiler) between(x *syntax.Range) (*predicate.Condition, error) {
	f, err := c.field(x, x.Field)
	if err != nil || !f.known {
		return predicate.Never, err
	}
	if x.Value.Wild() {
		return nil, c.q.src.Errorf(x.Value.At, "write a whole value", "`%s` takes no pattern", x.Op)
	}
	if f.analyzer != None {
		return orderedWords(f, operators[x.Op], x.Value.Text()), nil
	}
	value := predicate.StringValue(x.Value.Text())
	if !isText(f.typ) && !predicate.CanEqual(f.typ, value) {
		c.warn(x.Value.At, fmt.Sprint("value", x.Value.At), "the field %s is of type %s and %q is not: the condition never holds", x.Field.Text(), f.typ, x.Value.Text())
		return predicate.Never, nil
	}
	return predicate.Leaf(f.slot, ordered(f, operators[x.Op], x.Value.Text())), nil
}

// orderedWords holds if any word of analysed text is in the range. The bound is not analysed.
func orderedWords(f field, op predicate.Operator, bound string) *predicate.Condition {
	a := f.analyzer
	return predicate.Leaf(f.slot, predicate.Text(fmt.Sprintf("kql %d %s %s", a, op, bound), costWords, func(text string) bool {
		found := false
		a.each(text, func(w string) bool {
			found = op.Holds(strings.Compare(w, bound))
			return !found
		})
		return found
	}))
}
