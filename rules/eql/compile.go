package eql

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"hunt/rules/eql/syntax"
	"hunt/rules/pipe"
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/spelling"
)

// defaultCategoryField is the field that `cat where …` tests.
const defaultCategoryField = "event.category"

// compiler turns a syntax tree into a Program.
type compiler struct {
	src      syntax.Source
	schema   predicate.Schema
	category string
	fields   map[predicate.FieldID]bool
	warned   map[string]bool
	warnings []string
	// regexSize counts the elements of all regular expressions.
	regexSize int
	// aliases are the stages that a condition may refer to, by name: those before it.
	aliases map[string]int
	later   map[string]bool // aliases of this and later stages, and of missing events
	of      *stageSource    // of the current stage

	def     sequence.Definition
	options Options
	pipes   *pipe.Program
	sources []stageSource // by stage
}

func newCompiler(src syntax.Source, s predicate.Schema, o Options) *compiler {
	c := &compiler{src: src, schema: s, options: o, category: o.CategoryField, fields: map[predicate.FieldID]bool{},
		warned:  map[string]bool{},
		aliases: map[string]int{}, later: map[string]bool{}}
	if c.category == "" {
		c.category = defaultCategoryField
	}
	return c
}

// warn adds a warning with its position, once for each subject.
func (c *compiler) warn(pos syntax.Pos, subject, format string, args ...any) {
	if c.warned[subject] {
		return
	}
	c.warned[subject] = true
	c.warnings = append(c.warnings, c.src.Errorf(pos, "", format, args...).Header())
}

func (c *compiler) statement(st *syntax.Statement) error {
	for i, pp := range st.Pipes {
		if slices.Contains(syntax.FirstPipes, pp.Name) {
			if err := c.firstPipes(st, st.Pipes[i:]); err != nil {
				return err
			}
			break
		}
		c.def.Pipes = append(c.def.Pipes, sequence.Pipe{Tail: pp.Name == "tail", N: pp.N})
	}
	switch q := st.Query.(type) {
	case *syntax.EventQuery:
		c.def.Form = sequence.EventQuery
		t, err := c.stage(q, nil)
		if err != nil {
			return err
		}
		c.add(t, 1)
		return nil
	case *syntax.Sequence:
		c.def.Form = sequence.Sequence
		if q.MaxSpan != nil {
			c.def.MaxSpan = q.MaxSpan.Nanoseconds()
		}
		for _, t := range q.Terms {
			if t.As != "" {
				c.later[t.As] = true
				c.warn(t.AsPos, "\x00as",
					"`as %s` is not in Elasticsearch's grammar: hunt reads it as Elastic Endpoint does", t.As)
			}
		}
		return c.terms(q.Keys, syntax.Terms(q), q.Until)
	case *syntax.Sample:
		c.def.Form = sequence.Sample
		return c.terms(q.Keys, q.Terms, nil)
	}
	return c.src.Errorf(0, "", "no query")
}

// add compiles a term of a sequence or a sample and adds it to the program n times, because runs
// become equal stages.
func (c *compiler) add(t sequence.Term, n int) {
	for i := range n {
		if i == 1 {
			t.Label = ""
		}
		c.def.Terms, c.sources = append(c.def.Terms, t), append(c.sources, *c.of)
	}
}

func (c *compiler) terms(keys []*syntax.Name, terms []*syntax.Term, until *syntax.Term) error {
	var first []keyType
	for _, t := range terms {
		names := append(append([]*syntax.Name(nil), keys...), t.Keys...)
		s, err := c.stage(t.Query, names)
		if err != nil {
			return err
		}
		types := c.keyTypes(names)
		if first == nil {
			first = types
		}
		for i, k := range types {
			if i < len(first) && !k.meets(first[i]) {
				c.warn(k.name.At, fmt.Sprint("key", k.name.At),
					"the keys %s (%s) and %s (%s) are never equal: their types differ", first[i].name, first[i].typ,
					k.name, k.typ)
			}
		}
		s.Missing, s.Until = t.Missing, t == until
		if (s.Missing || s.Until) && s.Dependent {
			return c.src.Unsupportedf(t.At, "",
				"a missing event or `until` that refers to an earlier event is not supported")
		}
		s.Label = t.As
		if t.As != "" && !t.Missing {
			c.aliases[t.As] = len(c.def.Terms)
			delete(c.later, t.As)
		}
		c.add(s, max(t.Runs, 1))
	}
	return nil
}

// keyType is a join key of a term with the type of its field.
type keyType struct {
	name *syntax.Name
	typ  predicate.Type // TypeUnknown: unknown
}

