package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hunt/cmd/hunt/exit"
	"hunt/evtx/evtxtest"
)

// amplified is an event whose record repeats a value of 1,000 characters so many times.
func amplified(times int) evtxtest.Body {
	text := func(name, s string) evtxtest.Node {
		return evtxtest.Element{Name: name, Children: []evtxtest.Node{evtxtest.Text(s)}}
	}
	data := evtxtest.Element{Name: "EventData"}
	for range times {
		data.Children = append(data.Children,
			evtxtest.Element{Name: "Data",
				Children: []evtxtest.Node{evtxtest.Sub{Index: 0, Type: evtxtest.TypeString}}})
	}
	system := evtxtest.Element{Name: "System", Children: []evtxtest.Node{
		evtxtest.Element{Name: "Provider",
			Attrs: []evtxtest.Attr{{Name: "Name", Value: []evtxtest.Node{evtxtest.Text("P")}}}}, text("EventID", "1"),
		text("Channel", "C"), text("Computer", "ws01"),
		evtxtest.Element{Name: "TimeCreated",
			Attrs: []evtxtest.Attr{{Name: "SystemTime",
				Value: []evtxtest.Node{evtxtest.Text("2026-03-12T09:14:03.1234567Z")}}}}}}
	t := &evtxtest.Template{
		Nodes: []evtxtest.Node{evtxtest.Element{Name: "Event", Children: []evtxtest.Node{system, data}}}}
	return evtxtest.Body{evtxtest.Instance{Template: t,
		Values: []evtxtest.Value{evtxtest.String(strings.Repeat("x", 1000))}}}
}

func writeLog(t *testing.T, name string, bodies ...evtxtest.Body) {
	t.Helper()
	var l evtxtest.Log
	for i, b := range bodies {
		l.AddBody(uint64(i+1), evtxtest.VectorTime, b)
	}
	file, err := l.Bytes()
	if err == nil {
		err = os.WriteFile(name, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A bound that bites is told by every command, in every view, and in the exit code.
func TestABoundThatBitesIsToldEverywhere(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, d := range []string{"within", "beyond"} {
		if err := os.Mkdir(in(d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	writeLog(t, in("within/a.evtx"), amplified(900))
	writeLog(t, in("beyond/a.evtx"), amplified(900))
	writeLog(t, in("beyond/b.evtx"), amplified(3), amplified(2000), amplified(3000))
	const told = "The text of a record ends at 1 MiB"
	for evidence, want := range map[string]int{"within": 0, "beyond": exit.Incomplete} {
		for _, args := range [][]string{
			{"dump", in(evidence)}, {"dump", "--format", "xml", in(evidence)},
			{"timeline", "--evtx", in(evidence), "--output", in(evidence + ".jsonl")},
			{"query", "--evtx", in(evidence), "any where true"},
			{"hosts", "--evtx", in(evidence)},
			{"scan", "--evtx", in(evidence), "--out", in(evidence + "-shards")},
			{"merge", in(evidence + "-shards"), "--report", in(evidence + "-merged.json")},
			{"--evtx", in(evidence), "--report", in(evidence + ".json"), "--report", in(evidence + ".html")},
			{"--quiet", "--evtx", in(evidence), "--jobs", "1", "--report", in(evidence + "-1.json")},
		} {
			code, _, stderr := hunt(t, args...)
			if code != want {
				t.Errorf("hunt %s: exit code %d, want %d: %s", strings.Join(args, " "), code, want, stderr)
			}
			if says := strings.Contains(stderr, "hunt: limit: "+told); says != (want != 0) {
				t.Errorf("hunt %s: standard error: %s", strings.Join(args, " "), stderr)
			}
		}
		html := string(mustRead(t, in(evidence+".html")))
		if strings.Contains(html, told) != (want != 0) {
			t.Errorf("%s: the page is wrong about the bound", evidence)
		}
	}
	one := mustRead(t, in("beyond.json"))
	if string(one) != string(mustRead(t, in("beyond-merged.json"))) ||
		string(one) != string(mustRead(t, in("beyond-1.json"))) {
		t.Error("one run, one worker and a merge differ")
	}
	var r struct {
		Accounting struct {
			Limits []string
			Bounds []struct {
				ID    string
				Count int
				File  string
				Loses bool `json:"loses_records"`
			}
		}
	}
	if err := json.Unmarshal(one, &r); err != nil {
		t.Fatal(err)
	}
	b := r.Accounting.Bounds
	if len(b) != 1 || b[0].ID != "binxml-output" || b[0].Count != 2 || b[0].File != "b.evtx" || !b[0].Loses ||
		len(r.Accounting.Limits) == 0 {
		t.Errorf("%+v", r.Accounting)
	}
}
