// Package ecs shows Windows events as Elastic Common Schema events: a field
// registry, typed values, and one mapping per provider and event id. Values are
// computed when asked for and held by field id.
//
// Sources: ECS field reference (Apache-2.0); docs/ecs-mapping.md for the mapping.
package ecs

import "hunt/evtx"

// SKETCH of the API that other packages code against (bodies to be written).

// Field is the id of a field in a Schema. 0 is no field.
type Field int32

// FieldType is the Elasticsearch type of a field, which decides how EQL compares it.
type FieldType uint8

// The field types.
const (
	TypeKeyword FieldType = iota + 1
	TypeLong
	TypeFloat
	TypeBoolean
	TypeDate
	TypeIP
)

// Schema resolves names to ids. The static fields of ECS and of Elastic's Windows
// integrations are the same in every Schema; winlog.event_data.* and winlog.user_data.* names are added as
// rules ask for them. It is complete before the first event is mapped, and read-only from then on.
type Schema struct{}

// NewSchema returns a Schema with the static fields.
func NewSchema() *Schema { panic("sketch") }

// Field resolves a dotted name. known is false for a name that neither ECS nor
// hunt's mapping has; such a field gets an id too and is always missing.
func (s *Schema) Field(name string) (id Field, typ FieldType, known bool) { panic("sketch") }

// Name returns a field's dotted name.
func (s *Schema) Name(f Field) string { panic("sketch") }

// Suggest returns the known name nearest to an unknown one, or "".
func (s *Schema) Suggest(name string) string { panic("sketch") }

// The static ids that other packages use by name: exported variables or constants such
// as ecs.HostID, ecs.ProcessEntityID, ecs.ProcessName, ecs.ProcessExecutable, ecs.ProcessArgs, ecs.ProcessParentName, ecs.FilePath …

// Class is what (channel, provider, event id) alone decide: the mapping used
// and the fields whose values are the same for all its events (event.category, event.type, event.action,
// event.code, event.provider, event.dataset, host.os.type …). One pointer per
// class per Mapper cache, shared by all workers, so that it can key a map.
type Class struct {
	Channel, Provider string
	EventID           uint32
	ProcessStart      bool // Sysmon 1, Security 4688
	ProcessEnd        bool // Sysmon 5, Security 4689
	Logon             bool // Security 4624, 4634, 4647, 4648, 4672
}

// Static returns the values of a field that all events of the class share; ok is false
// where the value depends on the event. (missing for all events: nil, true)
func (c *Class) Static(f Field) (vs []Value, ok bool) { panic("sketch") }

// Mapper turns records into events for one goroutine.
type Mapper struct {
	Strict bool // Elastic's values only (--ecs strict): user.id of Sysmon is the service's SID
}

// NewMapper returns a Mapper over s.
func NewMapper(s *Schema) *Mapper { panic("sketch") }

// Map returns the event of a record. The event is reused by the next call; Clone keeps it.
func (m *Mapper) Map(r *evtx.Record) *Event { panic("sketch") }

// Event is one record seen through ECS. Immutable but for Set, which only
// timeline's enrichment calls, before any rule sees the event.
type Event struct {
	Record *evtx.Record
	Class  *Class
}

// Values appends the values of f to dst: none = missing, one = scalar, several = array.
// A field that only the host's history can tell gives one KindPending value until
// it is Set: host.id, host.name, host.hostname; process.parent.* of a 4688 without
// parent name; process.entity_id of 4688; user.id of Sysmon events (not Strict).
func (e *Event) Values(f Field, dst []Value) []Value { panic("sketch") }

// Set gives f its derived values (none: settled as missing). Derived fields are listed under hunt.derived in documents.
func (e *Event) Set(f Field, vs ...Value) { panic("sketch") }

// UTC returns Sysmon's EventData UtcTime, or 0.
func (e *Event) UTC() evtx.Filetime { panic("sketch") }

// Clone returns a copy that may be kept; its record owns its bytes.
func (e *Event) Clone() *Event { panic("sketch") }

// AppendJSON appends the event as one nested ECS document (keys sorted, arrays where there are many
// values), with winlog.event_data holding what no ECS field took, and "hunt":{"derived":[names]}.
func (e *Event) AppendJSON(dst []byte) []byte { panic("sketch") }

// Message returns one line that a person can read: "powershell.exe started by chrome.exe (alice): powershell -enc …".
// Unknown events name provider, id and the first fields. The text is raw log text: escape it where it is shown.
func (e *Event) Message() string { panic("sketch") }
