package document

import (
	"slices"
	"strings"

	"hunt/rules/predicate"
	"hunt/spelling"
)

// Usual returns the usual type of a field that has a meaning beyond the present documents, such as those of ECS. May
// be nil.
type Usual func(name string) (predicate.Type, bool)

// schema resolves the names of one query. It implements predicate.Schema; Compile fills it, and it is read-only from
// then on.
type schema struct {
	mapping *Mapping // may be nil
	census  *census  // may be nil: not taken (yet)
	usual   Usual

	fields []*field // by FieldID
	known  []bool
	ids    map[string]predicate.FieldID
	// open says that the documents may have a name that the mapping does not.
	open bool
}

func newSchema(m *Mapping, c *census, usual Usual) *schema {
	return &schema{mapping: m, census: c, usual: usual, ids: map[string]predicate.FieldID{}}
}

// Field implements predicate.Schema.
func (s *schema) Field(name string) (predicate.FieldID, predicate.Type, bool) {
	if id, ok := s.ids[name]; ok {
		return id, s.fields[id].typ, s.known[id]
	}
	f, known := s.resolve(name)
	id := predicate.FieldID(len(s.fields))
	s.fields, s.known, s.ids[name] = append(s.fields, f), append(s.known, known), id
	return id, f.typ, known
}

func (s *schema) resolve(name string) (*field, bool) {
	if s.mapping != nil {
		if f, ok := s.mapping.fields[name]; ok {
			return f, true
		}
		if !s.mapping.dynamic {
			return &field{name: name, source: name}, false
		}
	}
	usual, isUsual := predicate.TypeUnknown, false
	if s.usual != nil && s.mapping == nil {
		usual, isUsual = s.usual(name)
	}
	if s.census == nil {
		s.open = true
		return &field{name: name, source: name, typ: usual}, isUsual
	}
	for _, source := range []string{name, strings.TrimSuffix(name, ".keyword")} {
		// Elasticsearch gives each text a keyword sub-field
		if shape := s.census.fields[source]; shape != 0 {
			return &field{name: name, source: source, typ: shape.typeOf(usual), dates: defaultDates, es: "inferred"},
				true
		}
	}
	return &field{name: name, source: name, typ: usual}, isUsual
}

// names returns the names of all fields, sorted.
func (s *schema) names() []string {
	var names []string
	if s.mapping != nil {
		for n := range s.mapping.fields {
			names = append(names, n)
		}
	}
	if s.census != nil {
		for n := range s.census.fields {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// FieldsLike implements kql.Lister.
func (s *schema) FieldsLike(_ string, fits func(string) bool, yield func(string, predicate.FieldID, predicate.Type)) {
	s.open = s.open || s.census == nil && (s.mapping == nil || s.mapping.dynamic)
	for _, n := range s.names() {
		if fits(n) {
			id, typ, _ := s.Field(n)
			yield(n, id, typ)
		}
	}
}

// IsText implements kql.Texts.
func (s *schema) IsText(name string) (text, known bool) {
	if s.mapping == nil || s.mapping.fields[name] == nil {
		return false, false
	}
	t := s.mapping.fields[name].es
	return t == "text" || t == "match_only_text" || t == "search_as_you_type", true
}

// Suggest implements predicate.Schema: the known name that differs in case or in a missing prefix, or is nearest.
func (s *schema) Suggest(name string) string {
	names := s.names()
	for _, n := range names {
		if strings.EqualFold(n, name) || strings.HasSuffix(n, "."+name) ||
			strings.EqualFold(n, strings.ReplaceAll(name, "_", ".")) {
			return n
		}
	}
	return spelling.Nearest(name, names, len(name)/4)
}
