package ecs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/binxml"
	"hunt/evtx/evtxtest"
	"hunt/evtx/recordtest"
)

// line is a record of an export in the layout of evtx_dump's JSON lines: a second kind of
// evtx.Values, which proves that an event does not depend on BinXML.
type line struct {
	raw      []byte
	system   map[binxml.Property]string
	items    []evtx.NamedValue
	userData bool
}

func (l *line) System(p binxml.Property) string         { return l.system[p] }
func (l *line) Data() (items []evtx.NamedValue, u bool) { return l.items, l.userData }
func (l *line) Raw() []byte                             { return l.raw }

// linesOf yields the records of a block of lines that begins at an offset of a file.
func linesOf(block []byte, offset int64) iter.Seq2[*evtx.Record, error] {
	return func(yield func(*evtx.Record, error) bool) {
		n := uint64(0)
		for text := range bytes.Lines(block) {
			n++
			at := offset
			offset += int64(len(text))
			l := &line{raw: bytes.TrimRight(text, "\r\n")}
			err := l.parse()
			r := &evtx.Record{Ref: evtx.Ref{Offset: at, HeaderRecordID: n}, Values: l}
			r.Ref.EventRecordID = r.EventRecordID()
			if !yield(r, err) {
				return
			}
		}
	}
}

// member is a member of a JSON object; objects keep the order of their members.
type member struct {
	name  string
	value any // string, []member, []any, nil
}

func (l *line) parse() error {
	dec := json.NewDecoder(bufio.NewReader(bytes.NewReader(l.raw)))
	dec.UseNumber()
	v, err := value(dec)
	if err != nil {
		return err
	}
	l.system = map[binxml.Property]string{}
	for _, part := range within(v, "Event") {
		switch part.name {
		case "System":
			for p, path := range systemPaths {
				l.system[p] = textOf(at(part.value, path))
			}
		case "EventData":
			l.add("", part.value)
		case "UserData":
			l.userData = true
			for _, element := range part.value.([]member) {
				l.add("", element.value)
			}
		}
	}
	return nil
}

var systemPaths = map[binxml.Property]string{
	binxml.ProviderName: "Provider/#attributes/Name", binxml.ProviderGUID: "Provider/#attributes/Guid",
	binxml.EventID: "EventID", binxml.Version: "Version", binxml.Level: "Level", binxml.Task: "Task",
	binxml.Opcode: "Opcode", binxml.Keywords: "Keywords", binxml.TimeCreated: "TimeCreated/#attributes/SystemTime",
	binxml.EventRecordID: "EventRecordID", binxml.ActivityID: "Correlation/#attributes/ActivityID",
	binxml.ProcessID: "Execution/#attributes/ProcessID", binxml.ThreadID: "Execution/#attributes/ThreadID",
	binxml.Channel: "Channel", binxml.Computer: "Computer", binxml.UserID: "Security/#attributes/UserID",
}

// add adds the items of a payload; unnamed Data are a list.
func (l *line) add(name string, v any) {
	switch v := v.(type) {
	case []member:
		for _, m := range v {
			if m.name == "#attributes" {
				continue
			}
			l.add(m.name, m.value)
		}
	case []any:
		for _, item := range v {
			l.items = append(l.items, evtx.NamedValue{Text: textOf(item)})
		}
	default:
		l.items = append(l.items, evtx.NamedValue{Name: name, Text: textOf(v)})
	}
}

func value(dec *json.Decoder) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		var out []member
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := value(dec)
			if err != nil {
				return nil, err
			}
			out = append(out, member{name.(string), v})
		}
		_, err := dec.Token()
		return out, err
	case json.Delim('['):
		var out []any
		for dec.More() {
			v, err := value(dec)
			if err != nil {
				return nil, err
			}
			out = append(out, v)
		}
		_, err := dec.Token()
		return out, err
	}
	return t, nil
}

func within(v any, name string) []member {
	inner, _ := at(v, name).([]member)
	return inner
}

func at(v any, path string) any {
	for name := range strings.SplitSeq(path, "/") {
		members, _ := v.([]member)
		v = nil
		for _, m := range members {
			if m.name == name {
				v = m.value
			}
		}
	}
	if members, ok := v.([]member); ok { // EventID with qualifiers
		for _, m := range members {
			if m.name == "#text" {
				return m.value
			}
		}
	}
	return v
}

func textOf(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// Every event of the tables is the same event, whether its record comes from a log or from a line of
// an export of that log, and each leads back to its line.
func TestALineOfAnExportIsTheEventOfItsRecord(t *testing.T) {
	var export []byte
	var want []*Event
	m := NewMapper(NewSchema())
	for _, c := range readCases(t) {
		if c.event.UserData == nil && len(c.event.Data) > 0 && c.event.Data[0].Name == "" {
			c.event.Classic = true
		}
		r := recordtest.Of(t, c.event)[0]
		want = append(want, m.Map(r).Clone())
		export = append(r.AppendJSON(export), '\n')
	}
	lines := NewMapper(NewSchema())
	n := 0
	for r, err := range linesOf(export, 0) {
		if err != nil {
			t.Fatal(err)
		}
		e := lines.Map(r)
		for _, e := range []*Event{e, e.Clone()} {
			if got, want := said(e), said(want[n]); got != want {
				t.Errorf("line %d is\n%s\nthe record is\n%s", n+1, got, want)
			}
			if e.Title() != want[n].Title() || e.Class.Role != want[n].Class.Role {
				t.Errorf("line %d is %q, the record %q", n+1, e.Title(), want[n].Title())
			}
		}
		if found := export[r.Ref.Offset:]; !bytes.HasPrefix(found, r.Raw()) || r.Ref.HeaderRecordID != uint64(n+1) ||
			r.Ref.EventRecordID != want[n].Record.EventRecordID() {
			t.Errorf("line %d: %+v does not lead back to it", n+1, r.Ref)
		}
		n++
	}
	if n != len(want) || n < 100 {
		t.Errorf("%d lines of %d records", n, len(want))
	}
}

func TestRecordsOfLinesAreToldApartByWhatTheySay(t *testing.T) {
	of := func(e evtxtest.Event) uint64 {
		for r := range linesOf(recordtest.Of(t, e)[0].AppendJSON(nil), 0) {
			return r.ContentHash()
		}
		return 0
	}
	a := evtxtest.Event{
		Provider: "P",
		Channel:  "C",
		EventID:  1,
		Time:     caseTime,
		Data:     []evtxtest.Pair{evtxtest.Str("A", "bc")},
	}
	b, c := a, a
	b.Data = []evtxtest.Pair{evtxtest.Str("Ab", "c")}
	c.EventID = 2
	again := a
	if of(a) != of(again) || of(a) == of(b) || of(a) == of(c) {
		t.Error("records that say the same have one hash, others have others")
	}
}
