package pack

import (
	"strings"

	"hunt/rules/predicate"
	"hunt/rules/sequence"
	"hunt/rules/sigma/logsource"
	"hunt/timeline/ecs"
)

// Schema is the fields of events to which rules of all languages refer: those of ECS, and those of records as
// Sigma's rules name them. Compiling a rule may add to both; no event may be evaluated before all rules of a run
// are compiled.
type Schema struct {
	ECS *ecs.Schema
	Raw *logsource.Fields
	// Strict says that events have only Elastic's field values (--ecs strict): X.caseless, which Elastic's data
	// streams for event logs do not have, is missing.
	Strict bool
}

// SchemaOf returns a Schema over the fields of ECS.
func SchemaOf(s *ecs.Schema) *Schema { return &Schema{ECS: s, Raw: logsource.NewFields()} }

// Field implements predicate.Schema.
func (s *Schema) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	f, t, known := s.ECS.Field(name)
	return predicate.FieldID(f), TypeOf(t), known
}

// Literal implements kql.Literal.
func (s *Schema) Literal() bool { return s.Strict }

// FieldsLike implements kql.Lister. hunt's own fields can only be referred to by name; all Data and UserData
// leaves of an event are one field.
func (s *Schema) FieldsLike(name string, fits func(string) bool,
	yield func(string, predicate.FieldID, predicate.Type)) {
	for _, n := range s.ECS.Names() {
		if fits(n) && !strings.HasPrefix(n, "hunt.") {
			f, t, _ := s.ECS.Field(n)
			yield(n, predicate.FieldID(f), TypeOf(t))
		}
	}
	yield(name, predicate.FieldID(s.ECS.Like(name, fits)), predicate.TypeKeyword)
}

// Suggest implements predicate.Schema.
func (s *Schema) Suggest(name string) string { return s.ECS.Suggest(name) }

// Categories implements eql.Categorized.
func (s *Schema) Categories() []string { return categories }

// categories are the values of event.category that events have, sorted. A test compares them with the mappings.
var categories = []string{"authentication", "configuration", "driver", "file", "host", "iam", "intrusion_detection",
	"malware", "network", "process", "registry", "session"}

// TypeOf converts a field type of ECS to one of predicate, which serves every rule language and every kind of
// event and knows nothing of ECS.
func TypeOf(t ecs.FieldType) predicate.Type {
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

// Unanswerable lists the fields of a program that no event hunt reads can have, in the order of the program. A
// rule may match all the same, if they are alternatives.
func Unanswerable(p *sequence.Program, s *ecs.Schema) []string {
	var names []string
	for _, f := range p.Fields() {
		if !s.Answerable(ecs.Field(f)) {
			names = append(names, s.Name(ecs.Field(f)))
		}
	}
	return names
}
