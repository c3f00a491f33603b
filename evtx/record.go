package evtx

import (
	"iter"

	"hunt/evtx/binxml"
)

// SKETCH of the API that other packages code against (bodies to be written).

// Record is one event record. It aliases its chunk's buffer and is valid until
// the next record is asked for; Clone keeps it.
type Record struct {
	Ref     Ref
	Written Filetime // of the record header: when the service wrote it; TimeCreated is the event's own time
}

// The System element's values, read straight from the top template's
// substitution table. Strings are interned by the decoder and may be kept.
func (r *Record) Provider() string           { panic("sketch") } // Provider/@Name
func (r *Record) ProviderGUID() string       { panic("sketch") } // Provider/@Guid, {…} or ""
func (r *Record) EventSourceName() string    { panic("sketch") }
func (r *Record) EventID() uint32            { panic("sketch") }
func (r *Record) Qualifiers() (uint16, bool) { panic("sketch") }
func (r *Record) Version() uint8             { panic("sketch") }
func (r *Record) Level() uint8               { panic("sketch") }
func (r *Record) Task() uint16               { panic("sketch") }
func (r *Record) Opcode() uint8              { panic("sketch") }
func (r *Record) Keywords() uint64           { panic("sketch") }
func (r *Record) TimeCreated() Filetime      { panic("sketch") }
func (r *Record) EventRecordID() uint64      { panic("sketch") }
func (r *Record) ActivityID() string         { panic("sketch") }
func (r *Record) ProcessID() uint32          { panic("sketch") } // Execution/@ProcessID
func (r *Record) ThreadID() uint32           { panic("sketch") }
func (r *Record) Channel() string            { panic("sketch") }
func (r *Record) Computer() string           { panic("sketch") }
func (r *Record) UserID() string             { panic("sketch") } // Security/@UserID, S-1-… or ""

// Template identifies the payload's shape: two records with the same pointer
// have the same System layout and the same EventData names, so that lookups can be
// bound once per template. Source of the pointer: the compiled nested EventData
// template, or the top one where there is none.
func (r *Record) Template() *binxml.Template { panic("sketch") }

// Field is one item of EventData or UserData in the order of the log: Data with
// its Name, unnamed Data (Name ""), Binary, or a leaf element below UserData.
type Field struct {
	Name string
	rec  *Record
}

// AppendText appends the field's content as Windows shows it.
func (f Field) AppendText(dst []byte) []byte { panic("sketch") }

// Value returns the field's value where it is a single substitution (nearly always).
func (f Field) Value() (v binxml.Value, ok bool) { panic("sketch") }

// Data returns the first field with that name.
func (r *Record) Data(name string) (f Field, ok bool) { panic("sketch") }

// DataIndex returns the position of a name in this record's shape, to be cached
// per Template(); -1 if absent. DataAt returns the field at a position.
func (r *Record) DataIndex(name string) int { panic("sketch") }
func (r *Record) DataAt(i int) Field        { panic("sketch") }

// Fields yields all fields in the order of the log, duplicates and unnamed ones included.
func (r *Record) Fields() iter.Seq[Field] { panic("sketch") }

// IsUserData reports whether the payload is UserData rather than EventData.
func (r *Record) IsUserData() bool { panic("sketch") }

// Clone returns a copy that owns its bytes (about a kilobyte) and shares the templates.
func (r *Record) Clone() *Record { panic("sketch") }

// Raw returns the whole record as it stands in the file: header, body, size copy.
func (r *Record) Raw() []byte { panic("sketch") }

// ContentHash returns a 64-bit hash (xxhash) of what the record says: template content and values,
// nested ones included, independent of where in which chunk it was stored. Two
// copies of one event (VSS, export) have the same hash; record header fields are not part of it.
func (r *Record) ContentHash() uint64 { panic("sketch") }

// AppendJSON appends the record as one JSON object in evtx_dump's layout:
// {"Event":{"#attributes":{…},"System":{…},"EventData":{…}}}, without newline.
func (r *Record) AppendJSON(dst []byte) []byte { panic("sketch") }

// AppendXML appends the record as XML.
func (r *Record) AppendXML(dst []byte) []byte { panic("sketch") }
