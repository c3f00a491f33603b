package pack

import (
	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/timeline/ecs"
)

// schemaOf shows an ECS schema to the compilers of languages.
func Schema(s *ecs.Schema) predicate.Schema { return schemaView{s} }

type schemaView struct{ schema *ecs.Schema }

// Field implements predicate.Schema.
func (s schemaView) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	f, t, known := s.schema.Field(name)
	return predicate.FieldID(f), typeOf(t), known
}

// Suggest implements predicate.Schema.
func (s schemaView) Suggest(name string) string { return s.schema.Suggest(name) }

func typeOf(t ecs.FieldType) predicate.Type {
	switch t {
	case ecs.TypeKeyword:
		return predicate.TypeKeyword
	case ecs.TypeLong:
		return predicate.TypeLong
	case ecs.TypeFloat:
		return predicate.TypeFloat
	case ecs.TypeBoolean:
		return predicate.TypeBoolean
	case ecs.TypeDate:
		return predicate.TypeDate
	case ecs.TypeIP:
		return predicate.TypeIP
	}
	return predicate.TypeUnknown
}

// unanswerable lists the fields of a program that no event hunt reads can have, sorted as the program lists them. A rule
// may match all the same, if they are alternatives.
func Unanswerable(p *sequence.Program, s *ecs.Schema) []string {
	var names []string
	for _, f := range p.Fields() {
		if !s.Answerable(ecs.Field(f)) {
			names = append(names, s.Name(ecs.Field(f)))
		}
	}
	return names
}
