package ecs_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
	"hunt/limit"
	"hunt/timeline/ecs"
)

// accountOf maps one event and returns the bounds that it meets.
func accountOf(t *testing.T, body evtxtest.Body, events ...evtxtest.Event) []limit.ID {
	t.Helper()
	var l evtxtest.Log
	if body != nil {
		l.AddBody(1, evtxtest.VectorTime, body)
	}
	l.Add(events...)
	file, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	f, err := evtx.NewFile(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		t.Fatal(err)
	}
	var tally limit.Tally
	m := ecs.NewMapper(ecs.NewSchema())
	n := 0
	for r := range f.Records(&evtx.Decoder{}, nil) {
		n++
		m.Map(r).Account(&tally)
	}
	if n != 1 {
		t.Fatalf("%d records", n)
	}
	var ids []limit.ID
	for _, b := range tally.Bites() {
		ids = append(ids, b.ID)
	}
	return ids
}

func TestTheBoundsOfTheMappingAreCountedWhenTheyBite(t *testing.T) {
	t.Parallel()
	dns := func(n int) evtxtest.Event {
		return evtxtest.Event{
			Provider: "Microsoft-Windows-Sysmon",
			Channel:  "Microsoft-Windows-Sysmon/Operational",
			Computer: "h",
			EventID:  22,
			Time:     evtxtest.VectorTime,
			Data: []evtxtest.Pair{
				evtxtest.Str("QueryName", "a.example"),
				evtxtest.Str("QueryResults", strings.Repeat("1.1.1.1;", n)),
			},
		}
	}
	// A command line that a template makes of one value, over and over.
	line := func(times int) evtxtest.Body {
		data := evtxtest.Element{
			Name:  "Data",
			Attrs: []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text("CommandLine")}}},
		}
		for range times {
			data.Children = append(data.Children, evtxtest.Sub{Index: 0, Type: evtxtest.TypeString})
		}
		text := func(name, s string) evtxtest.Node {
			return evtxtest.Element{Name: name, Children: []evtxtest.Node{evtxtest.Text(s)}}
		}
		top := &evtxtest.Template{Nodes: []evtxtest.Node{evtxtest.Element{Name: "Event", Children: []evtxtest.Node{
			evtxtest.Element{Name: "System", Children: []evtxtest.Node{
				evtxtest.Element{
					Name: "Provider",
					Attrs: []evtxtest.Attr{
						{Name: "Name", Value: []evtxtest.Node{evtxtest.Text("Microsoft-Windows-Sysmon")}},
					},
				},
				text("EventID", "1"), text("Channel", "Microsoft-Windows-Sysmon/Operational"), text("Computer", "h")}},
			evtxtest.Element{Name: "EventData", Children: []evtxtest.Node{data}}}}}}
		return evtxtest.Body{
			evtxtest.Instance{Template: top, Values: []evtxtest.Value{evtxtest.String(strings.Repeat("x ", 100))}},
		}
	}
	for _, c := range []struct {
		name string
		got  []limit.ID
		want []limit.ID
	}{
		{"1,024 answers", accountOf(t, nil, dns(1024)), nil},
		{"1,025 answers", accountOf(t, nil, dns(1025)), []limit.ID{"ecs-dns-answers"}},
		{"16,000 arguments", accountOf(t, line(160)), nil},
		{"17,000 arguments", accountOf(t, line(170)), []limit.ID{"ecs-arguments"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestMoreClassesThanAreToldApartAreTold(t *testing.T) {
	t.Parallel()
	s := ecs.NewSchema()
	for i := range 1 << 16 {
		if s.Overflows() {
			t.Fatalf("told after %d classes", i)
		}
		s.Class("c", fmt.Sprint(i), 1)
	}
	if s.Class("c", "one more", 1); !s.Overflows() {
		t.Error("not told")
	}
}
