package search

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hunt/evtx"
	"hunt/evtx/evtxtest"
)

// TestAMatcherForgetsShapesWithTheirCache: a log in which each record has a shape of its own, and each twice, so that
// there are plans, takes no more memory than the cache of templates may.
func TestAMatcherForgetsShapesWithTheirCache(t *testing.T) {
	element := func(name string, content ...evtxtest.Node) evtxtest.Node {
		return evtxtest.Element{Name: name, Children: content}
	}
	const shapes = 200
	var l evtxtest.Log
	at := time.Date(2026, 3, 2, 14, 15, 16, 0, time.UTC)
	for id := uint64(1); id <= shapes; id++ {
		name := fmt.Sprint(strings.Repeat("n", 900), id)
		var data []evtxtest.Node
		for range 60 {
			data = append(data, element(name))
		}
		form := &evtxtest.Template{Nodes: []evtxtest.Node{element("Event",
			element("System", element("EventID", evtxtest.Text("1")), element("Computer", evtxtest.Text("odd-host"))),
			element("UserData", data...))}}
		for i := range uint64(2) {
			l.AddBody(2*id+i, at, evtxtest.Body{evtxtest.Instance{Template: form}})
		}
	}
	log, err := l.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	q, err := Compile(Options{Patterns: []Pattern{{Text: "odd-host"}}})
	if err != nil {
		t.Fatal(err)
	}
	m, hits := q.NewMatcher(), 0
	dec := evtx.Decoder{Cache: evtx.NewCacheOf(1)}
	for off := evtx.FileHeaderSize; off < len(log); off += evtx.ChunkSize {
		for r := range dec.Records(log[off:off+evtx.ChunkSize], evtx.Ref{}, nil) {
			if len(m.Match(r).Matches) > 0 {
				hits++
			}
		}
	}
	if hits != 2*shapes || m.age == 0 || len(m.verdicts) > shapes/2 || len(m.plans.of) > shapes/2 {
		t.Errorf("%d hits, age %d, %d verdicts, %d plans of %d shapes", hits, m.age, len(m.verdicts), len(m.plans.of),
			shapes)
	}
}
