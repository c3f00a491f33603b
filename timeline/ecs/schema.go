package ecs

import (
	"slices"
	"strings"
	"sync"

	"hunt/timeline/ecs/reference"
)

// Schema resolves names to ids. The static fields of ECS and of Elastic's Windows
// integrations are the same in every Schema; winlog.event_data.*,
// winlog.user_data.* and unknown names are added as rules ask for them. It is
// filled by one goroutine before the first event is mapped; from then on it is
// read-only, and all Mappers of a run share it. Classes are added under its lock.
type Schema struct {
	fields []fieldInfo // by Field; the first numFields are the static ones
	kinds  []fieldKind // by Field
	byName map[string]Field
	likes  map[Field]func(name string) bool // of kindLike

	mu         sync.Mutex
	roster     roster
	known      map[classKey]*Class // of earlier evidence: see Renew
	overflowed bool                // see SetOverflow
}

// fieldKind says where a field's values come from.
type fieldKind uint8

const (
	kindMapped    fieldKind = iota // a class's mapping
	kindEventData                  // the Data of that name
	kindUserData                   // the UserData leaf of that name
	kindLike                       // all Data and UserData leaves whose names fit
	kindKnown                      // ECS or Endpoint field that no mapping fills
	kindUnknown                    // neither ECS nor hunt has it
)

// NewSchema returns a Schema with the static fields.
func NewSchema() *Schema {
	compileMappings()
	s := &Schema{
		fields: make([]fieldInfo, numFields),
		kinds:  make([]fieldKind, numFields),
		byName: make(map[string]Field, numFields),
	}
	for f := noField + 1; f < numFields; f++ {
		s.fields[f] = fieldTable[f]
		s.byName[fieldTable[f].name] = f
	}
	return s
}

// Field resolves a dotted name. Names are case-sensitive, as in Elasticsearch. known is false for a name that
// neither ECS nor hunt's mapping has; such a field gets an id as well and is always missing.
func (s *Schema) Field(name string) (id Field, typ FieldType, known bool) {
	id, ok := s.byName[name]
	if !ok {
		if typ, listed := reference.Fields()[name]; listed {
			id = s.add(fieldInfo{name, typeNamed(typ)}, kindKnown)
		} else {
			id = s.add(fieldInfo{name, TypeKeyword}, kindOf(name))
		}
	}
	return id, s.fields[id].typ, s.kinds[id] != kindUnknown
}

// Like returns a field with the values of all Data and UserData leaves of an event whose names, such as
// winlog.event_data.Image, satisfy fits. Calls with the same name return the same field.
func (s *Schema) Like(name string, fits func(name string) bool) Field {
	key := "like " + name
	if f, ok := s.byName[key]; ok {
		return f
	}
	f := s.add(fieldInfo{key, TypeKeyword}, kindLike)
	s.fields[f].name = name
	if s.likes == nil {
		s.likes = map[Field]func(string) bool{}
	}
	s.likes[f] = fits
	return f
}

// Names returns the names of the fields that mappings fill, sorted. Fields that are made from the names of Data are
// not among them.
func (s *Schema) Names() []string {
	var names []string
	for f := noField + 1; f < numFields; f++ {
		if mappedSomewhere[f] {
			names = append(names, fieldTable[f].name)
		}
	}
	slices.Sort(names)
	return names
}

// Name returns a field's dotted name.
func (s *Schema) Name(f Field) string {
	if f <= noField || int(f) >= len(s.fields) {
		return ""
	}
	return s.fields[f].name
}

// Type returns a field's type, 0 for no field.
func (s *Schema) Type(f Field) FieldType {
	if f <= noField || int(f) >= len(s.fields) {
		return 0
	}
	return s.fields[f].typ
}

// Answerable reports whether any event that hunt maps can have a value for f. A rule that needs a field without one,
// for example process.code_signature.trusted or process.Ext.*, cannot match on Windows event logs.
func (s *Schema) Answerable(f Field) bool {
	if f <= noField || int(f) >= len(s.fields) {
		return false
	}
	switch s.kinds[f] {
	case kindMapped:
		return mappedSomewhere[f]
	case kindEventData, kindUserData, kindLike:
		return true
	}
	return false
}

// add appends a field.
func (s *Schema) add(info fieldInfo, kind fieldKind) Field {
	id := Field(len(s.fields))
	s.fields = append(s.fields, info)
	s.kinds = append(s.kinds, kind)
	s.byName[info.name] = id
	return id
}

// kindOf classifies a name that is in no table.
func kindOf(name string) fieldKind {
	switch {
	case strings.HasPrefix(name, eventDataPrefix) && len(name) > len(eventDataPrefix):
		return kindEventData
	case strings.HasPrefix(name, userDataPrefix) && len(name) > len(userDataPrefix):
		return kindUserData
	}
	for _, prefix := range reference.Prefixes {
		if strings.HasPrefix(name, prefix) {
			return kindKnown
		}
	}
	return kindUnknown
}

// maxKnown bounds the classes that Renew keeps; real collections hold a few thousand.
const maxKnown = 1 << 13

// Renew makes the schema count the classes of other evidence, as a new schema would. Nobody may use it meanwhile. An
// earlier class usually keeps its pointer, so that what was computed for it stays valid.
func (s *Schema) Renew() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) > maxKnown {
		s.known = map[classKey]*Class{}
	}
	for key, c := range s.roster.byKey {
		s.known[key] = c
	}
	for key, c := range s.known {
		if c.out.Load() || len(s.known) > maxKnown {
			delete(s.known, key)
		}
	}
	s.roster = roster{most: s.roster.most}
	s.overflowed = false
}
