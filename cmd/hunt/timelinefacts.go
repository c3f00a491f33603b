package main

import (
	"bytes"
	"encoding/json"
	"strconv"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
)

// facts are what the short formats say of an event.
type facts struct {
	Time        string          `json:"time"`
	Host        string          `json:"host"`
	Channel     string          `json:"channel"`
	Provider    string          `json:"provider"`
	EventCode   uint32          `json:"event_code"`
	RecordID    uint64          `json:"record_id"`
	User        string          `json:"user,omitempty"`
	Process     string          `json:"process,omitempty"`
	PID         string          `json:"pid,omitempty"`
	Parent      string          `json:"parent,omitempty"`
	CommandLine string          `json:"command_line,omitempty"`
	Target      string          `json:"target,omitempty"` // file, registry value, address or name that it is about
	Message     string          `json:"message"`
	Data        json.RawMessage `json:"data"`     // what the record carries, as raw text
	Computer    string          `json:"computer"` // as logged
	File        string          `json:"file"`
	Chunk       int32           `json:"chunk"`
	Offset      int64           `json:"offset"`
	Carved      bool            `json:"carved,omitempty"`
	Copies      int             `json:"copies,omitempty"`      // further records of the same event
	Twin        bool            `json:"twin,omitempty"`        // logged by Sysmon and by Security
	TimeSource  string          `json:"time_source,omitempty"` // where time comes from if not from what the clock of the run asks for
	Altered     bool            `json:"altered,omitempty"`     // a surrogate without its other half is U+FFFD
	Continued   bool            `json:"continued,omitempty"`   // behind the end that the header of its chunk gives
}

var targetFields = []ecs.Field{ecs.FilePath, ecs.RegistryPath, ecs.DNSQuestionName, ecs.DestinationIP, ecs.ServiceName, ecs.WinlogScheduledTaskName, ecs.URLFull}

func factsOf(col *evidence.Collection, e *timeline.Event) facts {
	f := facts{Time: timeText(e.At), Host: e.Host.ID, Computer: e.Record.Computer(), Channel: e.Class.Channel, Provider: e.Class.Provider, EventCode: e.Class.EventID,
		RecordID: e.Ref.EventRecordID, User: first(e, ecs.UserName), Process: first(e, ecs.ProcessExecutable), PID: first(e, ecs.ProcessPID),
		Parent: first(e, ecs.ProcessParentExecutable), CommandLine: first(e, ecs.ProcessCommandLine), Message: e.Message(), Data: e.AppendData(nil),
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
	f.TimeSource, _, _ = e.TimeMark()
	f.Altered, f.Continued = e.Record.Unpaired(), e.Record.Continued
	f.Copies = e.More
	for _, a := range e.Also {
		if a.Twin {
			f.Twin = true
		} else {
			f.Copies++
		}
	}
	return f
}

// timeText is a time as text, "" for none.
func timeText(t evtx.Filetime) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// first is the first value of a field as text.
func first(e *timeline.Event, f ecs.Field) string {
	var few [4]ecs.Value
	if vs := e.Values(f, few[:0]); len(vs) > 0 {
		return string(vs[0].AppendText(nil))
	}
	return ""
}

// factColumns are the columns of a table of facts, in the order of row.
var factColumns = []string{"time", "host", "channel", "provider", "event_code", "record_id", "user", "process", "pid", "parent",
	"command_line", "target", "message", "data", "computer", "file", "chunk", "offset", "carved", "copies", "twin", "time_source", "altered", "continued"}

func (f *facts) row() []string {
	return []string{f.Time, f.Host, f.Channel, f.Provider, strconv.Itoa(int(f.EventCode)), strconv.FormatUint(f.RecordID, 10), f.User,
		f.Process, f.PID, f.Parent, f.CommandLine, f.Target, f.Message, string(f.Data), f.Computer, f.File, strconv.Itoa(int(f.Chunk)),
		strconv.FormatInt(f.Offset, 10), strconv.FormatBool(f.Carved), strconv.Itoa(f.Copies), strconv.FormatBool(f.Twin), f.TimeSource,
		strconv.FormatBool(f.Altered), strconv.FormatBool(f.Continued)}
}

// factLine writes the main facts as JSON.
type factLine struct{ col *evidence.Collection }

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
