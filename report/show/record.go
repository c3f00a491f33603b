// Package show shows single records in full: where they are and what is wrong there, their fields, XML, JSON and
// bytes, and what two decoders say of them.
package show

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"

	"hunt/evtx"
	"hunt/evtx/goevtx"
	"hunt/report/record"
	"hunt/timeline/ecs"
	"hunt/timeline/ecs/document"
	"hunt/timeline/evidence"
	"hunt/timeline/search"
)

// Record is what is shown of a record, or of bytes that are none.
type Record struct {
	Target         string             `json:"target"`
	File           string             `json:"file"`
	Chunk          int32              `json:"chunk"`
	ChunkOffset    int64              `json:"chunk_offset"` // of the chunk in the file
	Offset         int64              `json:"offset"`       // of the record in the file
	Size           int                `json:"size"`
	SHA256         string             `json:"sha256"`
	HeaderRecordID uint64             `json:"header_record_id"`
	EventRecordID  uint64             `json:"event_record_id"`
	State          []string           `json:"state"` // what is not as usual: carved, borrowed, partial …
	Time           string             `json:"time,omitempty"`
	TimeFrom       string             `json:"time_from,omitempty"`
	Written        string             `json:"written,omitempty"` // as the header says
	Host           string             `json:"host,omitempty"`
	Channel        string             `json:"channel,omitempty"`
	Provider       string             `json:"provider,omitempty"`
	EventCode      uint32             `json:"event_code"`
	Message        string             `json:"message,omitempty"`
	Decoded        bool               `json:"decoded"`
	Damage         []string           `json:"damage"` // of this place
	Fields         []Value            `json:"fields"` // in the order of the record
	ECS            json.RawMessage    `json:"ecs,omitempty"`
	Event          json.RawMessage    `json:"event,omitempty"` // as hunt dump prints it
	XML            string             `json:"xml,omitempty"`
	Second         Second             `json:"second_decoder"`
	ChunkHeader    []evtx.HeaderField `json:"chunk_header"`
	RecordHeader   []evtx.HeaderField `json:"record_header"`
	Hex            string             `json:"hex"` // all bytes of the record

	raw []byte
}

// Value is a field of a record, named as hunt search names it.
type Value struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Second is what the second decoder says.
type Second struct {
	Result      record.Saying `json:"result"`
	Detail      string        `json:"detail,omitempty"`
	Differences []Difference  `json:"differences"`
}

// Difference is a field that the decoders read in different ways.
type Difference struct {
	Field  string `json:"field"`
	Ours   string `json:"hunt"`
	Theirs string `json:"golang_evtx"`
	Why    string `json:"why,omitempty"` // the known defect of golang-evtx
}

// describe describes a record, or the bytes at the target's offset where rec is nil.
func (f *Finder) describe(of *evidence.File, s evtx.Slot, rec *evtx.Record, t Target, damage []evtx.Damage) *Record {
	r := &Record{Target: t.Text, File: of.Path, Chunk: s.At.Chunk, ChunkOffset: s.At.Offset, Offset: t.Offset,
		State:  []string{},
		Damage: []string{}, Fields: []Value{}, Second: Second{Result: record.NotAsked, Differences: []Difference{}},
		ChunkHeader: evtx.ExplainChunk(s.Data)}
	if rec != nil {
		r.Offset, r.raw = rec.Ref.Offset, rec.Raw()
		r.decoded(rec, s)
	} else {
		r.raw = bytesAt(s.Data, int(t.Offset-s.At.Offset))
		r.Second.Detail = "hunt cannot decode a record here"
	}
	r.RecordHeader = evtx.ExplainRecord(s.Data, int(r.Offset-s.At.Offset))
	if r.RecordHeader == nil {
		r.RecordHeader = []evtx.HeaderField{}
	}
	end := r.Offset + int64(len(r.raw))
	for _, d := range damage {
		whole := d.Ref.Offset == s.At.Offset // it concerns the whole chunk
		if whole || d.Ref.Offset < end && d.Ref.Offset+max(d.Size, 1) > r.Offset {
			r.Damage = append(r.Damage, d.Kind.String()+": "+d.Detail)
		}
	}
	sum := sha256.Sum256(r.raw)
	r.Size, r.SHA256, r.Hex = len(r.raw), hex.EncodeToString(sum[:]), hex.EncodeToString(r.raw)
	return r
}

// bytesAt returns the bytes of what may be a record at an offset of a chunk: as many as its header
// says, or some.
func bytesAt(data []byte, pos int) []byte {
	const some, header = 512, 24
	size := some
	if pos+header <= len(data) && string(data[pos:pos+4]) == "**\x00\x00" {
		if n := int(binary.LittleEndian.Uint32(data[pos+4:])); n >= header && n <= len(data)-pos {
			size = n
		}
	}
	return data[pos:min(pos+size, len(data))]
}

// decoded fills in what a record says.
func (r *Record) decoded(rec *evtx.Record, s evtx.Slot) {
	r.Decoded = true
	r.HeaderRecordID, r.EventRecordID = rec.Ref.HeaderRecordID, rec.EventRecordID()
	at, from := rec.Time()
	if at != 0 {
		r.Time = at.String()
	}
	if from != evtx.TimeLogged {
		r.TimeFrom = from.String()
	}
	r.Written = rec.Written.String()
	r.Host, r.Channel, r.Provider, r.EventCode = rec.Computer(), rec.Channel(), rec.Provider(), rec.EventID()
	for _, x := range []struct {
		is   bool
		text string
	}{
		{rec.Ref.Carved, "carved: recovered from behind the live records"},
		{rec.Borrowed, "borrowed: its own definition is gone; names come from another definition with the same id"},
		{rec.Strayed, "strayed: its chunk began elsewhere than this slot"},
		{rec.Continued, "continued: it is behind the end that the chunk's header gives"},
		{rec.Partial, "partial: a part of it cannot be decoded"},
		{rec.Unpaired(), "altered: it has broken UTF-16, which is shown as U+FFFD"},
	} {
		if x.is {
			r.State = append(r.State, x.text)
		}
	}
	line := rec.AppendJSON(nil)
	r.Event, r.XML = line, string(rec.AppendXML(nil))
	search.Fields(line, func(field, value string) { r.Fields = append(r.Fields, Value{field, value}) })
	event := ecs.NewMapper(ecs.NewSchema()).Map(rec)
	r.ECS, r.Message = document.Append(nil, event), event.Message()
	r.second(record.AskSecond(rec, s))
}

// second says how the second decoder's reading compares.
func (r *Record) second(x record.Second) {
	r.Second.Result, r.Second.Detail = x.Says(), x.NotAsked
	if x.Err != nil {
		r.Second.Detail = x.Err.Error()
		if d := goevtx.Excuse(x.Err); d != "" {
			r.Second.Detail = d.Explain() + " (" + x.Err.Error() + ")"
		}
	}
	for _, d := range x.Differences {
		y := Difference{Field: d.Field, Ours: d.Ours, Theirs: d.Theirs}
		if d.Defect != "" {
			y.Why = d.Defect.Explain()
		}
		r.Second.Differences = append(r.Second.Differences, y)
	}
}

// JSON writes the record as one line of JSON.
func (r *Record) JSON(to io.Writer) error {
	enc := json.NewEncoder(to)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// indented is JSON laid out for reading.
func indented(b []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b)
	}
	return out.String()
}
