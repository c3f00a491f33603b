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
	Line int    // line of the query's first line within File, counted from 1; 0 = 1
}

// Query is a compiled query. It is read-only and safe for concurrent use.
type Query struct {
	program  *sequence.Program
	tree     syntax.Query
	src      syntax.Source
	warnings []string
	parts    map[syntax.Query]*predicate.Condition
	slots    map[syntax.Query]predicate.FieldID
}

// Compile parses and compiles a query. Errors are *syntax.Error, with their place; errors.Is(err,
// source.ErrUnsupported) distinguishes what hunt does not run from mistakes.
func Compile(src string, s predicate.Schema, o Options) (*Query, error) {
	q := &Query{src: syntax.Source{File: o.File, Line: o.Line, Text: src},
		parts: map[syntax.Query]*predicate.Condition{}, slots: map[syntax.Query]predicate.FieldID{}}
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
			Stage: sequence.Stage{Text: q.String, Line: max(o.Line, 1)}, Condition: condition,
		}},
		Fields: c.ids(),
	})
	return q, nil
}

// Program returns the compiled program.
func (q *Query) Program() *sequence.Program { return q.program }

// Warnings returns what is doubtful about the query, each with its place: unknown fields, clauses that
// can never be true.
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

// maxWarnings bounds the warnings about one query.
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
		return c.freeText(x)
	}
	return nil, c.q.src.Errorf(q.Pos(), "", "not a condition")
}

// field resolves the field of a clause; if the schema does not have it, known is false.
func (c *compiler) field(q syntax.Query, l syntax.Literal) field {
	name := l.Text()
	f := c.resolve(name)
	if !f.known {
		c.warn(l.At, "field "+name, "%s", unknownField(name, c.schema.Suggest(name)))
		return f
	}
	c.q.slots[q] = f.id
	return f
}

// anyField returns a clause over all fields whose names match a name with wildcards: it is true if it
// is true for one of them, and fields whose type has no such value are skipped.
func (c *compiler) anyField(l syntax.Literal, clause func(f field) *predicate.Condition) (*predicate.Condition, error) {
	name := l.Text()
	fields, ok := c.like(name, l.Parts)
	if !ok {
		return nil, c.q.src.Unsupportedf(l.At, "name the fields, joined with `or`",
			"a wildcard in the name of a field is not supported here")
	}
	any := make([]*predicate.Condition, 0, len(fields))
	for _, f := range fields {
		any = append(any, clause(f))
	}
	if len(fields) == 0 {
		c.warn(l.At, "field "+name, "no field has a name like %s: the condition never holds", name)
	}
	return predicate.Or(any...), nil
}

func (c *compiler) match(x *syntax.Match) (*predicate.Condition, error) {
	v := x.Value
	if v.Kind == syntax.Null {
		return nil, c.q.src.Errorf(v.At, "write not "+x.Field.String()+" : *", "null is not a value")
	}
	if x.Field.Wild() {
		if x.Field.Exists() && v.Exists() {
			return predicate.Always, nil
		}
		return c.anyField(x.Field, func(f field) *predicate.Condition { return clause(f, v) })
	}
	f := c.field(x, x.Field)
	if !f.known {
		return predicate.Never, nil
	}
	c.suspect(f, v)
	if !v.Exists() && f.analyzer == None && !isText(f.typ) {
		if v.Wild() {
			return nil, c.q.src.Errorf(v.At, "write the whole value, or : * for any",
				"a field of type %s takes no pattern", f.typ)
		}
		if !predicate.CanEqual(f.typ, typed(f, v)) {
			c.warn(v.At, fmt.Sprint("value", v.At),
				"the field %s is of type %s, which %q never is: the condition never holds", x.Field.Text(), f.typ,
				v.Text())
		}
	}
	return clause(f, v), nil
}

// freeText returns the condition for a value without a field: any field of the event may have it.
func (c *compiler) freeText(x *syntax.FreeText) (*predicate.Condition, error) {
	if hint := x.Mistake(); hint != "" {
		c.warn(x.Pos(), fmt.Sprint("free text", x.Pos()), "%q is looked for as it stands in every field: %s",
			x.Value.Text(), hint)
	}
	if x.Value.Exists() {
		return predicate.Always, nil
	}
	all := syntax.Literal{At: x.Value.At, Parts: []string{"", ""}}
	return c.anyField(all, func(f field) *predicate.Condition { return clause(f, x.Value) })
}

// clause returns what `field : value` means for the type of the field: false if no value of the type
// can match.
func clause(f field, v syntax.Literal) *predicate.Condition {
	switch {
	case v.Exists():
		return predicate.Exists(f.slot)
	case f.analyzer != None:
		return analysed(f, v)
	case isText(f.typ):
		if v.Wild() {
			return predicate.Leaf(f.slot, predicate.Matches(f.fold, pattern(v.Parts, f.fold)))
		}
		return predicate.Leaf(f.slot, predicate.In(f.fold, []string{v.Text()}))
	case v.Wild(), !predicate.CanEqual(f.typ, typed(f, v)):
		return predicate.Never
	}
	return predicate.Leaf(f.slot, predicate.Compare(f.typ, predicate.Equal, typed(f, v)))
}

// typed returns a value in the form that a field of its type has.
func typed(f field, v syntax.Literal) predicate.Value {
	if text := v.Text(); f.typ == predicate.TypeBoolean && (text == "true" || text == "false") {
		return predicate.BoolValue(text == "true")
	}
	return predicate.StringValue(v.Text())
}

// pattern returns the parts with any text between them.
func pattern(parts []string, fold bool) *predicate.Pattern {
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

// analysed returns a clause over analysed text.
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
		return predicate.Leaf(f.slot,
			predicate.Text(key, costPhrase, func(text string) bool { return a.phrase(text, words) }))
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
	if x.Value.Wild() {
		return nil, c.q.src.Errorf(x.Value.At, "write a whole value", "`%s` takes no pattern", x.Op)
	}
	op, bound := operators[x.Op], x.Value.Text()
	if x.Field.Wild() {
		return c.anyField(x.Field, func(f field) *predicate.Condition { return within(f, op, bound) })
	}
	f := c.field(x, x.Field)
	if !f.known {
		return predicate.Never, nil
	}
	if f.analyzer == None && !comparable(f, bound) {
		c.warn(x.Value.At, fmt.Sprint("value", x.Value.At),
			"the field %s is of type %s and %q is not: the condition never holds", x.Field.Text(), f.typ, bound)
	}
	return within(f, op, bound), nil
}

// comparable reports whether a bound is of the field's type.
func comparable(f field, bound string) bool {
	return isText(f.typ) || predicate.CanEqual(f.typ, predicate.StringValue(bound))
}

// within returns an order comparison for the type of the field: false if the bound is not of the type.
func within(f field, op predicate.Operator, bound string) *predicate.Condition {
	switch {
	case f.analyzer != None:
		return orderedWords(f, op, bound)
	case !comparable(f, bound):
		return predicate.Never
	}
	return predicate.Leaf(f.slot, ordered(f, op, bound))
}

// orderedWords returns a condition that is true if any word of analysed text is in the range. The
// bound is not analysed.
func orderedWords(f field, op predicate.Operator, bound string) *predicate.Condition {
	a := f.analyzer
	return predicate.Leaf(f.slot,
		predicate.Text(fmt.Sprintf("kql %d %s %s", a, op, bound), costWords, func(text string) bool {
			found := false
			a.each(text, func(w string) bool {
				found = op.Holds(strings.Compare(w, bound))
				return !found
			})
			return found
		}))
}