// keyTypes returns the types of the keys of the current stage.
func (c *compiler) keyTypes(names []*syntax.Name) []keyType {
	var ks []keyType
	for _, n := range names {
		k := keyType{name: n}
		if f := c.of.names[n]; f.known {
			k.typ = f.typ
		}
		ks = append(ks, k)
	}
	return ks
}

// meets reports whether values of both types can be equal as join keys: text, numbers, booleans and
// dates never equal each other.
func (k keyType) meets(o keyType) bool {
	return k.typ == predicate.TypeUnknown || o.typ == predicate.TypeUnknown ||
		fieldValueType(k.typ) == fieldValueType(o.typ)
}

// stage compiles `category where condition` and its keys.
func (c *compiler) stage(q *syntax.EventQuery, keys []*syntax.Name) (sequence.Term, error) {
	line, _, _ := c.src.Locate(q.At)
	text := sync.OnceValue(func() string { return syntax.EventQueryString(q) })
	s := sequence.Term{Stage: sequence.Stage{Text: text, Pos: int(q.At), Line: line}}
	c.of = &stageSource{where: q.Where, parts: map[syntax.Expr]*predicate.Condition{},
		names: map[*syntax.Name]fieldRef{}}
	cond, err := c.condition(q.Where)
	if err != nil {
		return s, err
	}
	if !q.Any {
		f, err := c.resolve(&syntax.Name{At: q.At, Parts: strings.Split(c.category, ".")})
		if err != nil {
			return s, err
		}
		c.of.category = predicate.Never
		if f.known {
			c.of.categorySlot, c.of.categoryKnown = f.slot, true
			c.of.category = predicate.Leaf(f.slot, predicate.In(false, []string{q.Category}))
		}
		c.of.categoryField, c.of.categoryName = c.category, q.Category
		c.warnOfCategory(q)
		s.Source = c.of.category
	}
	s.Condition, s.Dependent = cond, cond.Dependent()
	for _, k := range keys {
		f, err := c.resolve(k)
		if err != nil {
			return s, err
		}
		if f.slot.Stage != predicate.ThisEvent {
			return s, c.src.Unsupportedf(k.At, "compare in the condition: field == "+k.String(),
				"a key that belongs to an earlier event is not supported")
		}
		s.Keys = append(s.Keys, sequence.Key{Field: f.slot.Field, Known: f.known, Optional: k.Optional})
	}
	return s, nil
}

// Categorized is a schema that knows which values of event.category events have, sorted.
type Categorized interface{ Categories() []string }

// warnOfCategory warns of a category that no event has.
func (c *compiler) warnOfCategory(q *syntax.EventQuery) {
	s, ok := c.schema.(Categorized)
	if !ok || c.category != defaultCategoryField || slices.Contains(s.Categories(), q.Category) {
		return
	}
	text := "no event that hunt reads has the category " + q.Category
	if near := spelling.Nearest(q.Category, s.Categories(), max(1, (len(q.Category)+1)/3)); near != "" {
		text += "; did you mean " + near + "?"
	}
	c.warn(q.At, "\x00category "+q.Category, "%s", text)
}

// fieldRef is a resolved name.
type fieldRef struct {
	slot  predicate.Slot
	typ   predicate.Type
	known bool // otherwise its value is null
}

// resolve resolves a name to a field of this event or of an earlier one.
func (c *compiler) resolve(n *syntax.Name) (fieldRef, error) {
	name, stage := n.String(), predicate.ThisEvent
	if len(n.Parts) > 1 {
		if i, ok := c.aliases[n.Parts[0]]; ok {
			stage, name = i, (&syntax.Name{Parts: n.Parts[1:]}).String()
		} else if c.later[n.Parts[0]] {
			return fieldRef{}, c.src.Errorf(n.At, "refer to an earlier stage that is not a missing event",
				"`%s` is not an earlier event", n.Parts[0])
		}
	}
	id, typ, known := c.schema.Field(name)
	c.fields[id] = true
	if !known && !n.Optional {
		if lower := strings.ToLower(name); lower == "null" || lower == "true" || lower == "false" {
			c.warn(n.At, name, "%s is read as a field, because keywords are lower case: write %s", name, lower)
		} else if s := c.schema.Suggest(name); s != "" {
			c.warn(n.At, name, "%s is not a known field, so its value is null; did you mean %s?", name, s)
		} else {
			c.warn(n.At, name, "%s is not a known field, so its value is null", name)
		}
	}
	f := fieldRef{slot: predicate.Slot{Stage: stage, Field: id}, typ: typ, known: known}
	c.of.names[n] = f
	return f, nil
}
