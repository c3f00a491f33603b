package evtx

import (
	"strconv"
	"time"

	"hunt/evtx/binxml"
)

// Record is one event record. It aliases its chunk's buffer and is valid until the next record is asked for; Clone
// keeps it. It belongs to one goroutine: reading fills caches inside it.
type Record struct {
	Ref     Ref
	Written Filetime // from the record header: when the service wrote it; TimeCreated is the event's own time
	// Borrowed marks a carved record whose template is gone from its chunk and was taken from elsewhere in the case
	// by its id: the values are the record's own, the names are those of the lender.
	Borrowed bool
	// Strayed marks a carved record whose chunk did not begin at its slot: its template was found relative to where
	// that chunk began.
	Strayed bool
	// Continued marks a live record after the end that its chunk's header gives, whose number continues that of the
	// record before it.
	Continued bool
	// Partial marks a record whose System is sound but whose payload cannot be decoded. A Decoder yields these only
	// with Decoder.Partial.
	Partial bool
	// Values holds the values of a record that does not come from a log in BinXML; nil for all others.
	Values Values

	doc     binxml.Document
	strings *interner
}

// The System element's values, read straight from the top template's substitution table. Strings are interned by the
// decoder and may be kept. An absent value is "" or 0.

// Provider returns Provider/@Name.
func (r *Record) Provider() string { return r.text(binxml.ProviderName) }

// ProviderGUID returns Provider/@Guid as {…}.
func (r *Record) ProviderGUID() string { return r.text(binxml.ProviderGUID) }

// EventSourceName returns Provider/@EventSourceName, which classic providers have.
func (r *Record) EventSourceName() string { return r.text(binxml.EventSourceName) }

// EventID returns the event id without qualifiers.
func (r *Record) EventID() uint32 { return uint32(r.number(binxml.EventID)) }

// Qualifiers returns EventID/@Qualifiers; ok is false if the event has none.
func (r *Record) Qualifiers() (q uint16, ok bool) {
	if _, ok := r.doc.System(binxml.Qualifiers); !ok && r.text(binxml.Qualifiers) == "" {
		return 0, false
	}
	return uint16(r.number(binxml.Qualifiers)), true
}

// Version returns the version of the event's definition.
func (r *Record) Version() uint8 { return uint8(r.number(binxml.Version)) }

// Level returns the level: 1 critical, 2 error, 3 warning, 4 information, 5 verbose, 0 always.
func (r *Record) Level() uint8 { return uint8(r.number(binxml.Level)) }

// Task returns the task, a category that the provider defines.
func (r *Record) Task() uint16 { return uint16(r.number(binxml.Task)) }

// Opcode returns the opcode: the step within the task.
func (r *Record) Opcode() uint8 { return uint8(r.number(binxml.Opcode)) }

// Keywords returns the keyword mask.
func (r *Record) Keywords() uint64 { return r.number(binxml.Keywords) }

// EventRecordID returns System/EventRecordID, the number that rules and analysts use.
func (r *Record) EventRecordID() uint64 { return r.number(binxml.EventRecordID) }

// ActivityID returns Correlation/@ActivityID.
func (r *Record) ActivityID() string { return r.fresh(binxml.ActivityID) }

// RelatedActivityID returns Correlation/@RelatedActivityID.
func (r *Record) RelatedActivityID() string { return r.fresh(binxml.RelatedActivityID) }

// ProcessID returns Execution/@ProcessID: the process that logged, not the one logged about.
func (r *Record) ProcessID() uint32 { return uint32(r.number(binxml.ProcessID)) }

// ThreadID returns Execution/@ThreadID.
func (r *Record) ThreadID() uint32 { return uint32(r.number(binxml.ThreadID)) }

// Channel returns the channel, as in "Security".
func (r *Record) Channel() string { return r.text(binxml.Channel) }

// Computer returns the computer's name as the event gives it.
func (r *Record) Computer() string { return r.text(binxml.Computer) }

// UserID returns Security/@UserID as S-1-…, "" if absent.
func (r *Record) UserID() string { return r.text(binxml.UserID) }

// TimeCreated returns the event's own time as recorded, 0 if it has none that can be read. It can be any number,
// however implausible; events are ordered by Time.
func (r *Record) TimeCreated() Filetime {
	v, ok := r.doc.System(binxml.TimeCreated)
	if ok {
		if ticks, ok := v.Filetime(); ok {
			return Filetime(ticks)
		}
	}
	s := r.fresh(binxml.TimeCreated)
	if s == "" {
		return 0
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0
	}
	return FiletimeOf(t)
}

// text returns a property as an interned string.
func (r *Record) text(p binxml.Property) string {
	if v, ok := r.doc.System(p); ok {
		if r.strings == nil {
			return v.String()
		}
		return r.strings.text(v)
	}
	if s := r.doc.SystemLiteral(p); s != "" {
		return s
	}
	return r.fresh(p)
}

// fresh returns a property as a newly allocated string, for properties that rarely repeat.
func (r *Record) fresh(p binxml.Property) string {
	var buf [64]byte
	b, _ := r.appendSystem(buf[:0], p)
	return string(b)
}

