package main

import (
	"strconv"
	"time"

	"hunt/evtx"
	"hunt/timeline"
	"hunt/timeline/evidence"
)

// Timesketch wants message, datetime (ISO 8601) and timestamp_desc of every event, and takes timestamp in microseconds. The other
// names are those that Plaso gives to event logs, where it has them, so that Timesketch's analyzers find what they look for.
// Sources: Timesketch, "Import from JSON or CSV"; Plaso, winevtx.

// sketchEvent is an event for Timesketch.
type sketchEvent struct {
	Message   string `json:"message"`
	Datetime  string `json:"datetime"`
	Timestamp int64  `json:"timestamp"`
	Desc      string `json:"timestamp_desc"`
	DataType  string `json:"data_type"`
	Time      string `json:"time"` // with all seven digits

	Host        string `json:"host"`
	Computer    string `json:"computer_name"`
	Channel     string `json:"channel"`
	Provider    string `json:"source_name"`
	EventCode   uint32 `json:"event_identifier"`
	RecordID    uint64 `json:"record_number"`
	User        string `json:"username,omitempty"`
	Process     string `json:"process,omitempty"`
	PID         string `json:"pid,omitempty"`
	Parent      string `json:"parent,omitempty"`
	CommandLine string `json:"command_line,omitempty"`
	Target      string `json:"target,omitempty"`
	Data        string `json:"data"` // text: names from logs would be fields without end
	File        string `json:"file"`
	Chunk       int32  `json:"chunk"`
	Offset      int64  `json:"offset"`
	Carved      bool   `json:"recovered"`
	Copies      int    `json:"copies"`
	Twin        bool   `json:"twin"`
}

// unixMicro is t in microseconds since 1970.
func unixMicro(t evtx.Filetime) int64 {
	const epoch = 11_644_473_600_000_000 // from 1601, in microseconds
	return int64(uint64(t)/10) - epoch
}

func sketchOf(col *evidence.Collection, clock timeline.Clock, e *timeline.Event) sketchEvent {
	f := factsOf(col, e)
	desc := "Event Logged"
	if clock == timeline.ClockUTC && e.UTC() != 0 {
		desc = "Event Time"
	}
	switch f.TimeSource {
	case evtx.TimeWritten.String():
		desc = "Record Written"
	case evtx.TimeNone.String():
		desc = "Not a time" // as Plaso calls it
	}
	micros := int64(0)
	if e.At != 0 {
		micros = unixMicro(e.At)
	}
	return sketchEvent{Message: f.Message, Datetime: time.UnixMicro(micros).UTC().Format("2006-01-02T15:04:05.000000-07:00"), Timestamp: micros,
		Desc: desc, DataType: "windows:evtx:record", Time: f.Time, Host: f.Host, Computer: f.Computer, Channel: f.Channel, Provider: f.Provider,
		EventCode: f.EventCode, RecordID: f.RecordID, User: f.User, Process: f.Process, PID: f.PID, Parent: f.Parent, CommandLine: f.CommandLine,
		Target: f.Target, Data: string(f.Data), File: f.File, Chunk: f.Chunk, Offset: f.Offset, Carved: f.Carved, Copies: f.Copies, Twin: f.Twin}
}

// sketchLine writes events for Timesketch, as JSON.
type sketchLine struct {
	col   *evidence.Collection
	clock timeline.Clock
}

func (l sketchLine) append(dst []byte, e *timeline.Event) []byte {
	return append(append(dst, marshal(sketchOf(l.col, l.clock, e))...), '\n')
}

// sketchRow writes events for Timesketch, as a table.
type sketchRow struct{ sketchLine }

var sketchColumns = []string{"message", "datetime", "timestamp", "timestamp_desc", "data_type", "time", "host", "computer_name", "channel", "source_name",
	"event_identifier", "record_number", "username", "process", "pid", "parent", "command_line", "target", "data", "file", "chunk", "offset",
	"recovered", "copies", "twin"}

func (l sketchRow) append(dst []byte, e *timeline.Event) []byte {
	s := sketchOf(l.col, l.clock, e)
	return csvRow(dst, []string{s.Message, s.Datetime, strconv.FormatInt(s.Timestamp, 10), s.Desc, s.DataType, s.Time, s.Host, s.Computer, s.Channel,
		s.Provider, strconv.Itoa(int(s.EventCode)), strconv.FormatUint(s.RecordID, 10), s.User, s.Process, s.PID, s.Parent, s.CommandLine, s.Target, s.Data,
		s.File, strconv.Itoa(int(s.Chunk)), strconv.FormatInt(s.Offset, 10), strconv.FormatBool(s.Carved), strconv.Itoa(s.Copies), strconv.FormatBool(s.Twin)})
}
