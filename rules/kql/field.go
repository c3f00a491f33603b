package kql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hunt/rules/predicate"
)

// Literal is implemented by schemas whose fields are exactly those of Elastic's data streams for
// event logs: X.caseless is a field of Elastic Defend's and missing there.
type Literal interface {
	// Literal reports whether a name that the schema does not have never refers to another field.
	Literal() bool
}

// Lister is implemented by schemas that can list their fields: a wildcard in the name of a field, and
// a value without a field, refer to all that match.
type Lister interface {
	// FieldsLike yields each field whose name satisfies fits. name is the pattern, for people.
	FieldsLike(name string, fits func(name string) bool,
		yield func(name string, id predicate.FieldID, typ predicate.Type))
}

// Texts is implemented by schemas that know which fields are analysed text.
type Texts interface {
	// IsText reports whether a field is analysed; known is false if the schema does not know.
	IsText(name string) (text, known bool)
}

// resolver resolves the names of a query and notes their fields.
type resolver struct {
	schema  predicate.Schema
	literal bool
	fields  map[predicate.FieldID]bool
}

func newResolver(s predicate.Schema) *resolver {
	r := &resolver{schema: s, fields: map[predicate.FieldID]bool{}}
	if l, ok := s.(Literal); ok {
		r.literal = l.Literal()
	}
	return r
}

// ids returns the fields that were resolved, sorted.
func (r *resolver) ids() []predicate.FieldID {
	var ids []predicate.FieldID
	for f := range r.fields {
		ids = append(ids, f)
	}
	slices.Sort(ids)
	return ids
}

// field is a field as a clause names it.
type field struct {
	id       predicate.FieldID
	slot     predicate.Slot
	typ      predicate.Type
	analyzer Analyzer
	fold     bool // ignore case
	known    bool
}

// resolve resolves a name; if the schema does not have the field, known is false. X.caseless is X
// regardless of case, and X.text its words, unless a field has that name.
func (r *resolver) resolve(name string) field {
	f := field{analyzer: r.analyzer(name)}
	if base, ok := strings.CutSuffix(name, ".caseless"); ok {
		if _, _, known := r.schema.Field(name); !known && !r.literal {
			name = base
		}
		f.fold = true
	} else if base, ok := strings.CutSuffix(name, ".text"); ok {
		if _, _, known := r.schema.Field(name); !known {
			name, f.analyzer = base, Standard
		}
	}
	id, typ, known := r.schema.Field(name)
	f.id, f.slot, f.typ, f.known = id, predicate.Field(id), typ, known
	if known {
		r.fields[id] = true
	}
	return f
}

// analyzer returns the analyzer of a field.
func (r *resolver) analyzer(name string) Analyzer {
	usual := analyzerOf(name)
	if t, ok := r.schema.(Texts); ok {
		switch text, known := t.IsText(name); {
		case known && !text:
			return None
		case known && usual == None:
			return Standard
		}
	}
	return usual
}

// like returns the fields whose names match a name with wildcards; ok is false if the schema cannot
// list its fields.
func (r *resolver) like(name string, parts []string) (fields []field, ok bool) {
	l, ok := r.schema.(Lister)
	if !ok {
		return nil, false
	}
	p := pattern(parts, false)
	l.FieldsLike(name, p.Match, func(name string, id predicate.FieldID, typ predicate.Type) {
		fields = append(fields, field{id: id, slot: predicate.Field(id), typ: typ, analyzer: r.analyzer(name),
			known: true})
		r.fields[id] = true
	})
	return fields, true
}

// unknownField returns the warning about a field that no event has.
func unknownField(name, suggestion string) string {
	text := fmt.Sprintf("no event has the field %s: the condition never holds", name)
	if suggestion != "" {
		text += "; did you mean " + suggestion + "?"
	}
	return text
}

func isText(t predicate.Type) bool {
	return t == predicate.TypeKeyword || t == predicate.TypeUnknown || t == predicate.TypeVersion
}

// textCase says how text is compared.
type textCase uint8

const (
	caseExact textCase = iota
	caseFold           // fold all letters, as for fields in lower case
	caseASCII          // Elasticsearch's case_insensitive: ASCII letters only
)

// equalTo returns the test for a whole value.
func equalTo(mode textCase, text string) predicate.Test {
	if mode == caseASCII {
		text = lowerASCII(text)
		return predicate.Text("kql equal "+text, 2, func(s string) bool { return lowerASCII(s) == text })
	}
	return predicate.In(mode == caseFold, []string{text})
}

// matching returns the test of a whole value against a pattern.
func matching(mode textCase, parts ...predicate.Part) predicate.Test {
	if mode != caseASCII {
		return predicate.Matches(mode == caseFold, predicate.NewPattern(mode == caseFold, parts...))
	}
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].Text = lowerASCII(parts[i].Text)
	}
	p := predicate.NewPattern(false, parts...)
	return predicate.Text("kql pattern "+p.String(), 4, func(s string) bool { return p.Match(lowerASCII(s)) })
}

// ordered returns the test of a value's order: numbers by value, dates as instants, addresses as
// such, false before true, text by its bytes.
func ordered(f field, op predicate.Operator, text string) predicate.Test {
	switch {
	case f.typ == predicate.TypeBoolean:
		return predicate.Text(fmt.Sprintf("kql boolean %s %s", op, text), 2, func(s string) bool {
			return (s == "true" || s == "false") && op.Holds(cmp.Compare(s, text))
		})
	case !f.fold || !isText(f.typ):
		return predicate.Compare(f.typ, op, predicate.StringValue(text))
	}
	text = predicate.Fold(text)
	return predicate.Text(fmt.Sprintf("kql %s %s", op, text), 2, func(s string) bool {
		return op.Holds(cmp.Compare(predicate.Fold(s), text))
	})
}

// lowerASCII returns a text with its ASCII letters in lower case.
func lowerASCII(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