// appendSystem appends a property as text.
func (r *Record) appendSystem(dst []byte, p binxml.Property) (_ []byte, ok bool) {
	if r.Values == nil {
		return r.doc.AppendSystem(dst, p)
	}
	s := r.Values.System(p)
	return append(dst, s...), s != ""
}

// number returns a property as a number; rendered and forwarded events hold it as text.
func (r *Record) number(p binxml.Property) uint64 {
	if v, ok := r.doc.System(p); ok {
		if n, ok := v.Uint(); ok {
			return n
		}
	}
	var buf [32]byte
	b, ok := r.appendSystem(buf[:0], p)
	if !ok {
		return 0
	}
	base := 10
	if len(b) > 2 && b[0] == '0' && b[1] == 'x' {
		b, base = b[2:], 16
	}
	n, err := strconv.ParseUint(string(b), base, 64)
	if err != nil {
		return 0
	}
	return n
}

// looseProperties are those that Windows writes as GUIDs, SIDs or times, if at all, and that a record may hold as
// text.
var looseProperties = [...]binxml.Property{
	binxml.ProviderGUID, binxml.EventSourceName, binxml.TimeCreated, binxml.ActivityID, binxml.RelatedActivityID,
	binxml.UserID,
}

// AppendSystemTexts appends the values of System that the record holds as text, each followed by a newline, except
// the provider's name, channel and computer. Numbers, GUIDs, SIDs and times that are stored as such are left out.
func (r *Record) AppendSystemTexts(dst []byte) []byte {
	for _, p := range looseProperties {
		if v, ok := r.doc.System(p); ok && !v.IsText() {
			continue
		}
		mark := len(dst)
		var ok bool
		if dst, ok = r.appendSystem(dst, p); !ok || len(dst) == mark {
			dst = dst[:mark]
			continue
		}
		dst = append(dst, '\n')
	}
	return dst
}

// Template identifies the record's shape: two records with the same pointer have the same System layout and the same
// EventData names at the same positions, so that lookups can be made once per template. It is nil for a record with
// Values, for which nothing can be cached.
func (r *Record) Template() *binxml.Template { return r.doc.Template() }

// IsUserData reports whether the payload is UserData rather than EventData.
func (r *Record) IsUserData() bool {
	t := r.doc.Template()
	if t == nil {
		_, userData := r.data()
		return userData
	}
	return t.IsUserData()
}

// Clone returns a copy that owns its bytes (about a kilobyte) and shares the templates.
func (r *Record) Clone() *Record {
	c := &Record{Ref: r.Ref, Written: r.Written, Borrowed: r.Borrowed, Strayed: r.Strayed,
		Continued: r.Continued, Partial: r.Partial, Values: r.Values}
	r.doc.CloneTo(&c.doc)
	return c
}

// Raw returns the whole record as it is in the file: header, body, size copy. For a record with Values, it returns
// their Raw.
func (r *Record) Raw() []byte {
	if r.Values != nil {
		return r.Values.Raw()
	}
	return r.doc.Raw()
}

// ContentHash returns a 64-bit hash (xxhash) of the record's content: the template's content and the values, nested
// ones included, wherever in whichever chunk they are stored. Two copies of one event (VSS, export) have the same
// hash; the fields of the record header do not count.
func (r *Record) ContentHash() uint64 {
	if r.Values != nil {
		return r.valueHash()
	}
	return r.doc.ContentHash()
}

// AppendJSON appends the record as one JSON object in evtx_dump's layout:
// {"Event":{"#attributes":{…},"System":{…},"EventData":{…}}}, without a newline. Values are those that Windows
// shows: GUIDs in braces, times with seven digits. Unpaired surrogates are not text and become U+FFFD, because
// strict JSON readers stop at them; Altered reports it, and Decoder.Exact writes them as escapes instead. For a
// record with Values it appends {}.
func (r *Record) AppendJSON(dst []byte) []byte { return r.doc.AppendJSON(dst) }

// Form returns what the JSON of all records of the same shape has in common; see [binxml.Document.Form], and the
// same type for the three methods below.
func (r *Record) Form() (f binxml.Form, present uint64, ok bool) { return r.doc.Form() }

// FormValue returns value i of the record, whose form is f.
func (r *Record) FormValue(f binxml.Form, i int) binxml.Value { return r.doc.FormValue(f, i) }

// AppendFormValue appends value i of the record, whose form is f, as AppendJSON writes it.
func (r *Record) AppendFormValue(dst []byte, f binxml.Form, i int) []byte {
	return r.doc.AppendFormValue(dst, f, i)
}

// AppendJSONPlaces appends what AppendJSON does for a record that has a form, and returns where the values are in
// it.
func (r *Record) AppendJSONPlaces(dst []byte) ([]byte, []binxml.Place) {
	return r.doc.AppendJSONPlaces(dst)
}

// Altered reports whether any text written from the record since it was yielded has U+FFFD in place of an unpaired
// surrogate.
func (r *Record) Altered() bool { return r.doc.Altered() }

// Unpaired reports whether the record has an unpaired surrogate, so that its text is altered wherever it is shown.
func (r *Record) Unpaired() bool { return r.doc.Unpaired() }

// AppendXML appends the record as XML, without declaration or newline. For a record with Values it appends nothing.
func (r *Record) AppendXML(dst []byte) []byte { return r.doc.AppendXML(dst) }
