package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"

	"hunt/evtx"
	"hunt/rules/eql"
	"hunt/timeline"
	"hunt/timeline/ecs"
)

// The lines of a timeline, one type for each format. Every line leads back to the record: file, chunk, offset.

// place is where a record stands in the evidence.
type place struct {
	File     string `json:"file"`
	Chunk    int32  `json:"chunk"`
	Offset   int64  `json:"offset"`
	HeaderID uint64 `json:"header_record_id"`
	RecordID uint64 `json:"event_record_id"`
	Carved   bool   `json:"carved,omitempty"`
	Twin     bool   `json:"twin,omitempty"` // the other log's record of the same process start
}

func placeOf(col *timeline.Collection, r evtx.Ref) place {
	return place{File: col.Files[r.File].Path, Chunk: r.Chunk, Offset: r.Offset, HeaderID: r.HeaderRecordID, RecordID: r.EventRecordID, Carved: r.Carved}
}

// ecsLine writes Elastic documents.
type ecsLine struct {
	col  *timeline.Collection
	bulk bool
}

func (l ecsLine) append(dst []byte, e *timeline.Event) []byte {
	if l.bulk {
		dst = append(dst, `{"create":{"_id":`...)
		dst = append(append(dst, jsonOf(eql.StringValue(eventID(e)))...), "}}\n"...)
	}
	type evidence struct {
		place
		Also []place `json:"also,omitempty"`
	}
	ev := evidence{place: placeOf(l.col, e.Ref)}
	for _, a := range e.Also {
		p := placeOf(l.col, a.Ref)
		p.Twin = a.Twin
		ev.Also = append(ev.Also, p)
	}
	text := marshal(ev)
	start := len(dst)
	dst = e.AppendJSON(dst)
	// hunt.evidence goes into the object that lists the derived fields. The quotes cannot be those of a text, where they
	// would be escaped, and no other object of a document is called hunt.
	const object = `"hunt":{`
	if i := bytes.Index(dst[start:], []byte(object)); i >= 0 {
		at := start + i + len(object)
		tail := append([]byte(nil), dst[at:]...)
		dst = append(append(append(append(dst[:at], `"evidence":`...), text...), ','), tail...)
	} else {
		dst = append(append(append(dst[:len(dst)-1], `,"hunt":{"evidence":`...), text...), "}}"...)
	}
	return append(dst, '\n')
}

// facts are what the short formats say of an event.
type facts struct {
	Time        string `json:"time"`
	Host        string `json:"host"`
	Channel     string `json:"channel"`
	Provider    string `json:"provider"`
	EventCode   uint32 `json:"event_code"`
	RecordID    uint64 `json:"record_id"`
	User        string `json:"user,omitempty"`
	Process     string `json:"process,omitempty"`
	PID         string `json:"pid,omitempty"`
	Parent      string `json:"parent,omitempty"`
	CommandLine string `json:"command_line,omitempty"`
	Target      string `json:"target,omitempty"` // file, registry value, address or name that it is about
	Message     string `json:"message"`
	File        string `json:"file"`
	Chunk       int32  `json:"chunk"`
	Offset      int64  `json:"offset"`
	Carved      bool   `json:"carved,omitempty"`
	Copies      int    `json:"copies,omitempty"` // further records of the same event
	Twin        bool   `json:"twin,omitempty"`   // logged by Sysmon and by Security
}

var targetFields = []ecs.Field{ecs.FilePath, ecs.RegistryPath, ecs.DNSQuestionName, ecs.DestinationIP, ecs.ServiceName, ecs.WinlogScheduledTaskName, ecs.URLFull}

func factsOf(col *timeline.Collection, e *timeline.Event) facts {
	f := facts{Time: e.At.String(), Host: e.Host.ID, Channel: e.Class.Channel, Provider: e.Class.Provider, EventCode: e.Class.EventID,
		RecordID: e.Ref.EventRecordID, User: first(e, ecs.UserName), Process: first(e, ecs.ProcessExecutable), PID: first(e, ecs.ProcessPID),
		Parent: first(e, ecs.ProcessParentExecutable), CommandLine: first(e, ecs.ProcessCommandLine), Message: e.Message(),
		File: col.Files[e.Ref.File].Path, Chunk: e.Ref.Chunk, Offset: e.Ref.Offset, Carved: e.Ref.Carved}
	for _, t := range targetFields {
		if f.Target = first(e, t); f.Target == "" {
			continue
		}
		if port := first(e, ecs.DestinationPort); t == ecs.DestinationIP && port != "" {
			f.Target += " port " + port
		}
		break
	}
	for _, a := range e.Also {
		if a.Twin {
			f.Twin = true
		} else {
			f.Copies++
		}
	}
	return f
}

// first is the first value of a field as text.
func first(e *timeline.Event, f ecs.Field) string {
	var few [4]ecs.Value
	if vs := e.Values(f, few[:0]); len(vs) > 0 {
		return string(vs[0].AppendText(nil))
	}
	return ""
}

// factLine writes the main facts as JSON.
type factLine struct{ col *timeline.Collection }

func (l factLine) append(dst []byte, e *timeline.Event) []byte {
	return append(append(dst, marshal(factsOf(l.col, e))...), '\n')
}

// marshal gives JSON without the escapes that are for HTML. The types given to it cannot fail.
func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// csvLine writes the main facts as a table.
type csvLine struct{ col *timeline.Collection }

var csvColumns = []string{"time", "host", "channel", "provider", "event_code", "record_id", "user", "process", "pid", "parent",
	"command_line", "target", "message", "file", "chunk", "offset", "carved", "copies", "twin"}

func csvHead() []byte { return csvRow(nil, csvColumns) }

func (l csvLine) append(dst []byte, e *timeline.Event) []byte {
	f := factsOf(l.col, e)
	row := []string{f.Time, f.Host, f.Channel, f.Provider, strconv.Itoa(int(f.EventCode)), strconv.FormatUint(f.RecordID, 10), f.User,
		f.Process, f.PID, f.Parent, f.CommandLine, f.Target, f.Message, f.File, strconv.Itoa(int(f.Chunk)), strconv.FormatInt(f.Offset, 10),
		strconv.FormatBool(f.Carved), strconv.Itoa(f.Copies), strconv.FormatBool(f.Twin)}
	for i := range row {
		row[i] = formulaSafe(row[i])
	}
	return csvRow(dst, row)
}

// formulaSafe keeps a spreadsheet from taking log text for a formula.
func formulaSafe(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0 {
		return "'" + s
	}
	return s
}

// csvRow appends a row as RFC 4180 has it. Invalid UTF-8 and NUL bytes become U+FFFD, because readers stop at them.
func csvRow(dst []byte, row []string) []byte {
	for i := range row {
		row[i] = strings.ReplaceAll(strings.ToValidUTF8(row[i], "\uFFFD"), "\x00", "\uFFFD")
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.Write(row) // a buffer does not fail
	w.Flush()
	return append(dst, b.Bytes()...)
}
